package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A reckoning is what the kills of one victim have done.
type reckoning struct {
	kills, repeats int
	most, mostOpen int // repeats of one kill, and the connections open then
	worst          int // repeats of what went over one connection, at one kill
	slowest        time.Duration
}

// rows are the figures of a killing that took a time.
func (k *killing) rows(ctx context.Context, took time.Duration) ([]Row, error) {
	unwritten, err := k.unwritten(ctx)
	if err != nil {
		return nil, err
	}
	blames, unexplained := k.blames()
	lost, strange := k.tally.lost()
	var rows []Row
	worst, all := 0, 0
	for _, victim := range victims {
		r := k.reckon(victim, blames)
		all += r.repeats
		worst = max(worst, r.worst)
		rows = append(rows, r.rows(victim)...)
	}
	return append(rows,
		count("kills", len(k.kills)), Row{Name: "kills per second", Value: float64(len(k.kills)) / took.Seconds(), Unit: "/s"},
		count("processes that fell by themselves", k.fell).atMost(0),
		count("events", len(k.events)), count("mails", k.tally.count()),
		count("lost", lost).atMost(0),
		count("foreign Message-IDs", strange).atMost(0),
		count("told, and not so in the ledger", unwritten).atMost(0),
		count("duplicates", all),
		count("duplicates without a kill", unexplained).atMost(0),
		count("duplicates per kill and connection", worst).atMost(1)), nil
}

func (r reckoning) rows(victim string) []Row {
	of := func(name string, n int) Row { return count(victim+": "+name, n) }
	return []Row{
		of("kills", r.kills), of("duplicates", r.repeats), of("most duplicates of one kill", r.most),
		of("connections open then", r.mostOpen),
		{Name: victim + ": longest until told on", Value: r.slowest.Seconds(), Unit: "s"},
	}
}

// reckon adds up the kills of a victim.
func (k *killing) reckon(victim string, blames []blame) reckoning {
	var r reckoning
	for i, one := range k.kills {
		if one.victim != victim {
			continue
		}
		r.kills++
		b := blames[i]
		r.repeats += b.repeats
		r.worst = max(r.worst, b.most())
		if b.repeats > r.most || r.most == 0 {
			r.most, r.mostOpen = b.repeats, one.open
		}
		r.slowest = max(r.slowest, k.resumed(i))
	}
	return r
}

// A blame is what one kill made be told again.
type blame struct {
	repeats int
	by      map[string]int // relay and connection over which it was told first
}

// most is how many were told again that had been told over one connection.
func (b blame) most() int {
	most := 0
	for _, n := range b.by {
		most = max(most, n)
	}
	return most
}

// blames finds the kill to which each repetition is owed: that of the sender
// which told first, or of the broker, between the two mails.
func (k *killing) blames() (all []blame, unexplained int) {
	all = make([]blame, len(k.kills))
	for i := range all {
		all[i].by = map[string]int{}
	}
	last := map[int]arrival{}
	for _, a := range k.tally.came {
		if a.mail < 0 {
			continue
		}
		if first, again := last[a.mail]; again {
			i := k.culprit(all, first, a)
			if i < 0 {
				unexplained++
			} else {
				all[i].repeats++
				all[i].by[first.over()]++
			}
		}
		last[a.mail] = a
	}
	return all, unexplained
}

// over names the connection that a mail came over.
func (a arrival) over() string { return fmt.Sprint(a.relay, "/", a.conn) }

// culprit is the kill between two arrivals of a mail that made it come twice;
// -1 for none. It is that of the sender which told first. Where that one lives,
// it is the broker's: what a broker forgets in its death is who has a job, so
// that another sender may be handed it at any time until the event is told of.
// Each kill excuses one repetition a connection, and both may have struck it.
func (k *killing) culprit(all []blame, first, again arrival) int {
	own, broker := -1, -1
	for i := len(k.kills) - 1; i >= 0; i-- {
		one := k.kills[i]
		switch {
		case one.at.After(again.at):
		case slices.Contains(one.relays, first.relay) && first.at.Before(one.gone):
			own = i // the earliest: its connections end then
		case one.victim == victimBroker && one.gone.After(k.tally.begun[k.tally.event(first.mail)]):
			if broker < 0 || all[broker].by[first.over()] > 0 {
				broker = i
			}
		}
	}
	used := func(i int) bool { return i < 0 || all[i].by[first.over()] > 0 }
	if own >= 0 && (!used(own) || used(broker)) {
		return own
	}
	return broker
}

// resumed is how long it took after a kill until somebody was told of every
// event that had been under way with its victim. Other kills may come between.
func (k *killing) resumed(i int) time.Duration {
	const glance = 50 * time.Millisecond
	one, came := k.kills[i], k.tally.came
	at := k.after(one.gone)
	waiting := map[int]bool{} // events that the victim was telling of
	for _, a := range slices.Backward(came[:at]) {
		if one.at.Sub(a.at) > glance {
			break
		}
		if a.mail >= 0 && (one.victim == victimBroker || slices.Contains(one.relays, a.relay)) {
			waiting[k.tally.event(a.mail)] = true
		}
	}
	var slowest time.Duration
	for _, a := range came[at:] {
		if len(waiting) == 0 {
			break
		}
		if e := k.tally.event(max(0, a.mail)); waiting[e] {
			slowest = a.at.Sub(one.gone)
			delete(waiting, e)
		}
	}
	return slowest
}

// after is the place of the first mail that came after an instant. The relays
// write to one list, so that two of them may be out of order by a moment.
func (k *killing) after(t time.Time) int {
	at, _ := slices.BinarySearchFunc(k.tally.came, t, func(a arrival, t time.Time) int { return a.at.Compare(t) })
	return at
}
