package outlook

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/templates/pages"
)

// An answer is what a question gets, whole, before anything of it is sent.
type answer struct {
	status int // 200 if 0
	page   bool
	body   []byte
	link   string // where there is more (RFC 8288); "" for nowhere
	tag    string // the body's entity tag, made once; "" where there is none
}

// An album holds answers for as long as they are true: until the next second,
// or the next event on the record. When a country looks at once, each page is
// made once a second.
type album struct {
	second  time.Time
	seq     uint64
	answers map[string]*leaf
}

// A leaf is one answer of an album. Whoever comes first makes it; the others
// wait for it.
type leaf struct {
	once   sync.Once
	answer answer
}

// albumSize bounds the album: addresses are the readers' to invent.
const albumSize = 256

// failed is what there is to say where an answer could not be made.
var failed = answer{status: http.StatusInternalServerError, page: true, body: []byte("Cette page n’a pas pu être composée.")}

// kept answers what make makes of a question, from the album where it is there.
func (s *Site) kept(make func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.ready(r.Context()) {
			s.notReady(w, r)
			return
		}
		l := s.leaf(r.URL.RequestURI())
		l.once.Do(func() {
			a := make(r)
			if a.status == 0 || a.status == http.StatusOK {
				a.tag = pages.Tag(a.body)
			}
			l.answer = a
		})
		l.answer.send(w, r)
	}
}

// leaf is an address's place in the album of this moment; where that is full,
// a loose one. What happens while an answer is made makes its album void.
func (s *Site) leaf(address string) *leaf {
	second := s.now()
	seq, _ := s.Record.Changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.made.second.Equal(second) || s.made.seq != seq {
		s.made = album{second, seq, map[string]*leaf{}}
	}
	l, ok := s.made.answers[address]
	if !ok {
		l = &leaf{answer: failed}
		if len(s.made.answers) < albumSize {
			s.made.answers[address] = l
		}
	}
	return l
}

func (a answer) send(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	if a.tag != "" {
		head.Set("ETag", a.tag)
	}
	if a.page {
		pages.Send(w, r, a.status, a.body)
		return
	}
	head.Set("Content-Type", "application/json")
	if a.status >= http.StatusBadRequest {
		head.Set("Content-Type", "application/problem+json")
	}
	if a.link != "" {
		head.Set("Link", a.link)
	}
	head.Set("Access-Control-Allow-Origin", "*") // it is public: any page may read it
	head.Set("X-Content-Type-Options", "nosniff")
	pages.Fresh(w, r, a.status, a.body)
}

// page makes a page; what cannot be composed is our own trouble.
func (s *Site) page(p pages.Page) answer {
	body, err := s.house().Render(p)
	if err != nil {
		s.Log.Error("cannot make a page", "err", err)
		return failed
	}
	return answer{status: p.Status, page: true, body: body}
}

func (s *Site) notFound() answer {
	return s.page(pages.Page{Name: "lost", Status: http.StatusNotFound, Title: "Page introuvable"})
}

// notReady answers while the record is still being followed.
func (s *Site) notReady(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "2") // seconds
	if strings.HasPrefix(r.URL.Path, "/api/") {
		problem(http.StatusServiceUnavailable, "the record is still being read; ask again in a moment", "").send(w, r)
		return
	}
	s.house().Write(w, r, pages.Page{Name: "trouble", Status: http.StatusServiceUnavailable, Title: "Un instant"})
}
