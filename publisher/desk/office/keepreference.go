package office

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// referenceRoutes are those of reference data.
func (o *Office) referenceRoutes() []route {
	return []route{
		{"GET /referentiel", nil, o.reference},
		{"GET /referentiel/services/{code}", nil, o.service},
		{"GET /referentiel/bureaux", nil, o.bureaus},
		{"GET /referentiel/clauses", nil, o.wordbook},
		{"GET /referentiel/catalogue.json", nil, o.catalogueFile},
		{"GET /referentiel/bureaux.json", nil, o.bureausFile},
		{"POST /referentiel/controle", keepers, o.propose},
	}
}

// wording are the house's words, a deployment's own among them.
func (o *Office) wording() templates.Words {
	if w, ok := o.Publisher.Words.(templates.Words); ok {
		return w
	}
	return templates.Words{Catalogue: o.Publisher.Catalogue, Bureaus: o.Publisher.Bureaus}
}

// uses are the notices that speak of each service, the newest first.
func (o *Office) uses(v visit) map[string][]publisher.Dossier {
	by := map[string][]publisher.Dossier{}
	all := o.readableOnes(v)
	for i := len(all) - 1; i >= 0; i-- {
		for _, code := range o.shelf.card(o, all[i]).notice.Named() {
			by[code] = append(by[code], all[i])
		}
	}
	return by
}

// current is whether a notice still has something to come.
func (o *Office) current(x publisher.Dossier) bool {
	phase := x.State.Phase(o.Publisher.Now())
	return inWork(x) || phase == notice.Announced || phase == notice.Running
}

// serviceLine is a service as a table shows it.
func (o *Office) serviceLine(code string, uses []publisher.Dossier) bureau.ServiceLine {
	c := o.Publisher.Catalogue
	s := c.Services[code]
	line := bureau.ServiceLine{Code: code, Label: s.Label, Aliases: s.Aliases, Modes: templates.ModeNames(c, s.Modes), Sheet: s.Sheet, Notices: len(uses)}
	for _, needed := range s.DependsOn {
		line.Needs = append(line.Needs, o.serviceName(needed))
	}
	if s.Fallback != "" {
		line.Fallback = o.serviceName(s.Fallback)
	}
	for _, x := range uses {
		if o.current(x) {
			line.Now++
		}
	}
	return line
}

// reference shows the catalogue.
func (o *Office) reference(v visit) (answer, error) { return o.showReference(v, nil) }

func (o *Office) showReference(v visit, wrong []bureau.Flaw) (answer, error) {
	c := o.Publisher.Catalogue
	body := bureau.Reference{Catalogue: c.Version, Words: o.Publisher.Words.Version(), Keeps: v.Who().Is(keepers...), Wrong: wrong}
	uses := o.uses(v)
	for _, code := range append([]string{""}, slices.Sorted(maps.Keys(c.Groups))...) {
		g := bureau.ServiceGroup{Label: c.Groups[code].Label}
		for _, member := range c.Members(code) {
			g.Services = append(g.Services, o.serviceLine(member, uses[member]))
		}
		slices.SortFunc(g.Services, func(a, b bureau.ServiceLine) int { return strings.Compare(unaccented(a.Label), unaccented(b.Label)) })
		if len(g.Services) > 0 {
			body.Groups = append(body.Groups, g)
		}
	}
	for _, code := range c.ModeCodes() {
		body.Modes = append(body.Modes, bureau.ModeLine{Code: code, Label: c.Modes[code].Label, Under: c.Modes[c.Modes[code].Under].Label})
	}
	for _, code := range slices.Sorted(maps.Keys(o.Publisher.Bureaus)) {
		body.Bureaus = append(body.Bureaus, bureau.Pick{Code: code, Label: o.Publisher.Bureaus[code].Label})
	}
	p := bureau.Page{Name: "referentiel", Title: "Référentiel", Here: "/referentiel", Body: body}
	if len(wrong) > 0 {
		p.Status = 422
	}
	return show(p), nil
}

// service shows one service and the notices that speak of it.
func (o *Office) service(v visit) (answer, error) {
	code := v.PathValue("code")
	c := o.Publisher.Catalogue
	s, ok := c.Services[code]
	if !ok {
		return nil, notice.ErrNotFound
	}
	uses := o.uses(v)[code]
	body := bureau.Service{ServiceLine: o.serviceLine(code, uses), Group: c.Groups[s.Group].Label, More: max(0, len(uses)-hitPage)}
	if s.Parent != "" {
		body.Parent = o.serviceName(s.Parent)
	}
	for _, part := range c.Parts(code) {
		body.Parts = append(body.Parts, bureau.Pick{Code: part, Label: o.serviceName(part)})
	}
	for _, other := range c.Codes() {
		if slices.Contains(c.Services[other].DependsOn, code) {
			body.Needed = append(body.Needed, bureau.Pick{Code: other, Label: o.serviceName(other)})
		}
	}
	for _, x := range uses[:len(uses)-body.More] {
		body.Hits = append(body.Hits, o.hit(match{of: x}, nil))
	}
	return show(bureau.Page{Name: "referentiel-service", Title: s.Label, Here: "/referentiel", Body: body}), nil
}

// bureaus shows what the letters of each bureau have in common.
func (o *Office) bureaus(visit) (answer, error) {
	var body []bureau.BureauCard
	for _, code := range slices.Sorted(maps.Keys(o.Publisher.Bureaus)) {
		b := o.Publisher.Bureaus[code]
		body = append(body, bureau.BureauCard{Code: code, Bureau: b, Days: cmp.Or(b.NoticeDays, usualNoticeDays)})
	}
	return show(bureau.Page{Name: "referentiel-bureaux", Title: "Bureaux", Here: "/referentiel", Body: body}), nil
}

// usualNoticeDays is the notice period of a bureau that names none.
const usualNoticeDays = 2

// wordbook shows every clause with its words, a deployment's own beside them.
func (o *Office) wordbook(visit) (answer, error) {
	w := o.wording()
	body := bureau.Wordbook{Version: o.Publisher.Words.Version()}
	for _, f := range w.Wordings() {
		file := bureau.WordFile{Title: bureau.WordTitle(f.Name)}
		for _, one := range f.Words {
			line := bureau.WordLine{Name: one.Name, When: bureau.WhenSaid(one.Name), Text: one.Usual}
			for _, code := range slices.Sorted(maps.Keys(one.Own)) {
				line.Own = append(line.Own, bureau.OwnWord{For: cmp.Or(o.Publisher.Bureaus[code].Label, code, bureau.ForAll), Text: one.Own[code]})
			}
			if len(line.Own) > 0 {
				body.Own++
			}
			file.Words = append(file.Words, line)
		}
		body.Files = append(body.Files, file)
	}
	return show(bureau.Page{Name: "referentiel-clauses", Title: "Clauses et formules", Here: "/referentiel", Body: body}), nil
}

func (o *Office) catalogueFile(visit) (answer, error) { return fileOf(o.Publisher.Catalogue) }

func (o *Office) bureausFile(visit) (answer, error) { return fileOf(o.Publisher.Bureaus) }

// fileOf gives a value as a file that a start takes.
func fileOf(value any) (answer, error) {
	data, err := json.MarshalIndent(value, "", "  ")
	return give("application/json", append(data, '\n')), err
}
