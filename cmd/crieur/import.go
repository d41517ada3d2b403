package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/list"
	"douane.gouv.fr/crieur/schemas/notice"
)

// ImportSubscribers takes a list of subscribers.
type ImportSubscribers struct {
	File     string `arg:"" help:"CSV file, UTF-8, commas or semicolons; - for standard input. Its first line names the columns: address, and any of lang, services, modes, wants, daily, zone."`
	DryRun   bool   `help:"Only say what is wrong with the list and what it would change."`
	Consent  string `help:"Where these people agreed to it; kept with each that is new or changes." placeholder:"WHERE"`
	Lift     bool   `help:"Try those again who are suppressed."`
	FromLine int    `help:"Begin at this line: go on with a list that was broken off." placeholder:"N"`
	Report   string `help:"Write a CSV file with each line that was refused, and why." type:"path" placeholder:"FILE"`
	Remote
}

// portion is how many lines go to the desk at a time.
const portion = 1000

// An importing is a list on its way.
type importing struct {
	ImportSubscribers
	client desk.Client
	out    Streams
	report *csv.Writer // nil: none is wanted

	next    int            // line from which to go on
	begun   bool           // the desk has taken something
	rows    []desk.Row     // gathered, yet to be sent
	refused []desk.Refusal // of the same lines
	sum     importSum
}

// An importSum is what became of a list.
type importSum struct {
	Added      int `json:"added"`
	Changed    int `json:"changed"`
	Unchanged  int `json:"unchanged"`
	Suppressed int `json:"suppressed"` // taken, and nothing is sent to them
	Doubled    int `json:"doubled"`    // lines whose address stands on an earlier line too
	Refused    int `json:"refused"`
}

// Run reads the list once, line by line, however long it is.
func (x ImportSubscribers) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	in, err := x.open(s.In)
	if err != nil {
		return err
	}
	defer in.Close()
	t, err := list.Open(in)
	if err != nil {
		return fmt.Errorf("%s: %w", x.File, err)
	}
	i := &importing{ImportSubscribers: x, client: c, out: s, next: 2}
	if x.Report == "" {
		return i.conclude(i.all(ctx, t))
	}
	var failed error
	err = writeWhole(x.Report, func(w io.Writer) error {
		i.report = csv.NewWriter(w)
		i.report.Comma = rune(t.Comma)
		_ = i.report.Write([]string{"line", "column", "what", "remedy"}) // Error tells
		failed = i.all(ctx, t)
		i.report.Flush()
		return i.report.Error()
	})
	return i.conclude(cmp.Or(failed, err))
}

func (x ImportSubscribers) open(in io.Reader) (io.ReadCloser, error) {
	if x.File == "-" {
		return io.NopCloser(in), nil
	}
	f, err := os.Open(x.File)
	if err != nil {
		return nil, asInput(err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%w: %s is a folder: name a CSV file", notice.ErrInvalid, x.File)
	}
	return f, nil
}

// all has the whole list taken, a portion at a time.
func (i *importing) all(ctx context.Context, t *list.Table) error {
	watch := newProgress(i.out.Err, "lines")
	defer watch.done()
	for {
		row, refused, err := t.Next()
		if errors.Is(err, io.EOF) {
			if i.FromLine > t.Line {
				return fmt.Errorf("%s: %w: --from-line %d: the list ends at line %d", i.File, notice.ErrInvalid, i.FromLine, t.Line)
			}
			return i.send(ctx, t)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", i.File, t.Line, err)
		}
		if t.Line < i.FromLine {
			continue
		}
		if refused != nil {
			i.refused = append(i.refused, *refused)
			continue
		}
		if t.Before > 0 {
			i.doubled(t)
		}
		if i.rows = append(i.rows, row); len(i.rows) < portion {
			continue
		}
		if err := i.send(ctx, t); err != nil {
			return err
		}
		watch.at(t.Line / portion * portion)
	}
}

// send has the lines taken that have gathered. A desk or a broker that starts
// again is waited for; what had been taken is found as it is.
func (i *importing) send(ctx context.Context, t *list.Table) error {
	var done desk.Imported
	if len(i.rows) > 0 {
		terms := desk.Terms{Consent: i.Consent, Lift: i.Lift, DryRun: i.DryRun}
		err := i.patiently(ctx, func() (err error) {
			done, err = i.client.Import(ctx, desk.Import{Terms: terms, Columns: t.Columns, Rows: i.rows})
			return err
		})
		if err != nil {
			return i.brokenOff(ctx, err)
		}
		i.begun = true
	}
	i.refused = append(i.refused, done.Refused...)
	slices.SortFunc(i.refused, func(a, b desk.Refusal) int { return cmp.Compare(a.Line, b.Line) })
	for _, r := range i.refused {
		i.refuse(r)
	}
	i.rows, i.refused, i.next = i.rows[:0], nil, t.Line+1
	i.sum.Added += done.Added
	i.sum.Changed += done.Changed
	i.sum.Unchanged += done.Unchanged
	i.sum.Suppressed += len(done.Suppressed)
	return nil
}

// importPatience is how long a desk may be away in the middle of a list.
const importPatience = 2 * time.Minute

// patiently repeats what the world's state has made fail, and says so. A desk
// that has taken nothing yet is not waited for: its address may be wrong.
func (i *importing) patiently(ctx context.Context, do func() error) error {
	told := false
	for deadline := time.Now().Add(importPatience); ; {
		err := do()
		if err == nil || !i.begun || statusOf(err) == statusInput || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		if !told {
			fmt.Fprintf(i.out.Err, "line %d: %v; trying again for %s\n", i.next, err, importPatience)
			told = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// brokenOff says from where to go on.
func (i *importing) brokenOff(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	switch {
	case !i.begun && statusOf(err) == statusInput:
		return err // it has taken nothing
	case !i.begun:
		return fmt.Errorf("%w\ngive the whole list again: what was taken is found as it is", err)
	}
	return fmt.Errorf("%w\nwhat stands before line %d is taken: go on with --from-line %[2]d, or give the whole list again", err, i.next)
}

// mostTold is how many refusals are told beside a report or without one.
const mostTold = 20

// doubled says that an address stands on two lines.
func (i *importing) doubled(t *list.Table) {
	if i.sum.Doubled++; i.sum.Doubled <= mostTold {
		fmt.Fprintf(i.out.Err, "line %d, address: it stands on line %d too; what the later line says holds\n", t.Line, t.Before)
	}
}

func (i *importing) refuse(r desk.Refusal) {
	i.sum.Refused++
	if i.report != nil {
		_ = i.report.Write([]string{strconv.Itoa(r.Line), r.Column, list.Guarded(r.What), list.Guarded(r.Remedy)}) // Error tells
	}
	switch {
	case i.sum.Refused <= mostTold:
		at := fmt.Sprintf("line %d", r.Line)
		if r.Column != "" {
			at += ", " + r.Column
		}
		fmt.Fprintf(i.out.Err, "%s: %s; %s\n", at, r.What, r.Remedy)
	case i.sum.Refused == mostTold+1 && i.report == nil:
		fmt.Fprintln(i.out.Err, "more lines are refused: --report FILE tells all of them")
	}
}

// conclude says what became of the list. A line that was refused is the
// input's fault; the others are taken.
func (i *importing) conclude(err error) error {
	if err != nil && i.sum == (importSum{}) {
		return err // the list was not begun
	}
	if i.JSON {
		if printErr := writeJSON(i.out.Out, i.sum); err == nil {
			err = printErr
		}
	} else {
		dry := ""
		if i.DryRun {
			dry = " (a dry run: nothing is written)"
		}
		fmt.Fprintf(i.out.Out, "%d added, %d changed, %d as they were, %d refused%s\n", i.sum.Added, i.sum.Changed, i.sum.Unchanged, i.sum.Refused, dry)
		if i.sum.Suppressed > 0 {
			fmt.Fprintf(i.out.Out, "%d of them are suppressed, nothing is sent to them: --lift tries them again\n", i.sum.Suppressed)
		}
		if i.sum.Doubled > 0 {
			fmt.Fprintf(i.out.Out, "%s an address that stands on an earlier line too: the later line holds\n", having(i.sum.Doubled, "line"))
		}
	}
	if err == nil && i.sum.Refused > 0 {
		err = fmt.Errorf("%s: %w: %s refused", i.File, notice.ErrInvalid, count(i.sum.Refused, "line"))
	}
	return err
}

// having is how many of something have something.
func having(n int, what string) string {
	if n == 1 {
		return count(n, what) + " has"
	}
	return count(n, what) + " have"
}
