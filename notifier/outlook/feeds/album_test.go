package feeds

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// asked are addresses of every kind, once there is the seed's notice.
var asked = []string{
	"/feed.atom", "/services/delta-g/feed.atom", "/calendrier.ics", "/services/delta-g/calendrier.ics", "/notices/" + seed + "/calendrier.ics",
	"/cap.atom", "/notices/" + seed + "/cap.xml", "/services/delta-g/badge.svg", "/services/delta-g/cadre", "/sitemap.xml", "/robots.txt", "/formats",
}

// ask asks at an address with fields of a header, by turns name and value.
func (w *world) ask(method, path string, fields ...string) *httptest.ResponseRecorder {
	r, answer := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w.mux.ServeHTTP(answer, r)
	return answer
}

// TestTooMany: invented parameters take no room.
func TestTooMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-08T08:59", seed, w.note(nil))
	for _, path := range asked {
		w.get(path, http.StatusOK)
	}
	before := w.Album.Used()
	for i := range 10_000 {
		w.get(fmt.Sprintf("%s?utm_source=%d&x[]=%d", asked[i%len(asked)], i, i), http.StatusOK)
	}
	if used := w.Album.Used(); used != before || before == 0 {
		t.Errorf("10,000 strange queries: %d bytes, before %d", used, before)
	}
}

// TestOwnParameters: an answer is another where a parameter of its own is.
func TestOwnParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	for _, path := range asked {
		plain, _ := w.get(path, http.StatusOK)
		for _, query := range []string{"lang=en", "service=gamma", "nature=incident", "environnement=test"} {
			param, _, _ := strings.Cut(query, "=")
			if text, _ := w.get(path+"?"+query, http.StatusOK); (text != plain) != slices.Contains(paramsOf(path), param) {
				t.Errorf("%s?%s: another answer is %v", path, query, text != plain)
			}
		}
	}
}

// paramsOf are the parameters that change the answer at an address.
func paramsOf(path string) []string {
	switch {
	case path == "/formats":
		return []string{paramService}
	case strings.HasSuffix(path, "badge.svg"), strings.HasSuffix(path, "cadre"), strings.HasPrefix(path, "/notices/") && strings.HasSuffix(path, ".ics"):
		return []string{paramLang}
	case strings.HasSuffix(path, ".atom"), strings.HasSuffix(path, ".ics"):
		return []string{paramService, paramKind, paramStage, paramLang}
	}
	return nil
}

// TestNeverOlder: what is kept is never older than the record or the clock.
func TestNeverOlder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-08T08:59", seed, w.note(nil))
	w.set("2023-08-08T08:59:59")
	badge := func(want string) {
		t.Helper()
		if text, _ := w.get("/services/delta-g/badge.svg", http.StatusOK); !strings.Contains(text, want) {
			t.Errorf("not %q:\n%s", want, text)
		}
	}
	badge("disponible")
	w.set("2023-08-08T09:00")
	badge("interrompu")
	w.tell("2023-08-08T09:00", seed, notice.Ended{At: legal(t, "2023-08-08T09:00"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	badge("disponible")
}

// TestCompressed: everything comes compressed to who takes it, and not at all
// to who has it; any page may read it.
func TestCompressed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	for _, path := range asked {
		plain, packed := w.ask(http.MethodGet, path), w.ask(http.MethodGet, path, "Accept-Encoding", "gzip")
		if packed.Header().Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(packed.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
				t.Errorf("%s: %v, %d bytes of %d", path, err, len(body), plain.Body.Len())
			}
		} else if plain.Body.Len() > 2048 {
			t.Errorf("%s: %d bytes come plain", path, plain.Body.Len())
		}
		head := w.ask(http.MethodHead, path)
		if want := plain.Header(); head.Body.Len() > 0 || !maps.EqualFunc(head.Header(), want, slices.Equal) || want.Get("Content-Length") == "" {
			t.Errorf("HEAD %s: %v, GET %v", path, head.Header(), want)
		}
		again := w.ask(http.MethodGet, path, "If-None-Match", plain.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s again: %d", path, again.Code)
		}
		if open := plain.Header().Get("Access-Control-Allow-Origin") == "*"; open == (path == "/formats") {
			t.Errorf("%s: %v", path, plain.Header())
		}
		if plain.Header().Get("Cache-Control") != "public, max-age=0, stale-if-error=86400" {
			t.Errorf("%s: %v", path, plain.Header())
		}
	}
}

// TestStale: where nothing is heard of what is published, everything says since
// when, also what was kept.
func TestStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	for _, path := range asked {
		if _, head := w.get(path, http.StatusOK); head.Get(staleSince) != "" {
			t.Errorf("%s: %v", path, head)
		}
	}
	w.mu.Lock()
	w.stale = legal(t, "2023-08-01T14:30").Time
	w.mu.Unlock()
	for _, path := range asked {
		if _, head := w.get(path, http.StatusOK); head.Get(staleSince) != "2023-08-01T14:30:00+02:00" {
			t.Errorf("%s: %v", path, head)
		}
	}
	for path, want := range map[string]string{
		"/services/delta-g/badge.svg":         "Delta G\u00a0: disponible, non actualisé",
		"/services/delta-g/badge.svg?lang=en": "Delta G: available, not up to date",
		"/services/delta-g/cadre":             "Informations du mardi 1er\u00a0août 2023 à 14h30\u00a0: l’état a pu changer depuis.",
		"/services/delta-g/cadre?lang=en":     "Information of Tuesday 1 August 2023, 14:30: the state may have changed since.",
		"/formats":                            "Les informations datent du mardi 1er\u00a0août 2023 à 14h30",
	} {
		if text, _ := w.get(path, http.StatusOK); !strings.Contains(text, want) {
			t.Errorf("%s says nothing of it:\n%s", path, text)
		}
	}
}

// TestLetterComes: an alert message names the hash of its letter within a
// second of it being stored, though no event says so.
func TestLetterComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	path := "/notices/" + seed + "/cap.xml"
	w.get(path, http.StatusOK)
	w.Feeds.Letter = func(context.Context, string, int) ([]byte, error) { return []byte("%PDF"), nil }
	w.mu.Lock()
	w.at = w.at.Add(time.Second)
	w.mu.Unlock()
	if text, _ := w.get(path, http.StatusOK); !strings.Contains(text, "<digest>") {
		t.Errorf("no hash:\n%s", text)
	}
}
