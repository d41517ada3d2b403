package outlook

import (
	"context"
	"net/http"
	"strings"
	"time"

	"douane.gouv.fr/crieur/templates/pages"
)

// Ready is whether the record has been followed to its end: before that, nobody
// is told anything.
func (s *Site) Ready(ctx context.Context) bool { return s.ready(ctx) }

// ready is whether the record has been followed to its end: to where it ended
// when the first reader came, or as the liaison has seen.
func (s *Site) ready(ctx context.Context) bool {
	if s.followed.Load() {
		return true
	}
	if s.Liaison != nil && s.Liaison.Current() {
		s.followed.Store(true)
		return true
	}
	if s.end.Load() == nil {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		last, err := s.Record.Store.Notices.Last(ctx)
		if err != nil {
			s.Log.Warn("cannot ask how long the record is", "err", err)
			return false
		}
		s.end.CompareAndSwap(nil, &last)
	}
	if seq, _ := s.Record.Changed(); seq < *s.end.Load() {
		return false
	}
	s.followed.Store(true)
	return true
}

// notReady answers while the record is still being followed.
func (s *Site) notReady(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "2") // seconds
	if strings.HasPrefix(r.URL.Path, "/api/") {
		s.send(w, r, problem(http.StatusServiceUnavailable, "the record is still being read; ask again in a moment", ""))
		return
	}
	s.house().Write(w, r, pages.Page{Name: "trouble", Status: http.StatusServiceUnavailable, Title: "Un instant"})
}

// stale is since when nothing is heard of what is published, if that is so.
func (s *Site) stale() (since time.Time, stale bool) {
	if s.Liaison == nil {
		return time.Time{}, false
	}
	return s.Liaison.Lost()
}
