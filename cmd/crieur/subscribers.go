package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/list"
)

// Subscribers are those who asked to be told.
type Subscribers struct {
	Add        AddSubscriber         `cmd:"" help:"Make somebody a subscriber, or replace what they asked for."`
	Remove     RemoveSubscriber      `cmd:"" aliases:"erase" help:"Erase a subscriber, address and all."`
	Count      CountSubscribers      `cmd:"" help:"Say how many there are."`
	Import     ImportSubscribers     `cmd:"" help:"Take a list of subscribers: add them, change what they asked for; nobody is removed."`
	Export     ExportSubscribers     `cmd:"" help:"Write all subscribers as a list that import takes."`
	Suppressed SuppressedSubscribers `cmd:"" help:"List those to whom nothing is sent, by id, and why."`
	Lift       LiftSuppression       `cmd:"" help:"Try an address again to which nothing is sent."`
}

// AddSubscriber subscribes an address that has agreed to it.
type AddSubscriber struct {
	Address  string   `arg:"" help:"A mail address whose owner has agreed."`
	Services []string `help:"Which services or groups, by code; all if absent." placeholder:"SERVICE"`
	Modes    []string `help:"Which modes; all if absent." placeholder:"MODE"`
	Wants    []string `help:"What it is told: notices, alerts; both if absent." placeholder:"WANT"`
	Remote
}

// Run subscribes.
func (x AddSubscriber) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	sub, err := c.Subscribe(ctx, desk.Subscription{Address: x.Address, Services: x.Services, Modes: x.Modes, Wants: x.Wants})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, sub.ID)
	return err
}

// RemoveSubscriber erases one.
type RemoveSubscriber struct {
	Address string `arg:"" help:"The mail address."`
	Remote
}

// Run erases.
func (x RemoveSubscriber) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	known, err := c.Unsubscribe(ctx, x.Address)
	switch {
	case err != nil:
		return err
	case !known:
		_, err = fmt.Fprintln(s.Out, "nobody is subscribed by this address: nothing was to be erased")
	default:
		_, err = fmt.Fprintln(s.Out, "erased")
	}
	return err
}

// CountSubscribers counts them.
type CountSubscribers struct{ Remote }

// Run counts.
func (x CountSubscribers) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	n, err := c.Subscribers(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, n.Subscribers)
	return err
}

// ExportSubscribers writes the list.
type ExportSubscribers struct {
	Out   string `help:"File to write; it appears when it is whole. It holds personal data." short:"o" required:"" type:"path" placeholder:"FILE"`
	Excel bool   `help:"Write semicolons and a byte order mark, as a French Excel wants them."`
	Remote
}

// Run writes it.
func (x ExportSubscribers) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	watch, n := newProgress(s.Err, "subscribers"), 0
	err = writeWhole(x.Out, func(w io.Writer) error {
		sheet := csv.NewWriter(w)
		if x.Excel {
			sheet.Comma = ';'
			if _, err := io.WriteString(w, "\ufeff"); err != nil {
				return err
			}
		}
		if err := sheet.Write(desk.Columns()); err != nil {
			return err
		}
		err := c.Export(ctx, func(l desk.Listed) error {
			n++
			watch.at(n)
			return sheet.Write(list.Cells(l))
		})
		if err != nil {
			return err
		}
		sheet.Flush()
		return sheet.Error()
	})
	watch.done()
	if err == nil {
		_, err = fmt.Fprintf(s.Out, "%s: %s\n", x.Out, count(n, "subscriber"))
	}
	return err
}

// SuppressedSubscribers lists those to whom nothing is sent.
type SuppressedSubscribers struct{ Remote }

// Run lists them.
func (x SuppressedSubscribers) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	all, none := []desk.Listed{}, true
	err = c.Suppressed(ctx, func(l desk.Listed) error {
		none = false
		if x.JSON {
			all = append(all, l)
			return nil
		}
		until := "for good"
		if !l.Suppressed.Until.IsZero() {
			until = "until " + clock(l.Suppressed.Until)
		}
		_, err := fmt.Fprintf(s.Out, "%s  since %s, %s, after %s\n", l.ID, clock(l.Suppressed.Since), until, l.Suppressed.Code)
		return err
	})
	switch {
	case err == nil && x.JSON:
		err = writeJSON(s.Out, all)
	case err == nil && none:
		fmt.Fprintln(s.Err, "nobody is suppressed") // the list itself is empty
	}
	return err
}

// LiftSuppression ends one.
type LiftSuppression struct {
	Whom string `arg:"" help:"The mail address, or the id that crieur subscribers suppressed lists."`
	Remote
}

// Run lifts it.
func (x LiftSuppression) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	l := desk.Lift{ID: x.Whom}
	if strings.Contains(x.Whom, "@") {
		l = desk.Lift{Address: x.Whom}
	}
	if err := c.Lift(ctx, l); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, "nothing is suppressed of it now: it is told of what comes from here on")
	return err
}
