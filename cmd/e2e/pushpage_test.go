package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/push/webpush/pushtest"
)

// notified is a town that offers notifications, and a window on the page where
// one asks for them.
func notified(t *testing.T, width int) (*town, *pushtest.Service, *tab) {
	t.Helper()
	s := pushtest.New(t)
	w := newTown(t, func(c *house.Config) {
		c.Push = house.Push{Subject: "mailto:notes@meteo.example", Hosts: []string{s.Host}, Client: s.Client()}
	})
	b := newTab(t, w.URL(house.RoleOutlook), width)
	return w, s, b
}

// allow lets a site notify, as a reader does who is asked.
func (b *tab) allow(setting browser.PermissionSetting) {
	b.t.Helper()
	b.do("answer for the reader", chromedp.ActionFunc(func(ctx context.Context) error {
		mine, err := target.GetTargetInfo().Do(ctx)
		if err != nil {
			return err
		}
		return browser.SetPermission(&browser.PermissionDescriptor{Name: "notifications"}, setting).WithOrigin(b.where).
			WithBrowserContextID(mine.BrowserContextID).Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
	}))
}

// TestPushPage: the page where one asks for notifications is sound, works by
// the keyboard, and says what is wrong beside what is wrong.
func TestPushPage(t *testing.T) {
	t.Parallel()
	_, _, b := notified(t, 375)
	b.visit("/abonnements/alertes")
	b.sees("Activer les notifications")
	b.sound("push page")
	b.click("#recevoir-alertes")
	b.click("#notifications [type=submit]")
	b.sees("Cochez au moins une sorte de messages : notes ou alertes.")
	b.sound("push page, nothing ticked")
	b.click("#recevoir-alertes")
	b.allow(browser.PermissionSettingDenied)
	b.click("#notifications [type=submit]")
	b.sees("Ce navigateur refuse les notifications de ce site.")
	blind := newTab(t, b.where, 375)
	blind.withoutScript()
	blind.visit("/abonnements/alertes")
	blind.sees("Les notifications ont besoin de JavaScript")
}

// TestPushScript: a reader asks, changes and leaves through the page. Where the
// browser's own push service would be called, the test answers for it: there is
// none here.
func TestPushScript(t *testing.T) {
	t.Parallel()
	w, s, b := notified(t, 1280)
	to := s.Subscribe()
	b.allow(browser.PermissionSettingGranted)
	b.visit("/abonnements")
	b.press("Recevoir plutôt des notifications dans ce navigateur")
	b.sees("Activer les notifications")
	js[bool](b, fmt.Sprintf(`(() => {
		const held = {options: {}, toJSON: () => ({endpoint: %q, expirationTime: null, keys: {p256dh: %q, auth: %q}}), unsubscribe: async () => { window.left = true; window.has = null; return true; }};
		PushManager.prototype.subscribe = async (o) => { window.asked = o.userVisibleOnly && o.applicationServerKey.length; window.has = held; return held; };
		PushManager.prototype.getSubscription = async () => window.has || null;
		Notification.requestPermission = async () => "granted";
		return true;
	})()`, to.Endpoint, to.P256dh, to.Auth))
	b.click("#service-delta-ie")
	b.click("#recevoir-notes")
	b.click("#notifications [type=submit]")
	b.sees("C’est enregistré : ce navigateur affichera ce que vous avez choisi.")
	b.sees("Enregistrer ces choix")
	if got := js[int](b, `window.asked`); got != 65 {
		t.Errorf("the browser was given a key of %d bytes", got)
	}
	b.sound("push page, subscribed")
	w.publish()
	w.settle()
	if got := screens(t, s, to); len(got) != 1 {
		t.Fatalf("it is told %+v", got)
	}
	b.click("[data-leave]")
	b.sees("C’est fait : ce navigateur n’affichera plus rien")
	if !js[bool](b, `window.left === true`) {
		t.Error("the browser keeps its subscription")
	}
	w.publish()
	w.settle()
	if got := screens(t, s, to); len(got) != 1 {
		t.Errorf("after it has left it is told %+v", got)
	}
}

// TestServiceWorker gives the service worker messages, as a push service would:
// what is later takes the place, what is earlier or comes again hides nothing.
func TestServiceWorker(t *testing.T) {
	t.Parallel()
	_, _, b := notified(t, 1280)
	b.allow(browser.PermissionSettingGranted)
	b.visit("/abonnements/alertes")
	registered := make(chan string, 1)
	chromedp.ListenTarget(b.ctx, func(ev any) {
		if e, ok := ev.(*serviceworker.EventWorkerVersionUpdated); ok {
			for _, v := range e.Versions {
				if v.Status == serviceworker.VersionStatusActivated {
					select {
					case registered <- string(v.RegistrationID):
					default:
					}
				}
			}
		}
	})
	b.do("watch service workers", serviceworker.Enable())
	js[bool](b, `navigator.serviceWorker.register("/sw.js", {scope: "/"}).then(() => navigator.serviceWorker.ready).then(() => true)`)
	id := <-registered
	push := func(message map[string]any) {
		text, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		b.do("push", serviceworker.DeliverPushMessage(b.where, serviceworker.RegistrationID(id), string(text)))
	}
	shown := func() string {
		return js[string](b, `navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => all.map(n => n.title + "|" + n.lang + "|" + n.data.page).join("; "))`)
	}
	begin := map[string]any{"id": "1", "title": "Début d’alerte", "body": "x", "lang": "fr", "tag": "n1", "page": "/notices/n1", "at": 1000}
	end := map[string]any{"id": "2", "title": "Fin d’alerte", "body": "x", "lang": "fr", "tag": "n1", "page": "/notices/n1", "at": 2000}
	// A worker that is just being started may miss one: what comes again is shown once.
	until(t, "the start is shown", func() bool { push(begin); return shown() == "Début d’alerte|fr|/notices/n1" })
	until(t, "the end takes its place", func() bool { push(end); return shown() == "Fin d’alerte|fr|/notices/n1" })
	other := map[string]any{"id": "3", "title": "Planned", "body": "x", "lang": "en", "tag": "n2", "page": "/notices/n2", "at": 500}
	until(t, "the late start hides nothing", func() bool {
		push(begin)
		push(other)
		got := shown()
		return got == "Fin d’alerte|fr|/notices/n1; Planned|en|/notices/n2" || got == "Planned|en|/notices/n2; Fin d’alerte|fr|/notices/n1"
	})
}
