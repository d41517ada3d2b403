// Package door knows who comes to the desk's pages: it signs people in and out
// and keeps their sessions.
package door

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/templates/bureau"
)

// A Door lets people in. Its fields are needed and do not change.
type Door struct {
	Publisher *publisher.Publisher
	House     bureau.House
}

// A Visitor is who is at the desk.
type Visitor struct {
	Account publisher.Account
	Session string // names the session; it does not open it
	Token   string // what each form carries, in the field "jeton"
}

// Who is the visitor as pages show them.
func (v Visitor) Who() *bureau.Who {
	return &bureau.Who{Name: v.Account.ID, Roles: v.Account.Roles, Token: v.Token}
}

const cookie = "crieur"

// Register adds the pages to come in and to leave.
func (d *Door) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /connexion", func(w http.ResponseWriter, r *http.Request) {
		d.House.Write(w, bureau.Page{Name: "sign-in", Title: "Connexion", Body: r.URL.Query().Get("retour")})
	})
	mux.HandleFunc("POST /connexion", func(w http.ResponseWriter, r *http.Request) {
		token := r.PostFormValue("cle")
		if _, err := d.Publisher.Authenticate(r.Context(), token); err != nil {
			http.Redirect(w, r, "/connexion", http.StatusSeeOther)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /deconnexion", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1})
		http.Redirect(w, r, "/connexion", http.StatusSeeOther)
	})
}

// Enter lets those through who have signed in, and what they send from our own
// forms.
func (d *Door) Enter(h func(http.ResponseWriter, *http.Request, Visitor)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var secret string
		if c, err := r.Cookie(cookie); err == nil {
			secret = c.Value
		}
		who, err := d.Publisher.Authenticate(r.Context(), secret)
		if err != nil {
			http.Redirect(w, r, "/connexion?retour="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
			return
		}
		v := Visitor{Account: who, Session: sum("session", secret)[:8], Token: sum("form", secret)}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if subtle.ConstantTimeCompare([]byte(v.Token), []byte(r.FormValue("jeton"))) == 0 {
				d.House.Write(w, bureau.Page{Name: "error", Status: http.StatusForbidden, Title: "Formulaire périmé", Who: v.Who(),
					Body: "Ce formulaire ne vient pas de votre session. Rechargez la page et recommencez."})
				return
			}
		}
		h(w, r, v)
	})
}

func sum(purpose, secret string) string {
	h := sha256.Sum256([]byte(purpose + "/" + secret))
	return hex.EncodeToString(h[:])
}
