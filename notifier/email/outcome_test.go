package email

import (
	"errors"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/channeltest"
)

// TestReplies goes through every class of reply, at every stage.
func TestReplies(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) time.Time { return now.Add(d) }
	bounced, refused, deferred := notifier.Bounced, notifier.Refused, notifier.Deferred
	for _, c := range []struct {
		at, reply string
		want      notifier.Outcome // its status is "" for an error
	}{
		{".", "250 2.0.0 Ok: queued as 4F2A for <a@b.example>", notifier.Outcome{Status: notifier.Sent, Code: "250", Reply: "2.0.0 Ok: queued as 4F2A for <…>"}},
		{".", "252 2.0.0 cannot verify", notifier.Outcome{Status: notifier.Sent, Code: "252", Reply: "2.0.0 cannot verify"}},

		{"RCPT", "450 4.2.1 mailbox busy", notifier.Outcome{Status: deferred, Code: "450 4.2.1", Reply: "mailbox busy"}},
		{"RCPT", "451 4.7.1 greylisted, try again in 300 seconds", notifier.Outcome{Status: deferred, Code: "451 4.7.1", Reply: "greylisted, try again in 300 seconds", Next: in(310 * time.Second)}},
		{"RCPT", "451 4.7.1 greylisted for 12 minutes", notifier.Outcome{Status: deferred, Code: "451 4.7.1", Reply: "greylisted for 12 minutes", Next: in(12*time.Minute + 10*time.Second)}},
		{"RCPT", "451 4.7.1 greylisted", notifier.Outcome{Status: deferred, Code: "451 4.7.1", Reply: "greylisted", Next: in(5 * time.Minute)}},
		{"RCPT", "450 come back in 9999 minutes", notifier.Outcome{Status: deferred, Code: "450", Reply: "come back in 9999 minutes", Next: in(6 * time.Hour)}},
		{"RCPT", "452 4.2.2 full", notifier.Outcome{Status: deferred, Code: "452 4.2.2", Reply: "full"}},
		{"DATA", "451 4.3.0 not now", notifier.Outcome{Status: deferred, Code: "451 4.3.0", Reply: "not now"}},
		{".", "454 4.5.1 too many", notifier.Outcome{Status: deferred, Code: "454 4.5.1", Reply: "too many"}},

		{"RCPT", "550 5.1.1 no such user", notifier.Outcome{Status: bounced, Code: "550 5.1.1", Reply: "no such user", Suppress: true}},
		{"RCPT", "550-5.1.1 no such user,\r\n550 5.1.1 try another", notifier.Outcome{Status: bounced, Code: "550 5.1.1", Reply: "no such user, try another", Suppress: true}},
		{"RCPT", "550 5.1.2 no such host", notifier.Outcome{Status: bounced, Code: "550 5.1.2", Reply: "no such host", Suppress: true}},
		{"RCPT", "553 5.1.3 bad address", notifier.Outcome{Status: bounced, Code: "553 5.1.3", Reply: "bad address", Suppress: true}},
		{"RCPT", "556 5.1.10 null MX", notifier.Outcome{Status: bounced, Code: "556 5.1.10", Reply: "null MX", Suppress: true}},
		{".", "550 5.1.1 no such user", notifier.Outcome{Status: bounced, Code: "550 5.1.1", Reply: "no such user", Suppress: true}},
		{"RCPT", "550 5.1.8 who are you", notifier.Outcome{Status: refused, Code: "550 5.1.8", Reply: "who are you"}},
		{"RCPT", "551 5.1.0 something", notifier.Outcome{Status: bounced, Code: "551 5.1.0", Reply: "something"}},
		{"RCPT", "552 5.2.2 full", notifier.Outcome{Status: bounced, Code: "552 5.2.2", Reply: "full"}},
		{"RCPT", "550 no", notifier.Outcome{Status: bounced, Code: "550", Reply: "no"}},
		{"RCPT", "550 5.7.1 policy", notifier.Outcome{Status: refused, Code: "550 5.7.1", Reply: "policy"}},
		{".", "550 5.7.515 unauthenticated", notifier.Outcome{Status: refused, Code: "550 5.7.515", Reply: "unauthenticated"}},
		{".", "552 5.3.4 too big", notifier.Outcome{Status: refused, Code: "552 5.3.4", Reply: "too big"}},
		{".", "554 no", notifier.Outcome{Status: refused, Code: "554", Reply: "no"}},
		{"DATA", "554 5.5.1 no", notifier.Outcome{Status: refused, Code: "554 5.5.1", Reply: "no"}},

		{"RCPT", "421 4.3.2 shutting down", notifier.Outcome{}},
		{".", "421 4.3.2 shutting down", notifier.Outcome{}},
		{"MAIL", "421 4.7.0 too many", notifier.Outcome{}},
		{"MAIL", "452 4.3.1 disk full", notifier.Outcome{}},
		{"MAIL", "550 5.7.1 not from you", notifier.Outcome{}},
		{"MAIL", "hello?", notifier.Outcome{}},
		{"RCPT", "354 go ahead", notifier.Outcome{}},
		{"DATA", hangUp, notifier.Outcome{}},
		{".", hangUp, notifier.Outcome{Status: notifier.Unknown, Reply: "no answer to the final dot"}},
		{".", "hello?", notifier.Outcome{Status: notifier.Unknown, Reply: "no answer to the final dot"}},
	} {
		f := newFake(t)
		ch := channel(t, f.url())
		f.say(func(line string) string {
			if strings.HasPrefix(line, c.at) {
				return c.reply
			}
			return usual
		})
		got, err := send(t, ch, recipient("a@b.example"))
		if !got.Next.Equal(c.want.Next) {
			t.Errorf("%s at %s: next at %s, want %s", c.reply, c.at, got.Next, c.want.Next)
		}
		got.Next = c.want.Next
		if got != c.want || (err != nil) != (c.want.Status == "") {
			t.Errorf("%s at %s:\n%+v, %v, want\n%+v", c.reply, c.at, got, err, c.want)
		}
	}
}

// TestBeforehand: a connection that fails before the recipient is named is not
// the recipient's fault; one that fails at it may be.
func TestBeforehand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at, reply string
		want      bool
	}{
		{"MAIL", "421 4.7.0 too many", true}, {"MAIL", "550 5.7.1 not from you", true}, {"MAIL", hangUp, true},
		{"RCPT", "421 4.3.2 shutting down", false}, {"RCPT", hangUp, false}, {"DATA", hangUp, false}, {".", "421 4.3.2 shutting down", false},
	} {
		f := newFake(t)
		f.say(func(line string) string {
			if strings.HasPrefix(line, c.at) {
				return c.reply
			}
			return usual
		})
		if _, err := send(t, channel(t, f.url()), recipient("a@b.example")); err == nil || errors.Is(err, notifier.ErrBeforehand) != c.want {
			t.Errorf("%s at %s: %v", c.reply, c.at, err)
		}
	}
}

// TestCutBeforeTheDot: a relay that hangs up within the text has not taken it,
// where we come to know before the dot.
func TestCutBeforeTheDot(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := channel(t, f.url())
	f.say(func(line string) string {
		if strings.HasPrefix(line, "BODY") {
			return hangUp
		}
		return usual
	})
	tale := channeltest.Life(t)[0]
	tale.Letter = make([]byte, 4<<20) // more than any buffer between us holds
	m, err := ch.Compose(t.Context(), tale)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ch.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if o, err := conn.Send(t.Context(), m, recipient("a@b.example")); err == nil {
		t.Errorf("the outcome is %+v", o)
	}
}

// TestGoesOnAfterRefusals: a refused mail leaves the connection in step, or
// closed where the relay takes no RSET.
func TestGoesOnAfterRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reset string
		goes  bool
	}{{usual, true}, {"502 5.5.1 never", false}} {
		f := newFake(t)
		ch := channel(t, f.url())
		f.say(func(line string) string {
			switch {
			case strings.HasPrefix(line, "RCPT TO:<no"):
				return "550 5.1.1 no"
			case line == "RSET":
				return c.reset
			}
			return usual
		})
		m, err := ch.Compose(t.Context(), channeltest.Life(t)[0])
		if err != nil {
			t.Fatal(err)
		}
		conn, err := ch.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if o, err := conn.Send(t.Context(), m, recipient("no@b.example")); err != nil || o.Status != notifier.Bounced {
			t.Errorf("refused: %+v, %v", o, err)
		}
		if _, err := conn.Send(t.Context(), m, recipient("yes@b.example")); (err == nil) != c.goes {
			t.Errorf("the next one, RSET answered %q: %v", c.reset, err)
		}
		conn.Close()
		if got := len(f.taken()); got != map[bool]int{true: 1}[c.goes] {
			t.Errorf("%d mails were taken", got)
		}
	}
}

// TestOutOfStep: a connection whose relay has answered nonsense is not used again.
func TestOutOfStep(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := channel(t, f.url())
	f.say(func(line string) string {
		if strings.HasPrefix(line, ". <one@") {
			return "hello?"
		}
		return usual
	})
	m, err := ch.Compose(t.Context(), channeltest.Life(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ch.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if o, err := conn.Send(t.Context(), m, recipient("one@b.example")); err != nil || o.Status != notifier.Unknown {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := conn.Send(t.Context(), m, recipient("two@b.example")); err == nil {
		t.Errorf("the next one: %+v", o)
	}
}

// TestAddresses: what stands in commands is the address alone; what is none is
// bounced without a word to the relay, and one beyond ASCII needs SMTPUTF8.
func TestAddresses(t *testing.T) {
	t.Parallel()
	plain, utf8 := newFake(t, "8BITMIME"), newFake(t, "8BITMIME", "SMTPUTF8")
	for _, c := range []struct {
		relay   *fake
		address string
		rcpt    string // "" for none
		status  notifier.Status
	}{
		{plain, "a@b.example", "<a@b.example>", notifier.Sent},
		{plain, "Une Personne <a@b.example>", "<a@b.example>", notifier.Sent},
		{plain, `"a b"@c.example`, `<"a b"@c.example>`, notifier.Sent},
		{plain, "a@b.example>\r\nRCPT TO:<x@y.example", "", notifier.Bounced},
		{plain, "a@b.example, x@y.example", "", notifier.Bounced},
		{plain, "nobody", "", notifier.Bounced},
		{plain, "", "", notifier.Bounced},
		{plain, "hélène@b.example", "", notifier.Refused},
		{utf8, "hélène@b.example", "<hélène@b.example>", notifier.Sent},
		{utf8, "a@forêt.example", "<a@forêt.example>", notifier.Sent},
		{utf8, "a@b.example", "<a@b.example>", notifier.Sent},
	} {
		before := len(c.relay.met("RCPT"))
		o, err := send(t, channel(t, c.relay.url()), recipient(c.address))
		if err != nil || o.Status != c.status || o.Suppress != (c.status == notifier.Bounced) {
			t.Errorf("%q: %+v, %v", c.address, o, err)
		}
		rcpts := c.relay.met("RCPT")[before:]
		switch {
		case c.rcpt == "" && len(rcpts) > 0, c.rcpt != "" && (len(rcpts) != 1 || rcpts[0] != "RCPT TO:"+c.rcpt):
			t.Errorf("%q: said %q, want %q", c.address, rcpts, c.rcpt)
		}
		mails := c.relay.met("MAIL")
		if c.rcpt != "" {
			ascii := strings.Trim(c.rcpt, "éê") == c.rcpt && !strings.ContainsAny(c.rcpt, "éèê")
			if said := mails[len(mails)-1]; !strings.HasPrefix(said, "MAIL FROM:<notes@crieur.example>") || strings.Contains(said, "SMTPUTF8") == ascii {
				t.Errorf("%q: said %q", c.address, said)
			}
		}
	}
}

// TestNobodyIsNamed: whatever a relay says of somebody, neither outcome nor
// error repeats it.
func TestNobodyIsNamed(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{
		"550 5.1.1 <Jean.Dupont@Transitaire.example>: unknown", "550 5.1.1 jean.dupont: unknown", "450 4.2.1 JEAN.DUPONT is away",
		`550 "jean dupont"@transitaire.example`, "421 4.3.2 no more for jean.dupont@transitaire.example",
		"550 5.1.1 " + strings.Repeat("é", 300),
	} {
		for _, at := range []string{"MAIL", "RCPT", "."} {
			f := newFake(t)
			f.say(func(line string) string {
				if strings.HasPrefix(line, at) {
					return reply
				}
				return usual
			})
			o, err := send(t, channel(t, f.url()), recipient("jean.dupont@transitaire.example"))
			said := o.Code + " " + o.Reply
			if err != nil {
				said = err.Error()
			}
			if lower := strings.ToLower(said); strings.Contains(lower, "dupont") || strings.Contains(lower, "@") || len(o.Reply) > 200 || strings.Contains(said, "\ufffd") {
				t.Errorf("%q at %s: %q", reply, at, said)
			}
		}
	}
}
