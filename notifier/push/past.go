package push

import (
	"maps"
	"slices"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A past is what had been published up to a sequence. It moves on event by
// event and knows which notices matter to which alert, so that an event costs
// the same whether its notice is the tenth or the ten-thousandth (folding
// Record.AsOf for each event takes fifty times as long at two thousand).
type past struct {
	record *notifier.Record

	seq     uint64
	last    notifier.Published      // the event at seq; an earlier one where that is not understood
	numbers map[string]int          // events so far, by notice
	holders map[string][]string     // notices of which an alert may speak, in order, by its key
	touched map[string]notice.Alert // the alerts of the event at seq, without what they say, by key
}

// to moves on to a sequence that the record has reached. An event that is
// given again long after starts it over.
func (p *past) to(seq uint64) {
	if p.numbers == nil || seq < p.seq {
		*p = past{record: p.record, numbers: map[string]int{}, holders: map[string][]string{}}
	}
	changed := map[string]bool{}
	for _, event := range p.record.After(p.seq) {
		if event.Seq > seq {
			break
		}
		p.last = event
		p.numbers[event.Notice]++
		changed[event.Notice] = true
	}
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		p.hold(id)
	}
	if p.seq < seq {
		p.seq = seq
		p.touch()
	}
}

// hold notes which alerts may speak of a notice, and have anything to say of
// it: of thousands, few. An hour is for the clocks of several desks.
func (p *past) hold(id string) {
	state := p.state(id, p.numbers[id])
	for key, alert := range keys(state) {
		if len(notice.AlertFor([]notice.State{state}, alert, p.last.Time.Add(-time.Hour)).Spans) == 0 {
			continue
		}
		if i, found := slices.BinarySearch(p.holders[key], id); !found {
			p.holders[key] = slices.Insert(p.holders[key], i, id)
		}
	}
}

// touch notes what the last event touches: what its notice held before and
// what it holds now. A cancelled notice holds nothing any more.
func (p *past) touch() {
	p.touched = map[string]notice.Alert{}
	if p.last.Seq == p.seq {
		n := p.numbers[p.last.Notice]
		maps.Copy(p.touched, keys(p.state(p.last.Notice, n-1)))
		maps.Copy(p.touched, keys(p.state(p.last.Notice, n)))
	}
}

// keys are the alerts that speak of a notice, without what they say, by key.
func keys(s notice.State) map[string]notice.Alert {
	all := map[string]notice.Alert{}
	for i := range s.Spans {
		alert := notice.Alert{Environment: s.Stage(), Service: s.Spans[i].Service, Mode: s.Spans[i].Mode}
		all[alert.Key()] = alert
	}
	return all
}

// state is a notice as it stood after n events.
func (p *past) state(id string, n int) notice.State {
	state, _ := p.record.State(id)
	if n < len(state.Events) {
		return notice.Fold(state.Events[:n])
	}
	return state
}

// alerts are those that the event at p.seq makes, in the order of their keys.
// A notice of which one has nothing left to say is looked at again when
// something befalls it.
func (p *past) alerts() []notice.Alert {
	var alerts []notice.Alert
	for _, key := range slices.Sorted(maps.Keys(p.touched)) {
		var states []notice.State
		for _, id := range p.holders[key] {
			states = append(states, p.state(id, p.numbers[id]))
		}
		alert := p.touched[key]
		alert.Source = p.seq
		alert = notice.AlertFor(states, alert, p.last.Time)
		p.holders[key] = holding(alert.Spans)
		alerts = append(alerts, alert)
	}
	return alerts
}

// holding are the notices of some spans, each once, in order.
func holding(spans []notice.Span) []string {
	var ids []string
	for i := range spans {
		ids = append(ids, spans[i].Notice)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
