package push

import (
	"encoding/json"
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A Message is one event as the live stream tells it: enough to show it, and
// the page where the rest is.
type Message struct {
	ID        string      `json:"id"` // the event's
	Notice    string      `json:"notice"`
	Number    int         `json:"number"`  // of the event in the notice's life
	Version   int         `json:"version"` // of what the notice says
	Type      notice.Type `json:"type"`
	Time      notice.Time `json:"time"`
	Stage     string      `json:"stage"`     // production, test or exercise
	Reference string      `json:"reference"` // of the notice
	Title     string      `json:"title"`
	Text      string      `json:"text"`
	Services  []string    `json:"services"` // of which the event speaks, by code
	Modes     []string    `json:"modes"`
	Page      string      `json:"page"`
}

// Message is what listeners are told of an event. The state is the notice's
// with that event as its last.
func (l *Live) Message(s notice.State, e notice.Event) (Message, error) {
	title, text, err := l.Say(s, e)
	if err != nil {
		return Message{}, fmt.Errorf("say %s of notice %s: %w", e.Act.Type(), e.Notice, err)
	}
	m := Message{
		ID: e.ID, Notice: e.Notice, Number: e.Number, Version: e.Version,
		Type: e.Act.Type(), Time: notice.At(e.Time),
		Stage: s.Stage(), Reference: s.Notice.Reference,
		Title: title, Text: text,
		Services: []string{}, Modes: []string{},
		Page: l.Public + "/notices/" + e.Notice,
	}
	for _, line := range notifier.Touched(notifier.Tale{Event: e, State: s}) {
		m.Services = addNew(m.Services, line.Services)
		m.Modes = addNew(m.Modes, line.Modes)
	}
	return m, nil
}

// addNew adds those that are not there yet.
func addNew(to, more []string) []string {
	for _, one := range more {
		if !slices.Contains(to, one) {
			to = append(to, one)
		}
	}
	return to
}

// A frame is one event's message on the wire, the same bytes for everybody,
// and what decides who hears it. Nobody listens to a stage without a name.
type frame struct {
	stage    string
	audience notifier.Audience
	wire     []byte
}

// framesKept bounds the messages kept at hand, at one or two kilobytes each.
const framesKept = 1024

// frame is an event's frame, made once for all who listen. Making is done one
// at a time: those who ask for the history of years share one core and leave
// the rest to what is happening now.
func (l *Live) frame(p notifier.Published) *frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.frames[p.Seq]
	if ok {
		return f
	}
	if l.frames == nil || len(l.frames) >= framesKept {
		l.frames = map[uint64]*frame{}
	}
	f, err := l.compose(p)
	if err != nil {
		l.Log.Error("an event that nobody hears live", "notice", p.Notice, "seq", p.Seq, "err", err)
		f = &frame{}
	}
	l.frames[p.Seq] = f
	return f
}

func (l *Live) compose(p notifier.Published) (*frame, error) {
	tale := notifier.Tale{Event: p.Event, State: l.after(p.Event)}
	m, err := l.Message(tale.State, p.Event)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode message %s: %w", p.ID, err)
	}
	return &frame{
		stage:    m.Stage,
		audience: notifier.AudienceOf(l.Catalogue, tale),
		wire:     fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", p.Seq, m.Type, data),
	}, nil
}

// after is a notice's state with an event as its last, whatever has happened
// since.
func (l *Live) after(e notice.Event) notice.State {
	s, _ := l.Record.State(e.Notice)
	i := slices.IndexFunc(s.Events, func(one notice.Event) bool { return one.ID == e.ID })
	if i == len(s.Events)-1 {
		return s
	}
	return notice.Fold(s.Events[:i+1])
}
