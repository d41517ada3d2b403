package subscribe

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/pages"
)

// known lets in who has a subscriber's own link: it is all that is asked for.
func (p *Pages) known(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.Links.Leaves(r.PathValue("id"), r.PathValue("token")) {
			p.House.Write(w, r, inLang(pages.Stale(), pages.Preferred(r)))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		next(w, r.WithContext(ctx))
	}
}

// own is known where the subscription still exists.
func (p *Pages) own(next func(http.ResponseWriter, *http.Request, notifier.Subscriber)) http.HandlerFunc {
	return p.known(func(w http.ResponseWriter, r *http.Request) {
		switch sub, err := p.Notifier.Subscribers.Get(r.Context(), r.PathValue("id")); {
		case errors.Is(err, stream.ErrNotFound):
			p.House.Write(w, r, inLang(pages.Nobody(), pages.Preferred(r)))
		case err != nil:
			p.trouble(w, r, "cannot find a subscriber", err)
		default:
			next(w, r, sub)
		}
	})
}

// show is the page of a subscriber's preferences.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, sub notifier.Subscriber) {
	p.House.Write(w, r, inLang(pages.Own(p.preferences(sub)), sub.Lang))
}

// inLang is a page in the language that its subscriber reads.
func inLang(page pages.Page, lang string) pages.Page {
	page.Lang = lang
	return page
}

func (p *Pages) preferences(sub notifier.Subscriber) pages.Preferences {
	v := pages.Preferences{Form: pages.FormOf(p.Words.Catalogue, sub.Choices()), Address: sub.Address, Since: sub.Since, Leave: p.Links.LeaveURL(sub.ID)}
	if s := sub.Suppressed; s.On(p.Notifier.Now()) {
		v.Rest = pages.Rest{Since: s.At, Until: s.Until, Dead: s.Until.IsZero(), Full: strings.Contains(s.Code, ".2.2")}
	}
	return v
}

// save changes what a subscriber asked for.
func (p *Pages) save(w http.ResponseWriter, r *http.Request, sub notifier.Subscriber) {
	chosen, wrong := choose(p.Words.Catalogue, posted(w, r), sub.Services...)
	if !slices.Contains(sub.Wants, notifier.WantStaff) { // the bureau's own mailbox may go without all else
		wrong = append(wrong, wantsFault(chosen)...)
	}
	if len(wrong) > 0 {
		v := p.preferences(sub)
		v.Form = pages.FormOf(p.Words.Catalogue, chosen)
		v.Wrong = wrong
		p.House.Write(w, r, inLang(pages.Own(v), sub.Lang))
		return
	}
	changed, err := p.Notifier.Subscribers.Choose(r.Context(), sub.Choosing(chosen))
	switch {
	case errors.Is(err, stream.ErrNotFound):
		p.House.Write(w, r, inLang(pages.Nobody(), pages.Preferred(r)))
	case err != nil:
		p.trouble(w, r, "cannot change a subscriber", err)
	default:
		v := p.preferences(changed)
		v.Saved = true
		p.House.Write(w, r, inLang(pages.Own(v), changed.Lang))
	}
}

// retry asks an address from which messages came back whether it is read.
func (p *Pages) retry(w http.ResponseWriter, r *http.Request, sub notifier.Subscriber) {
	if !sub.Suppressed.On(p.Notifier.Now()) {
		p.show(w, r, sub)
		return
	}
	p.request(w, r, notifier.ToRetry, sub)
}

// An extract is all that is kept of a subscriber, in its own words.
type extract struct {
	notifier.Subscriber
	Secret string         `json:"secret,omitzero"` // it stays ours
	Asked  []extractedAsk `json:"asked,omitzero"`  // what waits for a confirmation
}

type extractedAsk struct {
	Purpose notifier.Purpose `json:"purpose"`
	At      time.Time        `json:"at"`
	Until   time.Time        `json:"until"`
}

// export hands a subscriber what is kept of it.
func (p *Pages) export(w http.ResponseWriter, r *http.Request, sub notifier.Subscriber) {
	x := extract{Subscriber: sub}
	asks, err := p.Notifier.Subscribers.AllAsked(r.Context(), sub.ID, p.Notifier.Now())
	if err != nil {
		p.trouble(w, r, "cannot find what a subscriber is asked", err)
		return
	}
	for _, a := range asks {
		x.Asked = append(x.Asked, extractedAsk{a.Purpose, a.At, a.Until})
	}
	body, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		p.trouble(w, r, "cannot write a subscriber's data", err)
		return
	}
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("Content-Disposition", `attachment; filename="abonnement.json"`)
	head.Set("Cache-Control", "no-store")
	head.Set("X-Robots-Tag", "noindex")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(append(body, '\n')) // a reader who left is nobody's fault
}

// askErase is the page to erase everything at once.
func (p *Pages) askErase(w http.ResponseWriter, r *http.Request) {
	p.House.Write(w, r, inLang(pages.Erase(false), p.langOf(r)))
}

// erase erases everything at once. Erasing again is no error.
func (p *Pages) erase(w http.ResponseWriter, r *http.Request) {
	lang := p.langOf(r) // nobody knows it afterwards
	if err := p.Notifier.Subscribers.Remove(r.Context(), r.PathValue("id")); err != nil {
		p.trouble(w, r, "cannot erase a subscriber", err)
		return
	}
	p.House.Log.Info("subscriber erased", "subscriber", r.PathValue("id"))
	p.House.Write(w, r, inLang(pages.Erase(true), lang))
}

// langOf is the language that a subscriber reads, or its browser asks for.
func (p *Pages) langOf(r *http.Request) string {
	if sub, err := p.Notifier.Subscribers.Get(r.Context(), r.PathValue("id")); err == nil {
		return sub.Lang
	}
	return pages.Preferred(r)
}
