package kept

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A shop is an album with a clock and a record that the test sets.
type shop struct {
	*Album
	now  Instant
	made int
}

func newShop(limit int) *shop {
	s := &shop{now: Instant{At: time.Unix(3600, 0)}}
	s.Album = &Album{Limit: limit, Now: func() Instant { return s.now }, Turn: func(i Instant) time.Time { return i.At.Add(time.Hour) },
		Failed: Answer{Status: http.StatusInternalServerError, Body: []byte("failed")}}
	return s
}

// page is a handler of 2000 bytes an answer.
func (s *shop) page(by Asking) http.HandlerFunc {
	return s.Handler(by, func(*http.Request) Answer {
		s.made++
		return Answer{Body: bytes.Repeat([]byte("page "), 400)}
	})
}

func ask(h http.Handler, address string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	return w
}

// TestAlbumEdge fills an album to its edge, and asks for 10,000 things more.
func TestAlbumEdge(t *testing.T) {
	t.Parallel()
	const one = leafSize + 4*2000 + overhead + len("/?a=1000")
	s := newShop(20 * one)
	h := s.page(Asking{Params: []string{"a"}})
	for i := range 20 {
		ask(h, fmt.Sprint("/?a=", 1000+i))
	}
	if s.Used() != s.Limit || s.made != 20 {
		t.Errorf("%d bytes of %d, made %d", s.Used(), s.Limit, s.made)
	}
	ask(h, "/?a=1000")
	if s.made != 20 {
		t.Error("what there was room for is not there")
	}
	ask(h, "/?a=1020") // 1001 was longest not asked for
	ask(h, "/?a=1000")
	ask(h, "/?a=1002")
	if s.made != 21 {
		t.Errorf("made %d, want 21", s.made)
	}
	if ask(h, "/?a=1001"); s.made != 22 {
		t.Errorf("made %d, want 22", s.made)
	}
	for i := range 10_000 {
		ask(h, fmt.Sprintf("/?a=%d&b=%s", i, strings.Repeat("x", i%600)))
		ask(h, "/?a=1000") // in demand
		if s.Used() > s.Limit {
			t.Fatalf("%d bytes of %d", s.Used(), s.Limit)
		}
	}
	made := s.made
	if ask(h, "/?a=1000"); s.made != made {
		t.Error("what everybody asks for was pushed out")
	}
	used := s.Used()
	if ask(h, "/?a="+strings.Repeat("x", longest)); s.Used() != used || s.made != made+1 {
		t.Error("a question without end is kept")
	}
}

// TestSameBody: the same body made again is not compressed again.
func TestSameBody(t *testing.T) {
	t.Parallel()
	s := newShop(1 << 20)
	h := s.page(Asking{})
	ask(h, "/")
	before, _ := s.shelf.Get("/")
	s.now.At = s.now.At.Add(time.Minute)
	ask(h, "/")
	after, _ := s.shelf.Get("/")
	if s.made != 2 || after == before || after.body != before.body {
		t.Errorf("made %d; another leaf: %v; the same body: %v", s.made, after != before, after.body == before.body)
	}
}

// TestInstants: an answer holds until something that it follows from changes.
func TestInstants(t *testing.T) {
	t.Parallel()
	s := newShop(1 << 20)
	h, begun := s.page(Asking{}), s.now.At
	s.Turn = func(i Instant) time.Time {
		if i.At.Before(begun.Add(90 * time.Second)) {
			return begun.Add(90 * time.Second)
		}
		return begun.Add(time.Hour)
	}
	for _, step := range []struct {
		seq   uint64
		stale time.Time
		at    int // seconds
		made  int
	}{
		{at: 0, made: 1}, {at: 59, made: 1}, {at: 60, made: 2}, {at: 89, made: 2}, {at: 90, made: 3}, {at: 119, made: 3}, {at: 120, made: 4},
		{at: 121, seq: 1, made: 5}, {at: 122, seq: 1, made: 5}, {at: 123, seq: 1, stale: begun, made: 6}, {at: 124, seq: 1, made: 7},
		{at: 30, seq: 1, made: 8}, // the clock of a demonstration goes back
	} {
		s.now = Instant{Seq: step.seq, Stale: step.stale, At: begun.Add(time.Duration(step.at) * time.Second)}
		if ask(h, "/"); s.made != step.made {
			t.Errorf("%+v: made %d", step, s.made)
		}
	}
}

// TestChangeWhileMade: what happens while an answer is made makes it void, and
// whoever waits for it gets the new one.
func TestChangeWhileMade(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := Instant{At: time.Unix(3600, 0)}
	a := &Album{Limit: 1 << 20, Turn: func(i Instant) time.Time { return i.At.Add(time.Hour) }, Now: func() Instant {
		mu.Lock()
		defer mu.Unlock()
		return now
	}}
	making, goOn := make(chan struct{}, 8), make(chan struct{})
	h := a.Handler(Asking{}, func(*http.Request) Answer {
		seq := a.Now().Seq
		if seq == 0 {
			making <- struct{}{}
			<-goOn
		}
		return Answer{Body: fmt.Append(nil, seq)}
	})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			if w := ask(h, "/"); w.Body.String() != "1" {
				t.Errorf("got %s, which was true before", w.Body)
			}
		})
	}
	<-making
	mu.Lock()
	now.Seq = 1
	mu.Unlock()
	close(goOn)
	readers.Wait()
}
