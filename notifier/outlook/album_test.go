package outlook

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// TestTooMany invents more addresses than the album holds.
func TestTooMany(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.get("/api/outlook")
	one := h.album.Used()
	for i := range 10_000 {
		if w := h.get(fmt.Sprintf("/api/outlook?utm_source=%d&x[]=%d", i, i)); w.Code != http.StatusOK {
			t.Fatalf("%d", w.Code)
		}
	}
	if used := h.album.Used(); used != one {
		t.Errorf("10,000 parameters that mean nothing: %d bytes, before %d", used, one)
	}
	for i := range 200 {
		h.get(fmt.Sprintf("/?le=2023-08-%02dT%02d:00&connu=2023-08-01T15:00", 1+i%28, i%24))
		h.get(fmt.Sprintf("/api/notices/%d%s", i, strings.Repeat("x", 3*i)))
	}
	if used := h.album.Used(); used <= one || used > albumSize {
		t.Errorf("%d bytes of %d", used, albumSize)
	}
}

// TestOnlyWhatIsAskedFor: who makes an answer sees the parameters and cookies
// that it depends on, and no others: they cannot differ for one name.
func TestOnlyWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.get("/")
	handler := h.keptBy(kept.Asking{Params: []string{"a", "b"}, Cookies: []string{"choix"}}, func(r *http.Request) answer {
		return answer{body: []byte(r.URL.RawQuery + " " + r.Header.Get("Cookie"))}
	})
	for query, want := range map[string]string{
		"": "", "x=1": "", "b=2&x=1&a=1": "a=1&b=2", "a=1&b=2": "a=1&b=2", "a=1&a=2": "a=1&a=2", "a=": "a=", "a=%26b": "a=%26b",
	} {
		for _, choice := range []string{"", "un", "deux"} {
			r, w := httptest.NewRequest(http.MethodGet, "/p?"+query, nil), httptest.NewRecorder()
			cookie := ""
			r.AddCookie(&http.Cookie{Name: "autre", Value: "x"})
			if choice != "" {
				r.AddCookie(&http.Cookie{Name: "choix", Value: choice})
				cookie = "choix=" + choice
			}
			handler(w, r)
			if w.Body.String() != want+" "+cookie || !strings.Contains(strings.Join(w.Header()["Vary"], ","), "Cookie") || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%q, cookie %q: %q %v", query, choice, w.Body, w.Header())
			}
		}
	}
	if vary := h.get("/api/outlook").Header()["Vary"]; len(vary) != 1 || vary[0] != "Accept-Encoding" {
		t.Errorf("the outlook as JSON varies by %v", vary)
	}
}

// TestKeptAsMade compares what is kept with what is made at that very second,
// around every turn of the seed's day, some of them at odd seconds.
func TestKeptAsMade(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) {
		n.Windows[0].End = notice.At(n.Windows[0].End.Add(30 * time.Second)) // 17h00 and 30 s
	}))
	made := h.Site
	fresh := func(path string) string {
		s := &Site{Record: made.Record, Catalogue: made.Catalogue, Words: made.Words, Letter: made.Letter, Now: made.Now,
			Shifted: made.Shifted, Public: made.Public, Log: made.Log}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Body.String()
	}
	for _, from := range []string{"2023-08-03T14:59:58", "2023-08-08T08:59:57", "2023-08-08T17:00:28", "2023-08-08T17:00:58"} {
		start := moment(t, from)
		for i := range 6 {
			h.set(notice.At(start.Add(time.Duration(i) * time.Second)).String())
			for _, path := range []string{"/", "/notices", "/notices/" + seed, "/api/outlook", "/api/notices", "/?le=2023-08-08T17:00:30"} {
				if got, want := h.get(path).Body.String(), fresh(path); got != want {
					t.Errorf("%s at %s is not what it would be now", path, h.now().Format(time.DateTime))
				}
			}
		}
	}
	h.set("2023-08-08T17:00:29")
	h.says("/", "!Heure de fin prévue dépassée")
	h.set("2023-08-08T17:00:30")
	h.says("/", "Heure de fin prévue dépassée")
	h.set("2023-08-08T10:00") // clocks of demonstrations go back too
	h.says("/", "!Heure de fin prévue dépassée")
}

// TestOnceAMinute: a page is made again when what it says can have changed.
func TestOnceAMinute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.get("/")
	made := 0
	handler := h.kept(func(*http.Request) answer {
		made++
		return answer{body: []byte("{}")}
	})
	ask := func(want int) {
		t.Helper()
		if handler(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/one", nil)); made != want {
			t.Errorf("at %s it has been made %d times, want %d", h.now().Format(time.TimeOnly), made, want)
		}
	}
	for second := range 60 {
		h.set(fmt.Sprintf("2023-08-01T16:00:%02d", second))
		ask(1)
	}
	h.set("2023-08-01T16:01:00")
	ask(2)
	h.tell("2023-08-01T16:01:01", seed, h.note(nil))
	ask(3)
	h.set("2023-08-01T16:01:59")
	ask(3)
	h.set("2023-08-01T16:02:00")
	ask(4)
}

// TestPanics: an answer that fails to be made is made again.
func TestPanics(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.get("/")
	broken := true
	handler := h.kept(func(*http.Request) answer {
		if broken {
			panic("no words")
		}
		return answer{body: []byte("{}")}
	})
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		defer func() { _ = recover() }()
		handler(w, httptest.NewRequest(http.MethodGet, "/one", nil))
		return w
	}
	ask()
	if w := ask(); w.Code != http.StatusInternalServerError || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	broken = false
	h.set("2023-08-01T15:01")
	if w := ask(); w.Code != http.StatusOK {
		t.Errorf("a minute later: %d", w.Code)
	}
}

// TestCompressed: pages, API and errors come compressed.
func TestCompressed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	for path, status := range map[string]int{
		"/": 200, "/notices/" + seed: 200, "/api/outlook": 200, "/notices/none": 404, "/?le=nonsense": 400, "/style.css": 200,
	} {
		plain, packed := h.get(path), h.get(path, "Accept-Encoding", "gzip")
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v %v", path, err, packed.Header())
		}
		body, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(body, plain.Body.Bytes()) || packed.Code != status || packed.Header().Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %d, %d bytes of %d, %v", path, packed.Code, len(body), plain.Body.Len(), err)
		}
	}
}
