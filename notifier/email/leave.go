package email

import (
	"context"
	"net/http"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/templates/pages"
)

// patience is how long somebody who leaves is kept waiting for the store.
const patience = 10 * time.Second

// A LeavePage is where a subscriber's own link leads (LeaveURL). Looking at it
// changes nothing: scanners and previews follow every link of a mail. Leaving
// is a POST, by its button or by a mail program in one click (RFC 8058), and
// leaving again is no error. It never says who is or was subscribed.
type LeavePage struct {
	Channel     *Channel
	Subscribers notifier.Subscribers
	// Farewell erases a subscriber and tells it how to take that back; nil: it
	// is erased and told nothing.
	Farewell func(ctx context.Context, id string) error
	House    pages.House
}

// Handler answers at /abonnements/{id}/{token}.
func (l *LeavePage) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /abonnements/{id}/{token}", l.ask)
	mux.HandleFunc("POST /abonnements/{id}/{token}", l.leave)
	mux.HandleFunc("/", l.lost)
	return mux
}

func (l *LeavePage) ask(w http.ResponseWriter, r *http.Request) {
	if !l.known(r) {
		l.lost(w, r)
		return
	}
	l.write(w, r, pages.Page{Name: "leave", Lang: l.lang(r), Title: "Ne plus recevoir ces messages", Body: pages.Plea{Undo: l.Farewell != nil, Preferences: l.Channel.PreferencesURL(r.PathValue("id"))}})
}

// leave erases the subscription. What is posted does not matter, and is not
// read: the link says it all. Whoever cannot be erased now hears so, that the
// mail program tries again.
func (l *LeavePage) leave(w http.ResponseWriter, r *http.Request) {
	if !l.known(r) {
		l.lost(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	lang, erase := l.lang(r), l.Subscribers.Remove // nobody knows the language afterwards
	if l.Farewell != nil {
		erase = l.Farewell
	}
	if err := erase(ctx, r.PathValue("id")); err != nil {
		l.House.Log.Error("cannot erase a subscriber", "subscriber", r.PathValue("id"), "err", err)
		w.Header().Set("Retry-After", "30") // seconds
		l.write(w, r, pages.Page{Name: "trouble", Lang: lang, Status: http.StatusServiceUnavailable, Title: "Un instant"})
		return
	}
	l.House.Log.Info("subscriber left", "subscriber", r.PathValue("id"))
	l.write(w, r, pages.Page{Name: "leave", Lang: lang, Title: "Abonnement effacé", Body: pages.Plea{Left: true, Undo: l.Farewell != nil}})
}

// known is whether the link is one of ours.
func (l *LeavePage) known(r *http.Request) bool {
	return l.Channel.Leaves(r.PathValue("id"), r.PathValue("token"))
}

// lang is the language that a subscriber reads, or its browser asks for.
func (l *LeavePage) lang(r *http.Request) string {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if sub, err := l.Subscribers.Get(ctx, r.PathValue("id")); err == nil {
		return sub.Lang
	}
	return pages.Preferred(r)
}

// lost is the answer to a link that is none of ours: one of a mail that was cut
// or mistyped, most often.
func (l *LeavePage) lost(w http.ResponseWriter, r *http.Request) {
	page := pages.Stale()
	page.Lang = pages.Preferred(r)
	l.write(w, r, page)
}

func (l *LeavePage) write(w http.ResponseWriter, r *http.Request, p pages.Page) {
	p.Private = true
	l.House.Write(w, r, p)
}
