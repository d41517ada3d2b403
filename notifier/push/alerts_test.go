package push

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// seedKeys is how many alerts the seed makes: seven services, three modes.
const seedKeys = 7 * 3

func TestAlertsOfTheSeed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	h.append(start.AddDate(0, 0, -7), "n1", h.seed())
	h.settle()

	keys := h.keys()
	if len(keys) != seedKeys || !slices.Contains(keys, "production.delta-x-import.dti-plus") {
		t.Fatalf("ALERTS holds %d keys: %v", len(keys), keys)
	}
	a, _ := h.alert("production.delta-g.edi")
	for _, c := range []struct {
		name     string
		at       time.Time
		effect   notice.Effect
		fallback bool
	}{
		{"before", start.Add(-time.Second), notice.Unaffected, false},
		{"at the start", start, notice.Interrupted, true},
		{"past the planned end", start.Add(9 * time.Hour), notice.Interrupted, true},
	} {
		got := notice.ModeAt(a.Spans, c.at)
		if got.Effect != c.effect || (got.Fallback != nil) != c.fallback {
			t.Errorf("%s: %s, fallback %v", c.name, got.Effect, got.Fallback)
		}
	}

	h.append(start, "n1", notice.Started{Occurrence: 1, Planned: notice.At(start)})
	end := start.Add(5*time.Hour + 30*time.Minute)
	seq := h.append(end, "n1", endNow(end))
	h.settle()
	a, _ = h.alert("production.delta-g.edi")
	if got := notice.ModeAt(a.Spans, end); got.Effect != notice.Unaffected || got.Fallback != nil || a.Source != seq {
		t.Errorf("after the end of event %d: %s, fallback %v, source %d", seq, got.Effect, got.Fallback, a.Source)
	}
	if got := notice.ModeAt(a.Spans, end.Add(-time.Minute)); got.Effect != notice.Interrupted {
		t.Errorf("a minute before the end it was %s", got.Effect)
	}
	if got := h.written(); got != 3*seedKeys {
		t.Errorf("%d alerts written for three events, want %d", got, 3*seedKeys)
	}
}

func TestTwoNoticesOnOneService(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	h.append(start.AddDate(0, 0, -7), "n1", h.seed())
	h.append(start.AddDate(0, 0, -6), "n2", h.about("delta-g", "gamma"))
	h.append(start.Add(time.Hour), "n1", endNow(start.Add(time.Hour)))
	h.settle()

	at := start.Add(2 * time.Hour)
	for key, want := range map[string]notice.Effect{
		"production.delta-g.edi": notice.Interrupted, // n2 holds it still
		"production.delta-t.edi": notice.Unaffected,
		"production.gamma.dti":   notice.Interrupted,
	} {
		a, _ := h.alert(key)
		if got := notice.ModeAt(a.Spans, at).Effect; got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
}

// TestLosingSpans: what a notice no longer covers is told as well.
func TestLosingSpans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	before := start.AddDate(0, 0, -7)
	later := start.AddDate(0, 0, 7)
	h.append(before, "n1", h.seed())
	for _, step := range []struct {
		act    notice.Act
		start  time.Time // of the only span; zero: none
		reason string
	}{
		{notice.Postponed{Windows: []notice.Window{{Start: notice.At(later)}}}, later, "moved"},
		{notice.Postponed{}, time.Time{}, "put off sine die"},
		{notice.Postponed{Windows: []notice.Window{{Start: notice.At(start)}}}, start, "moved back"},
		{notice.Cancelled{}, time.Time{}, "cancelled"},
		{notice.Reinstated{}, start, "reinstated"},
	} {
		seq := h.append(before, "n1", step.act)
		h.settle()
		a, _ := h.alert("production.ecs.dti-plus")
		var got time.Time
		if len(a.Spans) > 0 {
			got = a.Spans[0].Start.Time
		}
		if len(a.Spans) > 1 || !got.Equal(step.start) || a.Source != seq {
			t.Errorf("%s (event %d): spans %v from %v, source %d", step.reason, seq, len(a.Spans), got, a.Source)
		}
	}

	corrected := h.about("gamma")
	seq := h.append(before, "n1", notice.Corrected{Notice: corrected.Notice, Scope: corrected.Scope})
	h.settle()
	if a, _ := h.alert("production.ecs.dti-plus"); len(a.Spans) != 0 || a.Source != seq {
		t.Errorf("a service that a correction takes out keeps %d spans, source %d", len(a.Spans), a.Source)
	}
}

func TestExercisesAndTestsHaveTheirOwnStage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	drill, test := h.about("delta-g"), h.about("delta-g")
	drill.Notice.Exercise = true
	test.Notice.Environment = notice.EnvTest
	h.append(start, "n1", drill)
	h.append(start, "n2", test)
	h.settle()
	want := []string{
		"exercise.delta-g.dti", "exercise.delta-g.dti-plus", "exercise.delta-g.edi",
		"test.delta-g.dti", "test.delta-g.dti-plus", "test.delta-g.edi",
	}
	if got := h.keys(); !slices.Equal(got, want) {
		t.Errorf("ALERTS holds %v", got)
	}

	// A drill that turns out to be true is taken from the one and given to the other.
	drill.Notice.Exercise = false
	h.append(start, "n1", notice.Corrected{Notice: drill.Notice, Scope: drill.Scope})
	h.settle()
	was, _ := h.alert("exercise.delta-g.edi")
	is, _ := h.alert("production.delta-g.edi")
	if len(was.Spans) != 0 || len(is.Spans) != 1 {
		t.Errorf("exercise holds %d spans, production %d", len(was.Spans), len(is.Spans))
	}
}

// TestTwoWorkers: together they write each alert once, and the last one of
// each key is what all of the record makes of it.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.other()
	h.run(h.alerts().Run)
	other.run(other.alerts().Run)
	ids := []string{"n1", "n2", "n3"}
	want := 0
	for i := range 10 {
		at := start.Add(time.Duration(i) * time.Minute)
		for _, id := range ids {
			var act notice.Act = notice.Progressed{Text: "Les travaux avancent."}
			if i == 0 {
				act = h.about("delta-g", "ecs")
			} else if i == 9 {
				act = endNow(at)
			}
			h.append(at, id, act)
			want += 2 * 3
		}
	}
	h.settle()
	if got := h.written(); got != uint64(want) {
		t.Errorf("%d alerts written, want %d", got, want)
	}
	h.agrees()
}

// agrees checks that each alert is what the record, folded plainly, makes of
// the event that it follows from, and what a process makes of it that has just
// begun.
func (h *house) agrees() {
	h.t.Helper()
	keys := h.keys()
	for _, key := range keys {
		got, _ := h.alert(key)
		states, e := h.record.AsOf(got.Source)
		want := notice.AlertFor(states, got, e.Time)
		if encoded(h.t, got) != encoded(h.t, want) {
			h.t.Errorf("%s after event %d: %s, want %s", key, got.Source, encoded(h.t, got), encoded(h.t, want))
		}
		fresh := past{record: h.record}
		fresh.to(got.Source)
		alerts := fresh.alerts()
		i := slices.IndexFunc(alerts, func(a notice.Alert) bool { return a.Key() == key })
		if i < 0 || encoded(h.t, alerts[i]) != encoded(h.t, want) {
			h.t.Errorf("%s after event %d, read from the start: want %s, got %v", key, got.Source, encoded(h.t, want), alerts)
		}
	}
	if len(keys) == 0 {
		h.t.Error("there are no alerts")
	}
}

func encoded(t testing.TB, a notice.Alert) string {
	t.Helper()
	data, err := notice.AlertMessage(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestKilledWorker: one process holds an event and dies, half of its alerts
// written; another does the rest, and nothing twice.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.append(start, "n1", h.seed())
	h.append(start, "n1", notice.Started{Occurrence: 1, Planned: notice.At(start)})

	dying := h.other()
	half := make(chan struct{})
	stop := dying.run(func(ctx context.Context) error {
		return dying.store.Notices.Work(ctx, worker, func(ctx context.Context, r stream.Record) error {
			if err := dying.record.Wait(ctx, r.Seq); err != nil {
				return err
			}
			p := past{record: dying.record}
			p.to(r.Seq)
			for _, a := range p.alerts()[:seedKeys/2] {
				if err := dying.alerts().write(ctx, a); err != nil {
					return err
				}
			}
			close(half)
			<-ctx.Done() // it never comes back
			return ctx.Err()
		})
	})
	<-half
	dying.store.Close()
	h.run(h.alerts().Run)
	h.settle()
	stop()
	if got := h.written(); got != 2*seedKeys {
		t.Errorf("%d alerts written, want %d", got, 2*seedKeys)
	}
	h.agrees()
}

// TestNeverBack: a worker that was thought dead wakes up and writes what it
// had in hand; the later event's alert stays.
func TestNeverBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.alerts()
	key := notice.Alert{Environment: "production", Service: "ecs", Mode: "edi", Updated: notice.At(start), Spans: []notice.Span{}}
	write := func(source uint64, spans int) {
		t.Helper()
		alert := key
		alert.Source = source
		alert.Spans = slices.Repeat([]notice.Span{{Kind: notice.Incident, Effect: notice.Interrupted}}, spans)
		if err := a.write(t.Context(), alert); err != nil {
			t.Fatal(err)
		}
	}
	write(7, 1)
	write(9, 2)
	write(7, 3)
	write(9, 4) // done twice
	got, _ := h.alert(key.Key())
	if got.Source != 9 || len(got.Spans) != 2 || h.written() != 2 {
		t.Errorf("the last of %d alerts has source %d and %d spans", h.written(), got.Source, len(got.Spans))
	}

	// A later program has written what this one cannot read: it stays as well,
	// until something newer is known. What nobody can read does not stay.
	put := func(id, data string) {
		t.Helper()
		last, err := h.store.Alerts.Latest(t.Context(), key.Key())
		if err == nil {
			_, err = h.store.Alerts.Append(t.Context(), stream.Entry{Key: key.Key(), ID: id, Data: []byte(data)}, last.Seq)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("later", `{"data":{"source":12,"spans":[{"kind":"enchanted"}]}}`)
	write(11, 1)
	if h.written() != 3 {
		t.Error("what a later program wrote was overwritten")
	}
	write(13, 1)
	put("broken", `{"data":`)
	write(14, 1)
	if got, _ := h.alert(key.Key()); got.Source != 14 {
		t.Errorf("source %d stands at the end", got.Source)
	}
}

// TestRaceForOneKey: of many that write one key at once, the latest source
// stands at the end, and the sources on the way only grow.
func TestRaceForOneKey(t *testing.T) {
	t.Parallel()
	const n = 20
	h := newHouse(t)
	var seen atomic.Uint64
	h.run(func(ctx context.Context) error {
		return h.store.Alerts.Follow(ctx, 0, "", func(r stream.Record) error {
			a, err := notice.ReadAlert(r.Data)
			if before := seen.Swap(a.Source); err != nil || a.Source <= before {
				t.Errorf("source %d after %d: %v", a.Source, before, err)
			}
			return nil
		})
	})
	var all sync.WaitGroup
	at := make(chan struct{})
	for source := uint64(n); source > 0; source-- {
		all.Go(func() {
			<-at
			alert := notice.Alert{Environment: "test", Service: "ecs", Mode: "edi", Source: source}
			if err := h.alerts().write(t.Context(), alert); err != nil {
				t.Error(err)
			}
		})
	}
	close(at)
	all.Wait()
	until(t, "the latest is seen", func() bool { return seen.Load() == n })
}

func TestEventNotUnderstoodStopsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	h.append(start, "n1", h.about("ecs"))
	strange := `{"specversion":"1.0","id":"x","type":"fr.gouv.douane.crieur.enchanted.v0","subject":"n1","data":{}}`
	records, err := h.store.Notices.Read(t.Context(), "n1")
	if err != nil {
		t.Fatal(err)
	}
	h.put(stream.Entry{Key: "n1", ID: "x", Type: "enchanted", Data: []byte(strange)}, records)
	h.put(stream.Entry{Key: "n2", ID: "y", Type: "enchanted", Data: []byte("not even JSON")}, nil)
	seq := h.append(start.Add(time.Hour), "n1", endNow(start.Add(time.Hour)))
	h.settle()
	if got, _ := h.alert("production.ecs.edi"); got.Source != seq || h.written() != 2*3 {
		t.Errorf("source %d after event %d, %d alerts written", got.Source, seq, h.written())
	}
}

// TestForgetting: what has been over for a week is no longer carried, unless
// its fallback goes on, and comes back with what befalls its notice afterwards.
func TestForgetting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	h.append(start, "n1", h.about("ecs"))
	h.append(start, "n1", endNow(start))
	h.append(start, "n0", h.about("gamma"))
	h.append(start, "n0", notice.Ended{At: notice.At(start), Fallback: notice.FallbackAfter{Closes: notice.ClosesLater}})
	late := start.Add(notice.AlertMemory + 2*time.Hour)
	h.append(late, "n2", h.about("ecs"))
	h.settle()
	if a, _ := h.alert("production.ecs.edi"); len(a.Spans) != 1 || a.Spans[0].Notice != "n2" {
		t.Errorf("an end of more than a week ago is still there: %d spans", len(a.Spans))
	}
	h.append(late, "n1", notice.Resumed{})
	h.append(late, "n2", endNow(late))
	h.append(late, "n3", h.about("gamma"))
	h.settle()
	if a, _ := h.alert("production.ecs.edi"); notice.ModeAt(a.Spans, late).Effect != notice.Interrupted {
		t.Errorf("the resumed notice does not count: %d spans", len(a.Spans))
	}
	h.agrees()
}

// TestGivenAgain: an event that comes again long after is seen as it was then.
func TestGivenAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.append(start, "n1", h.about("ecs"))
	last := h.append(start.Add(time.Hour), "n1", endNow(start.Add(time.Hour)))
	if err := h.record.Wait(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	p := past{record: h.record}
	for _, seq := range []uint64{first, last, last, first, last} {
		p.to(seq)
		alerts := p.alerts()
		if len(alerts) != 3 || alerts[0].Source != seq || len(alerts[0].Spans) != 1 {
			t.Fatalf("event %d makes %d alerts: %v", seq, len(alerts), alerts)
		}
		if over := !alerts[0].Spans[0].Over.IsZero(); over != (seq == last) {
			t.Errorf("as of event %d of %d, over is %v", seq, last, over)
		}
		fresh := past{record: h.record}
		fresh.to(seq)
		if got := fresh.alerts(); !reflect.DeepEqual(got, alerts) {
			t.Errorf("event %d, read from the start: %d alerts, want %d", seq, len(got), len(alerts))
		}
	}
}
