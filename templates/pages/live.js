// Keeps a page up to date: listens to what is published, fetches the page anew
// and puts in what has changed, without taking from its reader the place, the
// focus, what is open or what was typed. It says in words what has happened,
// and since when it hears nothing. The words stand on the page (live.html).
(() => {
	"use strict";
	const root = document.getElementById("direct");
	if (!root || !window.EventSource || !window.fetch || document.querySelector("[data-copie]")) return;
	const said = root.querySelector("[role=status]"), close = root.querySelector("button");
	const {environment, notice, services, acts, lost: lostWords, back, more, kept} = root.dataset;
	const english = document.documentElement.lang === "en";

	const newest = "18446744073709551615"; // behind everything: only what is new
	const silence = 40_000;  // ms; there is a sign of life every 15 s
	const stale = 300_000;   // ms; after so long the page is fetched in any case: some things change by the clock
	const longest = 120_000; // ms between two attempts

	const note = document.createElement("span"); // at the foot of the page: when it was looked at last
	document.querySelector(".fr-footer__content-desc")?.append(note);

	let source = null, last = newest, failures = 0;
	let heard = Date.now(), shift = 0; // when there was contact last; how far the server's clock is ahead
	let lostSince = 0, deaf = "";      // when contact was lost; since when the server itself hears nothing
	let fetched = Date.now(), begun = false; // begun: this connection has given a sign of life
	const news = []; // messages to be told when the page shows what they say
	const timers = {};
	const after = (name, ms, what) => { clearTimeout(timers[name]); timers[name] = setTimeout(what, ms); };
	const spread = (ms) => ms * (0.75 + Math.random() / 2); // so that not everybody comes at once

	// A time as the page writes it: 14h12.
	const clock = (ms) => {
		const parts = new Intl.DateTimeFormat("fr-FR", {timeZone: "Europe/Paris", hour: "numeric", minute: "2-digit"}).formatToParts(ms);
		const of = (type) => parts.find((p) => p.type === type).value;
		return english ? of("hour").padStart(2, "0") + ":" + of("minute") : Number(of("hour")) + "h" + of("minute");
	};

	// say shows words to everybody and reads them out to who does not see them.
	function say(kind, ...what) {
		root.dataset.kind = kind;
		said.replaceChildren(...what);
		close.hidden = what.length === 0;
	}
	close.addEventListener("click", () => say(""));

	function contact() {
		heard = Date.now();
		if (lostSince) {
			lostSince = 0;
			say("back", back.replace("{}", clock(heard + shift)));
		}
		note.textContent = " " + kept.replace("{}", clock(heard + shift));
	}

	function lost() {
		if (lostSince) return;
		lostSince = heard;
		say("lost", lostWords.replace("{}", clock(heard + shift)));
	}

	// concerns is whether this page's reader is told of a message in words.
	const concerns = (m) => notice ? m.notice === notice : !services || services.split(" ").some((s) => m.services.includes(s));

	function tell() {
		const told = news.splice(0).map((m) => {
			const link = document.createElement("a");
			link.href = "/notices/" + encodeURIComponent(m.notice);
			link.textContent = clock(Date.parse(m.time)) + " – " + m.text;
			return link;
		});
		if (told.length === 0) return;
		const first = told.pop();
		const rest = told.slice(-2).flatMap((link, i) => i ? [" ; ", link] : [link]);
		say("news", first, ...(rest.length ? [". ", more.replace("{}", ""), ...rest] : []));
	}

	// refresh fetches the page and puts in what has changed. Whoever has it
	// already is answered so, with nothing more.
	async function refresh() {
		fetched = Date.now();
		try {
			const answer = await fetch(location.pathname + location.search, {cache: "no-cache", signal: AbortSignal.timeout(15_000)});
			if (answer.status >= 500) throw new Error(answer.status);
			if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
			contact();
			tell();
			return true;
		} catch {
			lost();
			return false;
		}
	}

	function listen() {
		if (source || document.hidden) return;
		begun = false;
		source = new EventSource("/api/events?battement=oui&environnement=" + environment + "&depuis=" + last);
		source.addEventListener("beat", (e) => alive(JSON.parse(e.data)));
		for (const act of acts.split(" ")) source.addEventListener(act, (e) => hear(e, JSON.parse(e.data)));
		source.onerror = again; // its own attempts would begin where the page did
		after("watch", silence, again);
	}

	function alive(sign) {
		after("watch", silence, again);
		shift = Date.parse(sign.time) - Date.now();
		last = String(sign.known);
		const first = !begun, before = deaf; // what was published before it began is fetched
		begun = true;
		failures = 0;
		deaf = sign.stale_since || "";
		if (first || deaf !== before || Date.now() - fetched > spread(stale)) after("refresh", Math.random() * 2000, refresh);
		else if (!lostSince) contact();
	}

	function hear(e, m) {
		after("watch", silence, again);
		last = e.lastEventId;
		if (concerns(m)) news.push(m);
		const urgent = ["started", "ended", "resumed"].includes(m.type);
		after("refresh", Math.random() * (urgent ? 500 : 2000), refresh);
	}

	function pause() {
		if (source) source.close();
		source = null;
		clearTimeout(timers.watch);
		clearTimeout(timers.again);
	}

	// again tries once more, later each time. Where nothing can be listened to,
	// but pages are to be had, that is how the page is kept up to date.
	function again() {
		pause();
		failures++;
		after("again", spread(Math.min(longest, 1000 * 2 ** Math.min(failures, 7))), async () => {
			if (document.hidden) return;
			if (failures > 1) await refresh();
			listen();
		});
	}

	function wake() {
		clearTimeout(timers.hide);
		listen();
	}
	document.addEventListener("visibilitychange", () => document.hidden ? after("hide", 5000, pause) : wake());
	addEventListener("pagehide", pause);
	addEventListener("pageshow", (e) => { if (e.persisted) wake(); });
	addEventListener("online", () => { pause(); wake(); });

	// put makes the page what another one is, as far as they differ.
	function put(fresh) {
		const focus = document.activeElement, line = [focus, ...parents(focus)];
		const mark = line.find((n) => n.parentNode && n !== document.body) || anchor(), top = mark && mark.getBoundingClientRect().top;
		for (const part of ["header.fr-header", "main"]) {
			const now = document.querySelector(part), then = fresh.querySelector(part);
			if (now && then) children(now, then);
		}
		if (fresh.title) document.title = fresh.title;
		if (focus && focus !== document.body && document.activeElement !== focus) {
			const to = line.find((n) => n.isConnected && n.matches("a, button, input, select, textarea, summary, [tabindex]"));
			if (to) to.focus({preventScroll: true});
		}
		if (mark && mark.isConnected) scrollBy({top: mark.getBoundingClientRect().top - top, behavior: "instant"});
	}

	// parents are what an element lies in, up to main.
	function parents(node) {
		const all = [];
		for (let n = node && node.parentElement; n && n !== document.body; n = n.parentElement) all.push(n);
		return all;
	}

	// anchor is the first thing on the screen, for the reader's place.
	const anchor = () => scrollY === 0 ? null : [...document.querySelectorAll("main h2, main h3, main tr, main li, main p")].find((n) => n.getBoundingClientRect().top >= 0);

	// key tells things of a kind apart: an article by the notice it links to.
	function key(node) {
		if (node.nodeType !== Node.ELEMENT_NODE) return "";
		if (node.id) return node.id;
		const link = node.matches("article, li, tr, section") && node.querySelector("[id], a[href]");
		return link ? link.id || link.getAttribute("href") : "";
	}
	const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

	function children(now, then) {
		const old = [...now.childNodes];
		let at = now.firstChild;
		for (const want of [...then.childNodes]) {
			const i = old.findIndex((n) => alike(n, want));
			const node = i < 0 ? document.importNode(want, true) : old.splice(i, 1)[0];
			if (i >= 0) become(node, want);
			if (node === at) at = at.nextSibling;
			else now.insertBefore(node, at);
		}
		for (const n of old) n.remove();
	}

	function become(now, then) {
		if (now.nodeType !== Node.ELEMENT_NODE) {
			if (now.data !== then.data) now.data = then.data;
			return;
		}
		for (const a of [...now.attributes]) if (a.name !== "open" && !then.hasAttribute(a.name)) now.removeAttribute(a.name);
		for (const a of then.attributes) if (a.name !== "open" && now.getAttribute(a.name) !== a.value) now.setAttribute(a.name, a.value);
		children(now, then);
	}

	listen();
})();
