package templates

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// facts are what words may name, by name.
type facts map[string][]Run

func text(s string) []Run { return []Run{{Text: s}} }

// A composer writes one Document about one notice.
type composer struct {
	Words
	notice notice.Notice
	bureau notice.Bureau
	texts  texts
	facts  facts
	effect notice.Effect // the gravest
	notes  *[]Note       // shared by all that write the Document
}

// composer of a notice, with the facts that follow from it. The notice is
// canonical: its services and modes are codes.
func (w Words) composer(n notice.Notice) (*composer, error) {
	bureau, err := w.Bureaus.Find(n.Issuer)
	if err != nil {
		return nil, err
	}
	c := &composer{Words: w, notice: n, bureau: bureau, texts: w.Own.of(n.Issuer), facts: facts{}, notes: new([]Note)}
	c.letterFacts()
	c.causeFacts()
	c.timeFacts(n.Occurrences())
	services, modes := named(n)
	c.effect = worstOf(w.Catalogue.Resolve(n))
	c.serviceFacts(services, c.modesSaid(services, modes), c.effect)
	if lines := n.Lines(); len(lines) > 0 {
		c.messageFacts(lines[0].Messages)
		c.fallbackFacts(lines[0].Fallback)
	}
	c.returnFacts(n.Reinjection)
	return c, nil
}

// named are the services and modes that a notice names, each once.
func named(n notice.Notice) (services, modes []string) {
	for _, line := range n.Lines() {
		services, modes = append(services, line.Services...), append(modes, line.Modes...)
	}
	return unique(services), unique(modes)
}

// worstOf is the gravest effect of some lines of a scope.
func worstOf(scope []notice.Scope) notice.Effect {
	order := notice.Effect("").Values() // from none to worst
	worst := 0
	for _, line := range scope {
		worst = max(worst, slices.Index(order, string(line.Effect)))
	}
	return notice.Effect(order[worst])
}

func unique(items []string) []string {
	var once []string
	for _, item := range items {
		if !slices.Contains(once, item) {
			once = append(once, item)
		}
	}
	return once
}

// modesSaid are the modes that a notice names, or all those of its services
// that are not under another.
func (w Words) modesSaid(services, named []string) []string {
	if len(named) > 0 {
		return named
	}
	var modes []string
	for _, service := range services {
		modes = append(modes, w.Catalogue.Services[service].Modes...)
	}
	return slices.DeleteFunc(unique(modes), func(mode string) bool { return w.Catalogue.Modes[mode].Under != "" })
}

func (c *composer) letterFacts() {
	n, b := c.notice, c.bureau
	c.facts["reference"] = text(n.Reference)
	c.facts["outage_id"] = text(n.OutageID)
	c.facts["place"] = text(cmp.Or(n.Issued.Place, b.Place))
	c.facts["issued"] = text(Date(n.Issued.Date))
	c.facts["owner"] = text(b.Owner)
	c.facts["helpdesk"] = text(b.Helpdesk)
	c.facts["outlook"] = []Run{{Text: "météo des services en ligne", Underline: true, Link: b.OutlookURL}}
	c.facts["contact"] = text(n.Contact)
	if mail := b.Contacts[n.Contact]; mail != "" {
		c.facts["contact_mail"] = []Run{{Text: mail, Link: "mailto:" + mail}}
	}
	role := cmp.Or(n.Signatory.Role, b.Role)
	c.facts["role"] = text(role)
	c.facts["role_low"] = text(strings.ToLower(role[:1]) + role[1:])
	c.facts["workaround"], c.facts["workaround_code"] = text(n.Workaround.Text), text(n.Workaround.Code)
	if len(n.Instead) > 0 {
		c.facts["instead"] = text(theServices(Names(c.Catalogue, n.Instead), len(n.Instead)))
	}
	if n.Origin != "" {
		c.facts["origin"] = text("le service en ligne " + Names(c.Catalogue, []string{n.Origin})[0])
	}
}

// causeFacts agree with the cause's gender and number, as its article shows
// them.
func (c *composer) causeFacts() {
	cause := c.notice.Cause
	if cause.Text == "" {
		return
	}
	gender, number := Agreement(cause)
	planned, affects, disturbs, be, affected := "prévu", "affecte", "perturbe", "est", "a affecté"
	if gender == "feminine" {
		planned += "e"
	}
	if number == "plural" {
		planned, affects, disturbs, be, affected = planned+"s", "affectent", "perturbent", "sont", "ont affecté"
	}
	c.facts["that_cause"] = text(elided("que", cause.Text))
	c.facts["is_planned"] = text(be + " " + planned)
	c.facts["affects"], c.facts["disturbs"], c.facts["affected"] = text(affects), text(disturbs), text(affected)
}

// timeFacts are those of the notice's windows.
func (c *composer) timeFacts(windows []notice.Window) {
	if len(windows) == 0 {
		return
	}
	first, last := windows[0], windows[len(windows)-1]
	c.facts["period"] = when(c.notice)
	c.facts["since"] = text("à compter du " + Moment(first.Start.Time))
	c.facts["start"] = text(Moment(first.Start.Time))
	c.facts["end"] = text(moment(last.End))
	c.facts["these_windows"] = text("cette plage horaire")
	if len(windows) > 1 {
		c.facts["these_windows"] = text("ces plages horaires")
	}
	if c.notice.Kind == notice.Incident || c.notice.Kind == notice.Degradation {
		c.facts["since"] = text("depuis le " + Moment(first.Start.Time))
	}
}

func moment(t notice.Time) string {
	if t.IsZero() {
		return ""
	}
	return Moment(t.Time)
}

// periods are windows with their prepositions, the times underlined.
func periods(windows []notice.Window) []Run {
	var runs []Run
	for i, w := range windows {
		before, rest := period(w.Start.Time, w.End.Time)
		if i > 0 {
			before = ", puis " + before
		}
		runs = append(runs, Run{Text: before + " "}, Run{Text: rest, Underline: true})
		if w.MayExtendUntil.After(w.End.Time) {
			runs = append(runs, Run{Text: ", une prolongation étant possible jusqu’au " + Moment(w.MayExtendUntil.Time)})
		}
	}
	return runs
}

// serviceFacts are those of some services, in some modes, under an effect.
func (c *composer) serviceFacts(services, modes []string, effect notice.Effect) {
	names := Names(c.Catalogue, services)
	list := Enumerate(names)
	c.facts["names"] = text(list)
	c.facts["modes"] = text(Enumerate(ModeNames(c.Catalogue, modes)))
	c.facts["in_modes"] = text(inModes(ModeNames(c.Catalogue, modes)))
	number := 0
	before := []string{"le service en ligne ", "du service en ligne ", "au service en ligne "}
	if len(services) > 1 {
		number = 1
		before = []string{"les services en ligne ", "des services en ligne ", "aux services en ligne "}
	}
	for i, name := range []string{"services", "of_services", "to_services"} {
		c.facts[name] = text(before[i] + list)
	}
	c.facts["will_be_effect"], c.facts["is_effect"] = text(becomes[effect][number]), text(stands[effect][number])
	c.facts["was_effect"] = text(stood[effect][number])
	c.facts["remains_effect"] = text(remains[effect][number])
	c.facts["is_back"] = text([]string{"est de nouveau disponible", "sont de nouveau disponibles"}[number])
}

// theServices is "le service en ligne A", "les services en ligne A et B".
func theServices(names []string, count int) string {
	if count == 1 {
		return "le service en ligne " + names[0]
	}
	return "les services en ligne " + Enumerate(names)
}

// becomes, stands, stood and remains say an effect of one service, and of several.
var (
	becomes = map[notice.Effect][2]string{
		notice.Unaffected:  {"restera disponible", "resteront disponibles"},
		notice.Degraded:    {"fonctionnera de manière dégradée", "fonctionneront de manière dégradée"},
		notice.Interrupted: {"sera interrompu", "seront interrompus"},
		notice.Closed:      {"sera fermé", "seront fermés"},
	}
	stands = map[notice.Effect][2]string{
		notice.Unaffected:  {"est disponible", "sont disponibles"},
		notice.Degraded:    {"fonctionne de manière dégradée", "fonctionnent de manière dégradée"},
		notice.Interrupted: {"est interrompu", "sont interrompus"},
		notice.Closed:      {"est fermé", "sont fermés"},
	}
	stood = map[notice.Effect][2]string{
		notice.Unaffected:  {"est resté disponible", "sont restés disponibles"},
		notice.Degraded:    {"a fonctionné de manière dégradée", "ont fonctionné de manière dégradée"},
		notice.Interrupted: {"a été interrompu", "ont été interrompus"},
		notice.Closed:      {"a été fermé", "ont été fermés"},
	}
	remains = map[notice.Effect][2]string{
		notice.Degraded:    {"continue de fonctionner de manière dégradée", "continuent de fonctionner de manière dégradée"},
		notice.Interrupted: {"reste interrompu", "restent interrompus"},
		notice.Closed:      {"reste fermé", "restent fermés"},
	}
)

// inModes is "en EDI comme en DTI".
func inModes(names []string) string {
	if len(names) == 2 {
		return "en " + names[0] + " comme en " + names[1]
	}
	return "en " + Enumerate(names)
}

func (c *composer) messageFacts(m notice.Messages) {
	for send, name := range map[notice.Send]string{notice.Forbidden: "forbidden", notice.Discouraged: "discouraged", notice.Allowed: "allowed"} {
		if kinds := MessageKindNames(m.Kinds(send)); len(kinds) > 0 {
			c.facts[name] = text(join(kinds, " ou de "))
			c.facts[name+"_list"] = text(Enumerate(kinds))
		}
	}
}

// fallbackFacts say from when and until when the fallback is authorised, as
// the notice plans it.
func (c *composer) fallbackFacts(f notice.Fallback) {
	from := f.From
	if from.IsZero() && len(c.notice.Windows) > 0 {
		from = c.notice.Windows[0].Start
	}
	switch {
	case f.From.IsZero() && len(c.notice.Occurrences()) > 1:
		c.facts["fallback_from"] = text("à compter du début de chacune de ces plages horaires")
	case !from.IsZero():
		c.facts["fallback_from"] = c.sinceOf(from.Time)
	}
	c.facts["fallback_until"] = text(fallbackUntil(f.Until))
	c.facts["fallback_sheet"] = text(f.Sheet)
	if f.Service != "" {
		c.facts["fallback_service"] = text("le service en ligne " + Names(c.Catalogue, []string{f.Service})[0])
	}
	if f.Condition != "" {
		c.facts["condition"] = text(ConditionName(f.Condition))
	}
}

// fallbackUntil is until when: the end of alert, unless a time is given.
func fallbackUntil(until notice.Time) string {
	if until.IsZero() {
		return "jusqu’à publication d’un message de fin d’alerte"
	}
	return "jusqu’au " + Moment(until.Time)
}

// sinceOf is "à compter de 9h00 le 8 août".
func (c *composer) sinceOf(t time.Time) []Run {
	return text("à compter de " + Clock(t) + " le " + c.dayOf(t))
}

// dayOf is a day without its year, where that is the letter's own.
func (c *composer) dayOf(t time.Time) string {
	day := notice.DateOf(t)
	if day.Year() == c.notice.Issued.Date.Year() {
		return dayMonth(day)
	}
	return Date(day)
}

func (c *composer) returnFacts(r notice.Reinjection) {
	c.facts["returning"] = text(returningName(r.Of))
	c.facts["hours"] = text(counted(r.Hours, "heure"))
	c.facts["slots"] = text(counted(r.Slots, "créneau"))
}

// counted is "4 heures", "1 créneau", "6 créneaux".
func counted(n int, noun string) string {
	if n > 1 {
		noun += "s"
		noun = strings.Replace(noun, "eaus", "eaux", 1)
	}
	return strconv.Itoa(n) + nbsp + noun
}

// with is the composer with more facts; notes go on counting.
func (c *composer) with(more facts) *composer {
	if len(more) == 0 {
		return c
	}
	wider := *c
	wider.facts = maps.Clone(c.facts)
	maps.Copy(wider.facts, more)
	return &wider
}

// words are those of a name, with the facts put in.
func (c *composer) words(name string) ([]Run, error) {
	words, ok := c.texts[name]
	if !ok {
		return nil, fmt.Errorf("there are no words for %q", name)
	}
	return c.write(name, words)
}

func (c *composer) write(name, words string) ([]Run, error) {
	runs, err := write(words, c.fact, sentence)
	if err != nil {
		return nil, fmt.Errorf("clause %s: %w", name, err)
	}
	return runs, nil
}

// fact is the value of a fact. outlook_note calls the footnote that gives the
// outlook's address.
func (c *composer) fact(name string) ([]Run, error) {
	if name == "outlook_note" {
		return []Run{c.note(Note{Runs: []Run{{Text: c.bureau.OutlookURL, Link: c.bureau.OutlookURL}}})}, nil
	}
	value, ok := c.facts[name]
	if !ok || Plain(value) == "" {
		return nil, &notice.ValueError{What: fmt.Sprintf("{%s} says nothing in this notice", name),
			Remedy: "known here: " + strings.Join(c.known(), ", ")}
	}
	return value, nil
}

// known are the facts that say something.
func (c *composer) known() []string {
	names := []string{"outlook_note"}
	for name, value := range c.facts {
		if Plain(value) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
