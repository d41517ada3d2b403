package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// TestLifeByTheClock is the life of the example: a week's wait, a reminder, a
// start, a planned end that passes, nudges, and an end.
func TestLifeByTheClock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	for _, step := range []struct{ at, events, next string }{
		{"2023-08-07T08:59:59", "published", "2023-08-07T09:00"},
		{"2023-08-07T09:00", "published reminded", "2023-08-08T09:00"},
		{"2023-08-08T08:59:59", "published reminded", "2023-08-08T09:00"},
		{"2023-08-08T09:00", "published reminded started", "2023-08-08T17:00"},
		{"2023-08-08T12:00", "published reminded started", "2023-08-08T17:00"},
		{"2023-08-08T17:00", "published reminded started overdue", "2023-08-08T17:15"},
		{"2023-08-08T17:15", "published reminded started overdue nudged", "2023-08-08T17:30"},
		{"2023-08-08T18:00", "published reminded started overdue nudged nudged", "2023-08-08T19:00"},
	} {
		h.clock.set(step.at)
		next := h.tick()
		if got := types(h.dossier("n").State); got != step.events {
			t.Errorf("%s: %s, want %s", step.at, got, step.events)
		}
		if step.next == "" && !next.IsZero() || step.next != "" && !next.Equal(legal(step.next)) {
			t.Errorf("%s: next %s, want %s", step.at, next, step.next)
		}
	}
	if _, err := h.act(duty, "n", notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}); err != nil {
		t.Fatal(err)
	}
	h.clock.set("2023-08-09T12:00")
	if h.tick(); types(h.dossier("n").State) != "published reminded started overdue nudged nudged ended" {
		t.Error(types(h.dossier("n").State))
	}
}

// TestClockBehind has every desk down over the start and the planned end.
func TestClockBehind(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T20:30")
	h.tick()
	s := h.dossier("n").State
	if types(s) != "published started overdue" {
		t.Fatal(types(s))
	}
	if late := s.Events[1].Act.(notice.Started).LateS; late != int((11*time.Hour + 30*time.Minute).Seconds()) {
		t.Errorf("started %d s late", late)
	}
	if late := s.Events[2].Act.(notice.Overdue).LateS; late != int((3*time.Hour + 30*time.Minute).Seconds()) {
		t.Errorf("overdue %d s late", late)
	}
}

// TestSeveralDesks has four desks whose clocks all show that ten notices
// start: each is told once.
func TestSeveralDesks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	for _, id := range ids[1:] {
		h.publish(id)
	}
	h.draft("a")
	h.submit("a")
	h.approve("a", legal("2023-08-08T09:00")) // published and started at once
	desks := []*house{h, newDesk(t, h.Store, h.clock), newDesk(t, h.Store, h.clock), newDesk(t, h.Store, h.clock)}
	for _, d := range desks {
		d.settle()
	}
	h.clock.set("2023-08-08T09:00")
	var all sync.WaitGroup
	for _, d := range desks {
		all.Go(func() {
			if _, err := d.Tick(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if s := h.dossier(id).State; types(s) != "published started" {
			t.Errorf("%s: %s", id, types(s))
		}
	}
	for _, d := range desks {
		d.settle()
		if got := len(d.States()); got != len(ids) {
			t.Errorf("a desk knows %d notices", got)
		}
	}
}

func TestWrongClock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T09:00")
	h.settle()
	for _, skew := range []time.Duration{3 * time.Second, -3 * time.Second} {
		h.Wall = func() time.Time { return time.Now().Add(skew) }
		_, err := h.Tick(t.Context())
		wantErr(t, "a tick of a wrong clock", err, ErrClock)
		_, err = h.act(duty, "n", notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
		wantErr(t, "an act under a wrong clock", err, ErrClock)
	}
	if d := h.dossier("n"); types(d.State) != "published" || entries(d) != "drafted submitted approved" {
		t.Errorf("%s; %s", types(d.State), entries(d))
	}
	if alarms := h.Health(); len(alarms) != 1 || alarms[0].Name != "clock" {
		t.Errorf("alarms %+v", alarms)
	}
	h.Wall = func() time.Time { return time.Now().Add(time.Second) }
	h.tick()
	if len(h.Health()) != 0 || types(h.dossier("n").State) != "published started" {
		t.Errorf("the clock is right again: %+v, %s", h.Health(), types(h.dossier("n").State))
	}
}

// TestRun lets the loop itself wake: at an approval, and at its moment.
func TestRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.run()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	desk := newDesk(t, h.Store, h.clock)
	go func() { done <- desk.Run(ctx) }()
	start := time.Now().Add(400 * time.Millisecond).Truncate(time.Millisecond)
	day := time.Now().In(notice.Legal)
	h.draft("n", "issued: {date: "+day.Format(time.DateOnly)+"}",
		"windows: [{start: "+day.Add(2*time.Hour).Format(time.RFC3339)+"}]")
	h.submit("n")
	h.approve("n", start)
	for deadline := time.Now().Add(10 * time.Second); h.dossier("n").State.Number == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is published: %s", entries(h.dossier("n")))
		}
	}
	at := h.dossier("n").State.Published
	if at.Before(start) || at.Sub(start) > 3*time.Second {
		t.Errorf("published at %s, %s after its moment", at, at.Sub(start))
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
}

func TestBrokenChain(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(*Entry){
		"a line slipped in":     func(e *Entry) { e.Previous = hash([]byte("another history")) },
		"a line lost":           func(e *Entry) { e.Number++ },
		"another notice's line": func(e *Entry) { e.Notice = "m" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.draft("n")
			h.submit("n")
			d := h.dossier("n")
			if d.Broken != 0 {
				t.Fatalf("broken from %d on", d.Broken)
			}
			e := Entry{ID: stream.NewID(), Notice: "n", Number: 3, Type: Submitted, Account: "r1", Command: "x", Time: h.clock.Now(), Previous: d.last}
			forge(&e)
			data, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Store.Desk.Append(t.Context(), stream.Entry{Key: "n", ID: e.ID, Type: "submitted", Data: data}, d.deskSeq); err != nil {
				t.Fatal(err)
			}
			h.settle()
			alarms := h.Health()
			if len(alarms) != 1 || alarms[0].Name != "chain n" || !strings.Contains(alarms[0].Detail, "entry 3") {
				t.Errorf("alarms %+v", alarms)
			}
			_, err = h.Approve(t.Context(), h.seen(signer, "n"), SignOff{})
			wantErr(t, "a signature under a broken record", err, notice.ErrConflict)
		})
	}
}

// TestChangedLine changes one entry after another of a whole record.
func TestChangedLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	records, err := h.Store.Desk.Read(t.Context(), "n")
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	read := func() Dossier {
		d := newDossier("n")
		for _, r := range records {
			d = d.withEntry(r)
		}
		return d
	}
	if d := read(); d.Broken != 0 {
		t.Fatalf("broken from %d on", d.Broken)
	}
	for i := range records[:2] { // the last one is held by none that follows
		was := records[i].Data
		records[i].Data = []byte(strings.Replace(string(was), `"account":"r1"`, `"account":"s9"`, 1))
		if d := read(); d.Broken != i+2 {
			t.Errorf("entry %d changed: found from %d on", i+1, d.Broken)
		}
		records[i].Data = was
	}
}

// TestTimeDoesNotGoBack has a desk whose clock is a second behind the other's.
func TestTimeDoesNotGoBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T09:00")
	h.tick()
	behind := newDesk(t, h.Store, &testClock{now: legal("2023-08-08T08:59:59")})
	later := notice.Extended{Until: notice.At(legal("2023-08-08T19:00"))}
	if _, err := behind.act(duty, "n", later); err != nil {
		t.Fatal(err)
	}
	d := h.dossier("n")
	started, extended, acted := d.State.Events[1].Time, d.State.Events[2].Time, d.Entries[3].Time
	if extended.Before(started) || acted.Before(started) {
		t.Errorf("started at %s, extended at %s, which was decided at %s", started, extended, acted)
	}
	behind.clock.set("2023-08-08T08:59:58")
	if _, err := behind.act(duty, "n", notice.Progressed{Text: "les équipes sont à l'œuvre"}); err != nil {
		t.Fatal(err)
	}
	if e := h.dossier("n").Entries; e[4].Time.Before(e[3].Time) {
		t.Errorf("entry 5 lies before entry 4: %s, %s", e[4].Time, e[3].Time)
	}
}

// TestStaleDossier commits on what a desk has read, after another has written:
// the clock's start, and the very same command.
func TestStaleDossier(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T09:00")
	stale := h.dossier("n")
	h.tick()
	c := notice.Command{ID: "x", Roles: duty.Roles, Act: notice.Progressed{Text: "les équipes sont à l'œuvre"}}
	for range 2 {
		d, err := h.commit(t.Context(), stale, c)
		if err != nil || types(d.State) != "published started progressed" {
			t.Errorf("%s, %v", types(d.State), err)
		}
	}
}

// TestNextOfSeveral: the clock wakes for whichever comes first.
func TestNextOfSeveral(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("a", "windows: [{start: 2023-08-10T09:00}]")
	h.publish("b", "windows: [{start: 2023-08-09T09:00}]")
	h.publish("c", "windows: [{start: 2023-08-11T09:00}]")
	if next := h.tick(); !next.Equal(legal("2023-08-08T09:00")) {
		t.Errorf("next %s", next)
	}
}

// TestBrokenChainDoesNotHoldTheEndBack: an alarm is no reason to keep the
// public in the dark.
func TestBrokenChainDoesNotHoldTheEndBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	d := h.dossier("n")
	if _, err := h.Store.Desk.Append(t.Context(), stream.Entry{Key: "n", ID: stream.NewID(), Type: "acted", Data: []byte("{")}, d.deskSeq); err != nil {
		t.Fatal(err)
	}
	h.clock.set("2023-08-08T14:30")
	if _, err := h.act(duty, "n", notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}); err != nil {
		t.Fatal(err)
	}
	if got := types(h.dossier("n").State); got != "published ended" {
		t.Error(got)
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T10:00")
	if _, err := h.act(duty, "n", notice.Extended{Until: notice.At(legal("2023-08-08T19:00"))}); err != nil {
		t.Fatal(err)
	}
	h.settle()
	planned := func(states []notice.State) []string {
		var ends []string
		for _, s := range states {
			ends = append(ends, s.Spans[0].PlannedEnd.String())
		}
		return ends
	}
	if got := planned(h.StatesKnown(legal("2023-08-08T09:59"))); !slices.Equal(got, []string{"2023-08-08T17:00:00+02:00"}) {
		t.Errorf("known before: %v", got)
	}
	if got := planned(h.StatesKnown(legal("2023-08-08T10:00"))); !slices.Equal(got, []string{"2023-08-08T19:00:00+02:00"}) {
		t.Errorf("known after: %v", got)
	}
	if got := h.StatesKnown(legal("2023-07-31T10:00")); got != nil {
		t.Errorf("known before all: %v", got)
	}
	for _, name := range []string{"n", "23000001", "INT-2023-000001"} {
		if id, err := h.Find(name); id != "n" || err != nil {
			t.Errorf("Find(%s) = %s, %v", name, id, err)
		}
	}
	_, err := h.Find("23000002")
	wantErr(t, "an unknown reference", err, notice.ErrNotFound)
}
