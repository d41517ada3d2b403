package notifier

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func wish(address string, more func(*Wish)) Wish {
	w := Wish{Subscriber: Subscriber{Channel: "mail", Address: address}}
	if more != nil {
		more(&w)
	}
	return w
}

// TestTake goes through what a list may find.
func TestTake(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, terms := t.Context(), Terms{Consent: "liste de 2023", At: start}
	take := func(terms Terms, w Wish) Change {
		t.Helper()
		c := h.Subscribers.Take(ctx, []Wish{w}, terms)[0]
		if c.Err != nil {
			t.Fatal(c.Err)
		}
		return c
	}
	get := func(address string) Subscriber {
		t.Helper()
		s, err := h.Subscribers.Get(ctx, h.Subscribers.IDOf(address))
		if err != nil {
			t.Fatal(err)
		}
		if !s.Since.Equal(start) {
			t.Errorf("since %v", s.Since)
		}
		s.Since = time.Time{}
		return s
	}
	const who = "abonne@transitaire.example"
	full := wish(who, func(w *Wish) { w.Services, w.Lang = []string{"delta-t", "delta-g"}, "en" })
	dry := terms
	if dry.Dry = true; take(dry, full) != (Change{Changed: true}) {
		t.Error("a dry run does not say that it would add")
	}
	if n, _ := h.Subscribers.Count(ctx); n != 0 {
		t.Error("a dry run wrote")
	}
	if got := take(terms, full); got != (Change{Changed: true}) {
		t.Errorf("new: %+v", got)
	}
	want := Subscriber{ID: h.Subscribers.IDOf(who), Channel: "mail", Address: who, Lang: "en", Services: []string{"delta-t", "delta-g"}, Consent: "liste de 2023"}
	if got := get(who); !reflect.DeepEqual(got, want) {
		t.Errorf("stored %+v", got)
	}
	turned := wish(" Abonne@Transitaire.example ", func(w *Wish) { w.Services, w.Lang = []string{"delta-g", "delta-t"}, "en" })
	if got := take(terms, turned); got != (Change{Known: true}) {
		t.Errorf("again, in another order: %+v", got)
	}
	narrow := wish(who, func(w *Wish) { w.Modes, w.Unsaid = []string{"edi"}, []Part{PartLang, PartServices} })
	if got := take(Terms{At: start.Add(time.Hour)}, narrow); got != (Change{Known: true, Changed: true}) {
		t.Errorf("a list without some columns: %+v", got)
	}
	if want.Modes = []string{"edi"}; !reflect.DeepEqual(get(who), want) {
		t.Errorf("what the list does not say has changed: %+v", get(who))
	}
	if got := take(terms, wish(who, nil)); !got.Changed || get(who).Services != nil || get(who).Lang != "" {
		t.Errorf("empty cells: %+v, %+v", got, get(who))
	}
}

// TestTakeKeeps: neither a bureau nor a dead address is changed by a list.
func TestTakeKeeps(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	const who = "bureau@transitaire.example"
	s, err := h.Subscribers.Add(ctx, Subscriber{Channel: "mail", Address: who, Bureau: "comint1", Wants: []Want{WantStaff}, Environments: []string{"test"}})
	if err != nil {
		t.Fatal(err)
	}
	dead := Suppression{At: start, Code: "550 5.1.1"}
	if err := h.Subscribers.Bounced(ctx, s.ID, dead.Code, true, dead.At); err != nil {
		t.Fatal(err)
	}
	w := wish(who, func(w *Wish) { w.Wants = []Want{WantAlerts} })
	if got := h.Subscribers.Take(ctx, []Wish{w}, Terms{At: start})[0]; got != (Change{Known: true, Changed: true, Suppressed: true}) {
		t.Errorf("%+v", got)
	}
	got, err := h.Subscribers.Get(ctx, s.ID)
	if err != nil || got.Bureau != "comint1" || !same(got.Wants, []Want{WantStaff, WantAlerts}) || !got.Suppressed.At.Equal(dead.At) || got.Suppressed.Code != dead.Code || !same(got.Environments, []string{"test"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got := h.Subscribers.Take(ctx, []Wish{w}, Terms{At: start, Lift: true})[0]; got != (Change{Known: true, Changed: true}) {
		t.Errorf("lifted by a list: %+v", got)
	}
	_ = h.Subscribers.Bounced(ctx, s.ID, dead.Code, true, dead.At) // Lift finds it or not
	if err := h.Subscribers.Lift(ctx, s.ID); err != nil {
		t.Error(err)
	}
	if got, _ := h.Subscribers.Get(ctx, s.ID); got.Suppressed != (Suppression{}) {
		t.Errorf("lifted: %+v", got)
	}
	if err := h.Subscribers.Lift(ctx, "00"); !errors.Is(err, notice.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

// TestTakeOverRestart restarts the broker while a list is being written, which
// holds somebody twice; the list again changes nothing.
func TestTakeOverRestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	var list []Wish
	for i := range 2000 {
		list = append(list, wish(fmt.Sprintf("abonne-%d@transitaire.example", i), nil))
	}
	list = append(list, wish("ABONNE-7@transitaire.example", func(w *Wish) { w.Lang = "en" }))
	done := make(chan []Change)
	go func() { done <- h.Subscribers.Take(ctx, list, Terms{At: start}) }()
	h.until("some are written", func() bool {
		n, err := h.Subscribers.Count(ctx)
		return err == nil && n > 200
	})
	if err := h.server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	added := 0
	for i, c := range <-done {
		if c.Err != nil {
			t.Fatalf("line %d: %v", i, c.Err)
		}
		if !c.Known {
			added++
		}
	}
	if n, err := h.Subscribers.Count(ctx); err != nil || n != 2000 || added != 2000 {
		t.Errorf("%d subscribers, %d said to be added, %v", n, added, err)
	}
	if s, err := h.Subscribers.Get(ctx, h.Subscribers.IDOf("abonne-7@transitaire.example")); err != nil || s.Lang != "en" {
		t.Errorf("who stands there twice: %+v, %v", s, err)
	}
	again := list[:7:7]
	for i, c := range h.Subscribers.Take(ctx, append(again, list[8:2001]...), Terms{At: start}) {
		if c != (Change{Known: true}) && i != 1999 {
			t.Fatalf("again, line %d: %+v", i, c)
		}
	}
}
