package house

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"

	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Replay plays a story in a house of its own, in which nothing is left to
// chance, and hands everything that it makes to keep, by name: letters/*.pdf,
// mails/*.eml, outlook/*.json, events.jsonl, push.jsonl, and the public's
// calendar.ics and feed.atom as they are at its end. The same story gives the
// same bytes. The Config's Dir is for the broker and the mailbox.
func Replay(ctx context.Context, c Config, story Story, keep func(name string, data []byte) error) error {
	c.Clock, c.Secret = StoppedAt(story.Start.Time), []byte("of a story that is replayed")
	h, err := Open(ctx, c)
	if err != nil {
		return err
	}
	defer h.Close()
	k := &keeper{house: h, keep: keep}
	if err := Play(ctx, &Player{House: h, Story: story, Told: k.told}); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		make func() ([]byte, error)
	}{
		{"events.jsonl", func() ([]byte, error) { return k.events.Bytes(), nil }},
		{"push.jsonl", func() ([]byte, error) { return k.push.Bytes(), nil }},
		{"calendar.ics", h.feeds.Calendar},
		{"feed.atom", h.feeds.Atom},
	} {
		data, err := file.make()
		if err == nil {
			err = keep(file.name, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A keeper hands out what a story makes, instant by instant.
type keeper struct {
	house  *House
	keep   func(name string, data []byte) error
	events bytes.Buffer
	push   bytes.Buffer
	mails  int // of the mailbox, so far
}

func (k *keeper) told(ctx context.Context, t Told) error {
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
	o := notice.OutlookAt(k.house.Words.Catalogue, notice.EnvProduction, k.house.Record.Known(t.At), t.At)
	data, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return k.keep("outlook/"+t.Step.Outlook+".json", append(data, '\n'))
}

func (k *keeper) event(ctx context.Context, p notifier.Published) error {
	s, _ := k.house.Record.State(p.Notice)
	rule, _ := notice.RuleOf(p.Act.Type())
	if err := appendLine(&k.events, p.Event); err != nil {
		return err
	}
	if !rule.Private() {
		m, err := k.house.Live.Message(notice.Fold(s.Events[:p.Number]), p.Event)
		if err == nil {
			err = appendLine(&k.push, m)
		}
		if err != nil {
			return err
		}
	}
	if !rule.Letter {
		return nil
	}
	pdf, err := k.house.Record.Letter(ctx, p.Notice, p.Version)
	if err != nil {
		return fmt.Errorf("the letter of %s: %w", p.Act.Type(), err)
	}
	return k.keep("letters/"+LetterFile(s, p.Version), pdf)
}

// appendLine writes a value as a line of JSON.
func appendLine(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// LetterFile is how the letter of a notice's version is called outside of the
// store.
func LetterFile(s notice.State, version int) string {
	name := s.Notice.Reference
	if name == "" {
		name = s.ID
	}
	return fmt.Sprintf("%s-%d.pdf", path.Base(name), version)
}

// keepMails keeps the mails that have come, in an order that does not depend
// on which connection was faster.
func (k *keeper) keepMails(act string) error {
	fresh := k.house.Mailbox.Messages()[k.mails:]
	slices.SortFunc(fresh, func(a, b mailbox.Message) int {
		return slices.Compare(append(a.To, a.Subject), append(b.To, b.Subject))
	})
	for _, m := range fresh {
		k.mails++
		text, err := os.ReadFile(m.Path)
		if err != nil {
			return err
		}
		if err := k.keep(fmt.Sprintf("mails/%03d-%s-%s.eml", k.mails, act, m.To[0]), text); err != nil {
			return err
		}
	}
	return nil
}
