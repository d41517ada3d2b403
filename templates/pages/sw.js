// Shows notifications. A later message of a notice takes the place of what was
// said of it; what comes again, or late, makes no sound and hides nothing newer.
"use strict";

const words = {
	fr: {open: "Voir", leave: "Ne plus recevoir", none: "Météo des services en ligne", look: "Voir l’état des services"},
	en: {open: "Open", leave: "Unsubscribe", none: "Online services", look: "See how the services are"},
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));

let last = Promise.resolve();
self.addEventListener("push", (e) => {
	let message = null;
	try {
		message = e.data.json();
	} catch { /* whatever it was, something has to be shown */ }
	last = last.catch(() => {}).then(() => show(message)); // one after the other: each looks at what is shown
	e.waitUntil(last);
});

async function show(m) {
	if (!m || !m.title) return self.registration.showNotification(words.fr.none, {body: words.fr.look, lang: "fr", icon: "/icon.svg", data: {page: "/"}});
	const shown = (await self.registration.getNotifications({tag: m.tag})).map((n) => n.data && n.data.message).filter(Boolean);
	const newer = shown.find((old) => old.id === m.id || old.at > m.at);
	const say = newer || m, w = words[say.lang] || words.fr;
	return self.registration.showNotification(say.title, {
		body: say.body, lang: say.lang, tag: say.tag, timestamp: say.at, icon: "/icon.svg",
		renotify: !newer, silent: Boolean(newer), data: {page: say.page, message: say},
		actions: [{action: "open", title: w.open}, {action: "leave", title: w.leave}],
	});
}

self.addEventListener("notificationclick", (e) => {
	e.notification.close();
	e.waitUntil(e.action === "leave" ? leave() : open(e.notification.data.page));
});

async function open(page) {
	const to = new URL(page, self.location.origin);
	if (to.origin !== self.location.origin) return;
	for (const tab of await self.clients.matchAll({type: "window"})) {
		if (new URL(tab.url).pathname === to.pathname) return tab.focus();
	}
	return self.clients.openWindow(to.href);
}

const ask = (what, body) => fetch("/abonnements/alertes/" + what, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});

async function leave() {
	const subscription = await self.registration.pushManager.getSubscription();
	if (subscription) {
		const answer = await ask("effacer", subscription);
		if (answer.ok) await subscription.unsubscribe();
	}
	return self.clients.openWindow("/abonnements/alertes");
}

// A browser may get another subscription at any time: what was asked for goes
// over to it.
self.addEventListener("pushsubscriptionchange", (e) => e.waitUntil((async () => {
	const old = e.oldSubscription;
	if (!old) return;
	const fresh = e.newSubscription || await self.registration.pushManager.subscribe(old.options);
	await ask("abonner", {...fresh.toJSON(), replaces: old.toJSON()});
})()));
