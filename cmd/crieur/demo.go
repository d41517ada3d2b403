package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// exampleStory is what the demonstration plays where no other is named.
const exampleStory = "examples/2023-08-08"

// Demo plays a story in one process and stays up.
type Demo struct {
	Story string        `arg:"" optional:"" help:"The story; the embedded example if absent." type:"existingfile"`
	Exit  bool          `help:"Leave after the story."`
	Pace  time.Duration `help:"Pause after each step, to watch the page meanwhile; 2s, none with --exit." default:"-1s" placeholder:"DURATION"`
	Out   string        `help:"Folder for the letters and mails; a new one below the temporary folder if absent." short:"o" type:"path" placeholder:"DIR"`
	Doors
	Sender
	ThemeFolder
	HouseFiles
}

// Run plays, tells what happens, and stays up unless it is told to leave.
func (d Demo) Run(ctx context.Context, s Streams) error {
	dir, err := d.folder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Join(dir, "broker"))
	story, err := d.story(dir)
	if err != nil {
		return err
	}
	h, err := d.open(ctx, story, dir)
	if err != nil {
		return err
	}
	defer h.Close()
	fmt.Fprintf(s.Out, "%s\n\n", story.Title)
	printDoors(s.Out, h)
	if err := d.invite(ctx, s.Out, story, h); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "  files         %s\n\n", dir)
	return d.play(ctx, s, story, h)
}

// invite makes the story's people accounts of the desk, and an administrator,
// and prints their passwords. A demonstration that leaves has nobody to let in.
func (d Demo) invite(ctx context.Context, w io.Writer, story house.Story, h *house.House) error {
	if _, err := h.Bootstrap(ctx); err != nil || d.Exit {
		return err
	}
	people := maps.Clone(story.People)
	people[publisher.FirstAdministrator] = []notice.Role{notice.Administrator}
	bureau := ""
	if len(h.Words.Bureaus) == 1 {
		bureau = slices.Collect(maps.Keys(h.Words.Bureaus))[0]
	}
	for i, id := range slices.Sorted(maps.Keys(people)) {
		a := publisher.Account{ID: id, Roles: people[id], Bureau: bureau, Delegate: slices.Contains(people[id], notice.DutyOfficer)}
		if id != publisher.FirstAdministrator {
			if err := h.Publisher.AddAccount(ctx, a); err != nil {
				return err
			}
		}
		password := publisher.NewPassword()
		if err := h.Publisher.SetPassword(ctx, id, password, false); err != nil {
			return err
		}
		what := ""
		if i == 0 {
			what = "passwords"
		}
		fmt.Fprintf(w, "  %-13s %-16s %s\n", what, id, password)
	}
	return nil
}

// play runs the house, plays the story over it, and then lets the clock run on.
func (d Demo) play(ctx context.Context, s Streams, story house.Story, h *house.House) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	playing, fail := context.WithCancelCause(ctx)
	go func() {
		err := h.RunHeld(ctx)
		fail(err)
		done <- err
	}()
	n := &narrator{out: s.Out, house: h, pace: d.pace()}
	player := &house.Player{House: h, Story: story, Told: n.told}
	err := player.Play(playing)
	if err == nil && !d.Exit {
		h.Clock.Shift(h.Clock.Now())
		h.Release()
		n.after()
		return <-done
	}
	stop()
	return errors.Join(<-done, err)
}

func (d Demo) pace() time.Duration {
	switch {
	case d.Pace >= 0:
		return d.Pace
	case d.Exit:
		return 0
	}
	return 2 * time.Second
}

func (d Demo) folder() (string, error) {
	if d.Out == "" {
		return os.MkdirTemp("", "crieur-demo-")
	}
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		return "", err
	}
	there, err := os.ReadDir(d.Out)
	if err == nil && len(there) > 0 {
		err = fmt.Errorf("%w: %s is not empty: name another folder", notice.ErrInvalid, d.Out)
	}
	return d.Out, err
}

// story reads the story that is named, or lays out the embedded one.
func (d Demo) story(dir string) (house.Story, error) {
	if d.Story != "" {
		s, err := house.ReadStory(d.Story)
		return s, asInput(err)
	}
	for _, name := range []string{"notice.yaml", "story.yaml"} {
		text, err := schemas.Files.ReadFile(exampleStory + "/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			return house.Story{}, err
		}
	}
	return house.ReadStory(filepath.Join(dir, "story.yaml"))
}

// specimenFile is the certificate that a demonstration's letters are sealed
// with: crieur verify --trust takes it.
const specimenFile = "specimen.pem"

// open opens a house that seals with a key of this demonstration alone.
func (d Demo) open(ctx context.Context, story house.Story, dir string) (*house.House, error) {
	words, err := d.load()
	if err != nil {
		return nil, err
	}
	from, err := d.address()
	if err != nil {
		return nil, err
	}
	look, err := d.theme()
	if err != nil {
		return nil, err
	}
	key, err := seal.NewSpecimen()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, specimenFile), key.PEM(), 0o644)
	}
	if err != nil {
		return nil, err
	}
	c := house.Config{Words: words, Seal: seal.Sealer{Signer: key}, Theme: look, Dir: dir, MaxStore: replayStore, From: from, Clock: house.StoppedAt(story.Start.Time), Log: logger(io.Discard, false)}
	d.Doors.into(&c)
	return house.Open(ctx, c)
}

// A narrator tells on the terminal what a story does, as it happens.
type narrator struct {
	out   io.Writer
	house *house.House
	pace  time.Duration
	mails int
}

func (n *narrator) told(ctx context.Context, t house.Told) error {
	if line := stepLine(t.Step); line != "" {
		n.line(t.At, line)
	}
	for _, p := range t.Events {
		if err := n.event(ctx, t.At, p); err != nil {
			return err
		}
	}
	for _, m := range n.house.Mailbox.Messages()[n.mails:] {
		n.mails++
		n.line(t.At, "  mail     "+m.To[0]+": "+shortened(m.Subject))
	}
	if t.Step != nil && t.Step.Outlook != "" {
		n.line(t.At, "  outlook  "+n.address(t.At))
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(n.pace):
		return nil
	}
}

// event tells an event and writes its letter.
func (n *narrator) event(ctx context.Context, at time.Time, p notifier.Published) error {
	s, _ := n.house.Record.State(p.Notice)
	n.line(at, strings.ToUpper(string(p.Act.Type()))+"  "+reference(s))
	if rule, _ := notice.RuleOf(p.Act.Type()); !rule.Letter {
		return nil
	}
	pdf, err := n.house.Record.Letter(ctx, p.Notice, p.Version)
	if err != nil {
		return err
	}
	path := filepath.Join(n.house.Dir, house.LetterFile(s, p.Version))
	if err := writeFile(path, pdf); err != nil {
		return err
	}
	n.line(at, fmt.Sprintf("  letter   %s (%d bytes)", path, len(pdf)))
	return nil
}

// after says what there is to look at once the story is over.
func (n *narrator) after() {
	fmt.Fprintf(n.out, "\nThe story is over; its clock runs on. The page at another time: %s/?le=2023-08-08T09:05\nLeave with Ctrl-C.\n", n.house.URL(house.RoleOutlook))
}

func (n *narrator) line(at time.Time, text string) {
	fmt.Fprintf(n.out, "%s  %s\n", at.In(notice.Legal).Format("2006-01-02 15:04"), text)
}

// address is the page that shows how things stood at an instant.
func (n *narrator) address(at time.Time) string {
	return n.house.URL(house.RoleOutlook) + "/?le=" + at.In(notice.Legal).Format("2006-01-02T15:04")
}

// stepLine says what a person did.
func stepLine(s *house.Step) string {
	if s == nil || s.Outlook != "" {
		return ""
	}
	return s.By + ": " + s.Name()
}

func reference(s notice.State) string {
	if s.Notice.Reference == "" {
		return s.ID
	}
	return "note " + s.Notice.Reference
}

// shortened cuts a subject to what a terminal shows.
func shortened(subject string) string {
	const most = 90
	if runes := []rune(subject); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return subject
}
