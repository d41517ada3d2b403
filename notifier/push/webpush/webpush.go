// Package webpush tells people through their browser: a notification on the
// screen, whether or not a page of ours is open (RFC 8030, RFC 8291, RFC 8292).
//
// The notifier calls it as one of its channels; cmd also gives it an address,
// where a browser subscribes and leaves (Pages). A subscriber's address is the
// endpoint that its browser was given by the maker's push service, its secret
// the keys that messages to it are encrypted with: no service reads them. Only
// endpoints of known services are called. What a service answered is told
// truly; a subscription that it says is no more is erased. The package keeps no
// address and logs none.
package webpush

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"

	library "github.com/SherClockHolmes/webpush-go"
)

// Name is the channel's, in subjects and in subscribers.
const Name = "webpush"

// A Channel sends notifications. Keys, Subject, Words and Now are needed; no
// field changes afterwards.
type Channel struct {
	Keys    Keys   // ours: a browser takes messages of nobody else
	Subject string // whom a push service writes to: mailto:address, or https://address
	Hosts   []string
	Words   templates.Words
	Now     func() time.Time
	// Gone erases a subscriber whose push service says that there is none any
	// more; nil: it is only left in peace.
	Gone func(ctx context.Context, id string) error
	// Client speaks to push services; nil: one that calls nothing but the
	// public's addresses and follows nobody elsewhere.
	Client *http.Client

	once   sync.Once
	client *http.Client
	mu     sync.Mutex
	away   map[string]time.Time // hosts that do not answer, and until when they are left alone; guarded by mu
}

// Name is one lower-case word.
func (c *Channel) Name() string { return Name }

// Check says what is wrong with the settings, all at once.
func (c *Channel) Check() error {
	var errs []error
	if u, err := url.Parse(c.Subject); err != nil || u.Scheme != "mailto" && u.Scheme != "https" || u.Opaque+u.Host == "" {
		errs = append(errs, fmt.Errorf("%q is not where a push service can write to: mailto:address or https://address", c.Subject))
	}
	for _, host := range c.Hosts {
		if strings.ContainsAny(host, "/*") || host == "" {
			errs = append(errs, fmt.Errorf("%q is not a host's name", host))
		}
	}
	return errors.Join(append(errs, c.Keys.check())...)
}

// A message is an event as notifications say it, and how it is to be treated on
// its way.
type message struct {
	words map[templates.Telling]payload
	how   library.Options
}

// A payload is what the service worker is given (sw.js).
type payload struct {
	ID    string      `json:"id"` // of the event to one subscriber, however often it comes
	Title string      `json:"title"`
	Body  string      `json:"body"`
	Lang  string      `json:"lang"`
	Page  string      `json:"page"` // its path on our site
	Tag   string      `json:"tag"`  // of the notice: what is said of it later takes the place of what was said
	Act   notice.Type `json:"act"`
	At    int64       `json:"at"` // in Unix milliseconds
}

// Compose makes the notification of a tale in all its wordings. A digest is
// nothing for a screen, and nobody can ask for one.
func (c *Channel) Compose(_ context.Context, t notifier.Tale) (notifier.Message, error) {
	if t.Ask != nil || t.Digest != nil {
		return &message{}, nil
	}
	m := &message{words: map[templates.Telling]payload{}, how: c.how(t)}
	for _, telling := range []templates.Telling{{}, {Lang: "en"}, {Started: true}, {Lang: "en", Started: true}} {
		p, err := c.Words.Push(t.State, t.Event, telling)
		if err != nil {
			return nil, fmt.Errorf("%w: compose notification of %s: %w", notifier.ErrPermanent, t.Event.ID, err)
		}
		m.words[telling] = payload{
			Title: p.Title, Body: p.Body, Lang: p.Lang, Page: "/notices/" + t.Event.Notice, Tag: t.Event.Notice,
			Act: t.Event.Act.Type(), At: t.Event.Time.UnixMilli(),
		}
	}
	return m, nil
}

// to is the notification of one recipient.
func (m *message) to(r notifier.Recipient) ([]byte, bool, error) {
	telling := templates.Telling{Lang: r.Lang}.Canonical()
	telling.Started = r.Started
	p, ok := m.words[telling]
	if !ok {
		return nil, false, nil
	}
	sum := sha256.Sum256([]byte(r.Key()))
	p.ID = hex.EncodeToString(sum[:16])
	data, err := json.Marshal(p)
	return data, true, err
}

// how a push service is to treat a message (RFC 8030 section 5): one that is
// overtaken by a later one of its notice before it could be delivered is
// dropped, and none arrives when it says nothing any more.
func (c *Channel) how(t notifier.Tale) library.Options {
	rule, _ := notice.RuleOf(t.Event.Act.Type())
	topic := sha256.Sum256([]byte(t.Event.Notice))
	o := library.Options{
		Subscriber: strings.TrimPrefix(c.Subject, "mailto:"), VAPIDPublicKey: c.Keys.Public, VAPIDPrivateKey: c.Keys.Private,
		Topic: base64.RawURLEncoding.EncodeToString(topic[:24]), Urgency: library.UrgencyNormal,
	}
	life := 4 * time.Hour
	switch rule.Lane {
	case notice.LaneEnd:
		life, o.Urgency = 12*time.Hour, library.UrgencyHigh
	case notice.LaneStart:
		life, o.Urgency = worth(t), library.UrgencyHigh
	case notice.LaneNotice:
		life = 24 * time.Hour
	}
	o.TTL = int(life.Seconds())
	return o
}

// worth is for how long a start is worth telling: until the planned end of what
// it starts, as far as it is known and within a day.
func worth(t notifier.Tale) time.Duration {
	const least, most, unknown = time.Hour, 24 * time.Hour, 6 * time.Hour
	var end time.Time
	for _, s := range t.State.Spans {
		if s.On(t.Event.Time) && s.PlannedEnd.After(end) {
			end = s.PlannedEnd.Time
		}
	}
	if end.IsZero() {
		return unknown
	}
	return min(max(end.Sub(t.Event.Time), least), most)
}
