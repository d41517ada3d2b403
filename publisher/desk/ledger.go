package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Ledger says who was told what. cmd fills it.
type Ledger interface {
	// Deliveries is how far telling of an event has come, by channel.
	Deliveries(ctx context.Context, event string) ([]Delivery, error)
	// Account is what an event is; stream.ErrNotFound where it was never planned.
	Account(ctx context.Context, event string) (Account, error)
	// Attempts hands to f what the ledger holds of each subscriber of an event.
	Attempts(ctx context.Context, event string, q Question, f func(Attempt) error) error
	// History is everything that an address was told, the newest event first.
	History(ctx context.Context, address string) ([]Attempt, error)
}

// A Delivery is how far telling of an event has come on a channel.
type Delivery struct {
	Event   string         `json:"event"`
	Channel string         `json:"channel"`
	Lane    string         `json:"lane,omitzero"`
	Planned time.Time      `json:"planned"`
	Done    bool           `json:"done"`  // for good
	Spans   int            `json:"spans"` // of subscribers, into which it was cut
	Over    int            `json:"over"`  // of these, for good
	Counts  map[string]int `json:"counts"`
	Next    time.Time      `json:"next,omitzero"`   // when the first of the deferred is tried again
	First   time.Time      `json:"first,omitzero"`  // told
	Last    time.Time      `json:"last,omitzero"`   // told
	Median  float64        `json:"median,omitzero"` // seconds from the event until half were told
	P99     float64        `json:"p99,omitzero"`    // and 99 of 100
}

// An Account is what an event is, for whoever asks who was told of it.
type Account struct {
	Event     string      `json:"event"`
	Notice    string      `json:"notice"`
	Reference string      `json:"reference,omitzero"`
	Number    int         `json:"number"` // among the events of its notice
	Act       notice.Type `json:"act"`
	Time      time.Time   `json:"time"`
	Letter    string      `json:"letter_sha256,omitzero"` // of the letter that went with it
}

// A Question is what is asked of each subscriber of an event.
type Question struct {
	Last      bool // only the last attempt
	Amiss     bool // with Last: only those that are neither sent nor delivered
	Addresses bool // the address too, where it still is known
}

// An Attempt is one attempt at telling one subscriber, and what came of it.
type Attempt struct {
	*Account             // in a history
	Channel    string    `json:"channel"`
	Subscriber string    `json:"subscriber"` // its id
	Address    string    `json:"address,omitzero"`
	Attempt    int       `json:"attempt"`
	At         time.Time `json:"at"`
	Status     string    `json:"status"`
	Code       string    `json:"code,omitzero"`
	Reply      string    `json:"reply,omitzero"`
	Next       time.Time `json:"next,omitzero"`    // when it is tried again
	Started    bool      `json:"started,omitzero"` // told of start and end in one
}

// Told is what the ledger says in sum of one event.
type Told struct {
	Account
	Deliveries []Delivery `json:"deliveries"`
}

// deliveries is how far the public has been told of a notice's events.
func (d *Desk) deliveries(c call) (any, error) {
	events, err := d.eventsOf(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	all := []Delivery{}
	for _, e := range events {
		of, err := d.Public.Deliveries(c.Context(), e)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, nil
}

// eventsOf are the ids of a notice's events.
func (d *Desk) eventsOf(c call, name string) ([]string, error) {
	id, err := d.find(name)
	if err != nil {
		return nil, err
	}
	x, err := d.Publisher.Dossier(c.Context(), id)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range x.State.Events {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// account answers for one event, or for all events of a notice.
func (d *Desk) account(c call) (any, error) {
	events, err := d.eventsOf(c, c.PathValue("name"))
	if errors.Is(err, notice.ErrNotFound) && stream.IsID(c.PathValue("name")) {
		events = []string{c.PathValue("name")}
	} else if err != nil {
		return nil, err
	}
	all := []Told{}
	for _, event := range events {
		told := Told{}
		if told.Account, err = d.Public.Account(c.Context(), event); errors.Is(err, stream.ErrNotFound) {
			continue
		}
		if err == nil {
			told.Deliveries, err = d.Public.Deliveries(c.Context(), event)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, told)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: nobody was ever to be told of %s, or it is more than 13 months ago", notice.ErrNotFound, c.PathValue("name"))
	}
	return all, nil
}

// attempts answers with the account of an event, then a line an attempt.
// ?only=last keeps the last at each subscriber, ?only=amiss those of these that
// have not been told; ?addresses adds them, for whoever may see them.
func (d *Desk) attempts(c call) (any, error) {
	event, query := c.PathValue("event"), c.URL.Query()
	only := query.Get("only")
	q := Question{Last: only == "last" || only == "amiss", Amiss: only == "amiss", Addresses: query.Has("addresses")}
	if only != "" && !q.Last {
		return nil, fmt.Errorf("%w: ?only=%s: only=last, only=amiss, or nothing for every attempt", errRequest, only)
	}
	if q.Addresses {
		if err := c.must(seePeople); err != nil {
			return nil, err
		}
		d.Log.Info("addresses read", "account", c.who.ID, "event", event)
	}
	account, err := d.Public.Account(c.Context(), event)
	if errors.Is(err, stream.ErrNotFound) {
		return nil, fmt.Errorf("%w: nobody was ever to be told of an event %s, or it is more than 13 months ago", notice.ErrNotFound, event)
	}
	if err != nil {
		return nil, err
	}
	return lines(func(put func(any) error) error {
		if err := put(account); err != nil {
			return err
		}
		return d.Public.Attempts(c.Context(), event, q, func(a Attempt) error { return put(a) })
	}), nil
}

// history takes the address in the body: a URL would be logged on its way.
func (d *Desk) history(c call) (any, error) {
	var s Subscription
	if err := c.read(&s); err != nil {
		return nil, err
	}
	if s.Address == "" {
		return nil, fmt.Errorf("%w: send {\"address\": …}", errRequest)
	}
	if err := CheckAddress(s.Address); err != nil {
		return nil, fmt.Errorf("%w: %w", notice.ErrInvalid, err)
	}
	d.Log.Info("history read", "account", c.who.ID)
	all, err := d.Public.History(c.Context(), s.Address)
	if all == nil {
		all = []Attempt{}
	}
	return all, err
}

// Told asks what the ledger says in sum of an event, or of a notice's events.
func (c Client) Told(ctx context.Context, name string) ([]Told, error) {
	return ask[[]Told](ctx, c, request{method: "GET", path: "/api/ledger/" + url.PathEscape(name)})
}

// Attempts gives an event's account, then hands each attempt to f.
func (c Client) Attempts(ctx context.Context, event string, q Question, head func(Account) error, f func(Attempt) error) error {
	query := url.Values{}
	switch {
	case q.Amiss:
		query.Set("only", "amiss")
	case q.Last:
		query.Set("only", "last")
	}
	if q.Addresses {
		query.Set("addresses", "1")
	}
	first := true
	r := request{method: "GET", path: "/api/ledger/" + url.PathEscape(event) + "/attempts?" + query.Encode()}
	return askLines(ctx, c, r, func(raw json.RawMessage) error {
		if first {
			first = false
			return decodeLine(raw, head)
		}
		return decodeLine(raw, f)
	})
}

// History is everything that an address was told, the newest event first.
func (c Client) History(ctx context.Context, address string) ([]Attempt, error) {
	return ask[[]Attempt](ctx, c, request{method: "POST", path: "/api/ledger/history", body: Subscription{Address: address}})
}

// decodeLine hands a line to f as what it is.
func decodeLine[T any](raw json.RawMessage, f func(T) error) error {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	return f(v)
}
