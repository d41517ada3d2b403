package office

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

func (o *Office) trailRoutes() []route {
	return []route{
		{"GET /journal", overseers, o.trailPage},
		{"GET /journal/export.jsonl", overseers, o.exportTrail},
	}
}

// didPage is how many entries a page of the trail shows.
const didPage = 50

// entryTypes are those by which the trail is filtered.
var entryTypes = []publisher.EntryType{publisher.Drafted, publisher.Submitted, publisher.Returned, publisher.Approved, publisher.Released,
	publisher.Lapsed, publisher.Withdrawn, publisher.Acted, publisher.Reviewed, publisher.Voided}

// A trailQuestion is what is asked of the trail, understood.
type trailQuestion struct {
	account, notice, kind string
	from, until           time.Time // zero: open
}

// asksTrail reads what is asked, and what of it cannot be understood.
func (o *Office) asksTrail(q url.Values) (trailQuestion, []bureau.Flaw) {
	ask := trailQuestion{account: strings.ToLower(strings.TrimSpace(q.Get("compte"))), kind: q.Get("acte")}
	if ask.account == "horloge" {
		ask.account = "clock"
	}
	var wrong []bureau.Flaw
	if name := strings.TrimSpace(q.Get("note")); name != "" {
		id, err := o.Publisher.Find(name)
		if err != nil {
			wrong = append(wrong, o.faultOf("note", err))
		}
		ask.notice = id
	}
	from, until, faults := o.period(q)
	ask.from, ask.until = from, until
	return ask, append(wrong, faults...)
}

// period reads a first and a last day, as people write them: "du" and "au".
func (o *Office) period(q url.Values) (from, until time.Time, wrong []bureau.Flaw) {
	for _, f := range []struct {
		field string
		set   func(notice.Date)
	}{
		{"du", func(d notice.Date) { from = d.Start() }},
		{"au", func(d notice.Date) { until = dayAfter(d, 1).Start() }},
	} {
		text := strings.TrimSpace(q.Get(f.field))
		if text == "" {
			continue
		}
		d, _, err := reading.Day(text, o.Publisher.Now())
		if err != nil {
			wrong = append(wrong, bureau.Flaw{Field: f.field, What: err.What, Remedy: err.Remedy})
			continue
		}
		f.set(d)
	}
	return from, until, wrong
}

// dayAfter is a day so many days later.
func dayAfter(d notice.Date, days int) notice.Date {
	return notice.DateOf(d.Start().AddDate(0, 0, days))
}

func (q trailQuestion) fits(x publisher.Dossier, e publisher.Entry) bool {
	return (q.account == "" || e.Account == q.account) && (q.notice == "" || x.ID == q.notice) && (q.kind == "" || string(e.Type) == q.kind) &&
		(q.from.IsZero() || !e.Time.Before(q.from)) && (q.until.IsZero() || e.Time.Before(q.until))
}

// A deed is an entry and its place.
type deed struct {
	of *publisher.Dossier
	at int // place among the notice's entries
}

// deeds are the entries that fit what is asked, the newest first.
func deeds(all []publisher.Dossier, q trailQuestion) []deed {
	var found []deed
	for i := range all {
		for at, e := range all[i].Entries {
			if q.fits(all[i], e) {
				found = append(found, deed{&all[i], at})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b deed) int {
		if c := b.of.Entries[b.at].Time.Compare(a.of.Entries[a.at].Time); c != 0 || a.of != b.of {
			return c
		}
		return b.at - a.at
	})
	return found
}

// readableOnes are the notices that a visitor may read.
func (o *Office) readableOnes(v visit) []publisher.Dossier {
	return slices.DeleteFunc(o.Publisher.Dossiers(), func(x publisher.Dossier) bool { return !concerns(v, x) })
}

// trailPage shows who did what, and whether the record is whole.
func (o *Office) trailPage(v visit) (answer, error) {
	q := v.URL.Query()
	ask, wrong := o.asksTrail(q)
	all := o.readableOnes(v)
	body := bureau.Trail{Wrong: wrong, Export: "/journal/export.jsonl?" + only(q, "compte", "note", "acte", "du", "au").Encode(),
		Verify: "/journal?" + withField(only(q, "compte", "note", "acte", "du", "au"), "relire", "1").Encode(),
		Asked:  bureau.TrailQuestion{Account: q.Get("compte"), Notice: q.Get("note"), Kind: q.Get("acte"), From: q.Get("du"), To: q.Get("au")}}
	for _, t := range entryTypes {
		body.Kinds = append(body.Kinds, bureau.Pick{Code: string(t), Label: templates.Capitalised(templates.EntryName(t)), Chosen: string(t) == ask.kind})
	}
	var err error
	if body.Chain, err = o.chain(v.Context(), all, ask.notice, q.Has("relire")); err != nil {
		return nil, err
	}
	if len(wrong) == 0 {
		found := deeds(all, ask)
		body.All = len(found)
		shown, pages := paged(found, didPage, q, "/journal")
		body.Pages = pages
		for _, d := range shown {
			body.Entries = append(body.Entries, o.did(d))
		}
	}
	if i := slices.IndexFunc(all, func(x publisher.Dossier) bool { return ask.notice != "" && x.ID == ask.notice }); i >= 0 {
		name := o.naming(all[i])
		body.Notice = &name
	}
	p := bureau.Page{Name: "journal", Title: "Journal", Here: "/journal", Body: body}
	if len(wrong) > 0 {
		p.Status = 422
	}
	return show(p), nil
}

// did is an entry as the page shows it.
func (o *Office) did(d deed) bureau.Did {
	e := d.of.Entries[d.at]
	one := bureau.Did{Naming: o.naming(*d.of), Number: d.at + 1, Time: e.Time, Account: e.Account, Roles: e.Roles, Type: string(e.Type), As: e.As,
		Reason: e.Reason, Emergency: e.Emergency, Numbers: e.Numbers, Whole: d.of.Broken == 0 || d.at+1 < d.of.Broken}
	if e.Approval != nil && e.Approval.At.After(e.Time) {
		one.PublishAt = e.Approval.At
	}
	return one
}

// chain says whether the private record is whole: as it came in, or read anew.
func (o *Office) chain(ctx context.Context, all []publisher.Dossier, id string, again bool) (bureau.Chain, error) {
	c := bureau.Chain{Now: again, At: o.Publisher.Now()}
	broken := map[string]int{} // the first entry that does not hold, by notice
	counts := map[string]int{}
	if again {
		err := o.Publisher.Trail(ctx, id, func(l publisher.Line) error {
			if counts[l.Notice]++; !l.Whole && broken[l.Notice] == 0 {
				broken[l.Notice] = counts[l.Notice]
			}
			return nil
		})
		if err != nil {
			return c, fmt.Errorf("%w: %w", publisher.ErrStore, err)
		}
	}
	for _, x := range all {
		if id != "" && x.ID != id {
			continue
		}
		if !again {
			counts[x.ID], broken[x.ID] = len(x.Entries), x.Broken
		}
		c.Notices, c.Entries = c.Notices+1, c.Entries+counts[x.ID]
		if from := broken[x.ID]; from > 0 {
			c.Broken = append(c.Broken, bureau.Break{Naming: o.naming(x), From: from})
		}
	}
	return c, nil
}

// exportTrail gives the entries that fit what is asked as they are stored, with
// their hashes, a line of JSON each.
func (o *Office) exportTrail(v visit) (answer, error) {
	ask, wrong := o.asksTrail(v.URL.Query())
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%w: %s", notice.ErrInvalid, wrong[0].What)
	}
	known := map[string]publisher.Dossier{}
	for _, x := range o.readableOnes(v) {
		known[x.ID] = x
	}
	o.Log.Info("trail exported", "account", v.Account.ID)
	return download("journal.jsonl", "application/x-ndjson", func(w *bufio.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return o.Publisher.Trail(v.Context(), ask.notice, func(l publisher.Line) error {
			x, ok := known[l.Notice]
			if i := l.Number - 1; !ok || i >= 0 && i < len(x.Entries) && !ask.fits(x, x.Entries[i]) {
				return nil
			}
			return enc.Encode(l)
		})
	}), nil
}

// only are some of a query's fields.
func only(q url.Values, fields ...string) url.Values {
	some := url.Values{}
	for _, f := range fields {
		if all := q[f]; len(all) > 0 && all[0] != "" {
			some[f] = all
		}
	}
	return some
}

// withField is a query with a field set.
func withField(q url.Values, field, value string) url.Values {
	some := only(q)
	for f, all := range q {
		some[f] = all
	}
	some.Set(field, value)
	return some
}

// paged is the page of a list that is asked for (?page=), and where the others
// are.
func paged[T any](all []T, size int, q url.Values, place string) ([]T, bureau.Pager) {
	p := bureau.Pager{Pages: max(1, (len(all)+size-1)/size)}
	n, _ := strconv.Atoi(q.Get("page"))
	p.Page = min(max(n, 1), p.Pages)
	at := func(page int) string {
		if page < 1 || page > p.Pages {
			return ""
		}
		next := withField(q, "page", strconv.Itoa(page))
		next.Del("dit")
		return place + "?" + next.Encode()
	}
	p.Before, p.After = at(p.Page-1), at(p.Page+1)
	return all[(p.Page-1)*size : min(p.Page*size, len(all))], p
}
