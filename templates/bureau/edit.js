// The form of a notice, better: what would leave is shown at each key, what is
// typed is kept at each pause, and who else has the notice open is told.
// Without this script every button does its work by itself.
"use strict";
(() => {
	const form = document.getElementById("redaction");
	if (!form) return;
	document.documentElement.classList.add("scripted");
	const note = "/notes/" + form.dataset.note;
	const byId = (id) => document.getElementById(id);
	const state = byId("etat");
	const asText = form.classList.contains("edit--text");
	const store = "crieur.saisie." + form.dataset.note;
	let dirty = false; // typed since the last time it was kept
	let leaving = false; // the form itself is being sent

	if (form.dataset.focus) {
		const at = byId(form.dataset.focus);
		if (at) at.focus();
	}

	const body = (more) => {
		const data = new URLSearchParams(new FormData(form));
		for (const [name, value] of Object.entries(more || {})) data.set(name, value);
		return data;
	};
	const say = (words) => {
		if (state.textContent !== words) state.textContent = words;
	};

	// The preview follows the keys: one question at a time, the last one wins.
	const wait = 30; // ms of rest before a question
	let timer = 0;
	let asking = false;
	let again = false;
	let view = "lettre"; // the one that is looked at: the others are not asked for

	const put = (element, html) => {
		if (element && element.dataset.shown !== html) {
			element.innerHTML = html;
			element.dataset.shown = html;
		}
	};
	const frames = {};
	const fill = (id, html, part) => {
		const frame = byId(id);
		if (!frame || !html || frames[id] === html) return;
		const page = frame.contentDocument;
		if (!page || !page.documentElement || page.readyState !== "complete" || page.URL === "about:blank") return;
		if (part) {
			const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(part);
			const old = page.querySelector(part);
			if (!fresh || !old) return;
			old.replaceWith(page.importNode(fresh, true));
		} else {
			page.documentElement.innerHTML = html;
		}
		frames[id] = html;
	};
	const show = (live) => {
		put(byId("lettre"), live.lettre);
		put(byId("resume"), live.resume);
		put(byId("dependances"), live.dependances);
		if (live.courriel) {
			byId("objet").textContent = live.objet;
			byId("objet-en").textContent = live.anglais[0];
			byId("courriel-texte").textContent = live.texte;
		}
		fill("courriel", live.courriel, "");
		fill("courriel-en", live.anglais[1], "");
		fill("meteo", live.meteo, "main");
		const wrong = new Set(live.fautes || []);
		for (const said of form.querySelectorAll("[data-dit]")) {
			const name = said.dataset.dit;
			put(said, live.champs[name] || "");
			const field = form.elements[name];
			if (!(field instanceof HTMLElement) || field.type === "hidden") continue;
			if (wrong.has(name)) field.setAttribute("aria-invalid", "true");
			else field.removeAttribute("aria-invalid");
			const group = field.closest(".fr-input-group");
			if (group) group.classList.toggle("fr-input-group--error", wrong.has(name));
		}
		document.dispatchEvent(new CustomEvent("apercu"));
	};
	const ask = async () => {
		if (asking) {
			again = true;
			return;
		}
		asking = true;
		try {
			const answer = await fetch(note + "/apercu", { method: "POST", body: body({ voir: view }), redirect: "error" });
			if (answer.ok) show(await answer.json());
		} catch {
			// The preview waits for the connection; what is typed is kept below.
		}
		asking = false;
		if (again) {
			again = false;
			ask();
		}
	};
	for (const said of form.querySelectorAll("[data-dit]")) said.dataset.shown = said.innerHTML;

	// What is typed is kept at each pause: by the desk or, without a
	// connection, by the browser.
	const pause = 2000; // ms
	let keeper = 0;
	const remember = () => {
		const pairs = [...body()].filter(([name]) => name !== "jeton" && name !== "ordre");
		try {
			sessionStorage.setItem(store, JSON.stringify({ vu: form.elements.vu.value, pairs }));
		} catch {
			// There is no room, or it is forbidden: the page still holds it.
		}
	};
	const forget = () => {
		try {
			sessionStorage.removeItem(store);
		} catch {
			// There was nothing.
		}
	};
	const keep = async () => {
		if (!dirty || asText || leaving) return;
		dirty = false;
		try {
			const answer = await fetch(note + "/redaction/copie", { method: "POST", body: body(), redirect: "error" });
			if (!answer.ok) throw new Error(String(answer.status));
			const kept = await answer.json();
			if (!kept.ecart) form.elements.vu.value = kept.vu;
			say(kept.dit);
			put(byId("presences"), kept.autres);
			if (!dirty) forget();
		} catch {
			dirty = true;
			remember();
			say("Pas de liaison\u00a0: vos dernières frappes sont gardées dans ce navigateur.");
			clearTimeout(keeper);
			keeper = setTimeout(keep, 5 * pause);
		}
	};

	const typed = () => {
		dirty = true;
		clearTimeout(keeper);
		keeper = setTimeout(keep, pause);
		if (asText) return;
		clearTimeout(timer);
		timer = setTimeout(ask, wait);
	};
	form.addEventListener("input", typed);
	form.addEventListener("change", typed);
	form.addEventListener("submit", () => {
		leaving = true;
		forget();
	});
	addEventListener("pageshow", (event) => {
		leaving = false;
		if (event.persisted) location.reload();
	});
	addEventListener("pagehide", () => {
		if (leaving || asText) return;
		if (dirty) remember();
		// It is sent although the page goes; of more than 64 KB the browser keeps
		// what it remembers.
		fetch(note + "/redaction/copie", { method: "POST", body: body({ depart: "oui" }), keepalive: true }).then(forget, () => {});
	});

	// Who else is there.
	setInterval(async () => {
		if (document.hidden || dirty || asText) return;
		try {
			const data = new URLSearchParams({ jeton: form.elements.jeton.value, vu: form.elements.vu.value });
			const answer = await fetch(note + "/presence", { method: "POST", headers: { "X-Crieur-Background": "1" }, body: data, redirect: "error" });
			if (!answer.ok) return;
			const there = await answer.json();
			put(byId("presences"), there.autres);
			if (there.dit) say(there.dit);
		} catch {
			// The next sign of life will do.
		}
	}, 12000);

	// What a lost connection left in this browser is offered, not forced.
	const left = (() => {
		try {
			return JSON.parse(sessionStorage.getItem(store) || "null");
		} catch {
			return null;
		}
	})();
	const differs = left && JSON.stringify(left.pairs.filter(([name]) => name !== "vu")) !== JSON.stringify([...body()].filter(([name]) => !["jeton", "ordre", "vu"].includes(name)));
	if (differs && !asText) {
		const offer = document.createElement("div");
		offer.className = "fr-alert fr-alert--info";
		offer.append("Ce navigateur a gardé une saisie qui n’a pas pu être envoyée. ");
		const take = document.createElement("button");
		take.type = "button";
		take.className = "fr-btn fr-btn--sm";
		take.textContent = "La reprendre";
		take.addEventListener("click", () => {
			const values = new Map();
			for (const [name, value] of left.pairs) values.set(name, [...(values.get(name) || []), value]);
			for (const field of form.elements) {
				if (!field.name || ["jeton", "ordre", "vu"].includes(field.name)) continue;
				const all = values.get(field.name) || [];
				if (field.type === "checkbox" || field.type === "radio") field.checked = all.includes(field.value);
				else if (field.type !== "hidden" && field.type !== "submit") field.value = all[0] || "";
			}
			form.elements.vu.value = left.vu;
			offer.remove();
			typed();
		});
		const drop = document.createElement("button");
		drop.type = "button";
		drop.className = "fr-btn fr-btn--tertiary fr-btn--sm";
		drop.textContent = "L’oublier";
		drop.addEventListener("click", () => {
			forget();
			offer.remove();
		});
		offer.append(take, " ", drop);
		form.before(offer);
	}
	if (asText) return;

	// Services are filtered by what is typed, and ticked without a reload.
	const search = byId("f-services-add");
	const boxes = byId("boites");
	const plain = (text) => text.normalize("NFD").replace(/[^\p{L}\p{N}+]/gu, "").toLowerCase();
	if (search && boxes) {
		search.addEventListener("input", () => {
			const wanted = plain(search.value.split(/[,;]/).pop());
			for (const box of boxes.children) {
				const ticked = box.querySelector("input").checked;
				box.hidden = wanted !== "" && !ticked && !plain(box.textContent).includes(wanted);
			}
		});
		search.addEventListener("keydown", (event) => {
			if (event.key === "Enter") {
				event.preventDefault();
				form.requestSubmit(byId("ajouter"));
			}
		});
	}
	form.addEventListener("click", (event) => {
		const button = event.target.closest("[data-ajoute]");
		const box = button && byId("service-" + button.dataset.ajoute);
		if (!box) return;
		event.preventDefault();
		box.checked = true;
		boxes.insertBefore(box.parentElement, [...boxes.children].find((other) => !other.querySelector("input").checked) || null);
		box.focus();
		typed();
	});

	// The views of the preview are tabs; on a narrow window the form is one too.
	const preview = byId("apercu");
	const views = [...preview.querySelectorAll("[data-vue]")];
	const list = document.createElement("div");
	list.className = "fr-tabs__list";
	list.setAttribute("role", "tablist");
	list.setAttribute("aria-label", "Saisie et aperçu");
	const narrow = matchMedia("(max-width: 75em)");
	const panels = [["Saisie", form], ...views.map((view) => [view.dataset.vue, view])];
	const tabs = panels.map(([name, panel], i) => {
		const tab = document.createElement("button");
		tab.type = "button";
		tab.className = "fr-tabs__tab";
		tab.setAttribute("role", "tab");
		tab.id = "onglet-" + i;
		tab.textContent = name;
		tab.setAttribute("aria-controls", panel.id);
		list.append(tab);
		return tab;
	});
	let chosen = narrow.matches ? 0 : 1;
	const choose = (i, focus) => {
		if (!narrow.matches && i === 0) i = 1;
		chosen = i;
		const looked = panels[i][1] === form ? "lettre" : panels[i][1].id.replace("vue-", "");
		if (looked !== view) {
			view = looked;
			ask();
		}
		tabs.forEach((tab, n) => {
			tab.setAttribute("aria-selected", String(n === i));
			tab.tabIndex = n === i ? 0 : -1;
			const panel = panels[n][1];
			if (panel !== form) panel.hidden = n !== i;
		});
		tabs[0].hidden = !narrow.matches;
		form.hidden = narrow.matches && i !== 0;
		preview.classList.toggle("edit-preview--tabs", narrow.matches && i === 0);
		if (focus) tabs[i].focus();
	};
	tabs.forEach((tab, i) => {
		tab.addEventListener("click", () => choose(i, false));
		tab.addEventListener("keydown", (event) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
			if (!step) return;
			event.preventDefault();
			const first = narrow.matches ? 0 : 1;
			const count = tabs.length - first;
			choose(first + ((i - first + step + count) % count), true);
		});
	});
	for (const view of views) view.setAttribute("role", "tabpanel");
	views.forEach((view, i) => view.setAttribute("aria-labelledby", "onglet-" + (i + 1)));
	const arrange = () => {
		if (narrow.matches) form.before(list);
		else preview.firstElementChild.after(list);
		choose(chosen, false);
	};
	narrow.addEventListener("change", arrange);
	arrange();

	// A link to a field opens what it is folded away in.
	addEventListener("click", (event) => {
		const link = event.target.closest('a[href^="#f-"]');
		const target = link && byId(decodeURIComponent(link.hash.slice(1)));
		if (!target) return;
		if (narrow.matches) choose(0, false);
		for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
		event.preventDefault();
		target.focus();
		target.scrollIntoView({ block: "center" });
	});
})();
