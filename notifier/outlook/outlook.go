// Package outlook shows the public how things are: the météo des services en
// ligne, each notice with all that befell it, the letters, and the same as
// JSON.
//
// cmd gives it the record and an address; it answers readers and keeps
// nothing of them. What it says follows from the record and the clock alone: a
// window that has begun is on, whether or not anybody has told so, and nothing
// but a person's word ends it. Until the record has been followed to its end
// it says nothing at all, since silence would be read as "all is well".
package outlook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// A Site is the public's pages. Its exported fields are needed and do not
// change; Handler is called once.
type Site struct {
	Record    *notifier.Record
	Catalogue notice.Catalogue
	Words     templates.Words
	// Letter gives the stored letter of a notice's version; stream.ErrNotFound
	// while there is none.
	Letter func(ctx context.Context, id string, version int) ([]byte, error)
	// EndLetter makes the letter of an end of alert for who asks for one; the
	// state is that at the event. nil: there are none.
	EndLetter func(ctx context.Context, s notice.State, e notice.Event) ([]byte, error)
	// Extract makes the sealed file of an extract of the record. nil: there are
	// none.
	Extract func(ctx context.Context, x templates.Extract) ([]byte, error)
	// Operator answers for the site; Seals are the certificates that letters are
	// sealed with, the bureau's own first, and SealPEM the same as a file. None:
	// letters are not sealed.
	Operator pages.Operator
	Seals    []pages.SealCertificate
	SealPEM  []byte
	// Liaison knows whether the record still hears of what is published; nil:
	// it always does.
	Liaison *notifier.Liaison
	Now     func() time.Time
	Shifted func() bool  // the clock shows another time than the real one
	Theme   *pages.Theme // how pages look, where not as ours
	Public  string       // the pages' own address, without a slash at its end
	Log     *slog.Logger

	end      atomic.Pointer[uint64] // of the record when the first reader came; nil before
	followed atomic.Bool            // the record has been followed to there
	titles   sync.Map               // string by titled: what notices are about
	proofs   sync.Map               // string by titled: the SHA-256 of stored letters
	quotes   sync.Map               // string by event: what it said

	chronicles sync.Map // told by "service/mode"

	archive archive
	sealed  sealedStore
	opened  sync.Once
	album   *kept.Album        // by Album
	letters kept.Shelf[[]byte] // <notice>/<version>
	mu      sync.Mutex
	calm    stretch // guarded by mu
}

// Handler answers the public.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	pages.Handle(mux)
	s.Theme.Handle(mux)
	both(mux, "/{$}", s.own(s.kept(s.front, "le", "at", "connu", fieldService, fieldZone, fieldKept)))
	mux.HandleFunc("GET /meteo", s.alias)
	mux.HandleFunc("POST /choix", s.keep)
	mux.HandleFunc("POST "+english+"/choix", s.keep)
	mux.HandleFunc(english+"/", onlyFrench)
	both(mux, "/services", s.kept(s.index, kept.Nothing))
	both(mux, "/services/{code}", s.canonical(s.own(s.kept(s.service, fieldPeriod, fieldZone))))
	mux.HandleFunc("GET /services/{code}/disponibilite.csv", s.canonical(s.figuresFile))
	both(mux, "/notices", s.own(s.kept(s.list, fieldWords, fieldService, fieldKind, fieldYear, fieldSituation, "page", fieldZone)))
	both(mux, "/notices/{id}", s.own(s.kept(s.story, fieldZone)))
	mux.HandleFunc("GET /notices/{id}/{file}", s.letter)
	both(mux, "/extrait", s.kept(s.extractPage, extractFields...))
	mux.HandleFunc("GET /extrait.pdf", s.extractFile)
	s.registerLegal(mux)
	s.registerAPI(mux)
	mux.HandleFunc("/", s.lost)
	return mux
}

// house is what our pages have in common with all others.
func (s *Site) house() pages.House {
	return pages.House{Now: s.Now, Shifted: s.Shifted, Stale: s.stale, Theme: s.Theme, Log: s.Log}
}

// now is the instant of a question, to the second as notices are: everybody
// who asks within it gets the same answer.
func (s *Site) now() time.Time { return s.Now().Truncate(time.Second) }

// page is a page, which composed will compose.
func (s *Site) page(p pages.Page) answer { return answer{status: p.Status, page: true, shown: &p} }

func (s *Site) notFound() answer {
	return s.page(pages.Page{Name: "lost", Status: http.StatusNotFound, Title: "Page introuvable"})
}

func (s *Site) lost(w http.ResponseWriter, r *http.Request) {
	s.house().Write(w, r, pages.Page{Name: "lost", Status: http.StatusNotFound, Title: "Page introuvable"})
}
