package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

const asker = "declarant@transitaire.example"

// wanted is what somebody asks for.
func wanted(services ...string) Subscriber {
	return Subscriber{Channel: "mail", Address: asker, Services: services, Wants: []Want{WantNotices, WantAlerts}}
}

// asks are the asks that the world has got, in order.
func (h *house) asked() []Ask {
	var all []Ask
	for _, m := range h.channel.all() {
		if m.Ask != nil {
			all = append(all, *m.Ask)
		}
	}
	return all
}

func (h *house) ask(why Purpose, sub Subscriber) {
	h.t.Helper()
	if err := h.Ask(h.t.Context(), why, sub); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) confirm(a Ask) Ask {
	h.t.Helper()
	got, err := h.Subscribers.Confirm(h.t.Context(), a.Subscriber.ID, a.ID, h.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

func (h *house) number() uint64 {
	h.t.Helper()
	n, err := h.Subscribers.Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestAsk: who asks is told nothing but the ask until it is confirmed; then
// everything.
func TestAsk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	h.ask(ToSubscribe, wanted("ecs", "delta-t"))
	h.settle()
	asked := h.asked()
	if len(asked) != 1 || asked[0].Known || asked[0].Subscriber.Address != asker || asked[0].Purpose != ToSubscribe {
		t.Fatalf("asked %+v", asked)
	}
	before := h.append("n1", h.published())
	h.settle()
	if got := h.channel.got(before); len(got) != 0 || h.number() != 0 {
		t.Errorf("before it is confirmed %v are told, %d are subscribed", got, h.number())
	}
	h.clock.set(start.Add(AskLife - time.Second))
	if a := h.confirm(asked[0]); !a.Done || a.Subscriber.Address != "" {
		t.Errorf("confirmed it is %+v", a)
	}
	after := h.append("n2", h.published())
	h.settle()
	h.once([]string{asked[0].Subscriber.ID}, after)
	if a := h.confirm(asked[0]); !a.Done || h.number() != 1 {
		t.Errorf("confirmed again it is %+v, %d are subscribed", a, h.number())
	}
	sub, err := h.Subscribers.Get(t.Context(), asked[0].Subscriber.ID)
	if err != nil || !sub.Since.Equal(start.Add(AskLife-time.Second)) || !slices.Equal(sub.Services, []string{"ecs", "delta-t"}) {
		t.Errorf("subscribed is %+v, %v", sub, err)
	}
	for span, want := range map[string]time.Duration{planSpan: askPlanned, whole.String(): askKept} {
		records, err := h.Store.Ledger.Read(t.Context(), pageKey("mail", asked[0].ID, span))
		if err != nil || len(records) == 0 || slices.ContainsFunc(records, func(r stream.Record) bool { return r.TTL != want }) {
			t.Errorf("the ledger has of %s: %+v, %v", span, records, err)
		}
	}
	counts := h.counts(notice.Event{ID: asked[0].ID, Act: notice.Published{}})
	if counts[Sent] != 1 {
		t.Errorf("the ledger has the ask as %v", counts)
	}
}

// TestAskOver: an ask is over after two days, to the instant, and is erased.
func TestAskOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	h.ask(ToSubscribe, wanted())
	h.settle()
	a := h.asked()[0]
	key := pendingPrefix + a.Subscriber.ID
	h.clock.set(start.Add(AskLife - time.Second))
	if err := h.Subscribers.erase(t.Context(), h.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Subscribers.Asked(t.Context(), a.Subscriber.ID, a.ID, h.Now()); err != nil {
		t.Errorf("a second before: %v", err)
	}
	h.clock.set(start.Add(AskLife))
	if _, err := h.Subscribers.Confirm(t.Context(), a.Subscriber.ID, a.ID, h.Now()); !errors.Is(err, stream.ErrNotFound) || h.number() != 0 {
		t.Errorf("two days later: %v, %d are subscribed", err, h.number())
	}
	if err := h.Subscribers.erase(t.Context(), h.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Store.Subscribers.Get(t.Context(), key); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := h.Subscribers.Asked(t.Context(), a.Subscriber.ID, "other", h.Now()); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("an ask that never was: %v", err)
	}
}

// TestAskOfASubscriber: nothing is changed before it is confirmed; then what
// was asked for is, and what is not the public's to ask stays.
func TestAskOfASubscriber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	old := Subscriber{Channel: "mail", Address: asker, Services: []string{"ecs"}, Wants: []Want{WantStaff}, Bureau: "comint1",
		Environments: []string{"test"}, Since: start.AddDate(-1, 0, 0), Lang: "en", Secret: "s"}
	old, err := h.Subscribers.Add(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Subscribers.Bounced(t.Context(), old.ID, "550 5.1.1", true, start); err != nil {
		t.Fatal(err)
	}
	was, _ := h.Subscribers.Get(t.Context(), old.ID)
	h.ask(ToSubscribe, wanted("gamma"))
	h.settle()
	asked := h.asked()
	if len(asked) != 1 || !asked[0].Known {
		t.Fatalf("asked %+v: an address that is suppressed is asked, or nobody could confirm it", asked)
	}
	if now, _ := h.Subscribers.Get(t.Context(), old.ID); encoded(t, now) != encoded(t, was) {
		t.Errorf("unconfirmed it is %+v", now)
	}
	h.confirm(asked[0])
	now, err := h.Subscribers.Get(t.Context(), old.ID)
	want := old
	want.Services, want.Lang, want.Wants = []string{"gamma"}, "", []Want{WantNotices, WantAlerts, WantStaff}
	if err != nil || encoded(t, now) != encoded(t, want) {
		t.Errorf("confirmed it is\n%s, want\n%s, %v", encoded(t, now), encoded(t, want), err)
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAskedTwice: a button pressed twice makes one mail, and takes one of the
// day's; another wish, or the same a minute later, is another question.
func TestAskedTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	for i, c := range []struct {
		after    time.Duration
		services []string
		want     int
	}{{0, []string{"ecs"}, 1}, {0, []string{"ecs"}, 1}, {askTwice - time.Second, []string{"ecs"}, 1}, {askTwice - time.Second, []string{"gamma"}, 2}, {askTwice, []string{"ecs"}, 3}} {
		h.clock.set(start.Add(c.after))
		h.ask(ToSubscribe, wanted(c.services...))
		h.settle()
		if n := len(h.asked()); n != c.want {
			t.Errorf("request %d: asked %d times, want %d", i+1, n, c.want)
		}
	}
}

// TestAsksADay: an address is asked three times within a day, whoever asks for
// it, also by another process; each ask can be confirmed.
func TestAsksADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	for i := range AsksPerDay + 2 {
		h.clock.set(start.Add(time.Duration(i) * time.Hour))
		h.ask(ToSubscribe, wanted("ecs"))
		h.settle()
	}
	if n := len(h.asked()); n != AsksPerDay {
		t.Fatalf("asked %d times", n)
	}
	h.clock.set(start.Add(24*time.Hour - time.Second))
	h.other(h.channel).ask(ToSubscribe, wanted("ecs"))
	h.settle()
	if n := len(h.asked()); n != AsksPerDay {
		t.Errorf("a second too early: asked %d times", n)
	}
	h.clock.set(start.Add(24 * time.Hour))
	h.ask(ToSubscribe, wanted("gamma"))
	h.settle()
	asked := h.asked()
	if len(asked) != AsksPerDay+1 {
		t.Fatalf("a day later: asked %d times", len(asked))
	}
	for _, a := range asked {
		h.confirm(a)
	}
	if sub, _ := h.Subscribers.Get(t.Context(), asked[0].Subscriber.ID); !slices.Equal(sub.Services, []string{"gamma"}) {
		t.Errorf("the last word is %v", sub.Services)
	}
	h.ask(ToSubscribe, wanted()) // confirming does not wipe the count
	h.settle()
	if n := len(h.asked()); n != AsksPerDay+1 {
		t.Errorf("after confirming: asked %d times", n)
	}
}

// TestPace: a house asks so many times within any hour, and is free again when
// the first minute is an hour ago.
func TestPace(t *testing.T) {
	t.Parallel()
	s := subscribers(t)
	value := encoded(t, pace{{start, AsksPerHour - 2}})
	if _, err := s.Keys.Create(t.Context(), paceKey, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
	for i, test := range []struct {
		after time.Duration
		busy  bool
	}{{30 * time.Second, false}, {10 * time.Minute, false}, {20 * time.Minute, true}, {time.Hour + 59*time.Second, true}, {time.Hour + time.Minute, false}} {
		err := s.spend(t.Context(), start.Add(test.after))
		if errors.Is(err, ErrBusy) != test.busy || !test.busy && err != nil {
			t.Errorf("%d, after %s: %v", i, test.after, err)
		}
	}
	if n, err := s.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("the count of asks is a subscriber: %d, %v", n, err)
	}
	if err := s.erase(t.Context(), start); err != nil {
		t.Error(err)
	}
}

// TestBusy: a house that has asked enough asks nobody.
func TestBusy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	if _, err := h.Store.Subscribers.Create(t.Context(), paceKey, []byte(encoded(t, pace{{start, AsksPerHour - 1}})), 0); err != nil {
		t.Fatal(err)
	}
	h.ask(ToSubscribe, wanted())
	if err := h.Ask(t.Context(), ToSubscribe, Subscriber{Channel: "mail", Address: "b@transitaire.example"}); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	h.settle()
	if n := len(h.asked()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestAskDeferred: an ask that is put off is told again, while it matters; then
// it is dropped, and nobody need act.
func TestAskDeferred(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	later := func(context.Context, telling) (Outcome, error) { return Outcome{Status: Deferred, Code: "450"}, nil }
	h.channel.play(script{send: later})
	h.ask(ToSubscribe, wanted())
	h.settle()
	h.channel.play(script{})
	h.clock.set(start.Add(2 * time.Minute))
	h.settle()
	if asked := h.asked(); len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
	h.channel.play(script{send: later})
	h.ask(ToSubscribe, Subscriber{Channel: "mail", Address: "b@transitaire.example"})
	h.settle()
	h.channel.play(script{})
	h.clock.set(start.Add(AskLife + time.Hour))
	h.settle()
	if asked, dead := h.asked(), h.deadJobs(); len(asked) != 1 || dead != 0 {
		t.Errorf("asked %v, %d dead", asked, dead)
	}
	if next, err := h.Next(t.Context()); !next.IsZero() || err != nil {
		t.Errorf("somebody waits until %s, %v", next, err)
	}
}

func (h *house) deadJobs() int {
	h.t.Helper()
	dead, err := h.DeadJobs(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return len(dead)
}

// TestAskGoesFirst: an ask does not wait for a long job.
func TestAskGoesFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(80)
	h.Teams[0].Workers = 1
	h.channel.play(script{send: slowly(30 * time.Millisecond)}) // 0.6 s in all
	h.run()
	bulk := h.append("n1", h.published())
	h.until("the notice is under way", func() bool { return len(h.channel.got(bulk)) > 0 })
	h.ask(ToSubscribe, wanted())
	h.settle()
	h.once(ids, bulk)
	all := h.channel.all()
	if i := slices.IndexFunc(all, func(m telling) bool { return m.Ask != nil }); i < 0 || i == len(all)-1 {
		t.Errorf("the ask is message %d of %d", i, len(all))
	}
}

// TestLeaving: who leaves is told once, hears nothing more, and can come back
// for a week, as they were.
func TestLeaving(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	was, err := h.Subscribers.Add(t.Context(), Subscriber{Channel: "mail", Address: asker, Services: []string{"ecs", "delta-t"}, Since: start.AddDate(-1, 0, 0), Zone: "Indian/Reunion"})
	if err != nil {
		t.Fatal(err)
	}
	h.ask(ToSubscribe, wanted()) // open when it leaves
	h.settle()
	for range 2 {
		if err := h.Leave(t.Context(), was.ID); err != nil {
			t.Fatal(err)
		}
		h.settle()
	}
	asked := h.asked()
	if len(asked) != 2 || asked[1].Purpose != ToReturn || asked[1].Known || h.number() != 0 {
		t.Fatalf("asked %+v, %d are subscribed", asked, h.number())
	}
	if _, err := h.Subscribers.Confirm(t.Context(), was.ID, asked[0].ID, h.Now()); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("what was asked before can be confirmed: %v", err)
	}
	e := h.append("n1", h.published())
	h.settle()
	if len(h.channel.got(e)) != 0 {
		t.Error("it is told all the same")
	}
	h.clock.set(start.Add(ReturnLife - time.Second))
	h.confirm(asked[1])
	if now, err := h.Subscribers.Get(t.Context(), was.ID); err != nil || encoded(t, now) != encoded(t, was) {
		t.Errorf("back it is %+v, %v", now, err)
	}
	if err := h.Leave(t.Context(), was.ID); err != nil {
		t.Fatal(err)
	}
	h.settle()
	last := h.asked()[2]
	h.clock.set(start.Add(2 * ReturnLife))
	if _, err := h.Subscribers.Confirm(t.Context(), was.ID, last.ID, h.Now()); !errors.Is(err, stream.ErrNotFound) || h.number() != 0 {
		t.Errorf("after a week: %v", err)
	}
	if err := h.Leave(t.Context(), h.Subscribers.IDOf("nobody@transitaire.example")); err != nil {
		t.Errorf("nobody leaves: %v", err)
	}
}

// TestLeavingDead: who is suppressed is not written to, and nothing is kept;
// erasing keeps nothing either.
func TestLeavingDead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	for _, leave := range []func(context.Context, string) error{h.Leave, h.Subscribers.Remove} {
		sub, err := h.Subscribers.Add(t.Context(), wanted())
		if err != nil {
			t.Fatal(err)
		}
		h.ask(ToRetry, wanted())
		h.settle()
		if err := h.Subscribers.Bounced(t.Context(), sub.ID, "550 5.1.1", true, start); err != nil {
			t.Fatal(err)
		}
		before := len(h.asked())
		if err := leave(t.Context(), sub.ID); err != nil {
			t.Fatal(err)
		}
		h.settle()
		if keys, err := h.Store.Subscribers.CountOf(t.Context(), "*."+sub.ID); keys != 0 || err != nil || len(h.asked()) != before {
			t.Errorf("%d keys are left, %v; asked %v", keys, err, h.asked()[before:])
		}
	}
}
