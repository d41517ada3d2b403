package notice

import (
	"cmp"
	"slices"
	"time"
)

// A Chronicle is all that notices have said of one service in one mode, in the
// order in which they said it: the record as an extract of it is made.
type Chronicle struct {
	Service, Mode string
	voices        []voice
}

// A voice is one notice's part in a Chronicle.
type voice struct {
	notice string
	words  []Word
}

// A Word is an event that says something of a Chronicle's service and mode.
type Word struct {
	Event Event
	State State  // of its notice, with the event
	spans []Span // of the service and mode, as the event leaves them
}

// ChronicleOf gathers it from the states of notices. Exercises and other
// environments than production do not count.
func ChronicleOf(states []State, service, mode string) Chronicle {
	c := Chronicle{Service: service, Mode: mode}
	for _, s := range states {
		v, as, told := voice{notice: s.ID}, State{}, false
		for _, e := range s.Events {
			as = as.With(e)
			w := Word{Event: e, State: as}
			for _, span := range as.Spans {
				if span.Service == service && span.Mode == mode && as.Stage() == string(EnvProduction) {
					w.spans = append(w.spans, span)
				}
			}
			told = told || len(w.spans) > 0
			v.words = append(v.words, w)
		}
		if told {
			c.voices = append(c.voices, v)
		}
	}
	return c
}

// known is the last word of a notice that had been published by an instant.
func (v voice) known(by time.Time) Word {
	var last Word
	for _, w := range v.words {
		if w.Event.Time.After(by) {
			break
		}
		last = w
	}
	return last
}

// At is the state at an instant, by what had been published at another one.
func (c Chronicle) At(at, known time.Time) ModeOutlook {
	var spans []Span
	for _, v := range c.voices {
		spans = append(spans, v.known(known).spans...)
	}
	o := ModeAt(spans, at)
	o.Mode = c.Mode
	return o
}

// Reasons are the events that say what holds at an instant: of each notice
// those that changed what it says of it, the earliest first. Those published
// after another instant, at which the question takes what was known, are told
// where they correct what held: that it was to end otherwise is no correction.
// A notice that had
// been over for longer than AlertMemory, by what was known and by all that is,
// is no reason any more.
func (c Chronicle) Reasons(at, known time.Time) []Word {
	var told []Word
	for _, v := range c.voices {
		if v.known(known).forgotten(at) && v.words[len(v.words)-1].forgotten(at) {
			continue
		}
		before := ModeOutlook{Effect: Unaffected}
		for _, w := range v.words {
			now := ModeAt(w.spans, at)
			changed := !now.Same(before)
			if w.Event.Time.After(known) {
				changed = !now.Alike(before)
			}
			if changed {
				told = append(told, w)
			}
			before = now
		}
	}
	sortWords(told)
	return told
}

// forgotten is whether all that a word leaves of a notice is long over.
func (w Word) forgotten(at time.Time) bool {
	return !slices.ContainsFunc(w.spans, func(s Span) bool { return !s.forgotten(at) })
}

func sortWords(words []Word) {
	slices.SortStableFunc(words, func(a, b Word) int {
		return cmp.Or(a.Event.Time.Compare(b.Event.Time), cmp.Compare(a.Event.Notice, b.Event.Notice), a.Event.Number-b.Event.Number)
	})
}

// Same is whether two states say the same, whichever notices say it.
func (o ModeOutlook) Same(p ModeOutlook) bool {
	fallback := func(o ModeOutlook) Opening {
		if o.Fallback == nil {
			return Opening{}
		}
		return *o.Fallback
	}
	f, g := fallback(o), fallback(p)
	if len(o.Messages) != len(p.Messages) {
		return false
	}
	for kind, send := range o.Messages {
		if p.Messages[kind] != send {
			return false
		}
	}
	return o.Effect == p.Effect && o.Overdue == p.Overdue && o.Since.Equal(p.Since.Time) && o.Until.Equal(p.Until.Time) &&
		(o.Fallback == nil) == (p.Fallback == nil) && f.From.Equal(g.From.Time) && f.Until.Equal(g.Until.Time) &&
		f.Condition == g.Condition && f.Sheet == g.Sheet && f.Service == g.Service
}

// Alike is whether two states are the same but for when they are to end, which
// is no part of what holds.
func (o ModeOutlook) Alike(p ModeOutlook) bool { return o.endless().Same(p.endless()) }

func (o ModeOutlook) endless() ModeOutlook {
	o.Until, o.Overdue = Time{}, false
	if o.Fallback != nil {
		f := *o.Fallback
		f.Until, o.Fallback = Time{}, &f
	}
	return o
}

// A Turn is where the state became another.
type Turn struct {
	At    Time
	State ModeOutlook
}

// Turns are the changes of state from one instant up to another, each by what
// had been published at its own time; the first is the state at the beginning.
func (c Chronicle) Turns(from, to time.Time) []Turn {
	turns := []Turn{{At(from), c.At(from, from)}}
	for _, at := range c.marks(from, to) {
		if now := c.At(at, at); !now.Same(turns[len(turns)-1].State) {
			turns = append(turns, Turn{At(at), now})
		}
	}
	return turns
}

// marks are the instants within a period at which something may change: an
// event, or an end of what an event said.
func (c Chronicle) marks(from, to time.Time) []time.Time {
	var marks []time.Time
	add := func(times ...time.Time) {
		for _, t := range times {
			if t.After(from) && !t.After(to) {
				marks = append(marks, t)
			}
		}
	}
	for _, v := range c.voices {
		for _, w := range v.words {
			add(w.Event.Time)
			for _, s := range w.spans {
				add(s.Start.Time, s.Over.Time, s.latest(), s.lapse())
				for _, o := range s.Fallbacks {
					add(o.From.Time, o.Until.Time)
				}
			}
		}
	}
	slices.SortFunc(marks, time.Time.Compare)
	return slices.CompactFunc(marks, time.Time.Equal)
}
