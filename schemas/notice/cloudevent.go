package notice

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// EventPrefix and EventSuffix stand around the act's name in the type of a
// CloudEvent. The suffix is the version of the schemas: 0 may still change.
const (
	EventPrefix = "fr.gouv.douane.crieur."
	EventSuffix = ".v0"
	// EventSource is the source of every event: id is unique within it
	// (CloudEvents 1.0, "source").
	EventSource = "urn:fr:gouv:douane:crieur"
	// SchemaBase is where the schemas of the events' data are named.
	SchemaBase = "https://douane.gouv.fr/crieur/schemas/v0/"
)

// envelope is CloudEvents 1.0 in structured JSON, with our extensions
// (lower-case letters and digits only, as "Naming Conventions" asks).
type envelope struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        time.Time       `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Schema      string          `json:"dataschema"`
	Number      int             `json:"noticenumber,omitzero"`
	Version     int             `json:"noticeversion,omitzero"`
	By          Role            `json:"actingrole,omitzero"`
	Command     string          `json:"commandid,omitzero"`
	Data        json.RawMessage `json:"data"`
}

// MarshalJSON writes the event as a CloudEvent.
func (e Event) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(e.Act)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Act.Type(), err)
	}
	env := enclose(string(e.Act.Type()), data)
	env.ID, env.Subject, env.Time = e.ID, e.Notice, e.Time.UTC()
	env.Number, env.Version, env.By, env.Command = e.Number, e.Version, e.By, e.Command
	return json.Marshal(env)
}

func enclose(name string, data []byte) envelope {
	return envelope{
		SpecVersion: "1.0", Source: EventSource, Type: EventPrefix + name + EventSuffix,
		ContentType: "application/json", Schema: SchemaBase + name + ".schema.json", Data: data,
	}
}

// UnmarshalJSON reads a CloudEvent of ours. Fields that a later version may
// have added are passed over.
func (e *Event) UnmarshalJSON(b []byte) error {
	var env envelope
	if err := json.Unmarshal(b, &env); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	decode, ok := decoders[Type(env.name())]
	if !ok {
		return env.strange()
	}
	act, err := decode(env.Data)
	if err != nil {
		return fmt.Errorf("decode event %s: %w", env.ID, err)
	}
	*e = Event{ID: env.ID, Notice: env.Subject, Number: env.Number, Version: env.Version,
		Time: env.Time, By: env.By, Command: env.Command, Act: act}
	return nil
}

// name is what stands between prefix and suffix of the type of one of our
// events, in a version of CloudEvents that we read; "" of any other.
func (env envelope) name() string {
	name, ours := strings.CutPrefix(env.Type, EventPrefix)
	name, known := strings.CutSuffix(name, EventSuffix)
	if !ours || !known || env.SpecVersion != "1.0" {
		return ""
	}
	return name
}

func (env envelope) strange() error {
	return fmt.Errorf("decode event %s: %w: type %q, CloudEvents %q", env.ID, ErrInvalid, env.Type, env.SpecVersion)
}

// alertName stands in the type of an alert's event, and names its schema.
const alertName = "alert"

// AlertMessage is an alert as a CloudEvent. Its id names the service, the mode
// and the event it follows from.
func AlertMessage(a Alert) ([]byte, error) {
	data, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode alert %s: %w", a.Key(), err)
	}
	env := enclose(alertName, data)
	env.ID, env.Subject, env.Time = fmt.Sprintf("%s.%d", a.Key(), a.Source), a.Key(), a.Updated.UTC()
	return json.Marshal(env)
}

// ReadAlert reads what AlertMessage wrote.
func ReadAlert(b []byte) (Alert, error) {
	var env envelope
	var a Alert
	if err := json.Unmarshal(b, &env); err != nil {
		return Alert{}, fmt.Errorf("decode alert: %w", err)
	}
	if env.name() != alertName {
		return Alert{}, env.strange()
	}
	if err := json.Unmarshal(env.Data, &a); err != nil {
		return Alert{}, fmt.Errorf("decode alert %s: %w", env.ID, err)
	}
	return a, nil
}

// DecodeAct reads an act's data, as in an event or in a command.
func DecodeAct(t Type, data []byte) (Act, error) {
	decode, ok := decoders[t]
	if !ok {
		return nil, &ValueError{fmt.Sprintf("there is no act %q", t), suggest(string(t), actNames(), "")}
	}
	return decode(data)
}

func actNames() []string {
	names := make([]string, len(lifecycle))
	for i, r := range lifecycle {
		names[i] = string(r.Act)
	}
	return names
}

// decoders read each act's data.
var decoders = map[Type]func([]byte) (Act, error){
	TypePublished:      decodeAct[Published],
	TypeCorrected:      decodeAct[Corrected],
	TypeChanged:        decodeAct[Changed],
	TypePostponed:      decodeAct[Postponed],
	TypeExtended:       decodeAct[Extended],
	TypeProgressed:     decodeAct[Progressed],
	TypeReminded:       decodeAct[Reminded],
	TypeStarted:        decodeAct[Started],
	TypeOverdue:        decodeAct[Overdue],
	TypeNudged:         decodeAct[Nudged],
	TypeFallbackOpened: decodeAct[FallbackOpened],
	TypeFallbackClosed: decodeAct[FallbackClosed],
	TypeRecovered:      decodeAct[Recovered],
	TypeEnded:          decodeAct[Ended],
	TypeResumed:        decodeAct[Resumed],
	TypeCancelled:      decodeAct[Cancelled],
	TypeReinstated:     decodeAct[Reinstated],
}

func decodeAct[A Act](data []byte) (Act, error) {
	var act A
	if err := json.Unmarshal(data, &act); err != nil {
		return nil, err
	}
	return act, nil
}
