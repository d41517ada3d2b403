package outlook

import (
	"maps"
	"net/http"
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
	shown  *pages.Page   // of a page: what it shows, to be composed in the reader's language
}

// albumSize bounds the album, in bytes: all forms of all answers are counted as
// if none could be compressed. It holds some 700 pages of the météo's size.
// Addresses are the readers' to invent; what nobody asks for goes first.
const albumSize = 64 << 20

// failed is what there is to say where an answer could not be made.
var failed = answer{status: http.StatusInternalServerError, page: true, body: []byte("Cette page n’a pas pu être composée.")}

// Album is where the site's answers are kept. Others who answer from the same
// record keep theirs there too.
func (s *Site) Album() *kept.Album {
	s.open()
	return s.album
}

// open makes what the site keeps things in, once.
func (s *Site) open() {
	s.opened.Do(func() {
		s.album = &kept.Album{Limit: albumSize, Now: s.instant, Turn: s.turn, Failed: s.whole(failed)}
		s.letters.Limit = lettersSize
	})
}

// kept answers what make makes of a question, which may have these parameters,
// from the album where it is there.
func (s *Site) kept(make func(*http.Request) answer, params ...string) http.HandlerFunc {
	return s.keptBy(kept.Asking{Params: params}, make)
}

// keptBy is kept for answers that depend on more than parameters.
func (s *Site) keptBy(by kept.Asking, make func(*http.Request) answer) http.HandlerFunc {
	answers := s.Album().Handler(by, func(r *http.Request) kept.Answer { return s.whole(s.composed(r, make(r))) })
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.ready(r.Context()) {
			s.notReady(w, r)
			return
		}
		answers(w, r)
	}
}

// instant is that of a question.
func (s *Site) instant() kept.Instant {
	seq, _ := s.Record.Changed()
	since, _ := s.stale()
	return kept.Instant{Seq: seq, Stale: since, At: s.now()}
}

// send answers at once with what is not kept.
func (s *Site) send(w http.ResponseWriter, r *http.Request, a answer) {
	maps.Copy(w.Header(), s.whole(a).Head)
	pages.Fresh(w, r, a.status, a.body)
}

// whole is an answer with all that is sent with it.
func (s *Site) whole(a answer) kept.Answer {
	head := http.Header{}
	whole := kept.Answer{Status: a.status, Head: head, Body: a.body, Each: a.each}
	if a.page {
		s.house().Introduce(head)
		return whole
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
	return whole
}
