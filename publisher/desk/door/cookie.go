package door

import (
	"net/http"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
)

const (
	sessionCookie = "crieur"
	flowCookie    = "crieur-oidc"
	// deviceCookie says in which browser an account has signed in before. It
	// opens nothing: tries from there are counted apart from everybody's.
	deviceCookie = "crieur-connu"

	deviceLife = 90 * 24 * time.Hour
)

// https is whether a browser speaks to us over TLS, be it through a proxy.
func (d *Door) https(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(d.Site, "https://")
}

// nameOf is a cookie's name. __Host- makes browsers refuse one that another
// host, or plain http, has set.
func (d *Door) nameOf(r *http.Request, cookie string) string {
	if d.https(r) {
		return "__Host-" + cookie
	}
	return cookie
}

// setCookie gives a browser a secret. SameSite is Lax and not Strict: whoever
// follows a link to a notice in a mail, or comes back from the issuer, is
// signed in. What is sent from elsewhere (POST) never has it.
func (d *Door) setCookie(w http.ResponseWriter, r *http.Request, name, value string, lasts time.Duration) {
	c := &http.Cookie{Name: d.nameOf(r, name), Value: value, Path: "/", HttpOnly: true, Secure: d.https(r), SameSite: http.SameSiteLaxMode}
	if name != sessionCookie { // that one goes with the browser
		c.MaxAge = int(lasts.Seconds())
	}
	if lasts < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// secret is what a browser holds of a session; "" for nothing.
func (d *Door) secret(r *http.Request) string { return d.held(r, sessionCookie) }

// held is what a browser holds in one of our cookies; "" for nothing.
func (d *Door) held(r *http.Request, cookie string) string {
	c, err := r.Cookie(d.nameOf(r, cookie))
	if err != nil {
		return ""
	}
	return c.Value
}

// Admit lets a browser into a session that has begun. What it held before
// opens nothing any more.
func (d *Door) Admit(w http.ResponseWriter, r *http.Request, o publisher.Opened) error {
	if old := d.secret(r); old != "" && old != o.Secret {
		if err := d.Publisher.EndSession(r.Context(), old); err != nil {
			return err
		}
	}
	d.setCookie(w, r, sessionCookie, o.Secret, publisher.SessionLife)
	if o.Device != "" {
		d.setCookie(w, r, deviceCookie, o.Device, deviceLife)
	}
	return nil
}

// Forget takes the cookie away.
func (d *Door) Forget(w http.ResponseWriter, r *http.Request) {
	d.setCookie(w, r, sessionCookie, "", -1)
}
