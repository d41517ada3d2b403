package publisher

import (
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestWorkingCopy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	if _, ok, err := h.WorkingCopy(ctx, "r1", "n"); ok || err != nil {
		t.Fatalf("before anything is typed: %t, %v", ok, err)
	}
	for _, typed := range []string{"8 ao", "8 août 9h"} {
		c := Copy{Form: map[string][]string{"windows/0/start": {typed}}, Seen: 3, Time: h.Now()}
		if err := h.KeepCopy(ctx, "r1", "n", c); err != nil {
			t.Fatal(err)
		}
	}
	c, ok, err := h.WorkingCopy(ctx, "r1", "n")
	if err != nil || !ok || c.Seen != 3 || c.Form["windows/0/start"][0] != "8 août 9h" || !c.Time.Equal(h.Now()) {
		t.Errorf("kept %+v, %t, %v", c, ok, err)
	}
	if _, ok, _ := h.WorkingCopy(ctx, "r2", "n"); ok {
		t.Error("somebody else sees it")
	}
	for range 2 {
		if err := h.DropCopy(ctx, "r1", "n"); err != nil {
			t.Error(err)
		}
	}
	if _, ok, _ := h.WorkingCopy(ctx, "r1", "n"); ok {
		t.Error("it is still there")
	}
	if d := h.dossier("n"); len(d.Entries) > 0 {
		t.Errorf("a working copy is on the record: %s", entries(d))
	}
}

// TestOpen has two people, at two desks, open one notice.
func TestOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := newDesk(t, h.Store, h.clock)
	ctx := t.Context()
	see := func(desk *house, who string, want ...string) {
		t.Helper()
		others, err := desk.Open(ctx, who, "n")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range others {
			got = append(got, o.Account+" "+notice.At(o.Since).Format("15:04"))
		}
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("%s sees %q, want %q", who, got, want)
		}
	}
	see(h, "r1")
	h.clock.set("2023-08-01T10:05")
	see(other, "r2", "r1 10:00")
	see(h, "r1", "r2 10:05")
	see(other, "r2", "r1 10:00") // since it was opened, not since the last sign of life
	if err := h.Leave(ctx, "r1", "n"); err != nil {
		t.Fatal(err)
	}
	see(other, "r2")
}

func TestPreview(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	n, ps := h.CheckText(h.dossier("n"), text(t, "cause: une panne"))
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	s, e := h.Preview(h.dossier("n"), n)
	if act, ok := e.Act.(notice.Published); !ok || act.Notice.Cause.Text != "une panne" || len(s.Spans) == 0 || s.Notice.Reference != "" || s.Version != 1 {
		t.Errorf("%+v\n%+v", e, s)
	}
	h.submit("n")
	h.approve("n", time.Time{})
	h.must(h.Draft(t.Context(), h.seen(drafter, "n"), Draft{Text: text(t, "cause: une panne"), As: notice.TypeCorrected, Reason: "une coquille"}))
	h.submit("n")
	h.must(h.Return(t.Context(), h.seen(signer, "n"), "voyez le service réseau"))
	d := h.dossier("n")
	n, _ = h.CheckDraft(d)
	s, e = h.Preview(d, n)
	act, ok := e.Act.(notice.Corrected)
	if !ok || act.Reason != "une coquille" || act.Previous.Cause.Text == "une panne" || s.Notice.Reference != d.State.Notice.Reference || s.Version != 2 {
		t.Errorf("%+v\n%+v", e, s)
	}
	if after := h.dossier("n"); len(after.Entries) != len(d.Entries) || len(after.State.Events) != 1 {
		t.Error("a preview wrote something")
	}
	// What readers see is why it is corrected, not why it came back.
	h.submit("n")
	h.approve("n", time.Time{})
	events := h.dossier("n").State.Events
	if act := events[len(events)-1].Act.(notice.Corrected); act.Reason != "une coquille" {
		t.Errorf("published with the reason %q", act.Reason)
	}
}

func TestTextAt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n", "cause: une")
	h.submit("n")
	h.must(h.Draft(t.Context(), h.seen(drafter, "n"), Draft{Text: text(t, "cause: deux")}))
	d := h.dossier("n")
	for edition, want := range map[int]string{1: "cause: une", 2: "cause: une", 3: "cause: deux", 99: "cause: deux"} {
		got, err := d.TextAt(edition)
		if err != nil || got != text(t, want) {
			t.Errorf("at %d: %v\n%s", edition, err, got)
		}
	}
	if _, err := d.TextAt(0); err == nil {
		t.Error("there was a text before the first")
	}
	if after := d.DraftedAfter(1); len(after) != 1 || after[0].Number != 3 {
		t.Errorf("%+v", after)
	}
}
