package door

import (
	"net/http"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
)

// TestPageAsks: a page left open sees its session end, to the second, and is
// told so instead of being sent away; what people do themselves counts, and so
// does whatever is sent.
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
	for _, method := range []string{"GET", "POST"} {
		h.pass(publisher.SessionIdle - time.Second)
		if method == "GET" {
			b.send("GET", "/alertes", "")
		} else if got := asks("POST"); got != http.StatusForbidden { // without its token; but somebody was there
			t.Fatalf("a form without its token: %d", got)
		}
	}
	h.pass(publisher.SessionIdle - time.Second)
	if got := asks("GET"); got != http.StatusOK {
		t.Errorf("what people send does not count: %d", got)
	}
}
