package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/sink"
)

// An overtaking publishes the end of an alert while its start is being told.
type overtaking struct {
	*rig
	tally *tally
	share float64   // of the starts that are out when the end is published
	ended time.Time // when it was
}

// benchOvertake measures how an end of alert overtakes the mails of its start.
func benchOvertake(flags *flag.FlagSet) measure {
	n := flags.Int("n", 100_000, "how many subscribers")
	share := flags.Float64("share", 1./3, "of them who are told of the start when the end is published")
	lease := flags.Duration("lease", 5*time.Second, "for how long a job is lent to a worker")
	return func(ctx context.Context) ([]Row, error) {
		r, err := newRig(ctx, *lease, "")
		if err != nil {
			return nil, err
		}
		defer r.close()
		o := &overtaking{rig: r, tally: newTally(*n), share: *share}
		if err := o.play(ctx); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, r.said())
		}
		return o.rows(), nil
	}
}

func (o *overtaking) play(ctx context.Context) error {
	n := len(o.tally.ids)
	if err := o.load(ctx, n); err != nil {
		return err
	}
	if err := o.addSender(sink.Config{Forget: true, Log: register{o.tally, 0}}); err != nil {
		return err
	}
	if err := o.senders[0].start(); err != nil {
		return err
	}
	if err := o.senders[0].await(ctx); err != nil {
		return err
	}
	start, put, err := o.paper.start(ctx)
	if err != nil {
		return err
	}
	end := o.paper.end(start)
	o.tally.owe(start)
	o.tally.owe(end)
	if err := put(ctx); err != nil {
		return err
	}
	if err := o.relays[0].Wait(ctx, int(o.share*float64(n))); err != nil {
		return err
	}
	o.ended = time.Now()
	if err := o.paper.add(ctx, end); err != nil {
		return err
	}
	return o.settle(ctx)
}

// rows are the figures, from who was told what and when.
func (o *overtaking) rows() []Row {
	n := len(o.tally.ids)
	starts, ends := make([]time.Time, n), make([]time.Time, n)
	var before, after, repeated int
	var first, last time.Time
	for _, a := range o.tally.came {
		who, told := a.mail%n, starts
		switch {
		case o.tally.event(a.mail) == 1:
			told, last = ends, a.at
			if first.IsZero() {
				first = a.at
			}
		case a.at.Before(o.ended):
			before++
		default:
			after++
		}
		if !told[who].IsZero() {
			repeated++
		}
		told[who] = a.at
	}
	rows := []Row{count("starts sent before the end was published", before), count("starts on their way then", after)}
	rows = append(rows, compared(starts, ends)...)
	return append(rows, count("told twice", repeated).atMost(0),
		Row{Name: "first mail of the end", Value: first.Sub(o.ended).Seconds(), Unit: "s"}.atMost(1),
		Row{Name: "last mail of the end", Value: last.Sub(o.ended).Seconds(), Unit: "s"},
		Row{Name: "ends a second", Value: float64(n) / last.Sub(first).Seconds(), Unit: "mails/s"})
}

// compared says in what order each subscriber heard of the start and of the end;
// a zero time is not at all.
func compared(starts, ends []time.Time) []Row {
	var both, one, wrong, lost int
	for i := range ends {
		switch {
		case ends[i].IsZero():
			lost++
		case starts[i].IsZero():
			one++
		case starts[i].After(ends[i]):
			wrong++
		default:
			both++
		}
	}
	return []Row{count("told the end after the start", both), count("told both in one", one),
		count("starts after the end", wrong).atMost(0), count("not told of the end", lost).atMost(0)}
}

// count is a row that counts.
func count(name string, n int) Row { return Row{Name: name, Value: float64(n)} }
