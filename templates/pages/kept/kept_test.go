package kept

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// words are a page's worth of text.
func words() []byte {
	var b bytes.Buffer
	for i := range 400 {
		fmt.Fprintf(&b, "<tr><th>Delta %d</th><td>disponible</td><td>depuis le mardi 8 août 2023 à %dh00</td></tr>\n", i, i%24)
	}
	return b.Bytes()
}

func send(b *Body, method string, head ...string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(method, "/", nil), httptest.NewRecorder()
	for i := 0; i < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	b.Send(w, r, 0)
	return w
}

// decoded is what was sent, without its coding.
func decoded(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	var r io.Reader = w.Body
	var err error
	switch c := w.Header().Get("Content-Encoding"); c {
	case "":
	case "br":
		r = brotli.NewReader(w.Body)
	case "gzip":
		r, err = gzip.NewReader(w.Body)
	case "zstd":
		r, err = zstd.NewReader(w.Body)
	default:
		t.Fatalf("coding %q", c)
	}
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	big, little := New(words()), New([]byte("peu de chose"))
	for _, c := range []struct {
		accept       string
		big, little  string // coding; "-" for 406
		notMentioned bool
	}{
		{notMentioned: true},
		{accept: ""},
		{accept: "gzip", big: "gzip"},
		{accept: "GZIP", big: "gzip"},
		{accept: "x-gzip", big: "gzip"},
		{accept: "gzip, deflate, br, zstd", big: "br"},
		{accept: "gzip, zstd", big: "zstd"},
		{accept: "br;q=0.5, gzip;q=0.8", big: "gzip"},
		{accept: "br;q=0,gzip;q=0, *", big: "zstd"},
		{accept: "br ; q=0.1 , zstd ; q=0.001", big: "br"},
		{accept: "*", big: "br"},
		{accept: "deflate, compress"},
		{accept: "identity, gzip;q=0.5"},
		{accept: "identity;q=0.5, gzip", big: "gzip"},
		{accept: "identity;q=0, gzip", big: "gzip", little: "gzip"},
		{accept: "*;q=0, br", big: "br", little: "br"},
		{accept: "identity;q=0", big: "-", little: "-"},
		{accept: "*;q=0", big: "-", little: "-"},
		{accept: "identity;q=0, deflate", big: "-", little: "-"},
		{accept: "gzip;q=nonsense", big: "gzip"},
		{accept: "gzip;q=7", big: "gzip"},
		{accept: ",,;q=1,", big: ""},
	} {
		for _, one := range []struct {
			body *Body
			want string
		}{{big, c.big}, {little, c.little}} {
			head := []string{"Accept-Encoding", c.accept}
			if c.notMentioned {
				head = nil
			}
			w := send(one.body, http.MethodGet, head...)
			if w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%q: Vary %q", c.accept, w.Header().Get("Vary"))
			}
			if (w.Code == http.StatusNotAcceptable) != (one.want == "-") {
				t.Errorf("%q: %d, want %q", c.accept, w.Code, one.want)
			}
			if one.want == "-" {
				continue
			}
			got, size := w.Header().Get("Content-Encoding"), w.Body.Len()
			if got != one.want || w.Header().Get("Content-Length") != fmt.Sprint(size) {
				t.Errorf("%q: coding %q of length %s (%d), want %q", c.accept, got, w.Header().Get("Content-Length"), size, one.want)
			}
			if !bytes.Equal(decoded(t, w), one.body.raw) {
				t.Errorf("%q: another body", c.accept)
			}
		}
	}
	// Two fields are one list.
	if w := send(big, http.MethodGet, "Accept-Encoding", "gzip;q=0.2", "Accept-Encoding", "zstd"); w.Header().Get("Content-Encoding") != "zstd" {
		t.Errorf("two fields: %v", w.Header())
	}
}

// TestTags: each form has a tag of its own, that says 304 to who has this form
// and to nobody else.
func TestTags(t *testing.T) {
	t.Parallel()
	b, seen := New(words()), map[string]bool{}
	for _, accept := range []string{"identity", "gzip", "br", "zstd"} {
		tag := send(b, http.MethodGet, "Accept-Encoding", accept).Header().Get("ETag")
		if seen[tag] || !strings.HasPrefix(tag, `"`) {
			t.Errorf("%s: tag %s", accept, tag)
		}
		seen[tag] = true
		for list, want := range map[string]int{
			tag: 304, "W/" + tag: 304, `"x", ` + tag + `, "y"`: 304, "*": 304,
			`"x"`: 200, strings.Trim(tag, `"`): 200, "": 200,
		} {
			w := send(b, http.MethodGet, "Accept-Encoding", accept, "If-None-Match", list)
			if w.Code != want || want == 304 && (w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Encoding") != "" || w.Header().Get("Vary") == "") {
				t.Errorf("%s, If-None-Match %s: %d %v", accept, list, w.Code, w.Header())
			}
		}
		for other := range seen {
			if w := send(b, http.MethodGet, "Accept-Encoding", accept, "If-None-Match", other); other != tag && w.Code != http.StatusOK {
				t.Errorf("%s: the tag of another form says %d", accept, w.Code)
			}
		}
	}
	w := send(b, http.MethodHead, "Accept-Encoding", "gzip")
	if w.Code != http.StatusOK || w.Body.Len() > 0 || w.Header().Get("Content-Length") == "0" || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
	r, refused := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.Header.Set("If-None-Match", "*")
	b.Send(refused, r, http.StatusNotFound)
	if refused.Code != http.StatusNotFound || refused.Header().Get("ETag") != "" {
		t.Errorf("an error: %d %v", refused.Code, refused.Header())
	}
}

// TestNoise: what compressing makes larger is sent as it is.
func TestNoise(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 4096)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	if w := send(New(noise), http.MethodGet, "Accept-Encoding", "gzip, br"); w.Header().Get("Content-Encoding") != "" || w.Body.Len() != len(noise) {
		t.Errorf("%v", w.Header())
	}
	if all := Variants(noise); len(all) != 0 {
		t.Errorf("%d variants", len(all))
	}
	if all := Variants(words()); len(all) != 3 {
		t.Errorf("%d variants of a page", len(all))
	}
}

// TestAtOnce: many ask at once, one compresses.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	b := New(words())
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			w := send(b, http.MethodGet, "Accept-Encoding", []string{"gzip", "br", "zstd", "identity"}[i%4])
			if w.Code != http.StatusOK {
				t.Error(w.Code)
			}
		})
	}
	all.Wait()
}

// TestShelf fills a shelf to its edge and beyond.
func TestShelf(t *testing.T) {
	t.Parallel()
	s := Shelf[int]{Limit: 100}
	name := func(i int) string { return fmt.Sprintf("%02d", i) }
	for i := range 10 {
		s.Put(name(i), 8, i) // ten with its name
	}
	if s.Used() != 100 {
		t.Errorf("%d bytes of 100", s.Used())
	}
	if _, ok := s.Get(name(0)); !ok {
		t.Error("the first is not there, and there was room")
	}
	s.Put(name(10), 8, 10) // 1 was longest not asked for
	for i := range 11 {
		if _, ok := s.Get(name(i)); ok == (i == 1) {
			t.Errorf("%d is there: %v", i, ok)
		}
	}
	s.Put(name(2), 20, 22) // in place of a smaller one
	if got, _ := s.Get(name(2)); got != 22 || s.Used() > 100 {
		t.Errorf("%d, %d bytes", got, s.Used())
	}
	s.Put("whale", 21, 1)
	if _, ok := s.Get("whale"); ok || s.Used() > 100 {
		t.Error("more than a quarter is held")
	}
	for i := range 10_000 {
		s.Put(fmt.Sprint(i), i%20, i)
		if s.Used() > 100 {
			t.Fatalf("%d bytes of 100", s.Used())
		}
	}
}

// BenchmarkLevels is where the levels come from: how long a page takes, and
// what is left of it.
func BenchmarkLevels(b *testing.B) {
	page := words()
	for _, file := range []string{"../outlook.html", "../layout.html", "../notice.html"} {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		page = append(page, text...)
	}
	level := func(name string, w func(io.Writer) io.WriteCloser) {
		b.Run(name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				var out bytes.Buffer
				z := w(&out)
				_, _ = z.Write(page)
				_ = z.Close()
				size = out.Len()
			}
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(float64(len(page)), "of")
		})
	}
	for _, l := range []int{1, 4, 5, 6, 7, 9, 11} {
		level(fmt.Sprint("br ", l), func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, l) })
	}
	for _, l := range []int{1, 5, 6, 9} {
		level(fmt.Sprint("gzip ", l), func(w io.Writer) io.WriteCloser { z, _ := gzip.NewWriterLevel(w, l); return z })
	}
	for _, l := range []zstd.EncoderLevel{1, 2, 3, 4} {
		level(fmt.Sprint("zstd ", l), func(w io.Writer) io.WriteCloser {
			z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(l))
			return z
		})
	}
}
