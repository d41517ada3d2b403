package push

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A studio is a house with a live stream and a server that serves it.
type studio struct {
	*house
	*Live
	server *httptest.Server
	said   atomic.Int64 // how often words were asked for
	length int          // of the text besides, to fill the network's buffers
}

// newStudio serves a stream over plain HTTP; set may change both before.
func newStudio(t testing.TB, set func(*studio)) *studio {
	t.Helper()
	h := newHouse(t)
	s := &studio{house: h}
	s.Live = &Live{
		Record: h.record, Catalogue: h.catalogue, Public: "https://alerte.douane.example", Log: h.log,
		Say: func(state notice.State, e notice.Event) (string, string, error) {
			s.said.Add(1)
			return "Alerte " + state.Notice.Reference, "Acte : « " + string(e.Act.Type()) + " »" + strings.Repeat("x", s.length), nil
		},
	}
	s.server = httptest.NewUnstartedServer(s.Live)
	if set != nil {
		set(s)
	}
	if s.server.EnableHTTP2 {
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	t.Cleanup(func() { s.server.CloseClientConnections(); s.server.Close() })
	return s
}

// An ear is one listener as a test has it.
type ear struct {
	t      testing.TB
	blocks chan string // as they came, without the empty line; closed at the end
	state  string      // the block with the state, where that came first
	leave  func()
}

// listen begins to listen and returns when the server has it.
func (s *studio) listen(query string, lastID string) *ear {
	s.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	resp := s.get(ctx, http.MethodGet, query, lastID)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("%q: %s, %s", query, resp.Status, resp.Header.Get("Content-Type"))
	}
	e := &ear{t: s.t, blocks: make(chan string, 64), leave: leave}
	go func() {
		defer close(e.blocks)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 64<<20)
		var block []string
		for lines.Scan() {
			if lines.Text() != "" {
				block = append(block, lines.Text())
				continue
			}
			e.blocks <- strings.Join(block, "\n")
			block = nil
		}
	}()
	s.t.Cleanup(leave)
	if got := e.next(); got != "retry: 2000" {
		s.t.Fatalf("the stream begins with %q", got)
	}
	if lastID == "" && !strings.Contains(query, "depuis=") {
		if e.state = e.next(); !strings.Contains(e.state, "\nevent: state\n") {
			s.t.Fatalf("who has heard nothing is told first %q", e.state)
		}
	}
	return e
}

func (s *studio) get(ctx context.Context, method, query, lastID string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.server.URL+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := s.server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp
}

// next is the next block; "" when the stream has ended.
func (e *ear) next() string {
	e.t.Helper()
	select {
	case block := <-e.blocks:
		return block
	case <-time.After(20 * time.Second):
		e.t.Fatal("nothing is heard")
		return ""
	}
}

// ids are those of the next n messages.
func (e *ear) ids(n int) []string {
	e.t.Helper()
	var ids []string
	for range n {
		first, _, _ := strings.Cut(e.next(), "\n")
		ids = append(ids, strings.TrimPrefix(first, "id: "))
	}
	return ids
}

func (e *ear) hears(name string, ids ...string) {
	e.t.Helper()
	if got := e.ids(len(ids)); !slices.Equal(got, ids) {
		e.t.Errorf("%s: heard %v, want %v", name, got, ids)
	}
}

func TestLiveTellsTheLifeOfTheSeed(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	e := s.listen("", "")
	s.append(start.AddDate(0, 0, -7), "n1", s.seed())
	s.append(start, "n1", notice.Started{Occurrence: 1, Planned: notice.At(start)})
	end := start.Add(5*time.Hour + 30*time.Minute)
	s.append(end, "n1", endNow(end))

	if block := e.next(); !strings.HasPrefix(block, "id: 1\nevent: published\ndata: {") || strings.Count(block, "\n") != 2 {
		t.Errorf("first block: %s", block)
	}
	e.hears("then", "2")
	block := e.next()
	_, data, _ := strings.Cut(block, "\ndata: ")
	var m Message
	if err := json.Unmarshal([]byte(data), &m); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", m)
	want := "{ID:" + stream.ID(end, "n13") + " Notice:n1 Number:3 Version:1 Type:ended Time:2023-08-08T14:30:00+02:00 Stage:production Reference:20000171 " +
		"Title:Alerte 20000171 Text:Acte : « ended » " +
		"Services:[delta-t ics-delta-p delta-g delta-x-import delta-x-export delta-h7 ecs] Modes:[edi dti dti-plus] " +
		"Page:https://alerte.douane.example/notices/n1}"
	if got != want {
		t.Errorf("the end:\n%s, want\n%s", got, want)
	}
}

// TestMessageSpeaksOfWhatIsBack: a program must not take the whole notice for
// recovered.
func TestMessageSpeaksOfWhatIsBack(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	s.append(start, "n1", s.seed())
	e := s.listen("", "")
	s.append(start.Add(time.Hour), "n1", back(start.Add(time.Hour), "ecs"))
	if block := e.next(); !strings.Contains(block, `"services":["ecs"],"modes":["edi"]`) {
		t.Errorf("heard %s", block)
	}
}

// back says that a service is back in EDI.
func back(at time.Time, service string) notice.Recovered {
	return notice.Recovered{
		At: notice.At(at), Services: []string{service}, Modes: []string{"edi"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow},
	}
}

// TestHistoryAsItWasSaid: an old event is told with the notice as it was.
func TestHistoryAsItWasSaid(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	was, is := s.about("ecs"), s.about("gamma")
	is.Notice.Reference = "20000172"
	s.append(start, "n1", was)
	s.append(start, "n1", notice.Corrected{Notice: is.Notice, Scope: is.Scope})
	e := s.listen("?depuis=0", "")
	for _, want := range []string{`"Alerte 20000171"`, `"Alerte 20000172"`} {
		if block := e.next(); !strings.Contains(block, want) {
			t.Errorf("heard %s, want %s", block, want)
		}
	}
}

// TestSilence: between events there are signs of life, and neither the
// server's timeouts nor the patience for one message end what is only quiet.
func TestSilence(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, func(s *studio) {
				s.server.EnableHTTP2 = http2
				s.server.Config.ReadTimeout = time.Second
				s.server.Config.WriteTimeout = time.Second
				s.Heartbeat, s.Patience = 1500*time.Millisecond, time.Second
			})
			e := s.listen("", "")
			if got := e.next(); got != ":" {
				t.Fatalf("heard %q in silence", got)
			}
			s.append(start, "n1", s.about("ecs"))
			if got := e.next(); !strings.HasPrefix(got, "id: 1\n") {
				t.Errorf("heard %q after it", got)
			}
		})
	}
}

// TestSlowListener: nobody waits for one that takes nothing.
func TestSlowListener(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) {
		s.narrow()
		s.Patience = time.Hour
	})
	s.sleeper()
	quick := s.listen("", "")
	s.append(start, "n1", s.about("ecs"))
	s.append(start, "n1", endNow(start))
	quick.hears("the quick one", "1", "2")
	if got := s.Listening(); got != 2 {
		t.Errorf("%d listen, want the slow one still", got)
	}
}

// TestImpatience: one that takes nothing is let go after a while.
func TestImpatience(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) {
		s.narrow()
		s.Patience = 200 * time.Millisecond
	})
	s.sleeper()
	s.append(start, "n1", s.about("ecs"))
	until(t, "the slow one is let go", func() bool { return s.Listening() == 0 })
}

// narrow makes messages larger than what the network takes unread.
func (s *studio) narrow() {
	s.length = 1 << 20
	s.server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if err := c.(*net.TCPConn).SetWriteBuffer(4096); err != nil {
			s.t.Error(err)
		}
		return ctx
	}
}

// sleeper is a listener that never reads.
func (s *studio) sleeper() {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /?depuis=0 HTTP/1.1\r\nHost: crieur\r\n\r\n"); err != nil {
		s.t.Fatal(err)
	}
	until(s.t, "the sleeper is there", func() bool { return s.Listening() == 1 })
}

func TestLimit(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) { s.Limit = 2 })
	first := s.listen("", "")
	s.listen("", "")
	resp := s.get(t.Context(), http.MethodGet, "", "")
	resp.Body.Close()
	after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if resp.StatusCode != http.StatusServiceUnavailable || err != nil || after < 1 {
		t.Errorf("one too many: %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	first.leave()
	until(t, "there is room again", func() bool { return s.Listening() == 1 })
	s.listen("", "")
}

// TestEncodedOnce: however many listen, words are found once.
func TestEncodedOnce(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	var ears []*ear
	for range 50 {
		ears = append(ears, s.listen("", ""))
	}
	s.append(start, "n1", s.seed())
	s.append(start, "n1", endNow(start))
	for _, e := range ears {
		e.hears("one of many", "1", "2")
	}
	if got := s.said.Load(); got != 2 {
		t.Errorf("words were asked for %d times, for two events", got)
	}
}

// TestNoWords: an event for which there are no words stops nothing.
func TestNoWords(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) {
		say := s.Say
		s.Say = func(state notice.State, e notice.Event) (string, string, error) {
			if e.Act.Type() == notice.TypeStarted {
				return "", "", errors.New("no words")
			}
			return say(state, e)
		}
	})
	e := s.listen("", "")
	s.append(start, "n1", s.seed())
	s.append(start, "n1", notice.Started{Occurrence: 1, Planned: notice.At(start)})
	s.append(start, "n1", endNow(start))
	e.hears("without the second", "1", "3")
}

// TestNothingIsLeft does not run beside others: it looks at all goroutines.
func TestNothingIsLeft(t *testing.T) {
	stop := make(chan struct{})
	s := newStudio(t, func(s *studio) { s.Stop = stop })
	var ears []*ear
	for range 40 {
		ears = append(ears, s.listen("", ""))
	}
	if got := serving(); got != 40 {
		t.Fatalf("%d goroutines serve 40 listeners", got)
	}
	for _, e := range ears[:20] {
		e.leave()
	}
	until(t, "those who left are gone", func() bool { return s.Listening() == 20 && serving() == 20 })
	s.append(start, "n1", s.seed())
	ears[20].hears("one who stayed", "1")
	close(stop)
	for _, e := range ears[21:] {
		for block := range e.blocks {
			if !strings.HasPrefix(block, "id: 1\n") {
				t.Errorf("heard %q at the end", block)
			}
		}
	}
	until(t, "everybody is gone", func() bool { return s.Listening() == 0 && serving() == 0 })
	resp := s.get(t.Context(), http.MethodGet, "", "")
	defer resp.Body.Close()
	until(t, "who comes after the end is let go", func() bool { return s.Listening() == 0 })
}

// serving is how many goroutines are in the live stream.
func serving() int {
	all := make([]byte, 16<<20)
	return strings.Count(string(all[:runtime.Stack(all, true)]), "push.(*Live).ServeHTTP(")
}
