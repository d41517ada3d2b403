package notifier

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// TestPlannedTwice: an event planned again, a job that comes twice and one that
// comes long after tell nobody anything.
func TestPlannedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.alert("n1")
	h.run()
	e := h.started("n1")
	h.settle()
	h.subscribe(25) // five more than the event was planned for
	for i := range 3 {
		if err := h.planInto(t.Context(), "mail", e, 1+7*i); err != nil {
			t.Fatal(err)
		}
		p, err := h.planOf(t.Context(), pageKey("mail", e.ID, planSpan))
		if err != nil || p.count != 1 {
			t.Fatalf("the plan is %+v, %v", p, err)
		}
		if err := h.push(t.Context(), p, whole.String(), fmt.Sprint("twin ", i)); err != nil {
			t.Fatal(err)
		}
	}
	h.settle()
	h.once(ids, e)
}

// TestManySpans: an event cut into many jobs reaches everybody once, with its
// end, whose own plan is another.
func TestManySpans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(60)
	h.alert("n1")
	h.settleBy(h.other(h.channel))
	began := h.started("n1")
	if err := h.planInto(t.Context(), "mail", began, 7); err != nil {
		t.Fatal(err)
	}
	h.channel.play(script{send: slowly(5 * time.Millisecond)})
	h.run()
	h.until("some are told", func() bool { return len(h.channel.got(began)) > 5 })
	h.clock.set(start.Add(time.Hour))
	ended := h.ended("n1")
	if err := h.planInto(t.Context(), "mail", ended, 3); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.inOrder(ids, began, ended)
}

// newer puts an event on the record that only a later version understands.
func (h *house) newer(id string) stream.Record {
	h.t.Helper()
	e := h.append(id, notice.Progressed{Text: "en cours"})
	data, err := json.Marshal(e)
	if err != nil {
		h.t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), ".progressed.", ".foreseen.")
	last, err := h.Store.Notices.Last(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	newID := stream.ID(e.Time, "newer")
	entry := stream.Entry{Key: id, ID: newID, Type: "foreseen", Data: []byte(strings.ReplaceAll(text, e.ID, newID))}
	seq, err := h.Store.Notices.Append(h.t.Context(), entry, last)
	if err != nil {
		h.t.Fatal(err)
	}
	return stream.Record{Entry: entry, Seq: seq}
}

// TestNewerVersion: an event that is not understood is given up loudly by each
// planner, and stops neither other notices nor a stop.
func TestNewerVersion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.alert("n1")
	h.run()
	h.settle()
	r := h.newer("n1")
	other := h.alert("n2")
	h.settle()
	h.once(ids, other)
	dead := h.dead(2)
	if len(dead) != 2 {
		t.Fatalf("dead: %+v", dead)
	}
	for i, channel := range []string{letterChannel, "mail"} {
		d := dead[i]
		if d.Channel != channel || d.Event != r.ID || d.Span != planSpan || d.Key != pageKey(channel, r.ID, planSpan) || !strings.Contains(d.Reason, "foreseen") {
			t.Errorf("dead: %+v", d)
		}
		if h.journal.has("level=ERROR", "given up", "channel="+channel, fmt.Sprint("seq=", r.Seq)) != 1 {
			t.Errorf("nothing loud was said of it on %s", channel)
		}
		if err := h.Revive(t.Context(), d.Key); !errors.Is(err, ErrPermanent) {
			t.Errorf("reviving what is still not understood: %v", err)
		}
	}
	if dead := h.dead(2); len(dead) != 2 {
		t.Errorf("after that, dead: %+v", dead)
	}
}

// TestUnderstoodAtLast: what was not understood is planned when it is revived
// by a version that understands it.
func TestUnderstoodAtLast(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.alert("n1")
	e := h.started("n1")
	records, err := h.Store.Notices.Read(t.Context(), "n1")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // given up twice, it lies there once
		if err := h.orBury(t.Context(), "mail", records[1], fmt.Errorf("%w: not understood", ErrPermanent)); err != nil {
			t.Fatal(err)
		}
	}
	dead, err := h.DeadJobs(t.Context())
	if err != nil || len(dead) != 1 {
		t.Fatalf("dead: %+v, %v", dead, err)
	}
	if err := h.Revive(t.Context(), dead[0].Key); err != nil {
		t.Fatal(err)
	}
	h.run()
	h.settle()
	h.once(ids, e)
	if err := h.Revive(t.Context(), dead[0].Key); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("reviving it again: %v", err)
	}
	if err := h.Revive(t.Context(), pageKey("mail", e.ID, whole.String())); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("reviving what is not dead: %v", err)
	}
}

// TestLetterThatWasNotApproved: nothing leaves, and a person must act; run with
// the right words, everybody is told.
func TestLetterThatWasNotApproved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.clock.set(start.Add(-24 * time.Hour))
	wrong := h.other(h.channel)
	wrong.Letters = &Letters{Compose: compose, Draw: func(templates.Document, Tale) ([]byte, error) { return []byte("%PDF of another"), nil }}
	stop := wrong.run()
	e := h.append("n1", h.published())
	dead := wrong.dead(1)
	stop()
	if got := h.channel.got(e); len(got) != 0 {
		t.Errorf("told %d", len(got))
	}
	if _, err := h.Store.Letters.Get(t.Context(), letterName(e)); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("a letter is stored: %v", err)
	}
	if len(dead) != 1 || dead[0].Channel != letterChannel || !strings.Contains(dead[0].Reason, "not the one that was approved") ||
		h.journal.has("level=ERROR", "given up") != 1 || h.journal.has("will retry") != 0 {
		t.Errorf("dead: %+v", dead)
	}
	h.run()
	h.revive(dead[0], ids, e)
}

// TestFirstLetterWins: seals differ each time they are made; whichever letter
// was stored first goes with every mail.
func TestFirstLetterWins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	first := []byte("%PDF sealed by a process that died then")
	h.clock.set(start.Add(-24 * time.Hour))
	h.Letters.Seal = func(_ context.Context, doc templates.Document, _ Tale) ([]byte, error) {
		return []byte("%PDF sealed of " + doc.Subject + rand.Text()), nil
	}
	h.run()
	plain := h.append("n1", h.published())
	h.settle()
	h.once(ids, plain)
	e := notice.Event{Notice: "n2", Version: 1}
	if err := h.Store.Letters.Put(t.Context(), letterName(e), first); err != nil {
		t.Fatal(err)
	}
	e = h.append("n2", h.published())
	h.settle()
	h.once(ids, e)
	for _, m := range h.channel.all() {
		if m.Tale.Event.ID == e.ID && string(m.Letter) != string(first) {
			t.Errorf("%s with the letter %q", m, m.Letter)
		}
		if m.Tale.Event.ID == plain.ID && (len(m.Letter) < 40 || string(m.Letter) != string(h.channel.all()[0].Letter)) {
			t.Errorf("%s with the letter %q", m, m.Letter)
		}
	}
	b, err := open(t.Context(), h.Store.Ledger, pageKey(letterChannel, e.ID, letterSpan), h.Now)
	if err != nil || b.page.stored != hash(first) {
		t.Errorf("the ledger says that %s was stored, %v", b.page.stored, err)
	}
}

// TestFailures: what fails by itself is tried five times, then given up; a
// revival forgives that.
func TestFailures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	e := h.started("n1")
	b, err := open(t.Context(), h.Store.Ledger, pageKey("mail", e.ID, whole.String()), h.Now)
	for range maxFailures - 1 { // the pauses between them would make 30 s
		if err == nil {
			err = b.write(t.Context(), lineFailed, line{At: h.Now(), Reason: "no words today"})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var tries atomic.Int32
	h.channel.play(script{compose: func(Tale) error {
		tries.Add(1)
		return errors.New("no words today")
	}})
	h.run()
	dead := h.dead(1)
	if len(dead) != 1 || !strings.Contains(dead[0].Reason, "no words today") || tries.Load() != 1 {
		t.Fatalf("after %d more tries dead: %+v", tries.Load(), dead)
	}
	h.channel.play(script{})
	h.revive(dead[0], ids, e)
}
