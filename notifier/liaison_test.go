package notifier

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestLiaison: what is lost is said at once, with the time of the loss, and
// taken back when the record holds all again.
func TestLiaison(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.set(start)
	h.alert("n1")
	r := h.follow()
	l := &Liaison{Record: r, Now: h.clock.now, Every: 5 * time.Millisecond, Log: h.Log}
	if _, lost := l.Lost(); lost || l.Current() {
		t.Error("before anybody has looked, nothing is lost and nothing is known")
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	wait := func(what string, is func() bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for tick := time.Tick(2 * time.Millisecond); !is(); {
			select {
			case <-tick:
			case <-late:
				t.Fatal("not within 20 s: " + what)
			}
		}
	}
	lost := func() bool { _, lost := l.Lost(); return lost }
	wait("it is known", l.Current)
	h.clock.set(start.Add(time.Hour))
	h.server.Stop()
	wait("it is lost", lost)
	h.clock.set(start.Add(2 * time.Hour))
	if since, _ := l.Lost(); since.Before(start) || since.After(start.Add(time.Hour)) {
		t.Errorf("lost since %v", since)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
	if !lost() || !l.Current() {
		t.Error("what is lost stays lost, what was known stays known")
	}
	if h.journal.has("level=WARN", "nothing is heard") != 1 {
		t.Error("it is said once")
	}
}

// TestLiaisonBehind: a connection that stands says nothing of a record that is
// not followed.
func TestLiaisonBehind(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.set(start)
	r := &Record{Store: h.Store, Log: h.Log}
	l := &Liaison{Record: r, Now: h.clock.now, Log: h.Log}
	look := func(want bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		l.look(ctx)
		if _, lost := l.Lost(); lost != want {
			t.Errorf("lost: %v, want %v", lost, want)
		}
	}
	look(false) // there is nothing to hear
	h.clock.set(start.Add(time.Minute))
	h.alert("n1")
	look(false) // a hiccup?
	look(true)
	if since, _ := l.Lost(); !since.Equal(start) {
		t.Errorf("lost since %v, want %v: what came later is not on the record", since, start)
	}
	ctx, stop := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() { followed <- r.Follow(ctx) }()
	h.last(r)
	look(false)
	stop()
	<-followed
	h.clock.set(start.Add(time.Minute))
	l.cut()
	h.clock.set(start.Add(time.Hour))
	l.cut()
	if since, lost := l.Lost(); !lost || !since.Equal(start.Add(time.Minute)) {
		t.Errorf("cut off since %v, want %v", since, start.Add(time.Minute))
	}
}
