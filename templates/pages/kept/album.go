package kept

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// An Answer is what a question gets, whole, before anything of it is sent.
type Answer struct {
	Status int           // 200 if 0
	Head   http.Header   // what it is, and what may be done with it
	Body   []byte        // not to be changed any more
	Each   time.Duration // how exactly it tells the time: to the minute if 0
}

// An Asking is what an answer depends on beside the Instant and the path. What
// else somebody writes into an address, or sends as a cookie, changes nothing:
// whoever makes an answer does not see it.
type Asking struct {
	Params  []string // of the query; all count where none is named
	Cookies []string
}

// Nothing is a parameter that nobody asks by: for answers that have none.
const Nothing = ""

// An Instant is what answers follow from.
type Instant struct {
	Seq   uint64    // how much is known
	Stale time.Time // since when no more is heard; zero: it is
	At    time.Time // to the second
}

// An Album holds answers for as long as they are true: until more is known,
// the time that they tell is another, or Turn. However many ask, each is made
// once. Its exported fields are needed and do not change.
type Album struct {
	Limit int // bytes; all forms of all answers are counted as if none could be compressed
	Now   func() Instant
	// Turn is when an answer may become another by the clock alone, after an
	// instant at which it was made. Whole seconds.
	Turn func(Instant) time.Time
	// Failed is the answer where there should be one and making it failed.
	Failed Answer

	shelf Shelf[*leaf]
	mu    sync.Mutex // for leaves that replace others
}

// Used is how many bytes are held, at most.
func (a *Album) Used() int { return a.shelf.Used() }

// A leaf is one answer of an album. Whoever comes first makes it; the others
// wait for it.
type leaf struct {
	made  Instant
	once  sync.Once
	until atomic.Int64 // when it may be another, in Unix seconds; 0: it is being made
	body  *Body        // before it is made, that of the leaf that it replaces: often the same
	Answer
}

// leafSize is what a leaf takes beside its body, in bytes, and longest the
// length of a question that is kept.
const (
	leafSize = 1024
	longest  = 512
)

// Handler answers what make makes of a question, from the album where it is
// there.
func (a *Album) Handler(by Asking, make func(*http.Request) Answer) http.HandlerFunc {
	a.shelf.Limit = a.Limit
	bare := func(r *http.Request) Answer { return make(by.bare(r)) }
	return func(w http.ResponseWriter, r *http.Request) {
		r, name := by.only(r)
		l := a.leaf(name, r, bare)
		if !l.holds(a.Now()) { // something has happened while it was made
			l = a.leaf(name, r, bare)
		}
		if len(by.Cookies) > 0 {
			w.Header().Add("Vary", "Cookie")
		}
		l.send(w, r)
	}
}

// only is a request with nothing but what an answer depends on, and that as a
// name.
func (by Asking) only(r *http.Request) (*http.Request, string) {
	if r.URL.RawQuery == "" && len(by.Cookies) == 0 {
		return r, r.URL.Path
	}
	query, name := r.URL.Query(), r.URL.Path
	if len(by.Params) > 0 {
		asked := query
		query = url.Values{}
		for _, param := range by.Params {
			if values, ok := asked[param]; ok {
				query[param] = values
			}
		}
	}
	address := *r.URL
	if address.RawQuery = query.Encode(); address.RawQuery != "" {
		name += "?" + address.RawQuery
	}
	for _, cookie := range by.Cookies {
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
func (by Asking) bare(r *http.Request) *http.Request {
	bare := r.WithContext(context.WithoutCancel(r.Context()))
	bare.Header = http.Header{}
	for _, cookie := range by.Cookies {
		if c, err := r.Cookie(cookie); err == nil {
			bare.AddCookie(c)
		}
	}
	return bare
}

// leaf is a question's answer: the one of the album if it still holds, else a
// new one.
func (a *Album) leaf(name string, r *http.Request, make func(*http.Request) Answer) *leaf {
	l, fresh := a.seat(name)
	l.once.Do(func() {
		l.Answer = a.Failed // where make panics
		defer a.bind(l)
		l.Answer = make(r)
	})
	if fresh && len(name) <= longest {
		a.shelf.Put(name, leafSize+l.body.Size(), l)
	}
	return l
}

// bind gives a leaf the body of its answer, and says until when it holds.
func (a *Album) bind(l *leaf) {
	if l.body == nil || !l.body.Is(l.Body) {
		l.body = New(l.Body)
	}
	l.Body = nil
	each := cmp.Or(l.Each, time.Minute)
	until := l.made.At.Truncate(each).Add(each)
	if turn := a.Turn(l.made); turn.Before(until) {
		until = turn
	}
	l.until.Store(until.Unix())
}

// seat is where a question's answer is or will be, and whether that is new.
// What happens while an answer is made makes it void.
func (a *Album) seat(name string) (l *leaf, fresh bool) {
	now := a.Now()
	if l, ok := a.shelf.Get(name); ok && l.holds(now) {
		return l, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	old, ok := a.shelf.Get(name)
	if ok && old.holds(now) {
		return old, false
	}
	l = &leaf{made: now}
	if ok && old.until.Load() > 0 {
		l.body = old.body
	}
	if len(name) <= longest {
		a.shelf.Put(name, leafSize, l)
	}
	return l, true
}

// holds is whether a leaf is the answer at an instant, or will be.
func (l *leaf) holds(now Instant) bool {
	until := l.until.Load()
	return l.made.Seq == now.Seq && l.made.Stale.Equal(now.Stale) && !now.At.Before(l.made.At) &&
		(until == 0 || now.At.Unix() < until)
}

// Freshness is what caches may do with what is kept: ask each time, so that
// nobody reads a moment too long that all is well; and show what they have, a
// day at most, where we do not answer or fail. Pages say of what time they are.
// no-cache would forbid the latter (RFC 9111 section 4.2.4).
const Freshness = "public, max-age=0, stale-if-error=86400"

// freshness and failing, what they may do with errors, are ready to be sent.
var (
	freshness = []string{Freshness}
	failing   = []string{"no-cache"}
)

func (l *leaf) send(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	for name, values := range l.Head {
		head[name] = values
	}
	head["Cache-Control"] = freshness
	if l.Status >= http.StatusBadRequest {
		head["Cache-Control"] = failing
	}
	l.body.Send(w, r, l.Status)
}
