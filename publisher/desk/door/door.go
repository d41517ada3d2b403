// Package door knows who comes to the desk's pages: it signs people in and out,
// keeps their sessions, and lets through what they send from our own forms.
//
// A browser holds a secret in a cookie; everything else of a session is in the
// store, so that any desk knows it and it ends for all of them at once. What
// somebody may do is looked up anew at each request. A form carries the
// session's token besides (field "jeton"), and what comes from another site is
// refused before that. What was typed is not lost when a session has ended: it
// is offered again. Programs come with a token to the API, where no cookie
// counts.
package door

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/door/oidc"
	"douane.gouv.fr/crieur/templates/bureau"
)

// A Door lets people in. Publisher and House are needed; nothing changes.
type Door struct {
	Publisher *publisher.Publisher
	House     bureau.House
	// Site is where staff find the desk: https://desk.example. Where it is
	// empty, or plain http, cookies go over plain http too.
	Site string
	// Proxies are those whose word is taken for where a request comes from
	// (X-Forwarded-For): nobody's if empty.
	Proxies []netip.Prefix
	OIDC    *oidc.Provider // nil: nobody else vouches for people
	// Shut says that nobody signs in with a password of ours.
	Shut bool

	callers callers
}

// A Visitor is who is at the desk.
type Visitor struct {
	Account publisher.Account
	Session string // names the session; it does not open it
	Token   string // what each form carries, in the field "jeton"
	Name    string // as pages show it; the account's id if empty
	Vouched bool   // an issuer keeps the password
	Given   bool   // the password is to be changed before anything else
}

// Who is the visitor as pages show them.
func (v Visitor) Who() *bureau.Who {
	name := v.Name
	if name == "" {
		name = v.Account.ID
	}
	return &bureau.Who{Name: name, Roles: v.Account.Roles, Token: v.Token}
}

// MaxForm is how many bytes a form may have, with its files.
const MaxForm = 4 << 20

// patience is how long the store is waited for at the door.
const patience = 15 * time.Second

// PasswordPage is where a password is changed.
const PasswordPage = "/compte/mot-de-passe"

// Register adds the pages to come in and to leave.
func (d *Door) Register(mux *http.ServeMux) {
	mux.Handle("GET /connexion", d.guarded(d.ask))
	mux.Handle("POST /connexion", d.guarded(d.signIn))
	mux.Handle("POST /deconnexion", d.Enter(d.signOut))
	if d.OIDC != nil {
		mux.Handle("GET /oidc/connexion", d.guarded(d.sendAway))
		mux.Handle("GET /oidc/retour", d.guarded(d.takeBack))
	}
}

// Enter lets those through who have signed in, and what they send from our own
// forms.
func (d *Door) Enter(h func(http.ResponseWriter, *http.Request, Visitor)) http.Handler {
	return d.guarded(func(w http.ResponseWriter, r *http.Request) {
		v, err := d.visitor(w, r)
		switch {
		case errors.Is(err, publisher.ErrUnauthenticated):
			d.turnAway(w, r)
		case err != nil:
			d.trouble(w, err)
		case !d.genuine(w, r, v):
		case v.Given && r.URL.Path != PasswordPage && r.URL.Path != "/deconnexion":
			http.Redirect(w, r, PasswordPage, http.StatusSeeOther)
		default:
			h(w, r, v)
		}
	})
}

// guarded bounds what a request may send, refuses what another site sends, and
// gives every answer the headers of the desk's pages.
func (d *Door) guarded(h http.HandlerFunc) http.Handler {
	sites := http.NewCrossOriginProtection()
	if u, err := url.Parse(d.Site); err == nil && u.Host != "" {
		_ = sites.AddTrustedOrigin(u.Scheme + "://" + u.Host) // a proxy may have changed the Host; it is well formed
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.House.Guard(w)
		if d.https(r) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxForm)
		if err := sites.Check(r); err != nil {
			d.House.Write(w, bureau.Page{Name: "error", Status: http.StatusForbidden, Title: "Demande refusée",
				Body: bureau.RefusedElsewhere})
			return
		}
		h(w, r)
	})
}

// visitor is who holds the cookie of a request.
func (d *Door) visitor(w http.ResponseWriter, r *http.Request) (Visitor, error) {
	ctx, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	secret := d.secret(r)
	if secret == "" {
		return Visitor{}, publisher.ErrUnauthenticated
	}
	enter := d.Publisher.Enter
	if background(r) {
		enter = d.Publisher.Look
	}
	e, err := enter(ctx, secret)
	if err != nil {
		return Visitor{}, err
	}
	if d.Shut && e.Session.Issuer == "" {
		return Visitor{}, publisher.ErrUnauthenticated
	}
	if e.Secret != "" {
		d.setCookie(w, r, sessionCookie, e.Secret, publisher.SessionLife)
	}
	return Visitor{Account: e.Account, Session: e.Session.ID, Token: e.Session.Form, Name: e.Name,
		Vouched: e.Session.Issuer != "", Given: e.Given}, nil
}

// background is whether a page asks by itself, to be up to date or to say that
// it is open: that is no use of the session. Our scripts say so.
func background(r *http.Request) bool {
	return r.Header.Get("X-Crieur-Background") != ""
}

// genuine is whether a request is a mere look, or carries the token of its
// session. Where it does not, it has been answered.
func (d *Door) genuine(w http.ResponseWriter, r *http.Request, v Visitor) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	if err := readForm(r); err != nil {
		d.House.Write(w, misread(err, v.Who()))
		return false
	}
	if subtle.ConstantTimeCompare([]byte(v.Token), []byte(r.PostFormValue("jeton"))) == 1 {
		return true
	}
	p := bureau.Page{Name: "error", Status: http.StatusForbidden, Title: "Formulaire périmé", Who: v.Who(), Body: bureau.RefusedStale}
	if kept := keep(r); kept.Place != "" && ours(r) {
		p.Name, p.Title, p.Body = "again", "À envoyer de nouveau", bureau.Again{Kept: kept}
	}
	d.House.Write(w, p)
	return false
}

// readForm reads a form with its files.
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := r.ParseMultipartForm(MaxForm); !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return nil
}

// misread says why a form could not be read.
func misread(err error, who *bureau.Who) bureau.Page {
	p := bureau.Page{Name: "error", Status: http.StatusBadRequest, Title: "Formulaire illisible", Who: who, Body: bureau.RefusedGarbled}
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		p.Status, p.Title, p.Body = http.StatusRequestEntityTooLarge, "Envoi trop volumineux", bureau.RefusedLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		p.Status, p.Title, p.Body = http.StatusRequestTimeout, "Envoi trop lent", bureau.RefusedSlow
	}
	return p
}

// turnAway sends somebody without a session to the page to sign in. What a
// form has sent waits there.
func (d *Door) turnAway(w http.ResponseWriter, r *http.Request) {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" || background(r) { // a script asks
		http.Error(w, "Session expirée.", http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		where := "/connexion"
		if r.URL.Path != "/" {
			where += "?retour=" + url.QueryEscape(r.URL.RequestURI())
		}
		http.Redirect(w, r, where, http.StatusSeeOther)
		return
	}
	if err := readForm(r); err != nil {
		d.House.Write(w, misread(err, nil))
		return
	}
	body := bureau.SignIn{Alert: bureau.AlertEnded, Kept: keep(r)}
	if body.Kept.Place == "" {
		body.Alert = bureau.AlertFile
	}
	d.show(w, http.StatusUnauthorized, body)
}

// keep is what a form has sent, to be sent again; files are not kept.
func keep(r *http.Request) bureau.Kept {
	if r.MultipartForm != nil && len(r.MultipartForm.File) > 0 {
		return bureau.Kept{}
	}
	form := url.Values{}
	for name, values := range r.PostForm {
		if name != "jeton" {
			form[name] = values
		}
	}
	return keptOf(r.URL.RequestURI(), form)
}

// keptOf is a form that is to be sent to a place of ours.
func keptOf(place string, form url.Values) bureau.Kept {
	if local(place) == "" || place == "/deconnexion" || len(form) == 0 {
		return bureau.Kept{}
	}
	k := bureau.Kept{Place: place, Text: form.Encode()}
	for name, values := range form {
		for _, v := range values {
			k.Fields = append(k.Fields, bureau.KeptField{Name: name, Value: v})
		}
	}
	return k
}

// ours is whether a browser says that a request comes from one of our pages.
func ours(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && u.Host == r.Host
}

// local is a place of ours to go to, or "": another site's address is none,
// however it is written.
func local(place string) string {
	odd := func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }
	u, err := url.Parse(place)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(place, "/") ||
		strings.HasPrefix(place, "//") || strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(place, odd) || strings.ContainsFunc(u.Path, odd) {
		return ""
	}
	return place
}

// trouble says that the store does not answer.
func (d *Door) trouble(w http.ResponseWriter, err error) {
	d.House.Log.Error("cannot look who comes in", "err", err)
	w.Header().Set("Retry-After", "5") // seconds
	d.House.Write(w, bureau.Page{Name: "error", Status: http.StatusServiceUnavailable, Title: "Le bureau est en panne", Body: bureau.AlertBusy})
}
