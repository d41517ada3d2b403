package outlook

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// The most that one extract tells: a year, and so many changes.
const (
	extractPeriod = 366 * 24 * time.Hour
	extractTurns  = 400
)

// extractPage is the form and, where a question was asked, its answer.
func (s *Site) extractPage(r *http.Request) answer {
	values := r.URL.Query()
	v := pages.Extract{Values: map[string]string{}, Wrong: map[string]string{}}
	for _, field := range extractFields {
		v.Values[field] = values.Get(field)
	}
	for _, code := range s.Catalogue.Codes() {
		v.Services = append(v.Services, templates.Choice{Value: code, Label: s.Catalogue.Services[code].Label})
	}
	for _, code := range s.Catalogue.ModeCodes() {
		v.Modes = append(v.Modes, templates.Choice{Value: code, Label: s.Catalogue.Modes[code].Label})
	}
	p := pages.Page{Name: "extract", Title: "Extrait de l’historique", Here: "/extrait"}
	if len(values) > 0 && values.Has("service") {
		q, wrong := s.extractQuestion(values, s.heard())
		if len(wrong) == 0 {
			s.showExtract(&v, s.extract(q), langOf(r))
		}
		for _, field := range extractFields {
			if wrong[field] != nil {
				p.Status, v.Wrong[field] = http.StatusBadRequest, wrong[field].french
				v.Order = append(v.Order, field)
			}
		}
	}
	p.Body = v
	return s.page(p)
}

// showExtract puts an answer on its page, and back into the form.
func (s *Site) showExtract(v *pages.Extract, x templates.Extract, lang string) {
	v.Values["service"], v.Values["mode"] = x.Service, x.Mode
	doc, err := s.Words.Extract(x, lang)
	if err != nil {
		s.Log.Error("cannot say an extract", "err", err)
		return
	}
	v.Subject, v.Answer = templates.Capitalised(doc.Subject), templates.HTML(doc, 3)
	v.Reference, v.Query = x.Reference, x.Query().Encode()
	v.Sealed = s.Extract != nil
}

// apiExtract is the same as JSON.
func (s *Site) apiExtract(r *http.Request) answer {
	q, wrong := s.extractQuestion(r.URL.Query(), s.heard())
	for _, field := range extractFields {
		if wrong[field] != nil {
			return refuse(field, wrong[field].err)
		}
	}
	return reply(s.extract(q))
}

// heard is up to when the record is known: now, unless nothing is heard of what
// is published.
func (s *Site) heard() time.Time {
	if since, stale := s.stale(); stale {
		return since.Truncate(time.Second)
	}
	return s.now()
}

// An extractQuestion is what an extract is asked of.
type extractQuestion struct {
	service, mode string
	at, known     time.Time
	from, to      time.Time // of a period; zero where an instant was asked for
	asked         time.Time
}

// extract answers from the record.
func (s *Site) extract(q extractQuestion) templates.Extract {
	c := s.chronicle(q.service, q.mode)
	x := templates.Extract{
		Service: q.service, Label: templates.Names(s.Catalogue, []string{q.service})[0],
		Mode: q.mode, ModeLabel: templates.ModeNames(s.Catalogue, []string{q.mode})[0], Asked: notice.At(q.asked),
	}
	x.Issuer = slices.Sorted(maps.Keys(s.Words.Bureaus))[0]
	if q.from.IsZero() {
		s.extractInstant(&x, c, q)
	} else {
		x.From, x.To = notice.At(q.from), notice.At(q.to)
		for _, turn := range c.Turns(q.from, q.to) {
			x.Turns = append(x.Turns, templates.Turn{At: turn.At, State: bare(turn.State)})
		}
		if x.More = len(x.Turns) > extractTurns; x.More {
			x.Turns = x.Turns[:extractTurns]
		}
	}
	sum := sha256.Sum256([]byte(x.Query().Encode()))
	x.Reference = "EXT-" + strings.ToUpper(hex.EncodeToString(sum[:6]))
	return x
}

// A told chronicle is one with how much was known when it was gathered.
type told struct {
	seq uint64
	notice.Chronicle
}

// chronicle is what has been said of a service in a mode, gathered once for
// each state of the record.
func (s *Site) chronicle(service, mode string) notice.Chronicle {
	key := service + "/" + mode
	seq, _ := s.Record.Changed() // before what is gathered, which may be newer
	if c, ok := s.chronicles.Load(key); ok && c.(told).seq == seq {
		return c.(told).Chronicle
	}
	c := notice.ChronicleOf(s.Record.States(), service, mode)
	s.chronicles.Store(key, told{seq, c})
	return c
}

func (s *Site) extractInstant(x *templates.Extract, c notice.Chronicle, q extractQuestion) {
	x.At, x.Known = notice.At(q.at), notice.At(q.known)
	x.State = bare(c.At(q.at, q.known))
	if q.at.After(q.known) {
		x.State.Overdue = false // only time could tell
	}
	if later := bare(c.At(q.at, q.asked)); !later.Alike(x.State) {
		x.Later = &later
	}
	for _, w := range c.Reasons(q.at, q.known) {
		to := &x.Reasons
		if w.Event.Time.After(q.known) {
			to = &x.Corrections
		}
		*to = append(*to, s.quote(w))
		if _, ok := s.Words.Bureaus[w.State.Notice.Issuer]; ok {
			x.Issuer = w.State.Notice.Issuer
		}
	}
}

// bare is a state without the spans that make it so: an extract quotes what was
// published instead.
func bare(o notice.ModeOutlook) notice.ModeOutlook {
	o.Reasons, o.Next, o.Label = nil, nil, ""
	return o
}

// quote is what an event said, in the words in which it was told.
func (s *Site) quote(w notice.Word) templates.Quote {
	e := w.Event
	q := templates.Quote{
		Notice: e.Notice, Reference: w.State.Notice.Reference, Version: e.Version, Event: e.ID, Type: e.Act.Type(), Time: notice.At(e.Time),
		URL: s.Public + "/notices/" + e.Notice,
	}
	if text, ok := s.quotes.Load(e.ID); ok {
		q.Text = text.(string)
		return q
	}
	doc, err := s.Words.Message(w.State, e, templates.Telling{})
	if err != nil {
		s.Log.Error("cannot say an event", "notice", e.Notice, "event", e.ID, "err", err)
	}
	q.Text = cmp.Or(quoted(doc), doc.Subject)
	s.quotes.Store(e.ID, q.Text)
	return q
}

// quoted is the text of a message in one paragraph, without what it calls
// notes for.
func quoted(doc templates.Document) string {
	var said []string
	for _, b := range append(slices.Clone(doc.Blocks), doc.Text...) {
		if b.Kind != templates.Paragraph && b.Kind != templates.Callout || b.Lang != "" && b.Lang != "fr" {
			continue
		}
		runs := slices.DeleteFunc(slices.Clone(b.Runs), func(r templates.Run) bool { return r.Note > 0 })
		if text := strings.TrimSpace(templates.Plain(runs)); text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, " ")
}

// extractFile is the extract under the bureau's seal.
func (s *Site) extractFile(w http.ResponseWriter, r *http.Request) {
	if !s.ready(r.Context()) {
		s.notReady(w, r)
		return
	}
	q, wrong := s.extractQuestion(r.URL.Query(), s.heard())
	if len(wrong) > 0 || s.Extract == nil {
		http.Redirect(w, r, "/extrait?"+r.URL.Query().Encode(), http.StatusSeeOther) // which says what is wrong
		return
	}
	x := s.extract(q)
	pdf, err := s.sealed.get(r.Context(), x, s.now(), s.Extract)
	switch {
	case err == errTooMany:
		w.Header().Set("Retry-After", fmt.Sprint(int(sealPause/time.Second)))
		s.house().Write(w, r, pages.Page{Name: "busy", Status: http.StatusTooManyRequests, Title: "Un instant"})
	case err != nil:
		s.Log.Error("cannot make an extract", "err", err)
		s.house().Write(w, r, pages.Page{Name: "trouble", Status: http.StatusServiceUnavailable, Title: "Un instant"})
	default:
		sendLetter(w, r, "extrait-"+x.Reference+".pdf", pdf)
	}
}

// extractor makes the sealed file of an extract.
type extractor func(ctx context.Context, x templates.Extract) ([]byte, error)
