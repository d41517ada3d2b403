package outlook

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// An answer is what a question gets, whole, before anything of it is sent.
type answer struct {
	status int // 200 if 0
	page   bool
	body   []byte
	link   string        // where there is more (RFC 8288); "" for nowhere
	each   time.Duration // how exactly it tells the time: to the minute if 0
}

// An asking is what an answer depends on beside the record, the clock and the
// path. What else somebody writes into an address, or sends as a cookie,
// changes nothing: whoever makes an answer does not see it.
type asking struct {
	params  []string // of the query
	cookies []string
}

// An instant is what answers follow from.
type instant struct {
	seq   uint64    // of the record
	stale time.Time // since when nothing is heard of it; zero: it is
	at    time.Time // to the second
}

// A leaf is one answer of the album. Whoever comes first makes it; the others
// wait for it.
type leaf struct {
	made  instant
	once  sync.Once
	until atomic.Int64 // when it may be another, in Unix seconds; 0: it is being made
	body  *kept.Body   // before it is made, that of the leaf that it replaces: often the same
	answer
}

// albumSize bounds the album, in bytes: all forms of all answers are counted as
// if none could be compressed. It holds some 700 pages of the météo's size.
// Addresses are the readers' to invent; what nobody asks for goes first.
const albumSize = 64 << 20

// leafSize is what a leaf takes beside its body, in bytes, and longest the
// length of a question that is kept.
const (
	leafSize = 512
	longest  = 512
)

// failed is what there is to say where an answer could not be made.
var failed = answer{status: http.StatusInternalServerError, page: true, body: []byte("Cette page n’a pas pu être composée.")}

// kept answers what make makes of a question, which may have these parameters,
// from the album where it is there.
func (s *Site) kept(make func(*http.Request) answer, params ...string) http.HandlerFunc {
	return s.keptBy(asking{params: params}, make)
}

// keptBy is kept for answers that depend on more than parameters.
func (s *Site) keptBy(by asking, make func(*http.Request) answer) http.HandlerFunc {
	bare := func(r *http.Request) answer { return make(by.bare(r)) }
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.ready(r.Context()) {
			s.notReady(w, r)
			return
		}
		r, name := by.only(r)
		l := s.leaf(name, r, bare)
		if !l.holds(s.instant()) { // something has happened while it was made
			l = s.leaf(name, r, bare)
		}
		if len(by.cookies) > 0 {
			w.Header().Set("Vary", "Cookie")
		}
		l.send(w, r)
	}
}

// only is a request with nothing but what an answer depends on, and that as a
// name.
func (by asking) only(r *http.Request) (*http.Request, string) {
	if r.URL.RawQuery == "" && len(by.cookies) == 0 {
		return r, r.URL.Path
	}
	asked, query, name := r.URL.Query(), url.Values{}, r.URL.Path
	for _, param := range by.params {
		if values, ok := asked[param]; ok {
			query[param] = values
		}
	}
	address := *r.URL
	if address.RawQuery = query.Encode(); address.RawQuery != "" {
		name += "?" + address.RawQuery
	}
	for _, cookie := range by.cookies {
		if c, err := r.Cookie(cookie); err == nil {
			name += "\n" + cookie + "=" + c.Value
		}
	}
	only := r.WithContext(r.Context())
	only.URL = &address
	return only, name
}

// bare is a request with no other header fields than the cookies that an answer
// depends on. It does not end with its reader: others wait for the answer.
func (by asking) bare(r *http.Request) *http.Request {
	bare := r.WithContext(context.WithoutCancel(r.Context()))
	bare.Header = http.Header{}
	for _, cookie := range by.cookies {
		if c, err := r.Cookie(cookie); err == nil {
			bare.AddCookie(c)
		}
	}
	return bare
}

// instant is that of a question.
func (s *Site) instant() instant {
	seq, _ := s.Record.Changed()
	since, _ := s.stale()
	return instant{seq, since, s.now()}
}

// leaf is a question's answer: the one of the album if it still holds, else a
// new one.
func (s *Site) leaf(name string, r *http.Request, make func(*http.Request) answer) *leaf {
	l, fresh := s.seat(name)
	l.once.Do(func() {
		l.answer = failed // where make panics
		defer s.bind(l)
		l.answer = make(r)
	})
	if fresh && len(name) <= longest {
		s.album.Put(name, leafSize+l.body.Size(), l)
	}
	return l
}

// bind gives a leaf the body of its answer, and says until when it holds.
func (s *Site) bind(l *leaf) {
	if l.body == nil || !l.body.Is(l.answer.body) {
		l.body = kept.New(l.answer.body)
	}
	l.answer.body = nil
	l.until.Store(s.until(l.made, l.each).Unix())
}

// seat is where a question's answer is or will be, and whether that is new.
// What happens while an answer is made makes it void.
func (s *Site) seat(name string) (l *leaf, fresh bool) {
	now := s.instant()
	if l, ok := s.album.Get(name); ok && l.holds(now) {
		return l, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.album.Get(name)
	if ok && old.holds(now) {
		return old, false
	}
	l = &leaf{made: now}
	if ok && old.until.Load() > 0 {
		l.body = old.body
	}
	if len(name) <= longest {
		s.album.Put(name, leafSize, l)
	}
	return l, true
}

// holds is whether a leaf is the answer at an instant, or will be.
func (l *leaf) holds(now instant) bool {
	until := l.until.Load()
	return l.made.seq == now.seq && l.made.stale.Equal(now.stale) && !now.at.Before(l.made.at) &&
		(until == 0 || now.at.Unix() < until)
}

// freshness is what caches may do with what is kept: ask each time, so that
// nobody reads a moment too long that all is well; and show what they have, a
// day at most, where we do not answer or fail. Pages say of what time they are.
var freshness = []string{"public, max-age=0, stale-if-error=86400"}

func (l *leaf) send(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head["Cache-Control"] = freshness
	if l.status >= http.StatusBadRequest {
		head.Set("Cache-Control", "no-cache")
	}
	if l.page {
		pages.SendKept(w, r, l.status, l.body)
		return
	}
	head.Set("Content-Type", "application/json")
	if l.status >= http.StatusBadRequest {
		head.Set("Content-Type", "application/problem+json")
	}
	if l.link != "" {
		head.Set("Link", l.link)
	}
	head.Set("Access-Control-Allow-Origin", "*") // it is public: any page may read it
	head.Set("X-Content-Type-Options", "nosniff")
	l.body.Send(w, r, l.status)
}
