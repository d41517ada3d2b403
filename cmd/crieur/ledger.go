package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Ledger says who was told what.
type Ledger struct {
	Show    ShowLedger    `cmd:"" help:"Say how far telling of an event has come, how fast it was, and who has not been told."`
	History LedgerHistory `cmd:"" help:"Say everything that one address was told, newest first (administrator)."`
	Export  ExportLedger  `cmd:"" help:"Write a proof of who was told: one row an attempt at one subscriber."`
}

// ShowLedger shows what the ledger holds of an event.
type ShowLedger struct {
	Name string `arg:"" help:"An event's id; or a notice's id, reference or outage id, for all its events."`
	All  bool   `help:"List every subscriber, also those who were told; without it, the first 20 of an event who were not, and why the others."`
	Remote
}

// A shown event is what --json prints.
type shownEvent struct {
	desk.Told
	Attempts []desk.Attempt `json:"attempts"`
}

// Run shows.
func (x ShowLedger) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	if strings.TrimSpace(x.Name) == "" {
		return fmt.Errorf("%w: name an event or a notice", notice.ErrInvalid)
	}
	told, err := c.Told(ctx, x.Name)
	if err != nil {
		return err
	}
	all := []shownEvent{}
	for _, t := range told {
		shown := shownEvent{Told: t, Attempts: []desk.Attempt{}}
		if !x.JSON {
			printTold(s.Out, t)
		}
		rest := &amiss{all: x.All, out: s.Out}
		q := desk.Question{Last: true, Amiss: !x.All}
		err := c.Attempts(ctx, t.Event, q, func(desk.Account) error { return nil }, func(a desk.Attempt) error {
			if x.JSON {
				shown.Attempts = append(shown.Attempts, a)
				return nil
			}
			return rest.show(a)
		})
		if err != nil {
			return err
		}
		rest.sum()
		all = append(all, shown)
	}
	if x.JSON {
		return writeJSON(s.Out, all)
	}
	return nil
}

// An amiss lists who has not been told: some of them, where there are many,
// and in the end why, in sum.
type amiss struct {
	all     bool // list everybody
	out     io.Writer
	n       int
	reasons map[string]int
}

// mostShown is how many are listed without --all.
const mostShown = 20

func (m *amiss) show(a desk.Attempt) error {
	if m.n++; m.all || m.n <= mostShown {
		_, err := fmt.Fprintf(m.out, "    %s\n", outcome(a))
		if err != nil || m.all {
			return err
		}
	}
	if m.reasons == nil {
		m.reasons = map[string]int{}
	}
	m.reasons[strings.TrimSpace(a.Status+" "+said(a))]++
	return nil
}

// sum says what was not listed, and the commonest reasons.
func (m *amiss) sum() {
	if m.all || m.n <= mostShown {
		return
	}
	fmt.Fprintf(m.out, "    and %d more: --all lists everybody, crieur ledger export writes every attempt\n", m.n-mostShown)
	const most = 5
	reasons := slices.Sorted(maps.Keys(m.reasons))
	slices.SortStableFunc(reasons, func(a, b string) int { return m.reasons[b] - m.reasons[a] })
	for _, r := range reasons[:min(most, len(reasons))] {
		fmt.Fprintf(m.out, "    %d %s\n", m.reasons[r], r)
	}
	if len(reasons) > most {
		fmt.Fprintf(m.out, "    and for %s more\n", count(len(reasons)-most, "reason"))
	}
}

// said is what a reply says of an attempt.
func said(a desk.Attempt) string { return strings.TrimSpace(a.Code + " " + a.Reply) }

// printTold prints what the ledger says in sum of an event.
func printTold(w io.Writer, t desk.Told) {
	fmt.Fprintf(w, "%s  %s\n", notice.At(t.Time), titleOf(t.Account))
	fmt.Fprintf(w, "  event %s\n", t.Event)
	if t.Letter != "" {
		fmt.Fprintf(w, "  letter SHA-256 %s\n", t.Letter)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	for _, d := range t.Deliveries {
		fmt.Fprintf(table, "  %s\tlane %s, planned %s, %d of %d spans done\n", d.Channel, d.Lane, clock(d.Planned), d.Over, d.Spans)
		fmt.Fprintf(table, "  \t%s\n", outcomes(d))
		if !d.First.IsZero() {
			fmt.Fprintf(table, "  \tfirst told %s, last told %s; of those told, half within %s, 99 of 100 within %s of the event\n",
				clock(d.First), clock(d.Last), seconds(d.Median), seconds(d.P99))
		}
		if !d.Next.IsZero() {
			fmt.Fprintf(table, "  \tnext attempt %s\n", clock(d.Next))
		}
	}
}

// titleOf says what an event is.
func titleOf(a desk.Account) string {
	if a.Notice == "" {
		return "a request, of no notice"
	}
	return fmt.Sprintf("%s of notice %s%s", a.Act, a.Notice, inBrackets(a.Reference))
}

// clock is an instant to the second, in legal time.
func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(notice.Legal).Format("2006-01-02 15:04:05")
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond).String()
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// outcome is one attempt in a line.
func outcome(a desk.Attempt) string {
	text := fmt.Sprintf("%s  %-10s %s", a.Subscriber, a.Status, clock(a.At))
	if a.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", a.Attempt)
	}
	if said := said(a); said != "" {
		text += ", " + said
	}
	if a.Started {
		text += ", told of start and end in one"
	}
	if !a.Next.IsZero() {
		text += ", next attempt " + clock(a.Next)
	}
	return text
}

// LedgerHistory shows what one subscriber was told.
type LedgerHistory struct {
	Address string `arg:"" help:"The mail address; it need not be subscribed any more."`
	Remote
}

// Run shows it.
func (x LedgerHistory) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	all, err := c.History(ctx, x.Address)
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(s.Out, "nothing in the last 13 months")
		return err
	}
	event := ""
	for _, a := range all {
		if a.Event != event {
			event = a.Event
			fmt.Fprintf(s.Out, "%s  %s, event %s\n", notice.At(a.Time), titleOf(*a.Account), a.Event)
		}
		fmt.Fprintf(s.Out, "    %s: %s\n", a.Channel, outcome(a))
	}
	return nil
}

// outcomes says how far telling has come: "2 sent, 1 deferred, not done".
func outcomes(d desk.Delivery) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(d.Counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", d.Counts[status], status))
	}
	switch {
	case !d.Done && len(parts) == 0:
		parts = append(parts, "nobody told yet: where that stays so, the log of the process that sends says why")
	case !d.Done:
		parts = append(parts, "not done")
	}
	if len(parts) == 0 {
		return "nobody to tell"
	}
	return strings.Join(parts, ", ")
}
