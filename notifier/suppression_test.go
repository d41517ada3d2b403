package notifier

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// TestBounced: three events in a row that came back put an address to rest, one
// message that is taken begins anew, a dead address stays so, and policy counts
// for nothing.
func TestBounced(t *testing.T) {
	t.Parallel()
	s := subscribers(t)
	soft, dead, policy, taken := "452 4.2.2", "550 5.1.1", "550 5.7.1", ""
	month := start.AddDate(0, 0, 40)
	for i, test := range []struct {
		codes []string
		at    time.Time // looked at
		on    bool
		good  bool // for good
		count int
	}{
		{codes: []string{soft, soft}, at: start.Add(time.Hour), count: 2},
		{codes: []string{soft, soft, soft}, at: start.Add(time.Hour), on: true, count: 3},
		{codes: []string{soft, soft, soft}, at: start.Add(softRest - time.Minute), on: true, count: 3},
		{codes: []string{soft, soft, soft}, at: month, count: 3},
		{codes: []string{soft, soft, taken, soft, soft}, at: start.Add(time.Hour), count: 2},
		{codes: []string{soft, policy, soft, policy, policy}, at: start.Add(time.Hour), count: 2},
		{codes: []string{dead}, at: month.AddDate(9, 0, 0), on: true, good: true},
		{codes: []string{dead, soft, soft, soft}, at: month, on: true, good: true},
		{codes: []string{soft, soft, soft, dead}, at: month, on: true, good: true, count: 3},
		{codes: []string{policy}, at: start},
	} {
		sub, err := s.Add(t.Context(), Subscriber{Channel: "mail", Address: fmt.Sprintf("a%d@b.example", i)})
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range test.codes {
			if code == taken {
				err = s.accepted(t.Context(), sub.ID, start)
			} else {
				err = s.bounced(t.Context(), sub.ID, Suppression{At: start, Code: code}, code == dead || code == policy, false)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Get(t.Context(), sub.ID)
		if err != nil || got.Suppressed.On(test.at) != test.on || got.Bounces.Count != test.count || test.good != (test.on && got.Suppressed.Until.IsZero()) {
			t.Errorf("%q: suppressed %+v, bounces %+v, %v", test.codes, got.Suppressed, got.Bounces, err)
		}
	}
	if err := s.Bounced(t.Context(), s.IDOf("nobody@b.example"), dead, true, start); err != nil {
		t.Error(err)
	}
	if n, _ := s.Count(t.Context()); n != 10 {
		t.Errorf("%d subscribers: a bounce has made one", n)
	}
}

// TestBouncedLate: where a relay takes everything and reports afterwards, a
// message that is taken does not end a row before its own report may have come.
func TestBouncedLate(t *testing.T) {
	t.Parallel()
	s := subscribers(t)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	for i, test := range []struct {
		what  string // in order: t is taken, b came back later, by the day
		days  []int
		count int
	}{
		{"tbtbtb", []int{0, 0, 1, 1, 2, 2}, 3},
		{"tbtbtb", []int{0, 0, 7, 8, 14, 15}, 3},
		{"tbtttb", []int{0, 0, 1, 2, 3, 4}, 2}, // the report may be that of any of them
		{"tbttb", []int{0, 0, 7, 14, 14}, 1},   // a week without a report
		{"tbttt", []int{0, 0, 1, 5, 5}, 1},     // not five days yet
		{"tbtttb", []int{0, 0, 1, 5, 6, 6}, 1},
		{"tbtb", []int{0, 0, 40, 40}, 2},
	} {
		sub, err := s.Add(t.Context(), Subscriber{Channel: "mail", Address: fmt.Sprintf("a%d@b.example", i)})
		if err != nil {
			t.Fatal(err)
		}
		for j, what := range test.what {
			if what == 'b' {
				err = s.Bounced(t.Context(), sub.ID, "552 5.2.2", false, day(test.days[j]))
			} else {
				err = s.accepted(t.Context(), sub.ID, day(test.days[j]))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Get(t.Context(), sub.ID)
		if err != nil || got.Bounces.Count != test.count || got.Suppressed.On(day(20)) != (test.count == 3) {
			t.Errorf("%s on %v: %+v, suppressed %+v, %v", test.what, test.days, got.Bounces, got.Suppressed, err)
		}
	}
}

// TestBouncesInARow: three notices to a full mailbox put it to rest; where one
// gets through, the next ones are counted anew. A message that is taken after
// another was writes nothing.
func TestBouncesInARow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.subscribe(1)[0]
	h.run()
	full := func(context.Context, telling) (Outcome, error) {
		return Outcome{Status: Bounced, Code: "552 5.2.2"}, nil
	}
	said := 0
	say := func(send func(context.Context, telling) (Outcome, error)) map[Status]int {
		h.channel.play(script{send: send})
		said++
		e := h.append(fmt.Sprint("n", said), h.published())
		h.settle()
		return h.counts(e)
	}
	revision := func() uint64 {
		_, revision, err := h.Subscribers.get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	say(full)
	say(full)
	if counts := say(nil); counts[Sent] != 1 {
		t.Fatalf("after two it is %v", counts)
	}
	before := revision()
	say(nil)
	if revision() != before {
		t.Error("a message that is taken writes to the subscriber")
	}
	for range softBounces {
		if counts := say(full); counts[Bounced] != 1 {
			t.Fatalf("it is %v", counts)
		}
	}
	if counts := say(nil); counts[Suppressed] != 1 {
		t.Errorf("after three in a row it is %v", counts)
	}
	h.clock.set(start.Add(softRest))
	if counts := say(nil); counts[Sent] != 1 {
		t.Errorf("after its rest it is %v", counts)
	}
	if s, err := h.Subscribers.Get(t.Context(), id); err != nil || s.Bounces != (Row{}) {
		t.Errorf("bounces %+v, %v", s.Bounces, err)
	}
}
