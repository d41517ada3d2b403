package publisher

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// submitted is the example, waiting for a signature.
func (h *house) submitted() string {
	h.t.Helper()
	const id = "n1"
	h.draft(id)
	h.must(h.SubmitWith(h.t.Context(), h.order(drafter, id), "avant 17h"))
	return id
}

// TestShown: a signature holds for what was shown, whatever has changed since.
func TestShown(t *testing.T) {
	t.Parallel()
	same := func(*house) {}
	for name, c := range map[string]struct {
		change func(*house)
		err    error
	}{
		"nothing":  {same, nil},
		"the time": {func(h *house) { h.clock.set("2023-08-01T16:55") }, nil},
		"the letter": {func(h *house) {
			h.Letter = func(d templates.Document, _ notice.Act) ([]byte, error) { return fmt.Append(nil, "other", d), nil }
		}, ErrUnlike},
		"the words": {func(h *house) { h.Words = otherWords{} }, ErrUnlike},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			id := h.submitted()
			pr, err := h.Proof(h.dossier(id), h.Now())
			if err != nil || pr.Hash == "" || len(pr.Letter) == 0 {
				t.Fatalf("%q: %v", pr.Hash, err)
			}
			if len(h.dossier(id).Numbers.list()) > 0 {
				t.Error("a look takes a number")
			}
			c.change(h)
			_, err = h.Approve(t.Context(), h.seen(signer, id), SignOff{Shown: pr.Hash})
			if !errors.Is(err, c.err) || err == nil && h.dossier(id).State.Number == 0 {
				t.Errorf("%v, want %v", err, c.err)
			}
		})
	}
}

// otherWords say something else.
type otherWords struct{}

func (otherWords) Version() string { return "other" }

func (otherWords) LetterOf(act notice.Act) (templates.Document, error) {
	return templates.Document{Title: "other words", Subject: string(act.Type())}, nil
}

// newWords say the same in another version.
type newWords struct{ Words }

func (newWords) Version() string { return "new" }

// TestOutdated: what was signed for later leaves as it was signed, or goes back.
func TestOutdated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		words func(Words) Words
		want  Status
	}{
		"the same words":          {func(w Words) Words { return w }, StatusPublished},
		"a version with the same": {func(w Words) Words { return newWords{w} }, StatusPublished},
		"other words":             {func(Words) Words { return otherWords{} }, StatusReturned},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			id := h.submitted()
			h.must(h.Approve(t.Context(), h.seen(signer, id), SignOff{At: legal("2023-08-02T08:00")}))
			h.Words = c.words(h.Words)
			h.settle() // at once, when a desk begins with them
			if err := h.relapse(t.Context()); err != nil {
				t.Fatal(err)
			}
			d := h.dossier(id)
			if early := StatusApproved; c.want == StatusPublished && d.Status != early || c.want != StatusPublished && d.Status != c.want {
				t.Errorf("%s before its moment", d.Status)
			}
			h.clock.set("2023-08-02T08:00")
			h.tick()
			if d = h.dossier(id); d.Status != c.want || (d.State.Number > 0) != (c.want == StatusPublished) {
				t.Errorf("%s, %d events", d.Status, d.State.Number)
			}
			if c.want == StatusReturned && !strings.Contains(d.Reason, "have it signed again") {
				t.Errorf("it is not said why: %q", d.Reason)
			}
		})
	}
}

// TestOutdatedAtItsMoment: a desk that did not look before does then.
func TestOutdatedAtItsMoment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.submitted()
	h.must(h.Approve(t.Context(), h.seen(signer, id), SignOff{At: legal("2023-08-02T08:00")}))
	h.Words = otherWords{}
	h.clock.set("2023-08-02T08:00")
	h.tick()
	d := h.dossier(id)
	if d.Status != StatusReturned || d.State.Number != 0 || d.Entries[len(d.Entries)-1].Type != Lapsed {
		t.Errorf("%s, %d events", d.Status, d.State.Number)
	}
	h.tick() // nothing is owed any more
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.submitted()
	d := h.dossier(id)
	if e := d.Entries[1]; e.Type != Submitted || e.Reason != "avant 17h" || d.Reason != "" {
		t.Errorf("%s %q %q", e.Type, e.Reason, d.Reason)
	}
	for _, c := range []struct {
		reason  string
		remarks []Remark
	}{
		{" ", nil},
		{"", []Remark{{"/cause", " \n"}}},
		{strings.Repeat("x", longestRemark+1), nil},
		{"", []Remark{{"/cause", strings.Repeat("x", longestRemark+1)}}},
		{"", slicesOf(mostRemarks+1, Remark{"", "x"})},
	} {
		if _, err := h.ReturnWith(t.Context(), h.order(signer, id), c.reason, c.remarks); !errors.Is(err, notice.ErrInvalid) {
			t.Errorf("%.20q with %d remarks: %v", c.reason, len(c.remarks), err)
		}
	}
	o := h.order(signer, id)
	for range 2 { // the same command twice
		d = h.must(h.ReturnWith(t.Context(), o, "", []Remark{{"/cause", " à préciser "}, {"", ""}, {"", "bien"}}))
	}
	if got := d.Remarks(); len(got) != 2 || got[0] != (Remark{"/cause", "à préciser"}) || got[1] != (Remark{"", "bien"}) {
		t.Errorf("remarks %v", got)
	}
	if len(d.Entries) != 3 {
		t.Errorf("%d entries", len(d.Entries))
	}
	if d = h.must(h.Submit(t.Context(), h.order(drafter, id))); len(d.Remarks()) > 0 {
		t.Error("remarks outlive the next submission")
	}
}

func slicesOf[T any](n int, one T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = one
	}
	return all
}

// TestLookAt: what somebody saw before the present text, however often he looks
// at that.
func TestLookAt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	look := func(who string, edition int) int {
		t.Helper()
		l, err := h.LookAt(t.Context(), who, Dossier{ID: "n1", Edition: edition})
		if err != nil {
			t.Fatal(err)
		}
		return l.Edition
	}
	for i, c := range []struct{ edition, want int }{{2, 0}, {2, 0}, {5, 2}, {5, 2}, {5, 2}, {8, 5}, {8, 5}} {
		if got := look("s1", c.edition); got != c.want {
			t.Errorf("look %d at %d: before it %d, want %d", i, c.edition, got, c.want)
		}
	}
	if got := look("s2", 8); got != 0 {
		t.Errorf("another's look: %d", got)
	}
}

// TestProofAt: a text as it was, whatever has been published since.
func TestProofAt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.submitted()
	d := h.must(h.Approve(t.Context(), h.seen(signer, id), SignOff{}))
	pr, err := h.ProofAt(d, 1)
	if err != nil || pr.Act.Type() != notice.TypePublished {
		t.Fatalf("%v: %v", pr.Act, err)
	}
	if _, err := h.Bound(d.Signed); err != nil {
		t.Error(err)
	}
	for _, n := range []int{0, 2, 9} {
		if _, err := h.ProofAt(d, n); !errors.Is(err, notice.ErrNotFound) {
			t.Errorf("entry %d: %v", n, err)
		}
	}
	if _, err := h.Bound(d.Entries[0]); !errors.Is(err, notice.ErrNotFound) {
		t.Error(err)
	}
}
