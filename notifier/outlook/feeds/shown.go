package feeds

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// A table holds the spans of production that may still matter, by service and
// mode: years of them are over and done with.
type table struct {
	mu    sync.Mutex
	seq   uint64                   // of the record; guarded by mu
	from  time.Time                // what was over by then is left out; guarded by mu
	spans map[string][]notice.Span // guarded by mu; a map is not changed once it is made
}

// at is the table for an instant, made anew where the record has gone on.
func (t *table) at(record *notifier.Record, at time.Time) map[string][]notice.Span {
	seq, _ := record.Changed()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.spans != nil && t.seq == seq && !at.Before(t.from) {
		return t.spans
	}
	t.seq, t.from, t.spans = seq, at, map[string][]notice.Span{}
	for _, st := range record.States() {
		if st.Stage() != string(notice.EnvProduction) {
			continue
		}
		for i := range st.Spans { // they are large, and there are very many
			if span := &st.Spans[i]; !done(span, at) {
				key := span.Service + "/" + span.Mode
				t.spans[key] = append(t.spans[key], *span)
			}
		}
	}
	return t.spans
}

// done is whether a span is over at an instant, and so is its fallback.
func done(s *notice.Span, at time.Time) bool {
	gone := func(end notice.Time) bool { return !end.IsZero() && !end.After(at) }
	return gone(s.Over) && !slices.ContainsFunc(s.Fallbacks, func(o notice.Opening) bool { return !gone(o.Until) })
}

// outlookOf is the state of one service now, in production: that of
// notice.OutlookAt, without a look at all others.
func (f *Feeds) outlookOf(code string, at time.Time) []notice.ModeOutlook {
	spans := f.table.at(f.Record, at)
	var all []notice.ModeOutlook
	for _, mode := range f.Words.Catalogue.Services[code].Modes {
		m := notice.ModeAt(spans[code+"/"+mode], at)
		m.Mode = mode
		all = append(all, m)
	}
	return all
}

// worse is whether an effect is graver than another.
func worse(a, b notice.Effect) bool {
	return slices.Index(a.Values(), string(a)) > slices.Index(a.Values(), string(b))
}

// badge is a service's state as a picture.
func (f *Feeds) badge(r *http.Request) answer {
	code, refusal := f.service(r)
	if refusal != nil {
		return *refusal
	}
	modes := f.outlookOf(code, f.now())
	b := pages.Badge{Formats: templates.FormatsIn(r.URL.Query().Get(paramLang)), Service: f.name(code), Effect: notice.Unaffected}
	_, b.Stale = f.stale()
	for _, m := range modes {
		if worse(m.Effect, b.Effect) {
			b.Effect = m.Effect
		}
		b.Open = b.Open || m.Fallback != nil
	}
	var worst []string
	for _, m := range modes {
		if m.Effect == b.Effect {
			worst, b.Late = append(worst, m.Mode), b.Late || m.Overdue
		}
	}
	if len(worst) < len(modes) {
		b.Modes = templates.ModeNames(f.Words.Catalogue, worst)
	}
	svg, err := b.SVG()
	if err != nil {
		return f.failed("the badge", err)
	}
	return answer{mediaType: "image/svg+xml; charset=utf-8", body: svg}
}

// name is a service's, as it stands alone.
func (f *Feeds) name(code string) string { return f.Words.Catalogue.Services[code].Label }

// frame is a service's state as a page to be shown within another.
func (f *Feeds) frame(r *http.Request) answer {
	code, refusal := f.service(r)
	if refusal != nil {
		return *refusal
	}
	at := f.now()
	v := pages.Frame{Formats: templates.FormatsIn(r.URL.Query().Get(paramLang)), Service: f.name(code), Page: pages.ServicePage(f.Public, code), At: at}
	if f.House.Shifted != nil && f.House.Shifted() {
		v.Clock = v.Formats.Clock(at)
	}
	if since, stale := f.stale(); stale {
		v.Stale = v.Formats.StaleSince(since)
	}
	modes := f.outlookOf(code, at)
	var all []notice.Saying[pages.FrameRow]
	for _, m := range modes {
		all = append(all, notice.Saying[pages.FrameRow]{Service: code, Mode: m.Mode, What: pages.FrameRow{
			Effect: m.Effect, Late: m.Overdue, Since: m.Since.Time, Until: m.Until.Time, Fallback: m.Fallback != nil}})
	}
	for _, g := range notice.Gather(all, sameRow) {
		g.What.Modes = templates.ModeNames(f.Words.Catalogue, g.Modes)
		v.Rows = append(v.Rows, g.What)
	}
	slices.SortStableFunc(v.Rows, func(a, b pages.FrameRow) int { // a frame may be too small for all of it
		return slices.Index(b.Effect.Values(), string(b.Effect)) - slices.Index(a.Effect.Values(), string(a.Effect))
	})
	body, err := v.Render()
	if err != nil {
		return f.failed("the frame", err)
	}
	return answer{mediaType: "text/html; charset=utf-8", body: body, policy: pages.FramePolicy}
}

func sameRow(a, b pages.FrameRow) bool {
	return a.Effect == b.Effect && a.Late == b.Late && a.Fallback == b.Fallback && a.Since.Equal(b.Since) && a.Until.Equal(b.Until)
}
