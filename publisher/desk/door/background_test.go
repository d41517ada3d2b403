package door

import (
	"net/http"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
)

// TestPageAsks: a page left open sees its session end, to the second, and is
// told so instead of being sent away; what people do themselves counts.
func TestPageAsks(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, _ := h.in("r1")
	asks := func(method string) int { return b.send(method, "/alertes", "", "X-Crieur-Background", "1").status }
	h.pass(publisher.SessionIdle - time.Second)
	if got := asks("GET"); got != http.StatusOK {
		t.Fatalf("a second before the end: %d", got)
	}
	h.pass(time.Second)
	if got := asks("GET"); got != http.StatusUnauthorized {
		t.Errorf("a page keeps its session open: %d", got)
	}
	if got := b.send("GET", "/alertes", "").status; got != http.StatusSeeOther {
		t.Errorf("who asks after it is answered %d", got)
	}
	b, _ = h.in("r1")
	h.pass(publisher.SessionIdle - time.Second)
	b.send("GET", "/alertes", "")
	h.pass(publisher.SessionIdle - time.Second)
	if got := asks("GET"); got != http.StatusOK {
		t.Errorf("what people ask does not count: %d", got)
	}
	h.pass(time.Second)
	if got := asks("POST"); got != http.StatusUnauthorized {
		t.Errorf("a page that says that it is open keeps its session: %d", got)
	}
}
