package door

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher/desk/door/oidc"
	"douane.gouv.fr/crieur/publisher/desk/door/oidc/oidctest"
)

// TestIssuer signs somebody in whom an issuer vouches for, and tries to come
// in by what it has said before.
func TestIssuer(t *testing.T) {
	t.Parallel()
	issuer := oidctest.New(t, time.Now)
	h := open(t, func(h *hall) {
		h.door.OIDC = &oidc.Provider{Issuer: issuer.URL(), Label: "l’annuaire", Client: oidctest.Client, Secret: oidctest.Secret, Claim: "roles",
			Redirect: "https://desk.example/oidc/retour", Key: []byte("the house's secret"), Now: time.Now}
	})
	b := h.browser()
	if got := b.send("GET", "/connexion?retour=/notes/n1", ""); !strings.Contains(got.text, `href="/oidc/connexion?retour=%2fnotes%2fn1"`) || !strings.Contains(got.text, "Se connecter avec l’annuaire") {
		t.Errorf("no way to the issuer:\n%s", got.text)
	}
	comeBack := func(b *browser, back string) url.Values {
		got := b.send("GET", "/oidc/connexion?retour="+url.QueryEscape(back), "")
		if !strings.HasPrefix(got.head.Get("Location"), issuer.URL()+"/auth?") {
			t.Fatalf("%d to %s", got.status, got.head.Get("Location"))
		}
		return issuer.Agree(got.head.Get("Location"))
	}
	q := comeBack(b, "/notes/n1")
	thief := h.browser()
	if got := thief.send("GET", "/oidc/retour?"+q.Encode(), ""); got.status != http.StatusForbidden || len(got.head.Values("Set-Cookie")) != 1 {
		t.Errorf("without the browser that began: %d", got.status)
	}
	q = comeBack(b, "/notes/n1")
	if got := b.send("GET", "/oidc/retour?"+q.Encode(), ""); got.head.Get("Location") != "/notes/n1" {
		t.Fatalf("%d to %q\n%s", got.status, got.head.Get("Location"), got.text)
	}
	if got := b.send("GET", "/", ""); !strings.HasPrefix(got.text, "oidc-") {
		t.Errorf("%d %s", got.status, got.text)
	}
	if got := b.send("GET", "/oidc/retour?"+q.Encode(), ""); got.status != http.StatusForbidden {
		t.Errorf("the same again: %d", got.status)
	}
	if got := b.send("GET", "/oidc/retour?"+comeBack(b, "//evil.example").Encode(), ""); got.head.Get("Location") != "/" {
		t.Errorf("led to %q", got.head.Get("Location"))
	}
	issuer.Say(map[string]any{"roles": []string{"crieur:signatory@nulle-part"}})
	if got := b.send("GET", "/oidc/retour?"+comeBack(b, "/").Encode(), ""); got.status != http.StatusForbidden || !strings.Contains(got.text, "aucun rôle valable") {
		t.Errorf("an unknown bureau: %d\n%s", got.status, got.text)
	}
	issuer.Close()
}
