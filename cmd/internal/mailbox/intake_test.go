package mailbox

import (
	"context"
	"errors"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// An inbox is what an intake has handled.
type inbox struct {
	mu  sync.Mutex
	all []Envelope // guarded by mu
	err error      // what Handle answers; guarded by mu
}

func (b *inbox) handle(_ context.Context, e Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.all = append(b.all, e)
	}
	return b.err
}

func listen(t *testing.T, in *Intake) string {
	t.Helper()
	in.Knows = func(to string) error {
		if !strings.HasPrefix(to, "notes+") {
			return ErrNobody
		}
		return nil
	}
	addr, err := in.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return addr.String()
}

// code is the reply's that an error holds; 0 for none.
func code(err error) int {
	var r *textproto.Error
	if errors.As(err, &r) {
		return r.Code
	}
	return 0
}

func TestIntake(t *testing.T) {
	t.Parallel()
	var b inbox
	addr := listen(t, &Intake{Handle: b.handle, Max: 100_000})
	deliver := func(to, text string) error {
		return smtp.SendMail(addr, nil, "", strings.Fields(to), []byte(text))
	}
	if err := deliver("notes+a@b.example notes+c@b.example", letter("Report", "It failed.")); err != nil {
		t.Fatal(err)
	}
	if len(b.all) != 2 || b.all[0].To != "notes+a@b.example" || b.all[1].To != "notes+c@b.example" || b.all[0].From != "" ||
		string(b.all[0].Data) != letter("Report", "It failed.") {
		t.Errorf("handled %q", b.all)
	}
	if err := deliver("bureau@b.example", letter("Report", "x")); code(err) != 550 {
		t.Errorf("to nobody: %v", err)
	}
	if err := deliver("notes+a@b.example", letter("Big", strings.Repeat("0123456789\r\n", 10_000))); code(err) != 552 {
		t.Errorf("too large: %v", err)
	}
	b.mu.Lock()
	b.err = errors.New("the ledger does not answer")
	b.mu.Unlock()
	if err := deliver("notes+a@b.example", letter("Report", "x")); code(err) != 451 || strings.Contains(err.Error(), "ledger") {
		t.Errorf("not now: %v", err)
	}
	if len(b.all) != 2 {
		t.Errorf("%d mails were handled", len(b.all))
	}
}

// TestIntakeCloses: closing cuts whoever is connected.
func TestIntakeCloses(t *testing.T) {
	t.Parallel()
	var b inbox
	in := &Intake{Handle: b.handle}
	client, err := smtp.Dial(listen(t, in))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := client.Noop(); err == nil {
		t.Error("the connection is still there")
	}
}
