// The page where a browser asks for notifications (push.html): shows what it has
// asked for, asks its reader's leave when told to, changes it, and leaves. All
// words stand on the page.
(() => {
	"use strict";
	const root = document.getElementById("notifications");
	if (!root) return;
	const words = root.dataset, form = root.querySelector("form"), leave = root.querySelector("[data-leave]");
	const box = root.querySelector("[data-say]"), said = box.querySelector("p"), submit = form.querySelector("[type=submit]");
	const wrong = document.getElementById("sortes-erreur"), kinds = document.getElementById("sortes");

	function say(kind, text) {
		box.className = "fr-alert fr-alert--" + kind;
		box.hidden = !text;
		said.textContent = text;
	}
	if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
		say("warning", words.unable);
		return;
	}

	const key = () => Uint8Array.from(atob(words.key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
	const boxes = (name) => [...form.querySelectorAll("input[name=" + name + "]")];
	const ticked = (name) => boxes(name).filter((b) => b.checked).map((b) => b.value);

	async function ask(what, subscription, more) {
		const {endpoint, keys} = subscription.toJSON();
		return fetch(words.path + "/" + what, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({endpoint, keys, ...more})});
	}
	const refused = (answer) => { throw new Error(answer.status === 429 ? words.busy : words.trouble); };

	// current is the browser's subscription, if it has one.
	async function current() {
		const registration = await navigator.serviceWorker.getRegistration("/");
		return registration ? registration.pushManager.getSubscription() : null;
	}

	function show(on) {
		leave.hidden = !on;
		submit.textContent = on ? words.change : words.activate;
	}

	function fill(held) {
		for (const [name, values] of [["service", held.services], ["mode", held.modes], ["recevoir", held.wants]]) {
			for (const b of boxes(name)) b.checked = values.includes(b.value);
		}
		form.elements.langue.value = held.lang;
	}

	async function begin() {
		form.hidden = false;
		const subscription = await current();
		if (!subscription) return show(false);
		const answer = await ask("lire", subscription);
		if (answer.status === 404) return show(false); // the house has forgotten it: activating tells it again
		if (!answer.ok) refused(answer);
		fill(await answer.json());
		show(true);
		say("success", words.on);
	}

	async function activate() {
		const chosen = {services: ticked("service"), modes: ticked("mode"), wants: ticked("recevoir"), lang: form.elements.langue.value};
		const none = chosen.wants.length === 0;
		wrong.textContent = none ? words.wants : "";
		wrong.hidden = !none;
		kinds.classList.toggle("fr-fieldset--error", none);
		none ? kinds.setAttribute("aria-describedby", "sortes-erreur") : kinds.removeAttribute("aria-describedby");
		if (none) return boxes("recevoir")[0].focus();
		const leaveGiven = await Notification.requestPermission();
		if (leaveGiven !== "granted") return say("warning", leaveGiven === "denied" ? words.denied : words.undecided);
		const registration = await navigator.serviceWorker.register("/sw.js", {scope: "/"});
		await navigator.serviceWorker.ready;
		let subscription = await registration.pushManager.getSubscription();
		if (subscription && !same(subscription)) { // it was made for another house's key
			await subscription.unsubscribe();
			subscription = null;
		}
		subscription ??= await registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key()});
		const answer = await ask("abonner", subscription, chosen);
		if (!answer.ok) refused(answer);
		fill(await answer.json());
		show(true);
		say("success", words.saved);
	}

	function same(subscription) {
		const has = subscription.options.applicationServerKey, want = key();
		return !has || new Uint8Array(has).every((b, i) => b === want[i]);
	}

	async function stop() {
		const subscription = await current();
		if (subscription) {
			const answer = await ask("effacer", subscription);
			if (!answer.ok && answer.status !== 403) refused(answer);
			await subscription.unsubscribe();
		}
		show(false);
		say("success", words.off);
	}

	// once does one thing at a time, and says what went wrong.
	async function once(what) {
		submit.disabled = leave.disabled = true;
		try {
			await what();
		} catch (e) {
			say("error", [words.busy, words.trouble].includes(e.message) ? e.message : words.trouble);
		} finally {
			submit.disabled = leave.disabled = false;
			if (!box.hidden && what !== begin) said.focus();
		}
	}
	form.addEventListener("submit", (e) => { e.preventDefault(); once(activate); });
	leave.addEventListener("click", () => once(stop));
	once(begin);
})();
