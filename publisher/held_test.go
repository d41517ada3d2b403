package publisher

import (
	"errors"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

var over = notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}

// running is a house with the example's notice running since 9h00, at 14h30.
func running(t testing.TB) *house {
	t.Helper()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T09:00")
	h.tick()
	h.clock.set("2023-08-08T14:30")
	return h
}

func (h *house) hold(who Account, id string, act notice.Act) (Dossier, error) {
	return h.Hold(h.t.Context(), h.order(who, id), act, Holding{})
}

func (h *house) retract(who Account, held Entry) error {
	_, err := h.Retract(h.t.Context(), h.order(who, "n"), held.ID)
	return err
}

// last is the last event on the public record of n.
func (h *house) last() notice.Event {
	s := h.dossier("n").State
	return s.Events[len(s.Events)-1]
}

func TestHeld(t *testing.T) {
	t.Parallel()
	h := running(t)
	d := h.must(h.hold(duty, "n", over))
	held, ok := d.Waiting()
	if !ok || !held.Leaves.Equal(legal("2023-08-08T14:30:10")) || types(d.State) != "published started" {
		t.Fatalf("held %v until %s; %s", ok, held.Leaves, types(d.State))
	}
	h.clock.set("2023-08-08T14:30:09")
	if next := h.tick(); !next.Equal(held.Leaves) || types(h.dossier("n").State) != "published started" {
		t.Errorf("the clock waits for %s; %s", next, types(h.dossier("n").State))
	}
	h.clock.set("2023-08-08T14:30:10")
	h.tick()
	e := h.last()
	if end, ok := e.Act.(notice.Ended); !ok || !end.At.Equal(legal("2023-08-08T14:30")) || !e.Time.Equal(held.Leaves) || e.By != notice.DutyOfficer {
		t.Errorf("%s by %s at %s: %+v", e.Act.Type(), e.By, e.Time, e.Act)
	}
	wantErr(t, "taken back too late", h.retract(duty, held), notice.ErrConflict)
	if d := h.dossier("n"); d.Broken > 0 || entries(d) != "drafted submitted approved held left" {
		t.Errorf("%s, broken at %d", entries(d), d.Broken)
	}
	if next := h.tick(); !next.IsZero() {
		t.Errorf("the clock still waits for %s", next)
	}
}

func TestHeldIsRetracted(t *testing.T) {
	t.Parallel()
	h := running(t)
	held, _ := h.must(h.hold(duty, "n", over)).Waiting()
	o := h.order(signer, "n")
	for range 2 { // a double click
		if _, err := h.Retract(t.Context(), o, held.ID); err != nil {
			t.Fatal(err)
		}
	}
	wantErr(t, "taken back by another, again", h.retract(duty, held), notice.ErrConflict)
	h.clock.set("2023-08-08T14:31")
	h.tick()
	if d := h.dossier("n"); types(d.State) != "published started" || entries(d) != "drafted submitted approved held retracted" {
		t.Errorf("%s; %s", types(d.State), entries(d))
	}
	h.must(h.hold(duty, "n", over)) // and now for good
	h.clock.set("2023-08-08T14:32")
	h.tick()
	if got := h.last().Act.Type(); got != notice.TypeEnded {
		t.Errorf("the last word is %s", got)
	}
}

// TestHeldRefusals tries what is not held, by whom, and on what it rests.
func TestHeldRefusals(t *testing.T) {
	t.Parallel()
	h := running(t)
	ctx := t.Context()
	try := func(what string, who Account, act notice.Act, seen int, want error) {
		t.Helper()
		_, err := h.Hold(ctx, h.order(who, "n"), act, Holding{Seen: seen})
		wantErr(t, what, err, want)
	}
	try("an end by a drafter", drafter, over, 0, notice.ErrForbidden)
	try("an end from another bureau", elsewhere, over, 0, notice.ErrForbidden)
	try("a start", duty, notice.Started{}, 0, notice.ErrForbidden)
	try("a change", duty, notice.Changed{Reason: "x"}, 0, notice.ErrInvalid)
	try("an end without a word on the fallback", duty, notice.Ended{}, 0, notice.ErrInvalid)
	try("a return of what has not ended", duty, notice.Resumed{}, 0, notice.ErrConflict)
	if d := h.dossier("n"); entries(d) != "drafted submitted approved" {
		t.Errorf("refused, and yet written: %s", entries(d))
	}
	seen := h.dossier("n").State.Number - 1 // before the start, of which the clock told
	held, _ := h.must(h.Hold(ctx, h.order(duty, "n"), notice.Progressed{Text: "en cours"}, Holding{Seen: seen})).Waiting()
	try("a second act while one is held", signer, over, 0, notice.ErrConflict)
	wantErr(t, "taken back from another bureau", h.retract(elsewhere, held), notice.ErrForbidden)
	wantErr(t, "taken back by an administrator", h.retract(Account{ID: "a1", Roles: []notice.Role{notice.Administrator}}, held), notice.ErrForbidden)
	wantErr(t, "another taken back", h.retract(duty, Entry{ID: "x"}), notice.ErrConflict)
	h.clock.set("2023-08-08T14:31")
	h.tick()
	try("an end that rests on an old page", duty, over, seen, notice.ErrConflict)
	try("an end that rests on the last word", duty, over, h.dossier("n").State.Number, nil)
}

// TestHeldOnce has the same command come twice, also as an act that leaves at
// once.
func TestHeldOnce(t *testing.T) {
	t.Parallel()
	h := running(t)
	ctx, o := t.Context(), h.order(duty, "n")
	first := h.must(h.Hold(ctx, o, over, Holding{}))
	h.clock.set("2023-08-08T14:30:05")
	again := h.must(h.Hold(ctx, o, over, Holding{}))
	if first.Held.ID != again.Held.ID || !again.Held.Leaves.Equal(first.Held.Leaves) {
		t.Errorf("held twice: %s until %s", again.Held.ID, again.Held.Leaves)
	}
	_, err := h.Act(ctx, o, over)
	wantErr(t, "the same command at once", err, notice.ErrConflict)
	h.clock.set("2023-08-08T14:31")
	h.tick()
	h.must(h.Hold(ctx, o, over, Holding{}))
	h.tick()
	if d := h.dossier("n"); types(d.State) != "published started ended" {
		t.Errorf("%s; %s", types(d.State), entries(d))
	}
}

// TestHeldMissed has another end the alert meanwhile.
func TestHeldMissed(t *testing.T) {
	t.Parallel()
	h := running(t)
	h.must(h.hold(duty, "n", notice.Extended{Until: notice.At(legal("2023-08-08T18:00"))}))
	if _, err := h.act(signer, "n", over); err != nil {
		t.Fatal(err)
	}
	h.clock.set("2023-08-08T14:31")
	next := h.tick()
	d := h.dossier("n")
	if types(d.State) != "published started ended" || d.Settled.Type != Missed || d.Settled.Reason == "" {
		t.Errorf("%s; %s: %s", types(d.State), entries(d), d.Settled.Reason)
	}
	if !next.IsZero() {
		t.Errorf("the clock still waits for %s", next)
	}
	h.must(h.hold(duty, "n", notice.Resumed{})) // what was missed holds nobody up
}

// TestHeldOverACrash has the desk die between holding and leaving, and between
// leaving and telling; another one completes it.
func TestHeldOverACrash(t *testing.T) {
	t.Parallel()
	h := running(t)
	held, _ := h.must(h.hold(duty, "n", over)).Waiting()
	h.clock.set("2023-08-08T14:45")
	if _, err := h.settleHeld("n", Left); err != nil { // and then it died
		t.Fatal(err)
	}
	wantErr(t, "taken back", h.retract(duty, held), notice.ErrConflict)
	other := newDesk(t, h.Store, h.clock)
	other.tick()
	e := h.last()
	if e.Act.Type() != notice.TypeEnded || e.Command != held.Command || !e.Time.Equal(legal("2023-08-08T14:45")) || !e.Act.(notice.Ended).At.Equal(legal("2023-08-08T14:30")) {
		t.Errorf("%s at %s: %+v", e.Act.Type(), e.Time, e.Act)
	}

	h.must(h.hold(duty, "n", notice.Resumed{Reason: "trop tôt"}))
	h.clock.set("2023-08-08T15:00")
	newDesk(t, h.Store, h.clock).tick()
	if got := types(h.dossier("n").State); got != "published started ended resumed" {
		t.Errorf("after a restart: %s", got)
	}
}

func (h *house) settleHeld(id string, as EntryType) (Dossier, error) {
	return h.conclude(h.t.Context(), h.dossier(id), Entry{Type: as}, func(d Dossier) bool { return d.Settled.Type == "" })
}

// TestHeldRace lets two desks' clocks and two people meet at the tenth second:
// either it has left, once, or it was taken back, and whoever asked was told.
func TestHeldRace(t *testing.T) {
	t.Parallel()
	h := running(t)
	other := newDesk(t, h.Store, h.clock)
	at := legal("2023-08-08T14:31")
	for range 8 {
		held, _ := h.must(h.hold(duty, "n", notice.Progressed{Text: "en cours"})).Waiting()
		before := h.dossier("n").State.Number
		at = at.Add(time.Minute)
		h.clock.set(at.In(notice.Legal).Format("2006-01-02T15:04"))
		h.settleWith(other)
		var all sync.WaitGroup
		taken := make([]error, 2)
		for i, who := range []Account{duty, signer} {
			o := h.order(who, "n")
			all.Go(func() { _, taken[i] = h.Retract(t.Context(), o, held.ID) })
		}
		for _, desk := range []*house{h, other} {
			all.Go(func() {
				if _, err := desk.Tick(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		h.tick()
		d := h.dossier("n")
		told := d.State.Number - before
		switch {
		case d.Settled.Type == Left && told == 1 && errors.Is(taken[0], notice.ErrConflict) && errors.Is(taken[1], notice.ErrConflict):
		case d.Settled.Type == Retracted && told == 0 && (taken[0] == nil) != (taken[1] == nil):
		default:
			t.Fatalf("%s, told %d times; taken back: %v, %v; %s", d.Settled.Type, told, taken[0], taken[1], entries(d))
		}
	}
}

func (h *house) settleWith(other *house) {
	for _, desk := range []*house{h, other} {
		if err := desk.Publisher.Settle(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestForesee(t *testing.T) {
	t.Parallel()
	h := running(t)
	d := h.dossier("n")
	after, e, err := h.Foresee(d, duty, notice.Recovered{Modes: []string{"EDI"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	if err != nil || e.Act.Type() != notice.TypeRecovered || after.Number != d.State.Number+1 || after.Phase(h.clock.Now()) != notice.Running {
		t.Errorf("%v: %+v, number %d", err, e, after.Number)
	}
	_, _, err = h.Foresee(d, drafter, over)
	wantErr(t, "an end seen by a drafter", err, notice.ErrForbidden)
	if now := h.dossier("n"); len(now.Entries) != len(d.Entries) || now.State.Number != d.State.Number {
		t.Error("looking has changed something")
	}
}
