package office

import (
	"net/http"
	"strings"
	"testing"
)

// TestErrorsAreFrench: what goes wrong is said in French, with the status that
// programs look at.
func TestErrorsAreFrench(t *testing.T) {
	t.Parallel()
	v := open(t).as("r1").get("/rien")
	if v.status != http.StatusNotFound || !strings.Contains(v.text, "Ce que vous cherchez n’existe pas") || strings.Contains(v.text, "not found") {
		t.Errorf("%d:\n%s", v.status, v.text)
	}
}
