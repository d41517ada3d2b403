// The pages of running alerts, made livelier: times that run, a page that keeps
// itself up to date and says when it cannot, boxes that tick each other.
"use strict";
(() => {
	const MINUTE = 60e3;
	let ahead = 0; // of the desk's clock over this machine's

	const setClock = (root) => {
		const now = Number(root.querySelector("[data-now]")?.dataset.now);
		if (now) ahead = now - Date.now();
	};
	const now = () => Date.now() + ahead;

	// lasting says a stretch of time as the desk does.
	const lasting = (ms) => {
		const all = Math.floor(Math.abs(ms) / MINUTE), days = Math.floor(all / 1440), hours = Math.floor(all / 60) % 24, minutes = all % 60;
		const parts = [];
		const add = (n, unit) => { if (n > 0) parts.push(n + "\u00a0" + unit); };
		if (days > 0) add(days, days > 1 ? "jours" : "jour");
		add(hours, "h");
		if (days === 0) add(minutes, "min");
		return parts.join("\u00a0") || "moins d’une minute";
	};

	const tick = () => {
		for (const e of document.querySelectorAll("[data-since]")) {
			const text = lasting(now() - Number(e.dataset.since));
			if (e.textContent !== text) e.textContent = text;
		}
		for (const e of document.querySelectorAll("[data-countdown]")) {
			const left = Math.ceil((Number(e.dataset.countdown) - now()) / 1000);
			const text = left > 0 ? ", dans " + left + "\u00a0seconde" + (left > 1 ? "s" : "") : ", à l’instant";
			if (e.textContent !== text) e.textContent = text;
		}
	};

	// The live part of the page is fetched again; what people write into is not
	// part of it, and what has the focus keeps it.
	let lostSince = null;
	const contact = (ok) => {
		const box = document.getElementById("contact");
		if (ok) { lostSince = null; box.hidden = true; return; }
		if (lostSince) return;
		lostSince = new Date();
		box.querySelector("[data-lost]").textContent = lostSince.toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" }).replace(":", "h");
		box.hidden = false;
	};
	// A page that asks by itself does not keep the session open; whoever scrolls,
	// types or clicks does.
	let used = false, ended = false;
	for (const sign of ["keydown", "pointerdown", "wheel", "scroll"]) addEventListener(sign, () => { used = true; }, { passive: true });
	const end = () => {
		ended = true;
		document.getElementById("contact").hidden = true;
		const box = document.getElementById("fin-session");
		box.querySelector("a").href = "/connexion?retour=" + encodeURIComponent(location.pathname + location.search);
		box.hidden = false;
	};
	const refresh = async () => {
		const live = document.querySelector("[data-live]"), headers = { Accept: "text/html" };
		if (!used) headers["X-Crieur-Background"] = "1";
		used = false;
		try {
			const answer = await fetch(location.pathname, { headers, signal: AbortSignal.timeout(8000), cache: "no-store" });
			if (answer.status === 401) { end(); return; }
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			const fresh = page.querySelector("[data-live]");
			if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.href = answer.url; return; }
			if (!answer.ok || !fresh) { contact(false); return; }
			contact(true);
			setClock(page);
			swap(live, fresh);
			tick();
		} catch {
			contact(false);
		}
	};
	const strip = (e) => {
		const copy = e.cloneNode(true);
		copy.removeAttribute("data-now");
		for (const v of copy.querySelectorAll("[data-since], [data-countdown], [name=ordre], .at time")) v.replaceWith("");
		return copy.innerHTML;
	};
	const swap = (live, fresh) => {
		if (strip(live) === strip(fresh)) return;
		const held = document.activeElement, index = live.contains(held) ? [...live.querySelectorAll("a, button")].indexOf(held) : -1;
		live.replaceWith(fresh);
		if (index >= 0) fresh.querySelectorAll("a, button")[index]?.focus({ preventScroll: true });
	};

	// A box for all services or all modes ticks those it stands for; a time that
	// is written chooses its own box, and another box empties it.
	const grid = (root) => {
		const boxes = [...root.querySelectorAll("input")], parts = (b) => b.value.split("/");
		const under = (b) => boxes.filter((o) => {
			const [service, mode] = parts(b), [s, m] = parts(o);
			return s !== "*" && m !== "*" && (service === "*" || s === service) && (mode === "*" || m === mode);
		});
		const settle = () => {
			for (const b of boxes.filter((b) => parts(b).includes("*"))) b.checked = under(b).every((o) => o.checked);
		};
		root.addEventListener("change", (event) => {
			if (parts(event.target).includes("*")) for (const o of under(event.target)) o.checked = event.target.checked;
			settle();
		});
		for (const b of boxes) if (b.checked && parts(b).includes("*")) for (const o of under(b)) o.checked = true;
		settle();
	};
	const choices = (form) => {
		form.addEventListener("input", (event) => {
			const name = event.target.name ?? "";
			if (event.target.type === "text" && name.endsWith("-a") && event.target.value) {
				const box = form.querySelector(`input[type=radio][name="${name.slice(0, -2)}"][value=a]`);
				if (box) box.checked = true;
			}
			if (event.target.type === "radio" && event.target.value !== "a") {
				const written = form.elements[name + "-a"];
				if (written) written.value = "";
			}
		});
	};

	setClock(document);
	tick();
	setInterval(tick, 250);
	document.querySelectorAll("[data-grid]").forEach(grid);
	document.querySelectorAll("form.deed").forEach(choices);
	document.getElementById("erreurs")?.focus();
	const live = document.querySelector("[data-live]");
	if (live) {
		const wait = () => document.querySelector("[data-fast]") ? 1000 : 5000;
		const loop = async () => { if (!document.hidden && !ended) await refresh(); if (!ended) setTimeout(loop, wait()); };
		setTimeout(loop, wait());
		document.addEventListener("visibilitychange", () => { if (!document.hidden && !ended) refresh(); });
	}
})();
