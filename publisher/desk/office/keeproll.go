package office

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/list"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

func (o *Office) rollRoutes() []route {
	return []route{
		{"GET /abonnes", nil, o.rollPage},
		{"POST /abonnes", keepers, o.enrol},
		{"GET /abonnes/export.csv", keepers, o.exportRoll},
		{"GET /abonnes/ecartes.csv", keepers, o.exportSuppressed},
		{"POST /abonnes/fiche", keepers, o.findPerson},
		{"GET /abonnes/fiche/{sub}", keepers, o.subscriber},
		{"POST /abonnes/fiche/{sub}/lever", keepers, o.lift},
		{"GET /abonnes/fiche/{sub}/effacer", keepers, o.askErase},
		{"POST /abonnes/fiche/{sub}/effacer", keepers, o.erase},
		{"POST /abonnes/import", keepers, o.checkList},
		{"GET /abonnes/import/{list}", keepers, o.importPage},
		{"POST /abonnes/import/{list}", keepers, o.takeList},
		{"GET /abonnes/import/{list}/avancement", keepers, o.importProgress},
		{"GET /abonnes/import/{list}/refus.csv", keepers, o.refusals},
	}
}

// mostHistory is how many messages to one subscriber are shown.
const mostHistory = 200

func (o *Office) rollPage(v visit) (answer, error) { return o.showRoll(v, bureau.Roll{}) }

// showRoll shows the page of subscribers with what has been entered, and what
// is wrong with it.
func (o *Office) showRoll(v visit, body bureau.Roll) (answer, error) {
	n, err := o.Public.Subscribers(v.Context())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	body.Count, body.Keeps, body.MostBytes = int(n), v.Who().Is(keepers...), mostList
	c := o.Publisher.Catalogue
	for _, code := range c.Codes() {
		body.Services = append(body.Services, bureau.Pick{Code: code, Label: c.Services[code].Label, Chosen: slices.Contains(v.PostForm["service"], code)})
	}
	slices.SortFunc(body.Services, func(a, b bureau.Pick) int { return strings.Compare(unaccented(a.Label), unaccented(b.Label)) })
	for _, code := range c.ModeCodes() {
		body.Modes = append(body.Modes, bureau.Pick{Code: code, Label: c.Modes[code].Label, Chosen: slices.Contains(v.PostForm["mode"], code)})
	}
	body.Notices, body.Alerts = slices.Contains(v.PostForm["recoit"], "notices"), slices.Contains(v.PostForm["recoit"], "alerts")
	p := bureau.Page{Name: "abonnes", Title: "Abonnés", Here: "/abonnes", Body: body}
	if len(body.Wrong) > 0 {
		p.Status = 422
	}
	return show(p), nil
}

// faultOf is what an error says about a field.
func (o *Office) faultOf(field string, err error) bureau.Flaw {
	for _, p := range o.remarks().FrenchProblems(err) {
		return bureau.Flaw{Field: field, What: p.What, Remedy: p.Remedy}
	}
	return bureau.Flaw{Field: field}
}

// findPerson leads to a subscriber by address, which stands in no URL, or by
// id. Of one who has left it shows what was sent to them.
func (o *Office) findPerson(v visit) (answer, error) {
	asked := strings.TrimSpace(v.PostFormValue("adresse"))
	id := asked
	if strings.Contains(asked, "@") {
		if err := desk.CheckAddress(asked); err != nil {
			return o.showRoll(v, bureau.Roll{Address: asked, Wrong: []bureau.Flaw{o.faultOf("adresse", err)}})
		}
		id = o.Public.ID(asked)
	}
	_, err := o.lookUp(v.Context(), id)
	switch {
	case err == nil:
		return send("/abonnes/fiche/"+id, ""), nil
	case !errors.Is(err, notice.ErrNotFound):
		return nil, err
	case id == asked:
		return o.showRoll(v, bureau.Roll{Address: asked, Wrong: []bureau.Flaw{{Field: "adresse", What: bureau.NobodyOfThatID}}})
	}
	o.Log.Info("history read", "account", v.Account.ID, "subscriber", id)
	body := bureau.Person{ID: id, Address: asked}
	if err := o.heard(v, &body); err != nil {
		return nil, err
	}
	return show(bureau.Page{Name: "abonne", Title: "Adresse non abonnée", Here: "/abonnes", Body: body}), nil
}

// lookUp is the subscriber of an id; notice.ErrNotFound if there is none.
func (o *Office) lookUp(ctx context.Context, id string) (desk.Listed, error) {
	if o.Roll == nil {
		return desk.Listed{}, notice.ErrNotFound
	}
	return o.Roll.Subscriber(ctx, id)
}

// personOf is the subscriber of a path.
func (o *Office) personOf(v visit) (bureau.Person, error) {
	l, err := o.lookUp(v.Context(), v.PathValue("sub"))
	if err != nil {
		return bureau.Person{}, err
	}
	p := bureau.Person{ID: l.ID, Address: l.Address, Known: true, Bureau: l.Bureau, Wants: l.Wants, Daily: l.Daily, Lang: l.Lang, Zone: l.Zone, Since: l.Since}
	p.Modes = templates.ModeNames(o.Publisher.Catalogue, l.Modes)
	for _, code := range l.Services {
		p.Services = append(p.Services, o.serviceName(code))
	}
	if s := l.Suppressed; s != nil {
		p.Suppressed = &bureau.Suppression{Since: s.Since, Until: s.Until, Code: s.Code}
	}
	return p, nil
}

// serviceName is the label of a service or a group.
func (o *Office) serviceName(code string) string {
	if g, ok := o.Publisher.Catalogue.Groups[code]; ok {
		return g.Label
	}
	if s, ok := o.Publisher.Catalogue.Services[code]; ok {
		return s.Label
	}
	return code
}

// heard adds what was sent to an address.
func (o *Office) heard(v visit, p *bureau.Person) error {
	all, err := o.Public.History(v.Context(), p.Address)
	if err != nil {
		return fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	p.More = max(0, len(all)-mostHistory)
	for _, a := range all[:len(all)-p.More] {
		t := bureau.Message{Channel: a.Channel, Attempt: a.Attempt, At: a.At, Next: a.Next, Status: a.Status, Code: a.Code, Reply: a.Reply}
		if a.Account != nil {
			t.Act, t.Notice, t.Reference = a.Account.Act, a.Account.Notice, a.Account.Reference
		}
		p.History = append(p.History, t)
	}
	return nil
}

// subscriber shows a subscriber.
func (o *Office) subscriber(v visit) (answer, error) {
	body, err := o.personOf(v)
	if err == nil {
		o.Log.Info("history read", "account", v.Account.ID, "subscriber", body.ID)
		err = o.heard(v, &body)
	}
	if err != nil {
		return nil, err
	}
	return show(bureau.Page{Name: "abonne", Title: "Abonné", Here: "/abonnes", Body: body}), nil
}

// enrol makes an address a subscriber. What somebody has chosen is not replaced
// unasked.
func (o *Office) enrol(v visit) (answer, error) {
	s := desk.Subscription{Address: strings.TrimSpace(v.PostFormValue("nouvelle")), Services: slices.Clone(v.PostForm["service"]),
		Modes: slices.Clone(v.PostForm["mode"]), Wants: slices.Clone(v.PostForm["recoit"])}
	body := bureau.Roll{Address: s.Address}
	if err := s.Check(o.Publisher.Catalogue); err != nil {
		body.Wrong = []bureau.Flaw{o.faultOf("nouvelle", err)}
		return o.showRoll(v, body)
	}
	id := o.Public.ID(s.Address)
	if _, err := o.lookUp(v.Context(), id); err == nil && v.PostFormValue("remplacer") == "" {
		body.Replaces, body.Wrong = id, []bureau.Flaw{{Field: "remplacer", What: bureau.AlreadySubscribed}}
		return o.showRoll(v, body)
	}
	id, err := o.Public.Subscribe(v.Context(), s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	o.Log.Info("subscriber added", "account", v.Account.ID, "subscriber", id)
	return send("/abonnes/fiche/"+id, "inscrit"), nil
}

// lift has an address tried again.
func (o *Office) lift(v visit) (answer, error) {
	id := v.PathValue("sub")
	if _, err := o.lookUp(v.Context(), id); err != nil {
		return nil, err
	}
	if err := o.Public.Lift(v.Context(), id); err != nil {
		return nil, err
	}
	o.Log.Info("suppression lifted", "account", v.Account.ID, "subscriber", id)
	return send("/abonnes/fiche/"+id, "leve"), nil
}

// askErase says what erasing does.
func (o *Office) askErase(v visit) (answer, error) {
	body, err := o.personOf(v)
	if err != nil {
		return nil, err
	}
	if body.Bureau != "" {
		return nil, fmt.Errorf("%w: a bureau's mailbox is not erased", notice.ErrConflict)
	}
	return show(bureau.Page{Name: "abonne-effacer", Title: "Effacer un abonné", Here: "/abonnes", Body: body}), nil
}

// erase forgets a subscriber. Done twice, it is done.
func (o *Office) erase(v visit) (answer, error) {
	body, err := o.personOf(v)
	switch {
	case errors.Is(err, notice.ErrNotFound):
		return send("/abonnes", "efface"), nil
	case err != nil:
		return nil, err
	case body.Bureau != "":
		return nil, fmt.Errorf("%w: a bureau's mailbox is not erased", notice.ErrConflict)
	}
	if _, err := o.Public.Unsubscribe(v.Context(), body.Address); err != nil {
		return nil, fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	o.Log.Info("subscriber erased", "account", v.Account.ID, "subscriber", body.ID)
	return send("/abonnes", "efface"), nil
}

// exportRoll gives all subscribers as a list that an import takes.
func (o *Office) exportRoll(v visit) (answer, error) {
	o.Log.Info("subscribers exported", "account", v.Account.ID)
	return sheet("abonnes.csv", func(w *csv.Writer) error {
		if err := w.Write(desk.Columns()); err != nil {
			return err
		}
		return o.Public.Each(v.Context(), func(l desk.Listed) error {
			if l.Bureau != "" {
				return nil // the house makes it
			}
			return w.Write(list.Cells(l))
		})
	}), nil
}

// exportSuppressed gives those to whom nothing is sent, by id alone.
func (o *Office) exportSuppressed(v visit) (answer, error) {
	return sheet("adresses-ecartees.csv", func(w *csv.Writer) error {
		if err := w.Write([]string{"identifiant", "depuis", "jusqu’à", "code"}); err != nil {
			return err
		}
		return o.Public.Each(v.Context(), func(l desk.Listed) error {
			if l.Suppressed == nil {
				return nil
			}
			return w.Write([]string{l.ID, stamp(l.Suppressed.Since), stamp(l.Suppressed.Until), list.Guarded(l.Suppressed.Code)})
		})
	}), nil
}
