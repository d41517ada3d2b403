// Package subscribe is where the public subscribes to mails, confirms it, and
// changes or erases what it asked for.
//
// cmd gives it the notifier, the links that the mails hold, and an address;
// it answers readers. Nothing is subscribed, and no subscription changed, by
// whoever merely knows an address: that takes a link which was mailed to it.
// What it answers, and the work that this takes, are the same for an address
// that is subscribed and for one that is not. A link shows and never acts,
// since scanners follow it: acting takes a button. The paths of these pages are
// their readers' own, and are not logged.
package subscribe

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// patience is how long a reader is kept waiting for the store.
const patience = 10 * time.Second

// Links are those of the mails, as the channel makes them.
type Links interface {
	// LeaveURL is a subscriber's own link to leave.
	LeaveURL(subscriber string) string
	// PreferencesURL is a subscriber's own page.
	PreferencesURL(subscriber string) string
	// Leaves is whether a token is that of this link.
	Leaves(subscriber, token string) bool
	// Confirms is whether a token is that of a subscriber's request.
	Confirms(subscriber, request, token string) bool
}

// Pages are the public's own. All fields but Sender and Proxies are needed; none
// changes.
type Pages struct {
	Sender   string // from whose address the mails come, told to who waits for one
	Notifier *notifier.Notifier
	Channel  string // by which its subscribers are told
	Links    Links
	Words    templates.Words
	House    pages.House
	// Proxies are those whose word is taken for where a request comes from
	// (X-Forwarded-For): nobody's if empty.
	Proxies []netip.Prefix
	Push    bool // there is a page for notifications too (pages.PushPath)

	callers callers
}

// Register adds the pages to a mux.
func (p *Pages) Register(mux *http.ServeMux) {
	const confirm, own = "/abonnements/confirmation/{id}/{request}/{token}", "/abonnements/{id}/{token}"
	mux.HandleFunc("GET /abonnements", p.form)
	mux.HandleFunc("GET /en/abonnements", p.form)
	mux.HandleFunc("POST /en/abonnements", p.signUp)
	mux.HandleFunc("GET /en/abonnements/demande", p.asked)
	mux.Handle("GET /abonnements/{$}", http.RedirectHandler("/abonnements", http.StatusMovedPermanently)) // as people type it
	mux.HandleFunc("POST /abonnements", p.signUp)
	mux.HandleFunc("GET /abonnements/demande", p.asked)
	mux.HandleFunc("GET "+confirm, p.confirm(p.ask))
	mux.HandleFunc("POST "+confirm, p.confirm(p.sayYes))
	mux.HandleFunc("GET "+own+"/preferences", p.own(p.show))
	mux.HandleFunc("POST "+own+"/preferences", p.own(p.save))
	mux.HandleFunc("POST "+own+"/reprise", p.own(p.retry))
	mux.HandleFunc("GET "+own+"/donnees", p.own(p.export))
	mux.HandleFunc("GET "+own+"/effacement", p.known(p.askErase))
	mux.HandleFunc("POST "+own+"/effacement", p.known(p.erase))
}

// form is the page to subscribe.
func (p *Pages) form(w http.ResponseWriter, r *http.Request) {
	f := pages.FormOf(p.Words.Catalogue, templates.Choices{Notices: true, Alerts: true, Lang: langOf(r)})
	f.Push = p.Push
	p.House.Write(w, r, pages.SignUp(f))
}

// langOf is the language in which somebody reads these pages: "en" or "".
func langOf(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/en/") {
		return "en"
	}
	return ""
}

// local is the address of one of these pages in the reader's language.
func local(r *http.Request, address string) string {
	if langOf(r) == "en" {
		return pages.Local(address)
	}
	return address
}

// signUp takes a request to subscribe. Whoever is subscribed is not looked at.
func (p *Pages) signUp(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" { // another site makes its visitors ask
		http.Redirect(w, r, local(r, "/abonnements"), http.StatusSeeOther)
		return
	}
	values := posted(w, r)
	chosen, wrong := choose(p.Words.Catalogue, values)
	address := strings.TrimSpace(values.Get(pages.FieldAddress))
	if kind := addressFault(address); kind != "" {
		wrong = append([]pages.FormFault{{Field: pages.FieldAddress, Kind: kind}}, wrong...)
	}
	wrong = append(wrong, wantsFault(chosen)...)
	if len(wrong) > 0 {
		f := pages.FormOf(p.Words.Catalogue, chosen)
		f.Address, f.Wrong = address, wrong
		p.House.Write(w, r, pages.SignUp(f))
		return
	}
	p.request(w, r, notifier.ToSubscribe, notifier.Subscriber{Channel: p.Channel, Address: address}.Choosing(chosen))
}

// request asks an address to confirm something, and answers the same whatever
// comes of it; only who asks too often hears so.
func (p *Pages) request(w http.ResponseWriter, r *http.Request, why notifier.Purpose, sub notifier.Subscriber) {
	if !p.callers.admit(pages.Caller(r, p.Proxies), p.Notifier.Now()) {
		p.tooMany(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	switch err := p.Notifier.Ask(ctx, why, sub); {
	case errors.Is(err, notifier.ErrBusy):
		p.House.Log.Warn("the house asks no more for now", "err", err)
		p.tooMany(w, r)
	case err != nil:
		p.trouble(w, r, "cannot ask for a confirmation", err)
	default:
		answer := local(r, "/abonnements/demande")
		if why == notifier.ToRetry && sub.Lang == "en" { // its own page has one address in both languages
			answer = pages.Local("/abonnements/demande")
		}
		http.Redirect(w, r, answer, http.StatusSeeOther) // reloading asks nobody again
	}
}

// asked is the answer to everybody who asked.
func (p *Pages) asked(w http.ResponseWriter, r *http.Request) {
	p.House.Write(w, r, pages.Asked(p.Sender))
}

func (p *Pages) tooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "3600") // seconds
	p.House.Write(w, r, pages.TooMany())
}

// trouble says that the store does not answer.
func (p *Pages) trouble(w http.ResponseWriter, r *http.Request, what string, err error) {
	p.House.Log.Error(what, "subscriber", r.PathValue("id"), "err", err)
	w.Header().Set("Retry-After", "30") // seconds
	p.House.Write(w, r, pages.Trouble())
}

// A confirming handler answers the holder of a link for an ask that is open or
// was answered.
type confirming func(ctx context.Context, r *http.Request) (pages.Page, error)

// confirm lets in who has such a link.
func (p *Pages) confirm(next confirming) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.Links.Confirms(r.PathValue("id"), r.PathValue("request"), r.PathValue("token")) {
			p.House.Write(w, r, inLang(pages.Stale(), pages.Preferred(r)))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		page, err := next(ctx, r)
		switch {
		case errors.Is(err, stream.ErrNotFound):
			page = inLang(pages.Stale(), pages.Preferred(r))
		case err != nil:
			p.trouble(w, r, "cannot confirm", err)
			return
		}
		p.House.Write(w, r, page)
	}
}

// ask shows what there is to confirm.
func (p *Pages) ask(ctx context.Context, r *http.Request) (pages.Page, error) {
	a, err := p.Notifier.Subscribers.Asked(ctx, r.PathValue("id"), r.PathValue("request"), p.Notifier.Now())
	if err != nil || a.Done {
		return p.done(a), err
	}
	_, err = p.Notifier.Subscribers.Get(ctx, r.PathValue("id"))
	if err != nil && !errors.Is(err, stream.ErrNotFound) {
		return pages.Page{}, err
	}
	page := pages.Confirm(pages.Confirmation{Purpose: string(a.Purpose), Known: err == nil,
		Choices: p.Words.Chosen(a.Subscriber.Choices(), a.Subscriber.Lang), Until: a.Until})
	page.Lang = a.Subscriber.Lang
	return page, nil
}

// sayYes confirms.
func (p *Pages) sayYes(ctx context.Context, r *http.Request) (pages.Page, error) {
	a, err := p.Notifier.Subscribers.Confirm(ctx, r.PathValue("id"), r.PathValue("request"), p.Notifier.Now())
	if err == nil {
		p.House.Log.Info("confirmed", "subscriber", r.PathValue("id"), "event", a.ID)
	}
	return p.done(a), err
}

// done is the page of what has been confirmed, however often one looks.
func (p *Pages) done(a notifier.Ask) pages.Page {
	page := pages.Confirm(pages.Confirmation{Purpose: string(a.Purpose), Done: true, Preferences: p.Links.PreferencesURL(a.Subscriber.ID)})
	page.Lang = a.Subscriber.Lang
	return page
}
