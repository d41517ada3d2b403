package notifier

import (
	"log/slog"
	"time"
)

// A Want is a kind of event that a subscriber asked for.
type Want string

// What subscribers may ask for.
const (
	WantNotices Want = "notices" // what is announced, corrected, postponed, cancelled: what has a letter
	WantAlerts  Want = "alerts"  // what happens: start, extension, recovery, end
	WantStaff   Want = "staff"   // what the bureau itself must know; never given to the public
)

// A Subscriber is a person or system that asked to be told, as SUBSCRIBERS
// holds it. Its address is personal data: it stands nowhere else.
type Subscriber struct {
	ID      string `json:"id"`            // made of the address (Subscribers.IDOf); says nothing about it
	Channel string `json:"channel"`       // by which it is told
	Address string `json:"address"`       // a mailbox, a URL
	Lang    string `json:"lang,omitzero"` // "en"; French if absent
	Zone    string `json:"zone,omitzero"` // code of the time zone told beside legal time (templates.Zones)

	Services     []string `json:"services,omitzero"`     // codes of services or groups; all if absent
	Modes        []string `json:"modes,omitzero"`        // codes; all if absent
	Wants        []Want   `json:"wants,omitzero"`        // notices and alerts if absent
	Environments []string `json:"environments,omitzero"` // production if absent
	Bureau       string   `json:"bureau,omitzero"`       // for staff: whose notices
	// Daily are the wants that come once a day in one message; the others come
	// at once.
	Daily []Want `json:"daily,omitzero"`

	Since      time.Time   `json:"since"` // when it asked, or confirmed
	Suppressed Suppression `json:"suppressed,omitzero"`
	Bounces    Row         `json:"bounces,omitzero"` // without the address being dead
	Consent    string      `json:"consent,omitzero"` // where it agreed, if it did not ask itself
	// Secret is the channel's own: the key that signs a webhook.
	Secret string `json:"secret,omitzero"`
}

// A Suppression says why an address is no longer tried.
type Suppression struct {
	At    time.Time `json:"at"`
	Code  string    `json:"code"`           // of the reply that told
	Until time.Time `json:"until,omitzero"` // when the address is tried again; zero for never
}

// On is whether nothing is sent to the address at an instant.
func (s Suppression) On(at time.Time) bool {
	return !s.At.IsZero() && (s.Until.IsZero() || at.Before(s.Until))
}

// LogValue names the subscriber by its id alone.
func (s Subscriber) LogValue() slog.Value { return slog.StringValue(s.ID) }
