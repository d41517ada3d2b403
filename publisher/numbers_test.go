package publisher

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

func TestNumbersNeverTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const desks, each = 8, 5
	var all sync.WaitGroup
	for i := range desks {
		desk := newDesk(t, h.Store, h.clock)
		all.Go(func() {
			for k := range each {
				desk.publish(fmt.Sprintf("n-%d-%d", i, k))
			}
		})
	}
	all.Wait()
	h.settle()
	var refs, ids []string
	for _, s := range h.States() {
		refs, ids = append(refs, s.Notice.Reference), append(ids, s.Notice.OutageID)
	}
	slices.Sort(refs)
	slices.Sort(ids)
	for i := range desks * each {
		if want := fmt.Sprintf("23%06d", i+1); i >= len(refs) || refs[i] != want {
			t.Fatalf("references %v: want %s at %d", refs, want, i)
		}
		if want := fmt.Sprintf("INT-2023-%06d", i+1); ids[i] != want {
			t.Fatalf("outage ids %v: want %s at %d", ids, want, i)
		}
	}
	if v := h.Voids(); len(v) > 0 {
		t.Errorf("void: %v", v)
	}
}

// TestNumberLeftByACrash stops between the allocation and the approval.
func TestNumberLeftByACrash(t *testing.T) {
	t.Parallel()
	stop := func(t *testing.T) *house {
		h := newHouse(t)
		h.draft("n")
		h.submit("n")
		d := h.dossier("n")
		n, _ := h.readDraft(d)
		got, err := h.number(t.Context(), d, n)
		if err != nil || got != (Numbers{"23000001", "INT-2023-000001"}) {
			t.Fatalf("%v, %v", got, err)
		}
		return h
	}
	t.Run("the next attempt uses it", func(t *testing.T) {
		t.Parallel()
		h := stop(t)
		h.tick()
		h.approve("n", time.Time{})
		if s := h.dossier("n").State; s.Notice.Reference != "23000001" {
			t.Errorf("reference %s", s.Notice.Reference)
		}
		h.clock.set("2023-08-01T10:30")
		h.tick()
		if v := h.Voids(); len(v) > 0 {
			t.Errorf("void: %v", v)
		}
	})
	t.Run("nobody comes back", func(t *testing.T) {
		t.Parallel()
		h := stop(t)
		h.clock.set("2023-08-01T10:02")
		h.tick()
		want := []Void{{"23000001", "n"}, {"INT-2023-000001", "n"}}
		if v := h.Voids(); !slices.Equal(v, want) {
			t.Errorf("void: %v, want %v", v, want)
		}
		h.clock.set("2023-08-01T10:04")
		h.tick()
		h.approve("n", time.Time{})
		d := h.dossier("n")
		if d.State.Notice.Reference != "23000002" || d.State.Notice.OutageID != "INT-2023-000002" {
			t.Errorf("numbers %s, %s: a void number came back", d.State.Notice.Reference, d.State.Notice.OutageID)
		}
		if entries(d) != "drafted submitted voided voided approved" {
			t.Error(entries(d))
		}
	})
	t.Run("the approval is slow", func(t *testing.T) {
		t.Parallel()
		h := stop(t)
		o := h.seen(signer, "n")
		slow := newDesk(t, h.Store, h.clock)
		var once sync.Once
		slow.Letter = func(templates.Document, notice.Act) ([]byte, error) {
			once.Do(func() { // the number is declared void meanwhile
				h.clock.set("2023-08-01T10:02")
				h.tick()
			})
			return []byte("letter"), nil
		}
		d := h.must(slow.Approve(t.Context(), o, SignOff{}))
		if d.State.Notice.Reference != "23000002" {
			t.Errorf("reference %s: it had been declared void", d.State.Notice.Reference)
		}
	})
}

func TestVoidWhenWithdrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	h.approve("n", legal("2023-08-02T08:00"))
	if v := h.Voids(); len(v) > 0 {
		t.Fatalf("void: %v", v)
	}
	h.must(h.Withdraw(t.Context(), h.order(drafter, "n"), "sans objet"))
	if v := h.Voids(); len(v) != 2 {
		t.Errorf("void: %v", v)
	}
	if s := h.publish("m"); s.Notice.Reference != "23000002" {
		t.Errorf("reference %s", s.Notice.Reference)
	}
}

func TestNumbersThatEditorsGive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if s := h.publish("a", `reference: "23000002"`); s.Notice.Reference != "23000002" {
		t.Errorf("reference %s", s.Notice.Reference)
	}
	if s := h.publish("b"); s.Notice.Reference != "23000001" {
		t.Errorf("reference %s", s.Notice.Reference)
	}
	if s := h.publish("c"); s.Notice.Reference != "23000003" {
		t.Errorf("reference %s, want the one after what an editor gave", s.Notice.Reference)
	}
	for _, taken := range []string{"23000001", "23000002", "23000003"} {
		id := "again-" + taken
		h.draft(id, `reference: "`+taken+`"`)
		h.submit(id)
		_, err := h.Approve(t.Context(), h.seen(signer, id), SignOff{})
		wantErr(t, "reference "+taken+" a second time", err, notice.ErrConflict)
	}
	h.publish("ahead", `reference: "23000090"`)
	h.draft("ahead-too", `reference: "23000090"`)
	h.submit("ahead-too")
	_, err := h.Approve(t.Context(), h.seen(signer, "ahead-too"), SignOff{})
	wantErr(t, "a reference to come a second time", err, notice.ErrConflict)
	h.publish("old", `reference: "20000171"`)
	h.publish("odd", `reference: "A-12/2023"`)
}

func TestInformationIsNoOutage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.publish("n", "kind: information", "effect:", "messages:", "fallback:", "reinjection:")
	if s.Notice.OutageID != "" || s.Notice.Reference != "23000001" {
		t.Errorf("reference %q, outage %q", s.Notice.Reference, s.Notice.OutageID)
	}
}

// TestCounterIsChecked has another desk take a number while this one is about
// to.
func TestCounterIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var numbers []string
	asked := 0
	err := h.count(t.Context(), "comint1.2023.reference", func(c *counter) error {
		if asked++; asked == 1 {
			n, err := h.take(t.Context(), newDossier("other"), references("comint1", 2023))
			if err != nil {
				return err
			}
			numbers = append(numbers, n)
		}
		numbers = append(numbers, c.next(references("comint1", 2023)))
		return nil
	})
	if err != nil || fmt.Sprint(numbers) != "[23000001 23000001 23000002]" {
		t.Errorf("%v, %v: want the second try to see what the other desk took", numbers, err)
	}
}

// TestSignedNumberIsNotVoid: a minute later the approval is found.
func TestSignedNumberIsNotVoid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	h.approve("n", legal("2023-08-02T08:00"))
	open := func() int {
		var c counter
		if err := h.count(t.Context(), "comint1.2023.reference", func(now *counter) error { c = *now; return errSettled }); err != nil {
			t.Fatal(err)
		}
		return len(c.Open)
	}
	if open() != 1 {
		t.Fatalf("%d numbers open", open())
	}
	h.clock.set("2023-08-01T10:02")
	h.tick()
	if v := h.Voids(); len(v) > 0 || open() != 0 {
		t.Errorf("void: %v; open: %d", v, open())
	}
}
