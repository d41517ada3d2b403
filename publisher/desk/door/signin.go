package door

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/door/oidc"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/pages"
)

// ask shows the page to sign in; who has signed in is let through.
func (d *Door) ask(w http.ResponseWriter, r *http.Request) {
	back := local(r.URL.Query().Get("retour"))
	if _, err := d.visitor(w, r); err == nil {
		http.Redirect(w, r, orHome(back), http.StatusSeeOther)
		return
	}
	d.House.Write(w, d.page(http.StatusOK, bureau.SignIn{Back: back}, r.URL.Query().Get("dit")))
}

func orHome(place string) string {
	if place == "" {
		return "/"
	}
	return place
}

// show answers with the page to sign in.
func (d *Door) show(w http.ResponseWriter, status int, body bureau.SignIn) {
	d.House.Write(w, d.page(status, body, ""))
}

func (d *Door) page(status int, body bureau.SignIn, said string) bureau.Page {
	body.Local = !d.Shut
	if d.OIDC != nil {
		body.Issuer = d.OIDC.Label
	}
	return bureau.Page{Name: "sign-in", Title: "Connexion", Status: status, Said: said, Body: body}
}

// signIn takes an account's id and password.
func (d *Door) signIn(w http.ResponseWriter, r *http.Request) {
	if err := readForm(r); err != nil {
		d.House.Write(w, misread(err, nil))
		return
	}
	body, password := typed(r), r.PostFormValue("mot-de-passe")
	if d.Shut {
		d.show(w, http.StatusForbidden, body)
		return
	}
	if body.ID == "" {
		body.Faults = append(body.Faults, bureau.Fault{Field: "identifiant", Text: bureau.FaultNoID})
	}
	if password == "" {
		body.Faults = append(body.Faults, bureau.Fault{Field: "mot-de-passe", Text: bureau.FaultNoPassword})
	}
	if len(body.Faults) > 0 {
		d.show(w, http.StatusUnprocessableEntity, body)
		return
	}
	from, now := pages.Caller(r, d.Proxies), d.Publisher.Wall()
	if !d.callers.admit(from, now) {
		w.Header().Set("Retry-After", "60") // seconds
		body.Alert = bureau.AlertCrowd
		d.show(w, http.StatusTooManyRequests, body)
		return
	}
	ctx, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	o, err := d.Publisher.SignIn(ctx, body.ID, password, d.held(r, deviceCookie))
	if err != nil {
		d.refuse(w, body, err)
		return
	}
	d.callers.forgive(from)
	d.comeIn(w, r, o, body)
}

// typed is the form to sign in as it was sent, without the password.
func typed(r *http.Request) bureau.SignIn {
	body := bureau.SignIn{ID: strings.TrimSpace(r.PostFormValue("identifiant")), Back: local(r.PostFormValue("retour"))}
	if form, err := url.ParseQuery(r.PostFormValue("garde")); err == nil {
		body.Kept = keptOf(r.PostFormValue("vers"), form)
	}
	return body
}

// refuse says why nobody is let in: in the same words for an account that
// there is not.
func (d *Door) refuse(w http.ResponseWriter, body bureau.SignIn, err error) {
	status, soon := http.StatusServiceUnavailable, &publisher.TooSoon{}
	switch {
	case errors.As(err, &soon):
		status, body.Alert = http.StatusTooManyRequests, bureau.Wait(soon.Wait)
		w.Header().Set("Retry-After", strconv.Itoa(int(soon.Wait.Seconds())+1))
	case errors.Is(err, publisher.ErrSignIn):
		status, body.Alert = http.StatusForbidden, bureau.AlertRefused
	default:
		d.House.Log.Error("cannot sign in", "err", err)
		body.Alert = bureau.AlertBusy
	}
	d.show(w, status, body)
}

// comeIn begins a session in a browser, and leads to where it wanted to go: to
// what it has sent, if that came too late.
func (d *Door) comeIn(w http.ResponseWriter, r *http.Request, o publisher.Opened, body bureau.SignIn) {
	if err := d.Admit(w, r, o); err != nil {
		d.trouble(w, err)
		return
	}
	if body.Kept.Place == "" {
		http.Redirect(w, r, orHome(body.Back), http.StatusSeeOther)
		return
	}
	e, err := d.Publisher.Enter(r.Context(), o.Secret)
	if err != nil {
		d.trouble(w, err)
		return
	}
	v := Visitor{Account: e.Account, Token: e.Session.Form, Name: e.Name}
	d.House.Write(w, bureau.Page{Name: "again", Title: "À envoyer de nouveau", Who: v.Who(), Body: bureau.Again{Kept: body.Kept}})
}

// signOut ends the session, here and in the store.
func (d *Door) signOut(w http.ResponseWriter, r *http.Request, v Visitor) {
	if err := d.Publisher.EndOneSession(r.Context(), v.Account.ID, v.Session); err != nil {
		d.trouble(w, err)
		return
	}
	d.Forget(w, r)
	http.Redirect(w, r, "/connexion?dit=parti", http.StatusSeeOther)
}

// sendAway sends somebody to the issuer.
func (d *Door) sendAway(w http.ResponseWriter, r *http.Request) {
	back := local(r.URL.Query().Get("retour"))
	location, kept, err := d.OIDC.Begin(r.Context(), back)
	if err != nil {
		d.House.Log.Warn("the issuer does not answer", "err", err)
		d.show(w, http.StatusServiceUnavailable, bureau.SignIn{Back: back, Alert: bureau.AlertIssuer})
		return
	}
	d.setCookie(w, r, flowCookie, kept, oidc.FlowLife)
	http.Redirect(w, r, location, http.StatusSeeOther)
}

// takeBack takes somebody in who comes from the issuer. What the browser kept
// for that is good once.
func (d *Door) takeBack(w http.ResponseWriter, r *http.Request) {
	kept := d.held(r, flowCookie)
	d.setCookie(w, r, flowCookie, "", -1)
	ctx, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	v, back, err := d.OIDC.Finish(ctx, kept, r.URL.Query())
	var o publisher.Opened
	if err == nil {
		o, err = d.Publisher.SignInVouched(ctx, v)
	}
	if err != nil {
		d.House.Log.Warn("the issuer's word lets nobody in", "err", err)
		d.show(w, http.StatusForbidden, bureau.SignIn{Alert: issuerAlert(err)})
		return
	}
	d.comeIn(w, r, o, bureau.SignIn{Back: back})
}

// issuerAlert is what somebody is told whom the issuer has sent back in vain.
func issuerAlert(err error) string {
	switch {
	case errors.Is(err, oidc.ErrStale):
		return bureau.AlertStale
	case errors.Is(err, oidc.ErrNoRole), errors.Is(err, notice.ErrInvalid):
		return bureau.AlertNoRole
	}
	return bureau.AlertIssuer
}
