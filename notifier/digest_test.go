package notifier

import (
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestDigest: who wants something once a day is told of it the next morning,
// once, in one message, and of the rest at once.
func TestDigest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	add := func(address string, s Subscriber) string {
		s.Channel, s.Address = "mail", address
		s, err := h.Subscribers.Add(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	once := add("once@transitaire.example", Subscriber{})
	notices := add("notices@transitaire.example", Subscriber{Daily: []Want{WantNotices}})
	all := add("all@transitaire.example", Subscriber{Daily: []Want{WantNotices, WantAlerts}})
	alerts := add("alerts@transitaire.example", Subscriber{Wants: []Want{WantAlerts}, Daily: []Want{WantAlerts}})
	add("other@transitaire.example", Subscriber{Services: []string{"trigo"}, Daily: []Want{WantNotices, WantAlerts}})
	h.clock.set(start) // 9h00: the digest of that day is over
	h.run()
	h.settle()
	published := h.append("n", h.published())
	h.settle()
	if got := h.channel.got(published); len(got) != 1 || got[once] != 1 {
		t.Errorf("the notice is told at once to %v", got)
	}
	started := h.started("n")
	h.settle()
	ended := h.ended("n")
	h.settle()
	for _, e := range []notice.Event{started, ended} {
		if got := h.channel.got(e); len(got) != 2 || got[once] != 1 || got[notices] != 1 {
			t.Errorf("%s told at once to %v", e.Act.Type(), got)
		}
	}
	digest := func() (told []telling) {
		for _, m := range h.channel.all() {
			if m.Digest != nil {
				told = append(told, m)
			}
		}
		return told
	}
	morning := time.Date(2023, 8, 9, digestHour, 0, 0, 0, notice.Legal)
	h.clock.set(morning.Add(-time.Second))
	if err := h.PlanDigests(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.settle()
	if got := digest(); len(got) != 0 {
		t.Errorf("before its time: %v", got)
	}
	h.clock.set(morning)
	for range 2 { // planning it again changes nothing
		h.digests.Clear()
		if err := h.PlanDigests(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settle()
	}
	items := map[string][]notice.Type{}
	for _, m := range digest() {
		if items[m.ID] != nil {
			t.Errorf("%.6s got two", m.ID)
		}
		for _, i := range m.Items {
			items[m.ID] = append(items[m.ID], m.Digest.Tales[i].Event.Act.Type())
		}
	}
	for id, want := range map[string][]notice.Type{
		notices: {notice.TypePublished}, all: {notice.TypePublished, notice.TypeStarted, notice.TypeEnded}, alerts: {notice.TypeStarted, notice.TypeEnded},
	} {
		if !slices.Equal(items[id], want) {
			t.Errorf("%.6s was told %v, want %v", id, items[id], want)
		}
	}
	if len(items) != 3 {
		t.Errorf("a digest for %d", len(items))
	}
	before := len(h.channel.all())
	h.clock.set(morning.Add(24 * time.Hour))
	if err := h.PlanDigests(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.settle()
	if n := len(h.channel.all()) - before; n != 0 {
		t.Errorf("%d digests of a day without anything", n)
	}
}

// TestDigestAway: a house that was away for some days tells all of them in the
// next digest, and nothing twice.
func TestDigestAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.Subscribers.Add(t.Context(), Subscriber{Channel: "mail", Address: "a@transitaire.example", Daily: []Want{WantNotices, WantAlerts}}); err != nil {
		t.Fatal(err)
	}
	told := func() (items int) {
		for _, m := range h.channel.all() {
			items += len(m.Items)
		}
		return items
	}
	plan := func(at time.Time) {
		h.clock.set(at)
		if err := h.PlanDigests(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settle()
	}
	plan(start.Add(-48 * time.Hour))
	h.clock.set(start)
	h.alert("n")
	h.started("n")
	h.run()
	plan(start.Add(4 * 24 * time.Hour))
	if told() != 2 {
		t.Errorf("%d of 2 events are told after four days", told())
	}
	h.clock.set(start.Add(4*24*time.Hour + time.Hour))
	h.ended("n")
	plan(start.Add(5 * 24 * time.Hour))
	if told() != 3 {
		t.Errorf("%d events are told, want the third one once", told())
	}
}

// TestDigestDue: every day at 8h00 legal time, also when clocks change.
func TestDigestDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, due string }{
		{"2023-08-08T07:59:59+02:00", "2023-08-07T08:00:00+02:00"},
		{"2023-08-08T08:00:00+02:00", "2023-08-08T08:00:00+02:00"},
		{"2023-03-26T08:00:00+02:00", "2023-03-26T08:00:00+02:00"},
		{"2023-03-26T07:59:59+02:00", "2023-03-25T08:00:00+01:00"},
		{"2023-10-29T23:59:59Z", "2023-10-29T08:00:00+01:00"},
		{"2024-01-01T00:00:00Z", "2023-12-31T08:00:00+01:00"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := digestDue(now).Format(time.RFC3339); got != c.due {
			t.Errorf("at %s the last one was due at %s, want %s", c.now, got, c.due)
		}
	}
}
