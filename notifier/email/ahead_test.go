package email

import (
	"errors"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/channeltest"
)

// A pipeline is a connection on which the relay is told who comes next.
type pipeline struct {
	*fake
	conn notifier.Connection
	m    notifier.Message
}

func newPipeline(t *testing.T, offers ...string) *pipeline {
	t.Helper()
	f := newFake(t, offers...)
	c := channel(t, f.url())
	m, err := c.Compose(t.Context(), channeltest.Life(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline{f, opened(t, c, 1)[0], m}
}

// send sends to one subscriber, when the relay has been told of another.
func (p *pipeline) send(t *testing.T, to, next int) (notifier.Outcome, error) {
	t.Helper()
	if next > 0 {
		p.conn.(notifier.Foreteller).Next(p.to(next))
	}
	return p.conn.Send(t.Context(), p.m, p.to(to))
}

func (p *pipeline) to(i int) notifier.Recipient {
	r := recipient(abonne(i))
	r.ID = strings.Repeat("0", 31) + string(rune('0'+i))
	return r
}

// TestAhead: the next envelope is there when the text before it has been taken,
// and everybody gets their own mail, once.
func TestAhead(t *testing.T) {
	t.Parallel()
	p := newPipeline(t, "PIPELINING")
	p.say(func(line string) string {
		if line == ". <"+abonne(1)+">" {
			return "250 2.0.0 taken"
		}
		return usual
	})
	for i := 1; i <= 3; i++ {
		if o, err := p.send(t, i, (i+1)%4); err != nil || o.Status != notifier.Sent {
			t.Errorf("%d: %+v, %v", i, o, err)
		}
	}
	var order []string
	for _, c := range p.met("") {
		verb, _, _ := strings.Cut(c, ":")
		order = append(order, verb)
	}
	if got := strings.Join(order[2:], " "); !strings.HasPrefix(got, "MAIL FROM RCPT TO DATA") || strings.Contains(got, "RSET") {
		t.Errorf("the relay was told %q", got)
	}
	taken := p.taken()
	if len(taken) != 3 {
		t.Fatalf("%d mails", len(taken))
	}
	for i, m := range taken {
		if m.to != "<"+abonne(i+1)+">" || !strings.Contains(m.data, "\r\nTo: <"+abonne(i+1)+">\r\n") {
			t.Errorf("mail %d went to %s", i+1, m.to)
		}
	}
}

// TestAheadRefused: a recipient whom the relay refuses beforehand is refused
// when its turn comes, and nobody else.
func TestAheadRefused(t *testing.T) {
	t.Parallel()
	p := newPipeline(t, "PIPELINING")
	p.say(func(line string) string {
		if line == "RCPT TO:<"+abonne(2)+">" {
			return "550 5.1.1 no such mailbox"
		}
		return usual
	})
	for i, want := range []notifier.Status{notifier.Sent, notifier.Bounced, notifier.Sent} {
		if o, err := p.send(t, i+1, (i+2)%4); err != nil || o.Status != want {
			t.Errorf("%d: %+v, %v, want %s", i+1, o, err, want)
		}
	}
}

// TestAheadForNobody: where the one of whom the relay was told is not told
// after all, the connection is given up, and nobody gets anything.
func TestAheadForNobody(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(*testing.T, *pipeline){
		"closed": func(_ *testing.T, p *pipeline) { p.conn.Close() },
		"another": func(t *testing.T, p *pipeline) {
			if _, err := p.send(t, 3, 0); !errors.Is(err, notifier.ErrBeforehand) {
				t.Errorf("another recipient: %v", err)
			}
		},
	} {
		p := newPipeline(t, "PIPELINING")
		if o, err := p.send(t, 1, 2); err != nil || o.Status != notifier.Sent {
			t.Fatalf("%s: %+v, %v", name, o, err)
		}
		then(t, p)
		p.gone(t)
		if taken := p.taken(); len(taken) != 1 || taken[0].to != "<"+abonne(1)+">" || len(p.met("QUIT")) > 0 {
			t.Errorf("%s: %d mails", name, len(taken))
		}
	}
}

// TestAheadLost: a connection that is lost after a mail was taken costs the next
// recipient nothing but the connection.
func TestAheadLost(t *testing.T) {
	t.Parallel()
	p := newPipeline(t, "PIPELINING")
	p.say(func(line string) string {
		if strings.HasPrefix(line, "MAIL") && len(p.fake.mails) > 0 {
			return hangUp
		}
		return usual
	})
	if o, err := p.send(t, 1, 2); err != nil || o.Status != notifier.Sent {
		t.Fatalf("%+v, %v", o, err)
	}
	if _, err := p.send(t, 2, 0); !errors.Is(err, notifier.ErrBeforehand) {
		t.Errorf("the next one: %v", err)
	}
}

// TestNotAhead: a relay without PIPELINING is told one thing at a time.
func TestNotAhead(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	for i := 1; i <= 2; i++ {
		if o, err := p.send(t, i, i+1); err != nil || o.Status != notifier.Sent {
			t.Errorf("%d: %+v, %v", i, o, err)
		}
	}
	if n := len(p.met("MAIL")); n != 2 {
		t.Errorf("MAIL was said %d times", n)
	}
}
