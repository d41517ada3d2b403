package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Public is what the desk shows and does of the public's side. cmd fills it.
type Public interface {
	// Subscribe makes somebody a subscriber, or replaces what they asked for,
	// and gives the id under which deliveries name them.
	Subscribe(ctx context.Context, s Subscription) (id string, err error)
	// Unsubscribe erases somebody, and says whether there was anybody.
	Unsubscribe(ctx context.Context, address string) (known bool, err error)
	// Subscribers is how many there are.
	Subscribers(ctx context.Context) (uint64, error)
	Ledger
	Lists
}

// A Subscription is what somebody asked for. Its address is personal data.
type Subscription struct {
	Address  string   `json:"address"`
	Services []string `json:"services,omitzero"` // codes of services or groups; all if absent
	Modes    []string `json:"modes,omitzero"`    // all if absent
	Wants    []string `json:"wants,omitzero"`    // notices, alerts; both if absent
	Lang     string   `json:"lang,omitzero"`     // fr, en; fr if absent
	Zone     string   `json:"zone,omitzero"`     // the time zone told beside legal time; none if absent
}

// Check makes names codes and says what cannot be.
func (s *Subscription) Check(c notice.Catalogue) error {
	var ps notice.Problems
	wrong := func(what, remedy, field string, at int) {
		ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: "/" + field + "/" + strconv.Itoa(at), What: what, Remedy: remedy})
	}
	one := func(field string, err error) {
		var bad *notice.ValueError
		if errors.As(err, &bad) {
			ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: "/" + field, What: bad.What, Remedy: bad.Remedy})
		}
	}
	one("address", CheckAddress(s.Address))
	var err error
	s.Lang, err = langOf(s.Lang)
	one("lang", err)
	s.Zone, err = zoneOf(s.Zone)
	one("zone", err)
	for i, name := range s.Services {
		if _, group := c.Groups[name]; group {
			continue
		}
		n, found := c.Canonical(notice.Notice{Services: []string{name}})
		if len(found) > 0 {
			wrong(found[0].What, found[0].Remedy, "services", i)
			continue
		}
		s.Services[i] = n.Services[0]
	}
	for i, name := range s.Modes {
		code, err := c.FindMode(name)
		if err != nil {
			wrong(err.Error(), "", "modes", i)
		}
		s.Modes[i] = code
	}
	for i, want := range s.Wants {
		if !slices.Contains([]string{"notices", "alerts"}, want) {
			wrong(fmt.Sprintf("%q cannot be asked for", want), "notices, alerts, or both", "wants", i)
		}
	}
	return ps.Err()
}

// A Subscriber is the answer of a subscription.
type Subscriber struct {
	ID string `json:"id"` // says nothing about the address
}

func (d *Desk) subscribe(c call) (any, error) {
	var s Subscription
	if err := c.read(&s); err != nil {
		return nil, err
	}
	if err := s.Check(d.Publisher.Catalogue); err != nil {
		return nil, err
	}
	id, err := d.Public.Subscribe(c.Context(), s)
	return Subscriber{id}, err
}

// unsubscribe takes the address in the body: a URL would be logged on its way.
func (d *Desk) unsubscribe(c call) (any, error) {
	var s Subscription
	if err := c.read(&s); err != nil {
		return nil, err
	}
	if err := CheckAddress(s.Address); err != nil {
		return nil, fmt.Errorf("%w: %w", notice.ErrInvalid, err)
	}
	known, err := d.Public.Unsubscribe(c.Context(), s.Address)
	return Erased{known}, err
}

// Erased says what an erasure found.
type Erased struct {
	Known bool `json:"known"` // there was such a subscriber
}

// A Count is how many subscribers there are.
type Count struct {
	Subscribers uint64 `json:"subscribers"`
}

func (d *Desk) subscribers(c call) (any, error) {
	n, err := d.Public.Subscribers(c.Context())
	return Count{n}, err
}
