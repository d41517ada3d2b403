"use strict";
// Follows what is under way without anybody having to load the page again. The
// server says everything; this asks it again and shows its answer.

const parse = (text) => new DOMParser().parseFromString("<!DOCTYPE html><body>" + text, "text/html").body;

async function follow(box, place, every) {
	const announce = document.getElementById("annonce");
	let said = "";
	for (;;) {
		const state = box.querySelector("[data-etat]");
		if (!state || state.dataset.etat !== "en-cours") {
			return;
		}
		await new Promise((done) => setTimeout(done, every));
		if (document.hidden) {
			continue;
		}
		try {
			const answer = await fetch(place, { headers: { "Accept": "text/html" }, redirect: "error" });
			if (!answer.ok) {
				continue;
			}
			const fresh = parse(await answer.text());
			const held = box.contains(document.activeElement); // nobody loses their place
			const now = fresh.querySelector("[data-etat]");
			if (!held || (now && now.dataset.etat !== "en-cours")) {
				box.replaceChildren(...fresh.childNodes);
			}
			const text = box.querySelector("[data-dit]");
			if (announce && text && now && now.dataset.etat !== "en-cours" && text.textContent !== said) {
				said = text.textContent;
				announce.textContent = said;
			}
		} catch {
			// the line is down: the next round asks again
		}
	}
}

const telling = document.getElementById("suivi");
if (telling) {
	follow(telling, telling.dataset.suivi, 2000);
}

// A long import answers when it is done; meanwhile its progress is shown.
const importing = document.querySelector("form[data-avancement]");
if (importing) {
	importing.addEventListener("submit", () => {
		const box = document.getElementById("avancement");
		box.hidden = false;
		importing.querySelectorAll("button").forEach((b) => setTimeout(() => { b.disabled = true; }, 0));
		setInterval(async () => {
			try {
				const answer = await fetch(importing.dataset.avancement, { headers: { "Accept": "application/json" } });
				if (!answer.ok) {
					return;
				}
				const { fait, total } = await answer.json();
				box.querySelector("progress").value = total ? Math.round(100 * fait / total) : 0;
				box.querySelector("p").textContent = fait.toLocaleString("fr-FR") + " lignes sur " + total.toLocaleString("fr-FR");
			} catch {
				// asked again
			}
		}, 1000);
	});
}
