// Command bench measures crieur against the limit, and against the plain use of
// the same libraries, in one run: figures of different runs are not compared.
//
//	go run ./cmd/bench letter [--json] [--rounds N]
//	go run ./cmd/bench kill -n 1000
//	go run ./cmd/bench mail
//	go run ./cmd/bench faults
//	go run ./cmd/bench overtake -n 100000
//	go run ./cmd/bench million -n 1000000
//	go run ./cmd/bench web -n 10000
//
// It prints a table, or with --json one object a row. A row that has a goal and
// misses it says so; the exit status is 0 all the same, for a busy machine
// proves nothing.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"strings"
	"text/tabwriter"
)

// A Row is one figure.
type Row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Of    string  `json:"of,omitempty"`    // the row it is compared with
	Ratio float64 `json:"ratio,omitempty"` // how many times better than that
	Goal  string  `json:"goal,omitempty"`
	Note  string  `json:"note,omitempty"`
	met   bool
}

// A bench declares its flags and gives what measures when they are parsed.
type bench func(*flag.FlagSet) measure

// measure gives the figures.
type measure func(context.Context) ([]Row, error)

// benches are all there are, by the name that runs them.
var benches = map[string]bench{
	"faults":   benchFaults,
	"kill":     benchKill,
	"letter":   repeated(benchLetter),
	"mail":     benchMail,
	"million":  benchMillion,
	"overtake": benchOvertake,
	"web":      benchWeb,
}

// repeated is a bench that is told how often to measure; more is steadier.
func repeated(f func(ctx context.Context, rounds int) ([]Row, error)) bench {
	return func(flags *flag.FlagSet) measure {
		rounds := flags.Int("rounds", 40, "how often each thing is measured")
		return func(ctx context.Context) ([]Row, error) { return f(ctx, max(1, *rounds)) }
	}
}

// parts are what this program does as a process that a bench starts, by the
// first argument; they are no benches.
var parts = map[string]func(ctx context.Context, args []string) error{
	once:       drawOnce,
	brokerPart: beBroker,
	senderPart: beSender,
	mailerPart: beMailer,
	webPart:    beWeb,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run runs the bench that the first argument names.
func run(ctx context.Context, args []string, out io.Writer) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if part, ok := parts[name]; ok {
		return part(ctx, args)
	}
	declare, ok := benches[name]
	if !ok {
		return fmt.Errorf("%q is no bench: name one of %s", name, names())
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print one JSON object a row")
	measure := declare(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	rows, err := measure(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if *asJSON {
		return printJSON(out, rows)
	}
	return printTable(out, rows)
}

func names() string {
	var all []string
	for name := range benches {
		all = append(all, name)
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}

func printJSON(out io.Writer, rows []Row) error {
	enc := json.NewEncoder(out)
	for _, r := range rows {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func printTable(out io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		compared, goal := "", ""
		if r.Of != "" {
			compared = fmt.Sprintf("%.1f × %s", r.Ratio, r.Of)
		}
		if r.Goal != "" {
			goal = r.Goal + ": missed"
			if r.met {
				goal = r.Goal + ": met"
			}
		}
		fmt.Fprintf(t, "%s\t%.4g\t%s\t%s\t%s\t%s\n", r.Name, r.Value, r.Unit, compared, goal, r.Note)
	}
	return t.Flush()
}

// atMost and atLeast give a row its goal.
func (r Row) atMost(goal float64) Row {
	r.Goal, r.met = fmt.Sprintf("≤ %g", goal), r.Value <= goal
	return r
}

func (r Row) atLeast(goal float64) Row {
	r.Goal, r.met = fmt.Sprintf("≥ %g", goal), r.Value >= goal
	return r
}
