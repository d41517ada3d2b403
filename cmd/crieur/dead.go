package main

import (
	"context"
	"fmt"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Dead is what was given up.
type Dead struct {
	List   DeadList   `cmd:"" help:"List the jobs that were given up, and why."`
	Revive DeadRevive `cmd:"" help:"Do a job again, once its cause is mended: who was told stays told, everybody else is tried anew (administrator)."`
}

// DeadList lists them.
type DeadList struct{ Remote }

// Run lists.
func (x DeadList) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	all, err := c.Dead(ctx)
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, all)
	}
	for _, d := range all {
		of := "notice " + d.Notice
		switch {
		case d.Notice == "":
			of = "a request, of no notice"
		case d.Letter:
			of = "the letter of " + of
		}
		fmt.Fprintf(s.Out, "%s\n    given up %s, %s: %s\n", d.Key, notice.At(d.Time), of, d.Reason)
	}
	if len(all) == 0 {
		fmt.Fprintln(s.Err, "nothing was given up, or all of it has been revived")
	}
	return nil
}

// DeadRevive does jobs again.
type DeadRevive struct {
	Keys []string `arg:"" name:"key" help:"As crieur dead list names it, one or several."`
	Remote
}

// Run revives one after the other; what is refused does not keep the others.
func (x DeadRevive) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	var first error
	for _, key := range x.Keys {
		err := c.Revive(ctx, key)
		if err != nil && len(x.Keys) == 1 {
			return err
		}
		if err != nil {
			fmt.Fprintf(s.Err, "%s: %v\n", key, err)
			if first == nil {
				first = fmt.Errorf("not all of them are revived: %w", err)
			}
			continue
		}
		fmt.Fprintf(s.Out, "%s: revived; crieur ledger show says how it goes\n", key)
	}
	return first
}
