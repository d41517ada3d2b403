// Command crieur publishes notes aux opérateurs: one record, many renderings.
//
// It is the only program of the project, and the only code that sees both the
// bureau's side and the public's. Each subcommand has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Exit statuses.
const (
	statusDone  = 0
	statusInput = 1 // the input is at fault: what, where, remedy
	statusWorld = 2 // the world is: broker, relay, disk, port
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], Streams{os.Stdin, os.Stdout, os.Stderr}))
}

// Streams are where a command reads and writes.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// CLI is the command line. A flag may also be set by its environment variable,
// CRIEUR_ and the flag's name.
type CLI struct {
	Demo    Demo    `cmd:"" help:"Play an example story in one process and stay up: pages, mailbox, events."`
	Serve   Serve   `cmd:"" help:"Run the service: desk, workers, public pages; the broker is embedded unless --nats names one."`
	Replay  Replay  `cmd:"" help:"Play a story in simulated time and write everything it makes to a folder."`
	Check   Check   `cmd:"" help:"Say what is wrong with a notice: line, field, fault, remedy."`
	Letter  Letter  `cmd:"" help:"Make the letter of a notice as PDF; no broker, no network."`
	Verify  Verify  `cmd:"" help:"Say whether a letter can be relied on: seal, signer, notice, words, format; with --site, whether it still holds."`
	Archive Archive `cmd:"" help:"Write all published notices for the archives: letters, events, hashes."`
	Export  Export  `cmd:"" help:"Write the public site as files, for a CDN or a disaster."`
	Gallery Gallery `cmd:"" help:"Render all that the example stories make as pages, to be read."`

	Paper
	Acts

	Outlook Outlook `cmd:"" help:"Show the state of every service, now or at a time."`
	Watch   Watch   `cmd:"" help:"Follow the events as they are published."`

	Account     Account     `cmd:"" help:"Create accounts and tokens (administrator)."`
	Subscribers Subscribers `cmd:"" help:"Keep the subscribers (administrator)."`
	Ledger      Ledger      `cmd:"" help:"Say who was told what, when, and how fast."`
	Dead        Dead        `cmd:"" help:"See what was given up of telling the public, and do it again."`
}

// run parses and runs a command line and gives the exit status.
func run(ctx context.Context, args []string, s Streams) (status int) {
	type exit struct{ status int }
	defer func() { // kong ends --help by calling Exit
		switch r := recover().(type) {
		case nil:
		case exit:
			status = r.status
		default:
			panic(r)
		}
	}()
	parser := newParser(s, kong.Exit(func(code int) { panic(exit{code}) }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(s.Err, "crieur: %v (%s --help says what there is)\n", err, selected(err))
		return statusInput
	}
	if err := command.Run(); err != nil {
		fmt.Fprintf(s.Err, "crieur %s: %v\n", strings.Fields(command.Command())[0], err)
		return statusOf(err)
	}
	return statusDone
}

// selected is the command that a wrong command line has come to.
func selected(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return wrong.Context.Selected().FullPath()
	}
	return "crieur"
}

// newParser knows the command line.
func newParser(s Streams, more ...kong.Option) *kong.Kong {
	parser, err := kong.New(new(CLI), append(more, kong.Name("crieur"), kong.Writers(s.Out, s.Err),
		kong.Description("One structured notice: the official letter, the mails, the start and end of alert, the public outlook, the events."),
		kong.DefaultEnvars("CRIEUR"), kong.Vars{"from": demoFrom}, kong.UsageOnError(), kong.ValueFormatter(helpOf), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ExplicitGroups([]kong.Group{{Key: "desk", Title: "On paper, at the desk:"}, {Key: "alert", Title: "On a published notice:"}}))...)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	return parser
}

// helpOf is the help of a flag or an argument, with what holds where it is not
// given, and the variable of the environment that gives it too.
func helpOf(v *kong.Value) string {
	text := v.Help
	hidden := v.Flag != nil && v.Flag.PlaceHolder == "" // kong shows the default in its place
	if v.HasDefault && v.Default != "" && v.Default != "-1s" && !v.IsBool() && !hidden {
		text = strings.TrimSuffix(text, ".") + "; " + v.Default + " if absent."
	}
	shown := *v
	shown.Help = text
	return kong.DefaultHelpValueFormatter(&shown)
}

// statusOf tells the input's fault from the world's.
func statusOf(err error) int {
	for _, fault := range []error{notice.ErrInvalid, notice.ErrNotFound, notice.ErrConflict, notice.ErrForbidden} {
		if errors.Is(err, fault) {
			return statusInput
		}
	}
	if p := new(desk.Problem); errors.As(err, &p) && p.Status < 500 {
		return statusInput
	}
	return statusWorld
}
