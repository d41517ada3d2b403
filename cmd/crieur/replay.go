package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Replay plays a story in simulated time and keeps everything it makes.
type Replay struct {
	Story     string `arg:"" help:"The story, YAML." type:"path"`
	Out       string `help:"Folder to write: letters, mails, events.jsonl, push.jsonl, outlook." short:"o" required:"" type:"path" placeholder:"DIR"`
	PublicURL string `help:"Where the public would find the pages, for links in mails." default:"https://crieur.example" placeholder:"URL"`
	Sender
	HouseFiles
}

// replayDir is room for the broker: a story is small.
const replayStore = 1 << 30

// Run replays. The folder is written whole or stays as it was.
func (r Replay) Run(ctx context.Context, s Streams) error {
	story, err := house.ReadStory(r.Story)
	if err != nil {
		return asInput(err)
	}
	out, err := newFolder(r.Out)
	if err != nil {
		return err
	}
	defer out.discard()
	work, err := os.MkdirTemp("", "crieur-replay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := r.play(ctx, story, work, out); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s: %s\n", r.Out, out.summary())
	return nil
}

// play plays the story in a house of its own, in which nothing is left to
// chance.
func (r Replay) play(ctx context.Context, story house.Story, work string, out *folder) error {
	contract, err := r.load()
	if err != nil {
		return err
	}
	from, err := r.address()
	if err != nil {
		return err
	}
	h, err := house.Open(ctx, house.Config{Contract: contract, Dir: work, MaxStore: replayStore, From: from, PublicURL: r.PublicURL,
		Clock: house.StoppedAt(story.Start.Time), Secret: []byte("of a story that is replayed"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer h.Close()
	k := &keeper{house: h, out: out}
	return house.Play(ctx, &house.Player{House: h, Story: story, Told: k.told})
}

// A keeper writes out what a story makes.
type keeper struct {
	house *house.House
	out   *folder
	mails int // of the mailbox, so far
}

// told keeps what came of an instant: events, push messages, letters, mails,
// the outlook where the story asks for it.
func (k *keeper) told(ctx context.Context, t house.Told) error {
	act := "none"
	for _, p := range t.Events {
		act = string(p.Act.Type())
		if err := k.event(ctx, p); err != nil {
			return err
		}
	}
	if err := k.keepMails(act); err != nil {
		return err
	}
	if t.Step == nil || t.Step.Outlook == "" {
		return nil
	}
	o := notice.OutlookAt(k.house.Contract.Catalogue, notice.EnvProduction, k.house.Record.Known(t.At), t.At)
	return k.out.json(filepath.Join("outlook", t.Step.Outlook+".json"), o)
}

func (k *keeper) event(ctx context.Context, p notifier.Published) error {
	if err := k.out.line("events.jsonl", p.Event); err != nil {
		return err
	}
	s, _ := k.house.Record.State(p.Notice)
	m, err := k.house.Live.Message(notice.Fold(s.Events[:p.Number]), p.Event)
	if err != nil {
		return err
	}
	if err := k.out.line("push.jsonl", m); err != nil {
		return err
	}
	if rule, _ := notice.RuleOf(p.Act.Type()); !rule.Letter {
		return nil
	}
	pdf, err := k.house.Record.Letter(ctx, p.Notice, p.Version)
	if err != nil {
		return fmt.Errorf("the letter of %s: %w", p.Act.Type(), err)
	}
	return k.out.write(filepath.Join("letters", letterFile(s, p.Version)), pdf)
}

// letterFile is how the letter of a version is called outside of the store.
func letterFile(s notice.State, version int) string {
	name := s.Notice.Reference
	if name == "" {
		name = s.ID
	}
	return fmt.Sprintf("%s-%d.pdf", name, version)
}

// keepMails keeps the mails that have come, in an order that does not depend
// on which connection was faster.
func (k *keeper) keepMails(act string) error {
	fresh := k.house.Mailbox.Messages()[k.mails:]
	slices.SortFunc(fresh, func(a, b mailboxMessage) int {
		return slices.Compare(append(a.To, a.Subject), append(b.To, b.Subject))
	})
	for _, m := range fresh {
		k.mails++
		text, err := os.ReadFile(m.Path)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%03d-%s-%s.eml", k.mails, act, m.To[0])
		if err := k.out.write(filepath.Join("mails", name), text); err != nil {
			return err
		}
	}
	return nil
}
