package webpush

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// Pages are where a browser asks to be told, says what of, and leaves. Whoever
// knows a subscription, endpoint and keys, has it: nobody but the browser and its
// push service does. All fields are needed; none changes.
type Pages struct {
	Channel     *Channel
	Subscribers notifier.Subscribers
	House       pages.House

	bucket bucket
}

// Register adds the page and what its script asks.
func (p *Pages) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+pages.PushPath, p.form)
	mux.HandleFunc("POST "+pages.PushPath+"/abonner", p.asked(p.subscribe))
	mux.HandleFunc("POST "+pages.PushPath+"/lire", p.asked(p.show))
	mux.HandleFunc("POST "+pages.PushPath+"/effacer", p.asked(p.erase))
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request) {
	f := pages.FormOf(p.Channel.Words.Catalogue, templates.Choices{Alerts: true})
	p.House.Write(w, r, pages.PushForm(f, p.Channel.Keys.Public))
}

// A wish is what a script sends.
type wish struct {
	Target
	// Replaces is the subscription that the browser had before: what was asked
	// for stays.
	Replaces *Target  `json:"replaces"`
	Services []string `json:"services"`
	Modes    []string `json:"modes"`
	Wants    []string `json:"wants"` // pages.WantNotices, pages.WantAlerts
	Lang     string   `json:"lang"`
}

// mostAsked is how many bytes a wish may have.
const mostAsked = 16 << 10

// answerIn is how long the store is waited for.
const answerIn = 10 * time.Second

// errTooMany: more ask than this house can bear.
var errTooMany = errors.New("too many ask at once; try again in a minute")

// asked reads a wish that a page of ours sent: another site's cannot, since
// what is asked as JSON is asked for leave first, and gets none.
func (p *Pages) asked(do func(context.Context, wish) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerIn)
		defer cancel()
		from := r.Header.Get("Sec-Fetch-Site")
		if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" || from != "" && from != "same-origin" {
			p.answer(w, nil, notice.ErrForbidden)
			return
		}
		var asked wish
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostAsked))
		if err == nil {
			err = json.Unmarshal(body, &asked)
		}
		if err == nil {
			err = p.Channel.check(asked.Target)
		}
		if err != nil {
			p.answer(w, nil, errors.Join(notice.ErrInvalid, err))
			return
		}
		if !p.bucket.take(time.Now()) {
			p.answer(w, nil, errTooMany)
			return
		}
		told, err := do(ctx, asked)
		p.answer(w, told, err)
	}
}

// answer says what came of it.
func (p *Pages) answer(w http.ResponseWriter, told any, err error) {
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	status := http.StatusOK
	switch {
	case err == nil:
	case errors.Is(err, notice.ErrInvalid):
		status = http.StatusBadRequest
	case errors.Is(err, notice.ErrForbidden):
		status = http.StatusForbidden
	case errors.Is(err, stream.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, errTooMany):
		status = http.StatusTooManyRequests
		head.Set("Retry-After", "60") // seconds
	default:
		p.House.Log.Error("cannot answer a browser that asks for notifications", "err", err)
		status, err = http.StatusServiceUnavailable, errors.New("the store does not answer")
	}
	if err != nil {
		told = map[string]string{"detail": err.Error()}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(told) // a browser that left is nobody's fault
}

// A holding is what a browser is told that it has asked for.
type holding struct {
	Services []string `json:"services"`
	Modes    []string `json:"modes"`
	Wants    []string `json:"wants"`
	Lang     string   `json:"lang"`
}

func holdingOf(s notifier.Subscriber) holding {
	h := holding{Services: append([]string{}, s.Services...), Modes: append([]string{}, s.Modes...), Wants: []string{}, Lang: s.Lang}
	if c := s.Choices(); c.Notices || c.Alerts {
		if c.Notices {
			h.Wants = append(h.Wants, pages.WantNotices)
		}
		if c.Alerts {
			h.Wants = append(h.Wants, pages.WantAlerts)
		}
	}
	return h
}

// subscribe makes a browser a subscriber, or changes what it asked for.
func (p *Pages) subscribe(ctx context.Context, asked wish) (any, error) {
	if asked.Replaces != nil {
		return p.replace(ctx, asked)
	}
	chosen, err := p.choices(asked)
	if err != nil {
		return nil, err
	}
	switch _, err := p.holder(ctx, asked.Target); {
	case errors.Is(err, stream.ErrNotFound): // a new one
	case err != nil:
		return nil, err
	}
	return p.add(ctx, asked.Target, notifier.Subscriber{}.Choosing(chosen))
}

// add keeps a browser and what it asks for.
func (p *Pages) add(ctx context.Context, t Target, as notifier.Subscriber) (any, error) {
	as.Channel, as.Address, as.Secret, as.Since = Name, t.Endpoint, t.secret(), p.Channel.Now()
	sub, err := p.Subscribers.Add(ctx, as)
	if err != nil {
		return nil, err
	}
	p.House.Log.Info("a browser subscribed", "subscriber", sub.ID)
	return holdingOf(sub), nil
}

// replace moves what was asked for to the subscription that a browser has now.
func (p *Pages) replace(ctx context.Context, asked wish) (any, error) {
	old, err := p.holder(ctx, *asked.Replaces)
	if err != nil {
		return nil, err
	}
	told, err := p.add(ctx, asked.Target, notifier.Subscriber{}.Choosing(old.Choices()))
	if err == nil && old.ID != p.Subscribers.IDOf(asked.Endpoint) {
		err = p.Subscribers.Remove(ctx, old.ID)
	}
	return told, err
}

// show is what a browser has asked for.
func (p *Pages) show(ctx context.Context, asked wish) (any, error) {
	sub, err := p.holder(ctx, asked.Target)
	return holdingOf(sub), err
}

// erase lets a browser leave. Who is no subscriber has left.
func (p *Pages) erase(ctx context.Context, asked wish) (any, error) {
	sub, err := p.holder(ctx, asked.Target)
	if errors.Is(err, stream.ErrNotFound) {
		return struct{}{}, nil
	}
	if err == nil {
		err = p.Subscribers.Remove(ctx, sub.ID)
	}
	if err == nil {
		p.House.Log.Info("subscriber left", "subscriber", sub.ID)
	}
	return struct{}{}, err
}

// holder is the subscriber of a subscription, for who knows its keys too.
func (p *Pages) holder(ctx context.Context, t Target) (notifier.Subscriber, error) {
	sub, err := p.Subscribers.Get(ctx, p.Subscribers.IDOf(t.Endpoint))
	if err == nil && (sub.Channel != Name || !hmac.Equal([]byte(sub.Secret), []byte(t.secret()))) {
		return notifier.Subscriber{}, notice.ErrForbidden
	}
	return sub, err
}

// choices understands what was asked for.
func (p *Pages) choices(asked wish) (templates.Choices, error) {
	c := p.Channel.Words.Catalogue
	chosen := templates.Choices{
		Services: slices.Compact(slices.Sorted(slices.Values(asked.Services))), Modes: slices.Compact(slices.Sorted(slices.Values(asked.Modes))),
		Notices: slices.Contains(asked.Wants, pages.WantNotices), Alerts: slices.Contains(asked.Wants, pages.WantAlerts), Lang: asked.Lang,
	}
	wrong := func(format string) (templates.Choices, error) {
		return chosen, errors.Join(notice.ErrInvalid, errors.New(format))
	}
	for _, code := range chosen.Services {
		if known, _, err := c.Choose(code); err != nil || known != code {
			return wrong("services: a code that is in no catalogue; see /api/outlook")
		}
	}
	for _, code := range chosen.Modes {
		if _, ok := c.Modes[code]; !ok {
			return wrong("modes: a code that is in no catalogue; see /api/outlook")
		}
	}
	switch {
	case !chosen.Notices && !chosen.Alerts:
		return wrong("wants: name notes, alertes or both")
	case chosen.Lang != "" && chosen.Lang != "en":
		return wrong(`lang: "en", or nothing for French`)
	}
	return chosen, nil
}

// A bucket lets so many through at a time, and then so many a second: nobody
// fills the store from outside.
type bucket struct {
	mu   sync.Mutex
	left float64   // guarded by mu
	last time.Time // guarded by mu
}

func (b *bucket) take(now time.Time) bool {
	const most, perSecond = 60, 2
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.IsZero() {
		b.left = most
	} else {
		b.left = min(most, b.left+perSecond*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
