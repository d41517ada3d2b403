"use strict";
// Follows what is under way without anybody having to load the page again. The
// server says everything; this asks it again and shows its answer.

const parse = (text) => new DOMParser().parseFromString("<!DOCTYPE html><body>" + text, "text/html").body;

async function follow(box, place) {
	const announce = document.getElementById("annonce");
	const running = (where) => where.querySelector("[data-etat]")?.dataset.etat === "en-cours";
	for (;;) {
		await new Promise((done) => setTimeout(done, running(box) ? 2000 : 15000)); // another event may come
		if (document.hidden) {
			continue;
		}
		try {
			const answer = await fetch(place, { headers: { "Accept": "text/html", "X-Crieur-Background": "1" }, redirect: "error" });
			if (!answer.ok) {
				continue;
			}
			const fresh = parse(await answer.text());
			const was = running(box), over = was && !running(fresh);
			if (box.contains(document.activeElement) && !over) {
				continue; // nobody loses their place
			}
			box.replaceChildren(...fresh.childNodes);
			if (over) {
				announce.textContent = box.querySelector("[data-dit]").textContent;
			}
		} catch {
			// the line is down: the next round asks again
		}
	}
}

const telling = document.getElementById("suivi");
if (telling) {
	follow(telling, telling.dataset.suivi);
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
