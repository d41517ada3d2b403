package publisher

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

func TestPublish(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.publish("n")
	d := h.dossier("n")
	if entries(d) != "drafted submitted approved" || types(s) != "published" || d.Status != StatusPublished {
		t.Fatalf("%s: %s; %s", d.Status, entries(d), types(s))
	}
	act := s.Events[0].Act.(notice.Published)
	if act.Notice.Reference != "23000001" || act.Notice.OutageID != "INT-2023-000001" {
		t.Errorf("numbers %s, %s", act.Notice.Reference, act.Notice.OutageID)
	}
	if len(act.Scope) != 1 || !slices.Contains(act.Scope[0].Modes, "dti-plus") {
		t.Errorf("scope %+v, want DTI+ with DTI", act.Scope)
	}
	want, err := h.binding(act, act.Notice)
	if err != nil || act.Binding != want || len(want.Letter) != 64 || want.Templates == "" || want.Catalogue == "" {
		t.Errorf("binding %+v, want %+v (%v)", act.Binding, want, err)
	}
	e := s.Events[0]
	if e.ID != stream.ID(e.Time, "n/1/"+e.Command) || e.By != notice.Signer || e.Number != 1 || e.Version != 1 {
		t.Errorf("event %+v", e)
	}
}

func TestPublishLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	h.approve("n", legal("2023-08-01T14:00"))
	if next := h.tick(); !next.Equal(legal("2023-08-01T14:00")) {
		t.Errorf("next %s", next)
	}
	if d := h.dossier("n"); d.Status != StatusApproved || d.State.Number != 0 {
		t.Fatalf("published before its moment: %s", entries(d))
	}
	h.clock.set("2023-08-01T14:00")
	if next := h.tick(); !next.Equal(legal("2023-08-07T09:00")) {
		t.Errorf("next %s, want the reminder", next)
	}
	d := h.dossier("n")
	if types(d.State) != "published" || entries(d) != "drafted submitted approved released" {
		t.Errorf("%s; %s", types(d.State), entries(d))
	}
	_, err := h.Return(t.Context(), h.order(signer, "n"), "trop tard")
	wantErr(t, "take back what is published", err, notice.ErrConflict)
}

func TestTakeBackBeforeItsMoment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	h.approve("n", legal("2023-08-01T14:00"))
	h.must(h.Return(t.Context(), h.order(signer, "n"), "l'heure est fausse"))
	h.clock.set("2023-08-01T15:00")
	h.tick()
	if d := h.dossier("n"); d.State.Number != 0 {
		t.Fatal("published what was taken back")
	}
	h.submit("n")
	h.approve("n", time.Time{})
	if s := h.dossier("n").State; s.Notice.Reference != "23000001" {
		t.Errorf("reference %s: the number that was taken is not used", s.Notice.Reference)
	}
}

// TestTakenBackInTheLastInstant has the clock look at an approval just before
// it is taken back.
func TestTakenBackInTheLastInstant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	h.approve("n", legal("2023-08-01T14:00"))
	looked := h.dossier("n")
	h.must(h.Return(t.Context(), h.order(signer, "n"), "l'heure est fausse"))
	h.clock.set("2023-08-01T14:00")
	d := h.must(h.release(t.Context(), looked))
	if d.State.Number != 0 || entries(d) != "drafted submitted approved returned" {
		t.Errorf("%s; %s", types(d.State), entries(d))
	}
}

func TestFourEyes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	h.must(h.Draft(ctx, h.order(signer2, "n"), Draft{Text: text(t)}))
	h.submit("n")
	_, err := h.Approve(ctx, h.seen(signer2, "n"), SignOff{})
	wantErr(t, "one's own draft", err, notice.ErrForbidden)
	h.must(h.Return(ctx, h.order(signer2, "n"), "pour voir"))
	h.submit("n")
	_, err = h.Approve(ctx, h.seen(signer2, "n"), SignOff{})
	wantErr(t, "one's own draft, returned and submitted as it was", err, notice.ErrForbidden)
	_, err = h.Approve(ctx, h.seen(drafter, "n"), SignOff{})
	wantErr(t, "a drafter's signature", err, notice.ErrForbidden)
	_, err = h.Approve(ctx, h.seen(elsewhere, "n"), SignOff{})
	wantErr(t, "another bureau's signature", err, notice.ErrForbidden)
	if d := h.dossier("n"); d.State.Number != 0 {
		t.Fatal("published all the same")
	}
	h.must(h.Draft(ctx, h.seen(drafter, "n"), Draft{Text: text(t)}))
	h.submit("n")
	_, err = h.Approve(ctx, h.seen(signer2, "n"), SignOff{})
	wantErr(t, "signing what is another's again", err, nil)
	for _, e := range h.dossier("n").Entries {
		if e.Type == Approved && !slices.Equal(e.Roles, []notice.Role{notice.Signer}) {
			t.Errorf("approved as %v", e.Roles)
		}
	}
}

func TestEmergency(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	h.must(h.Draft(ctx, h.order(signer2, "n"), Draft{Text: text(t)}))
	_, err := h.Approve(ctx, h.seen(signer2, "n"), SignOff{Emergency: "  "})
	wantErr(t, "an emergency without a word", err, notice.ErrConflict)
	d := h.must(h.Approve(ctx, h.seen(signer2, "n"), SignOff{Emergency: "personne d'autre de garde"}))
	act := d.State.Events[0].Act.(notice.Published)
	if act.Emergency != "personne d'autre de garde" {
		t.Errorf("the event says %q of the emergency", act.Emergency)
	}
	if _, ok := d.Unreviewed(); !ok {
		t.Error("nothing is to be reviewed")
	}
	_, err = h.Review(ctx, h.order(signer2, "n"), "tout va bien")
	wantErr(t, "one's own review", err, notice.ErrForbidden)
	d = h.must(h.Review(ctx, h.order(signer, "n"), "vu"))
	if _, ok := d.Unreviewed(); ok {
		t.Error("still to be reviewed")
	}
	_, err = h.Review(ctx, h.order(signer, "n"), "vu encore")
	wantErr(t, "a second review", err, notice.ErrConflict)
}

func TestStaleEditor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	h.draft("n")
	first, second := h.seen(drafter, "n"), h.seen(signer2, "n")
	h.must(h.Draft(ctx, first, Draft{Text: text(t, "cause: une panne")}))
	_, err := h.Draft(ctx, second, Draft{Text: text(t, "cause: une mise à jour")})
	wantErr(t, "an edit of what another has changed", err, notice.ErrConflict)
	if err == nil || !strings.Contains(err.Error(), "r1 has drafted the notice at 2023-08-01T10:00:00+02:00") || !strings.Contains(err.Error(), "load it again") {
		t.Errorf("the stale editor reads: %v", err)
	}
	_, err = h.Draft(ctx, h.order(drafter, "n"), Draft{Text: text(t)})
	wantErr(t, "an edit that does not say of what", err, notice.ErrInvalid)
	h.submit("n")
	old := h.seen(signer, "n")
	h.must(h.Draft(ctx, h.seen(drafter, "n"), Draft{Text: text(t, "cause: autre chose")}))
	h.submit("n")
	_, err = h.Approve(ctx, old, SignOff{})
	wantErr(t, "signing another text than the one that was read", err, notice.ErrConflict)
}

// TestActsDoNotMakeEditorsStale has an outage extended while its correction is
// being written.
func TestActsDoNotMakeEditorsStale(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	o := h.seen(drafter, "n")
	h.clock.set("2023-08-08T10:00")
	if _, err := h.act(duty, "n", notice.Extended{Until: notice.At(legal("2023-08-08T19:00"))}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Draft(t.Context(), o, Draft{Text: text(t), As: notice.TypeCorrected, Reason: "une erreur"})
	wantErr(t, "an edit during the outage", err, nil)
}

func TestSameCommand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	create := h.order(drafter, "n")
	for range 2 {
		h.must(h.Draft(ctx, create, Draft{Text: text(t)}))
	}
	_, err := h.Draft(ctx, create, Draft{Text: text(t, "cause: autre chose")})
	wantErr(t, "the same command for another text", err, notice.ErrConflict)
	h.submit("n")
	sign := h.seen(signer, "n")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := h.Approve(ctx, sign, SignOff{})
			wantErr(t, "one of eight", err, nil)
		})
	}
	all.Wait()
	h.clock.set("2023-08-08T14:30")
	end := h.order(duty, "n")
	ids := make([]string, 8)
	for i := range ids {
		all.Go(func() {
			e, err := h.Act(ctx, end, notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
			wantErr(t, "one of eight", err, nil)
			ids[i] = e.ID
		})
	}
	all.Wait()
	d := h.dossier("n")
	if entries(d) != "drafted submitted approved acted" || types(d.State) != "published ended" {
		t.Errorf("%s; %s", entries(d), types(d.State))
	}
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("one command, several answers: %v", ids)
	}
	_, err = h.Act(ctx, end, notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesLater}})
	wantErr(t, "the same command for another end", err, notice.ErrConflict)
	_, err = h.Act(ctx, Order{Who: signer, Notice: "n", Command: end.Command}, notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	wantErr(t, "another's command", err, notice.ErrConflict)
}

// TestCrashBetweenTheRecords stops between DESK and NOTICES, in a sign-off, at
// the moment of a later publication, and in an act.
func TestCrashBetweenTheRecords(t *testing.T) {
	t.Parallel()
	ended := notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}
	t.Run("sign-off, completed by the same command", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.draft("n")
		h.submit("n")
		o := h.seen(signer, "n")
		h.must(h.sign(t.Context(), o, SignOff{}))
		if s := h.dossier("n").State; s.Number != 0 {
			t.Fatal("not stopped in between")
		}
		_, err := h.Return(t.Context(), h.order(signer, "n"), "trop tard")
		wantErr(t, "take back what is on its way", err, notice.ErrConflict)
		if d := h.must(h.Approve(t.Context(), o, SignOff{})); types(d.State) != "published" {
			t.Errorf("%s; %s", types(d.State), entries(d))
		}
	})
	t.Run("sign-off, completed by the clock", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.draft("n")
		h.submit("n")
		o := h.seen(signer, "n")
		h.must(h.sign(t.Context(), o, SignOff{}))
		after := newDesk(t, h.Store, h.clock)
		after.tick()
		d := h.must(h.Approve(t.Context(), o, SignOff{}))
		if types(d.State) != "published" || d.State.Events[0].Command != o.Command {
			t.Errorf("%s by %s", types(d.State), d.State.Events[0].Command)
		}
	})
	t.Run("release", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.draft("n")
		h.submit("n")
		h.approve("n", legal("2023-08-01T14:00"))
		h.clock.set("2023-08-01T14:00")
		if err := h.try("n", Released); err != nil {
			t.Fatal(err)
		}
		h.tick()
		if d := h.dossier("n"); types(d.State) != "published" {
			t.Errorf("%s; %s", types(d.State), entries(d))
		}
	})
	t.Run("act", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.publish("n")
		h.clock.set("2023-08-08T14:30")
		o := h.order(duty, "n")
		h.must(h.enterAct(t.Context(), o, ended))
		h.clock.set("2023-08-08T14:45")
		h.tick()
		if s := h.dossier("n").State; types(s) != "published started" {
			t.Fatalf("%s: nobody repeated the act", types(s))
		}
		e, err := h.Act(t.Context(), o, ended)
		if err != nil {
			t.Fatal(err)
		}
		if at := e.Act.(notice.Ended).At; !at.Equal(legal("2023-08-08T14:30")) {
			t.Errorf("ended at %s, want the time at which it was decided", at)
		}
		if d := h.dossier("n"); types(d.State) != "published started ended" || entries(d) != "drafted submitted approved acted" {
			t.Errorf("%s; %s", types(d.State), entries(d))
		}
	})
}

func TestActs(t *testing.T) {
	t.Parallel()
	ended := notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}
	h := newHouse(t)
	h.draft("n")
	_, err := h.act(duty, "n", ended)
	wantErr(t, "end before publication", err, notice.ErrConflict)
	_, err = h.act(duty, "unheard", ended)
	wantErr(t, "end of nothing", err, notice.ErrNotFound)
	h.submit("n")
	h.approve("n", time.Time{})
	_, err = h.act(duty, "n", ended)
	wantErr(t, "end before the start", err, notice.ErrConflict)
	h.clock.set("2023-08-08T10:00")
	before := entries(h.dossier("n"))
	_, err = h.act(drafter, "n", ended)
	wantErr(t, "end by a drafter", err, notice.ErrForbidden)
	_, err = h.act(elsewhere, "n", ended)
	wantErr(t, "end by another bureau", err, notice.ErrForbidden)
	_, err = h.act(duty, "n", notice.Ended{})
	wantErr(t, "end that does not speak of the fallback", err, notice.ErrInvalid)
	_, err = h.act(duty, "n", notice.Started{})
	wantErr(t, "start by a person", err, notice.ErrForbidden)
	_, err = h.act(signer, "n", notice.Corrected{})
	wantErr(t, "correction alone", err, notice.ErrInvalid)
	_, err = h.act(duty, "n", notice.Recovered{Services: []string{"Delta X"}, Fallback: ended.Fallback})
	wantErr(t, "recovery of an ambiguous name", err, notice.ErrInvalid)
	_, err = h.act(Account{ID: "forger", Roles: []notice.Role{notice.Clock}}, "n", notice.Cancelled{})
	wantErr(t, "an account that says it is the clock", err, notice.ErrForbidden)
	if after := entries(h.dossier("n")); after != before {
		t.Errorf("refused acts were written: %s", after)
	}
	if _, err = h.act(duty, "n", notice.Recovered{Services: []string{"DELTA-T"}, Modes: []string{"DTI"}, Fallback: ended.Fallback}); err != nil {
		t.Fatal(err)
	}
	for _, span := range h.dossier("n").State.Spans {
		back := span.Service == "delta-t" && span.Mode != "edi"
		if back != !span.Over.IsZero() {
			t.Errorf("%s in %s: over %s", span.Service, span.Mode, span.Over)
		}
	}
	h.clock.set("2023-08-08T14:30")
	if _, err := h.act(duty, "n", ended); err != nil {
		t.Fatal(err)
	}
	_, err = h.act(duty, "n", ended)
	wantErr(t, "a second end", err, notice.ErrConflict)
}

// TestTwoEnds has two officers end an outage at the same instant.
func TestTwoEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.clock.set("2023-08-08T14:30")
	desks := []*house{h, newDesk(t, h.Store, h.clock)}
	errs := make([]error, len(desks))
	var all sync.WaitGroup
	for i, who := range []Account{duty, signer} {
		all.Go(func() {
			_, errs[i] = desks[i].act(who, "n", notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
		})
	}
	all.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), notice.ErrConflict) {
		t.Errorf("%v", errs)
	}
	if s := h.dossier("n").State; types(s) != "published ended" {
		t.Error(types(s))
	}
}

func TestInvalidBetweenDraftAndApproval(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	changed := h.Catalogue.Services
	h.Catalogue.Services = map[string]notice.Service{}
	for code, s := range changed {
		if code != "ecs" {
			h.Catalogue.Services[code] = s
		}
	}
	_, err := h.Approve(t.Context(), h.seen(signer, "n"), SignOff{})
	wantErr(t, "a service that is gone from the catalogue", err, notice.ErrInvalid)
	if d := h.dossier("n"); entries(d) != "drafted submitted" {
		t.Error(entries(d))
	}
}

func TestPublishWhatIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft("n")
	h.submit("n")
	_, err := h.Approve(t.Context(), h.seen(signer, "n"), SignOff{At: legal("2023-08-08T17:00")})
	wantErr(t, "publication after the window", err, notice.ErrInvalid)
}

func TestChangeOnDuty(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.publish("n")
	h.clock.set("2023-08-08T10:00")
	n := s.Notice
	n.Services = []string{"Delta T"}
	e, err := h.act(duty, "n", notice.Changed{Notice: n, Reason: "les autres services sont disponibles", Previous: n})
	if err != nil {
		t.Fatal(err)
	}
	act := e.Act.(notice.Changed)
	if !reflect.DeepEqual(act.Previous, s.Notice) {
		t.Errorf("changed from %+v, want %+v", act.Previous, s.Notice)
	}
	if fmt.Sprint(act.Scope[0].Services) != "[delta-t]" || act.Binding.Letter == "" {
		t.Errorf("scope %v, binding %+v", act.Scope, act.Binding)
	}
	n.Reference = "23000077"
	_, err = h.act(duty, "n", notice.Changed{Notice: n, Reason: "autre numéro"})
	wantErr(t, "a change of the reference", err, notice.ErrInvalid)
}

// TestReminders: the record says when reminders go out, as the notice does or
// as its bureau would have it.
func TestReminders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for id, c := range map[string]struct{ line, want string }{
		"a": {"cause: une panne", "[24]"}, "b": {"reminders: [48, 2]", "[48 2]"}, "c": {"reminders: []", "[]"},
	} {
		s := h.publish(id, c.line)
		if got := fmt.Sprint(s.Notice.Reminders); got != c.want || s.Notice.Reminders == nil {
			t.Errorf("%s: %s, want %s", c.line, got, c.want)
		}
	}
	h.clock.set("2023-08-08T10:00")
	n := h.dossier("c").State.Notice
	n.Reminders = nil
	e, err := h.act(duty, "c", notice.Changed{Notice: n, Reason: "une erreur"})
	if err != nil || e.Act.(notice.Changed).Notice.Reminders == nil {
		t.Errorf("a change that does not speak of reminders: %+v, %v", e.Act, err)
	}
}

// TestMisdated: a letter that bears another day than that of its publication is
// spoken of, to who drafts it and on the approval; it stops nobody.
func TestMisdated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const says = "the letter is dated 2023-08-01 and would be published on 2023-08-02"
	h.draft("n")
	if _, ps := h.CheckDraft(h.dossier("n")); strings.Contains(ps.Error(), "dated") {
		t.Errorf("on its day: %v", ps)
	}
	h.submit("n")
	h.approve("n", legal("2023-08-02T08:00"))
	a := h.dossier("n").Approval
	if !strings.Contains(a.Warnings.Error(), says) || !strings.Contains(a.Warnings.Error(), "si-brexit depends on") || a.Warnings.Err() != nil {
		t.Errorf("approved for the next day: %v", a.Warnings)
	}
	h.clock.set("2023-08-02T08:00")
	if _, ps := h.CheckDraft(h.dossier("n")); !strings.Contains(ps.Error(), "line 7: warning: issued/date: "+says) {
		t.Errorf("on the next day: %v", ps)
	}
	h.tick()
	d := h.dossier("n")
	if _, ps := h.CheckDraft(d); types(d.State) != "published" || strings.Contains(ps.Error(), "dated") {
		t.Errorf("once published: %s, %v", types(d.State), ps)
	}
}

// TestRecoveredWithParts: what frees a service frees its parts.
func TestRecoveredWithParts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Catalogue.Services = maps.Clone(h.Catalogue.Services)
	h.Catalogue.Services["delta-t-depart"] = notice.Service{Label: "Delta T Départ", Parent: "delta-t", Modes: []string{"edi"}}
	h.publish("n")
	h.clock.set("2023-08-08T10:00")
	e, err := h.act(duty, "n", notice.Recovered{Services: []string{"Delta T"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	if err != nil || fmt.Sprint(e.Act.(notice.Recovered).Services) != "[delta-t delta-t-depart]" {
		t.Fatalf("%+v, %v", e.Act, err)
	}
	for _, span := range h.dossier("n").State.Spans {
		if strings.HasPrefix(span.Service, "delta-t") == span.Over.IsZero() {
			t.Errorf("%s in %s is over at %s", span.Service, span.Mode, span.Over)
		}
	}
}
