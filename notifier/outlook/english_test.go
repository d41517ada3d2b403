package outlook

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestEnglish reads the pages in English, and wants no word of ours in French
// but what was published so.
func TestEnglish(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T17:30")
	h.says("/en/", "7 online services of 25 are disturbed.", "State of services on Tuesday 8 August 2023, 17:30", "interrupted since Tuesday 8 August 2023, 09:00",
		"Delta T, ICS-Delta P, Delta G, Delta X Import and Export, Delta H7 and ECS", "The planned end has passed; the alert is still on.",
		"authorised for formalities that cannot be postponed", "Not to be sent: the creation of a declaration and the validation of a declaration lodged in advance",
		"Français", "!Procédure de secours :", "!interrompu")
	h.says("/", "English", "!Français")
	h.says("/en/services/delta-g", "State now", "Fallback procedure", "under way, planned end passed", "12 months")
	h.says("/en/services", "Other services")
	h.says("/en/notices", "1 notice, newest first.", "alert under way, planned end passed")
	h.says("/en/notices/"+seed, "Text of the notice, in French", "notice no. 20000171", "Official letter, in French (PDF)")
	h.says("/en/extrait?service=delta-g&mode=edi&le=2023-08-08T14:12", "On Tuesday 8 August 2023, 14:12, the fallback procedure was authorised for Delta G in EDI for formalities that cannot be postponed")
	h.tell("2023-08-08T17:40", seed, notice.Ended{At: notice.At(h.now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.says("/en/", "All online services are available.", "End of alert, Tuesday 8 August 2023, 17:40")

	switched := regexp.MustCompile(`hreflang="en" href="([^"]*)"`).FindStringSubmatch(h.get("/services/delta-g?periode=2023").Body.String())
	if switched == nil || switched[1] != "/en/services/delta-g?periode=2023" {
		t.Errorf("the switch leads to %q", switched)
	}
	for from, to := range map[string]string{
		"/en/mentions-legales": "/mentions-legales", "/en/notices/" + seed + "/1.pdf": "/notices/" + seed + "/1.pdf", "/en/services/Delta%20G": "/en/services/delta-g",
		"/en/services/delta-g/disponibilite.csv?periode=2023": "/services/delta-g/disponibilite.csv?periode=2023", "/en//elsewhere.example": "/",
	} {
		w := h.get(from)
		if got := w.Header().Get("Location"); w.Code < 300 || w.Code > 308 || got != to && !strings.HasPrefix(from, "/en//") || strings.HasPrefix(got, "//") {
			t.Errorf("%s: %d %q, want %q", from, w.Code, got, to)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/en/choix", strings.NewReader(url.Values{"service": {"delta-g"}, "faire": {"retenir"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/en/" {
		t.Errorf("a choice: %d %v", w.Code, w.Header())
	}
}
