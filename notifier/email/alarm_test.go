package email

import (
	"context"
	"errors"
	"testing"

	"douane.gouv.fr/crieur/notifier"
)

// TestContextBetweenMails: a connection outlives the context of its last mail,
// and a mail whose context has ended is not begun.
func TestContextBetweenMails(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	first, end := context.WithCancel(t.Context())
	for i := 1; i <= 2; i++ {
		if o, err := p.conn.Send(first, p.m, p.to(i)); err != nil || o.Status != notifier.Sent {
			t.Fatalf("%d: %+v, %v", i, o, err)
		}
	}
	end()
	if o, err := p.conn.Send(t.Context(), p.m, p.to(3)); err != nil || o.Status != notifier.Sent {
		t.Errorf("when the context of the mails before has ended: %+v, %v", o, err)
	}
	if _, err := p.conn.Send(first, p.m, p.to(4)); !errors.Is(err, context.Canceled) {
		t.Errorf("under a context that has ended: %v", err)
	}
	if taken := p.taken(); len(taken) != 3 {
		t.Errorf("%d mails were taken", len(taken))
	}
}

// TestContextEnds: it ends the waiting for a reply, also where it is that of
// the mail before.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	ctx, end := context.WithCancel(t.Context())
	p.say(func(line string) string {
		if line == ". <"+abonne(2)+">" {
			end()
			return silent
		}
		return usual
	})
	for i, want := range []notifier.Status{notifier.Sent, notifier.Unknown} {
		if o, err := p.conn.Send(ctx, p.m, p.to(i+1)); err != nil || o.Status != want {
			t.Errorf("%d: %+v, %v", i+1, o, err)
		}
	}
	p.gone(t)
}
