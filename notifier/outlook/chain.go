package outlook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// changes are what an event changed, and its message without the table that
// says so in another form.
func (s *Site) changes(before, after notice.State, e notice.Event, doc templates.Document) ([]pages.Change, templates.Document) {
	i := slices.IndexFunc(doc.Blocks, isChangeTable)
	if i >= 0 {
		changes := fromTable(doc.Blocks[i])
		doc.Blocks = slices.Delete(slices.Clone(doc.Blocks), i, i+1)
		return changes, doc
	}
	name := func(services, modes []string) string {
		return templates.Enumerate(s.names(services)) + ", " + templates.Enumerate(s.modeNames(services[0], modes))
	}
	return pages.Changes(e.Act.Type(), s.said(before, e.Time), s.said(after, e.Time), name), doc
}

// said is what a notice does to each service and mode, by an instant.
func (s *Site) said(st notice.State, at time.Time) pages.Said {
	var all pages.Said
	for _, span := range st.Spans {
		all = append(all, notice.Saying[pages.Line]{Service: span.Service, Mode: span.Mode, What: s.line(span, at)})
	}
	return all
}

// isChangeTable is whether a block puts what was said beside what is.
func isChangeTable(b templates.Block) bool {
	return b.Kind == templates.Table && slices.ContainsFunc(b.Rows, func(row [][]templates.Run) bool {
		return len(row) == 3 && slices.ContainsFunc(row[1], func(r templates.Run) bool { return r.Struck })
	})
}

// fromTable reads what changed from a table of it.
func fromTable(b templates.Block) []pages.Change {
	var all []pages.Change
	for _, row := range b.Rows {
		cell := func(i int) string {
			return strings.TrimPrefix(templates.Plain(row[i]), "–") // which stands for nothing
		}
		all = append(all, pages.Compare(cell(0), cell(1), cell(2)))
	}
	return all
}

// proofWait is how long a page waits for a letter to be read: it says all else
// without.
const proofWait = 300 * time.Millisecond

// proof is the SHA-256 of a version's stored letter, in hexadecimal; "" while
// there is none, or where the store does not answer.
func (s *Site) proof(ctx context.Context, id string, version int) string {
	key := titled{id, version}
	if sum, ok := s.proofs.Load(key); ok {
		return sum.(string)
	}
	ctx, cancel := context.WithTimeout(ctx, proofWait)
	defer cancel()
	pdf, err := s.Letter(ctx, id, version)
	if err != nil {
		return "" // whoever asks for the letter itself is told why
	}
	sum := sha256.Sum256(pdf)
	text := hex.EncodeToString(sum[:])
	s.proofs.Store(key, text) // the first letter that is stored stays
	return text
}

// prove gives the letters of a chain their sums; it gives up at the first that
// is not there, lest a page wait for each of them.
func (s *Site) prove(ctx context.Context, id string, events []pages.Event) {
	for i := range events {
		if events[i].Letter == "" || events[i].OnDemand {
			continue
		}
		if events[i].Sum = s.proof(ctx, id, events[i].Version); events[i].Sum == "" {
			return
		}
	}
}

// quoted is the outage's identifier where the bureau has traders quote it.
func (s *Site) quoted(st notice.State) string {
	if !s.Words.Bureaus[st.Notice.Issuer].QuoteID {
		return ""
	}
	return st.Notice.OutageID
}

// number is what may be the reference of a notice within a text.
var number = regexp.MustCompile(`[\pL\d][\pL\d/-]*\d`)

// named are the other notices that a notice's text or its acts name.
func (s *Site) named(st notice.State) []pages.Notice {
	_, byReference := s.all()
	text := slices.Clone(st.Notice.Paragraphs)
	text = append(text, st.Notice.Cause.Text, st.Notice.Workaround.Text)
	for _, d := range st.Notice.Documents {
		text = append(text, d.Title)
	}
	for _, e := range st.Events {
		text = append(text, wordsOf(e.Act)...)
	}
	var found []pages.Notice
	for _, reference := range number.FindAllString(strings.Join(text, "\n"), -1) {
		id, ok := byReference[reference]
		if !ok || id == st.ID || slices.ContainsFunc(found, func(n pages.Notice) bool { return n.ID == id }) {
			continue
		}
		if other, ok := s.Record.State(id); ok {
			found = append(found, s.brief(other, s.now()))
		}
	}
	return found
}

// wordsOf is what an act says in words of its own, and the references it names.
func wordsOf(act notice.Act) []string {
	var text []string
	elsewhere := func(all []notice.Elsewhere) {
		for _, o := range all {
			text = append(text, o.Reference)
		}
	}
	switch act := act.(type) {
	case notice.Corrected:
		text = append(text, act.Reason)
	case notice.Changed:
		text = append(text, act.Reason)
	case notice.Postponed:
		text = append(text, act.Reason)
	case notice.Extended:
		text = append(text, act.Reason)
	case notice.Progressed:
		text = append(text, act.Text)
	case notice.Recovered:
		elsewhere(act.Elsewhere)
	case notice.Ended:
		text = append(text, act.Text)
		elsewhere(act.Elsewhere)
	case notice.Cancelled:
		text = append(text, act.Reason)
	case notice.Reinstated:
		text = append(text, act.Reason)
	}
	return text
}
