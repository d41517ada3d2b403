package desk

import (
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestHold has acts of the API held, taken back, and told by the clock.
func TestHold(t *testing.T) {
	t.Parallel()
	b, ctx := open(t), t.Context()
	n, err := b.people["r1"].Create(ctx, "", example(t))
	if err != nil {
		t.Fatal(err)
	}
	if n, err = b.people["r1"].Submit(ctx, Ref{Notice: n.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err = b.people["s1"].Approve(ctx, Ref{Notice: n.ID, Seen: n.Edition}, Approve{}); err != nil {
		t.Fatal(err)
	}
	b.now = legal("2023-08-08T14:30")
	end := notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}
	hold := func(wait string) (Held, error) {
		return ask[Held](ctx, b.people["p1"], request{method: "POST", path: "/api/notices/" + n.ID + "/held/ended?for=" + wait, ref: Ref{Notice: n.ID}, body: end})
	}
	for _, wait := range []string{"soon", "-1s", "0s", "2m"} {
		if _, err := hold(wait); err == nil {
			t.Errorf("held for %q", wait)
		}
	}
	held, err := hold("20s")
	if err != nil || held.Act != notice.TypeEnded || !held.Leaves.Equal(b.now.Add(20*time.Second)) {
		t.Fatalf("%+v, %v", held, err)
	}
	back := request{method: "POST", path: "/api/notices/" + n.ID + "/retract", ref: Ref{Notice: n.ID}, body: Retract{held.Entry}}
	if _, err := ask[Notice](ctx, b.people["p1"], back); err != nil {
		t.Fatal(err)
	}
	if held, err = hold("10s"); err != nil {
		t.Fatal(err)
	}
	b.now = held.Leaves
	if _, err := b.p.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err = b.people["r1"].Notice(ctx, n.ID); err != nil || n.Phase != notice.Over {
		t.Errorf("%s, %v", n.Phase, err)
	}
	if _, err := ask[Notice](ctx, b.people["p1"], request{method: "POST", path: back.path, ref: back.ref, body: Retract{held.Entry}}); err == nil {
		t.Error("taken back after it had left")
	}
}
