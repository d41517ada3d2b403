package office

import (
	"slices"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

func (o *Office) homeRoutes() []route {
	return []route{{"GET /{$}", nil, o.home}}
}

const (
	lately     = 30 * 24 * time.Hour // what was published is shown for as long
	mostLately = 20
	mostListed = 200 // of one state
)

// filtered are the states by which the home page filters, as they are passed
// through.
var filtered = []publisher.Status{publisher.StatusDraft, publisher.StatusSubmitted, publisher.StatusReturned,
	publisher.StatusApproved, publisher.StatusPublished, publisher.StatusWithdrawn}

// home shows what waits for its reader, then the other notices in hand.
func (o *Office) home(v visit) (answer, error) {
	all := slices.DeleteFunc(o.Publisher.Dossiers(), func(x publisher.Dossier) bool { return !concerns(v, x) })
	slices.SortStableFunc(all, func(a, b publisher.Dossier) int { return lastTime(b).Compare(lastTime(a)) })
	body := bureau.Home{Writes: v.Who().Is(staff...)}
	state := publisher.Status(v.URL.Query().Get("etat"))
	body.Filters, body.Only = filters(all, state), slices.Contains(filtered, state)
	if body.Only {
		group, more := o.listed(v, all, state)
		if body.More = more; len(group.Notices) > 0 {
			body.Groups = []bureau.Group{group}
		}
	} else {
		body.Groups, body.Nothing = o.inHand(v, all)
		body.Alerts = o.alertCards(v)
	}
	return show(bureau.Page{Name: "home", Title: "Notes en cours", Here: "/", Body: body}), nil
}

// concerns is whether a notice is shown to somebody: what another bureau has
// not published is its own.
func concerns(v visit, x publisher.Dossier) bool {
	return x.State.Number > 0 || v.Account.Bureau == "" || x.Bureau == "" || x.Bureau == v.Account.Bureau
}

func lastTime(x publisher.Dossier) time.Time {
	at := x.State.Updated
	if n := len(x.Entries); n > 0 {
		at = latest(at, x.Entries[n-1].Time)
	}
	return at
}

func filters(all []publisher.Dossier, here publisher.Status) []bureau.Filter {
	fs := []bureau.Filter{{Place: "/", Label: "Ce qui est en cours", Here: !slices.Contains(filtered, here)}}
	counts := map[publisher.Status]int{}
	for _, x := range all {
		counts[x.Status]++
		if x.Status != publisher.StatusPublished && x.Status != publisher.StatusWithdrawn {
			fs[0].Count++
		}
	}
	for _, s := range filtered {
		fs = append(fs, bureau.Filter{Place: "/?etat=" + string(s), Label: bureau.StateTitle(string(s)), Count: counts[s], Here: s == here})
	}
	return fs
}

// listed are the notices of one state.
func (o *Office) listed(v visit, all []publisher.Dossier, state publisher.Status) (g bureau.Group, more bool) {
	g = bureau.Group{ID: string(state), Title: bureau.StateTitle(string(state))}
	for _, x := range all {
		switch {
		case x.Status != state:
		case len(g.Notices) == mostListed:
			return g, true
		default:
			g.Notices = append(g.Notices, o.brief(v, x))
		}
	}
	return g, false
}

// inHand are the groups of the home page, what waits for the reader first;
// nothing says that nothing does.
func (o *Office) inHand(v visit, all []publisher.Dossier) (groups []bureau.Group, nothing bool) {
	signs := v.Who().Is(notice.Signer)
	now := o.Publisher.Now()
	mine := func(x publisher.Dossier) bool { return slices.Contains(x.Authors(), v.Account.ID) }
	nothing = true
	for _, g := range []struct {
		id, title string
		waits     bool // it waits for the reader
		most      int
		of        func(publisher.Dossier) bool
	}{
		{"a-signer", bureau.GroupToSign, true, mostListed, func(x publisher.Dossier) bool { return signs && x.Status == publisher.StatusSubmitted && !mine(x) }},
		{"a-relire", bureau.GroupToReview, true, mostListed, func(x publisher.Dossier) bool { return signs && reviewable(v, x) }},
		{"retournees", bureau.GroupReturned, true, mostListed, func(x publisher.Dossier) bool { return x.Status == publisher.StatusReturned && wrote(x, v.Account.ID) }},
		{"mes-projets", bureau.GroupMine, true, mostListed, func(x publisher.Dossier) bool { return x.Status == publisher.StatusDraft && mine(x) }},
		{"en-attente", bureau.GroupWaiting, false, mostListed, func(x publisher.Dossier) bool { return x.Status == publisher.StatusApproved }},
		{"soumises", bureau.GroupAsked, false, mostListed, func(x publisher.Dossier) bool { return x.Status == publisher.StatusSubmitted && (!signs || mine(x)) }},
		{"autres", bureau.GroupOthers, false, mostListed, func(x publisher.Dossier) bool { return x.Status == publisher.StatusDraft && !mine(x) }},
		{"retournees-autres", bureau.GroupBack, false, mostListed, func(x publisher.Dossier) bool {
			return x.Status == publisher.StatusReturned && !wrote(x, v.Account.ID)
		}},
		{"publiees", bureau.GroupLately, false, mostLately, func(x publisher.Dossier) bool {
			return x.Status == publisher.StatusPublished && now.Sub(lastTime(x)) < lately
		}},
	} {
		group := bureau.Group{ID: g.id, Title: g.title}
		for _, x := range all {
			if len(group.Notices) < g.most && g.of(x) {
				b := o.brief(v, x)
				for i := range b.Steps {
					b.Steps[i].First = b.Steps[i].First && (g.waits || b.Phase == notice.Running)
				}
				group.Notices = append(group.Notices, b)
			}
		}
		if len(group.Notices) > 0 {
			groups, nothing = append(groups, group), nothing && !g.waits
		}
	}
	return groups, nothing
}

// wrote is whether somebody wrote the text in hand, though it came back since.
func wrote(x publisher.Dossier, account string) bool {
	return slices.ContainsFunc(x.Entries, func(e publisher.Entry) bool { return e.Type == publisher.Drafted && e.Account == account })
}

// reviewable is whether somebody is to look at what another published alone.
func reviewable(v visit, x publisher.Dossier) bool {
	signed, ok := x.Unreviewed()
	return ok && signed.Account != v.Account.ID && (v.Account.Bureau == "" || x.Bureau == v.Account.Bureau)
}

// brief is a notice as a list names it.
func (o *Office) brief(v visit, x publisher.Dossier) bureau.Brief {
	b := bureau.Brief{ID: x.ID, Reference: x.Numbers.Reference, Status: string(x.Status), Updated: lastTime(x), Phase: x.State.Phase(o.Publisher.Now())}
	n, ps := o.inHandText(x)
	b.Title, b.Kind, b.Exercise, b.Test = o.headline(x, n, ps), n.Kind, n.Exercise, !n.Production()
	if b.Reference == "" {
		b.Reference = n.Reference
	}
	if x.State.Number > 0 && x.Status != publisher.StatusPublished {
		b.As = x.As
	}
	b.Who, b.Did, b.Word = lastDone(x)
	if b.Did == string(publisher.Lapsed) {
		b.Word = o.remarks().Say(b.Word)
	}
	if x.Status == publisher.StatusApproved && x.Approval != nil {
		b.At = x.Approval.At
	}
	if signed, ok := x.Unreviewed(); ok {
		b.Alone = signed.Emergency
	}
	if x.Status == publisher.StatusDraft || x.Status == publisher.StatusReturned {
		b.Errors = errorsIn(ps)
	}
	b.Steps = steps(v, x, o.Publisher.Now())
	return b
}

// inHandText is the text that a notice is known by: that in hand, or what is
// published. It takes no look at other notices.
func (o *Office) inHandText(x publisher.Dossier) (notice.Notice, notice.Problems) {
	if x.State.Number > 0 && (x.Status == publisher.StatusPublished || x.Status == publisher.StatusWithdrawn) {
		return x.State.Notice, nil
	}
	return schemas.Check([]byte(x.Text), o.Publisher.Catalogue, o.Publisher.Bureaus)
}

func errorsIn(ps notice.Problems) int {
	n := 0
	for _, p := range ps {
		if p.Severity == notice.SeverityError {
			n++
		}
	}
	return n
}

// headline is what a notice is about: what, which services, when, as the
// subject of its mail says. A text that is not finished is called by what it
// says so far.
func (o *Office) headline(x publisher.Dossier, n notice.Notice, ps notice.Problems) string {
	if ps.Err() == nil {
		s, e := o.Publisher.Preview(x, n)
		if x.Status == publisher.StatusPublished && x.State.Number > 0 {
			e = x.State.Events[0]
			s = notice.Fold(x.State.Events[:1])
		}
		if doc, err := o.Words.Message(s, e, templates.Telling{}); err == nil && doc.Mail != "" {
			return doc.Mail
		}
	}
	title := bureau.Untitled(n.Kind)
	if services := templates.Names(o.Publisher.Catalogue, n.Named()); len(services) > 0 {
		title += " – " + templates.Enumerate(services)
	}
	return title
}

// lastDone is who did what last to a notice, with the word that goes with it.
func lastDone(x publisher.Dossier) (who, did, word string) {
	if len(x.Entries) == 0 {
		return "", "", ""
	}
	e := x.Entries[len(x.Entries)-1]
	if e.Type == publisher.Submitted || e.Type == publisher.Returned || e.Type == publisher.Lapsed {
		word = e.Reason
	}
	return account(e.Account), string(e.Type), word
}

// account is an account as pages name it; the clock is nobody.
func account(id string) string {
	if id == "clock" {
		return ""
	}
	return id
}

// steps are what somebody can do next, what is expected first.
func steps(v visit, x publisher.Dossier, now time.Time) []bureau.Step {
	place := "/notes/" + x.ID
	var all []bureau.Step
	add := func(to, label string) {
		all = append(all, bureau.Step{Place: place + to, Label: label, First: len(all) == 0})
	}
	may := mayOf(v, x)
	if may.Sign {
		add("/signature", bureau.StepSign)
	}
	if may.Review {
		add("", bureau.StepReview)
	}
	switch {
	case !may.Edit:
	case x.Status == publisher.StatusReturned:
		add("/redaction", bureau.StepMend)
	case x.Status == publisher.StatusDraft:
		add("/redaction", bureau.StepWrite)
	}
	if x.State.Number > 0 && x.State.Phase(now) == notice.Running {
		add("/alerte", bureau.StepAlert)
	} else if x.State.Number > 0 && x.Status == publisher.StatusPublished {
		all = append(all, bureau.Step{Place: place + "/diffusion", Label: bureau.StepTold})
	}
	return all
}
