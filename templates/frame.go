package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"douane.gouv.fr/crieur/schemas/notice"
)

// frame is a letter without its body.
func (c *composer) frame() (Document, error) {
	n := c.notice
	d := Document{
		Lang: "fr", Authority: typesetAll(c.bureau.Authority), Date: n.Issued.Date.Start(),
		Title: c.texts["title"], Banner: c.banner(),
	}
	var err error
	if d.PlaceDate, err = c.words("place_date"); err != nil {
		return d, err
	}
	if d.Subject, err = c.subject(); err != nil {
		return d, err
	}
	if n.Reference != "" {
		running, err := c.words("running")
		if err != nil {
			return d, err
		}
		d.Running = Plain(running)
	}
	for i, line := range c.bureau.Sender {
		d.Sender = append(d.Sender, senderLine(line, i == 0))
	}
	if d.Contact, err = c.contact(); err == nil {
		d.Signature, err = c.signature()
	}
	return d, err
}

// site finds the address of a site, which is written without its scheme.
var site = regexp.MustCompile(`\bwww\.[\w.-]+\w`)

// senderLine is a line of the address block: the first one says whose it is,
// and a site's address leads there.
func senderLine(line string, first bool) []Run {
	line = Typeset(line)
	at := site.FindStringIndex(line)
	if at == nil {
		return []Run{{Text: line, Bold: first}}
	}
	runs := []Run{{Text: line[:at[0]]}, {Text: line[at[0]:at[1]], Link: "https://" + line[at[0]:at[1]]}, {Text: line[at[1]:]}}
	return slices.DeleteFunc(runs, func(r Run) bool { return r.Text == "" })
}

func typesetAll(lines []string) []string {
	set := slices.Clone(lines)
	for i := range set {
		set[i] = Typeset(set[i])
	}
	return set
}

// banner is said on every page of what is not the real thing.
func (c *composer) banner() string {
	switch {
	case c.notice.Exercise:
		return c.texts["banner.exercise"]
	case !c.notice.Production():
		return c.texts["banner.test"]
	}
	return ""
}

// staged is a subject that says what is not the real thing.
func (c *composer) staged(subject string) (string, error) {
	name := ""
	switch {
	case c.notice.Exercise:
		name = "subject.exercise"
	case !c.notice.Production():
		name = "subject.test"
	default:
		return subject, nil
	}
	runs, err := c.with(facts{"subject": text(subject)}).words(name)
	return Plain(runs), err
}

// subjectName are the words of the subject: by kind, and by effect where that
// makes a difference.
func (c *composer) subjectName() string {
	name := "subject." + string(c.notice.Kind)
	if len(c.notice.Lines()) == 0 {
		return "subject.information.general"
	}
	if _, ok := c.texts[name]; ok {
		return name
	}
	return name + "." + string(c.effect)
}

// contact are the lines that say who to ask and what to quote.
func (c *composer) contact() ([][]Run, error) { return c.contactIn(french) }

func (c *composer) contactIn(t tongue) ([][]Run, error) {
	var lines [][]Run
	for _, l := range []struct {
		name string
		said bool
	}{
		{"contact.for", c.notice.Contact != ""},
		{"contact.mail", c.facts["contact_mail"] != nil},
		{"contact.reference", c.notice.Reference != ""},
		{"contact.outage", c.bureau.QuoteID && c.notice.OutageID != ""},
	} {
		if !l.said {
			continue
		}
		runs, err := write(c.texts[t.prefix+l.name], c.fact, t.set)
		if err != nil {
			return nil, fmt.Errorf("clause %s: %w", t.prefix+l.name, err)
		}
		lines = append(lines, runs)
	}
	return lines, nil
}

func (c *composer) signature() (Signature, error) {
	name := "signature"
	if by := c.notice.Signatory.By; by != "" {
		name += "." + string(by)
	}
	role, err := c.words(name)
	return Signature{Role: Plain(role), Name: c.notice.Signatory.Name}, err
}

// note adds a footnote and gives the run that calls it. The same note is
// called again by its number.
func (c *composer) note(n Note) Run {
	at := slices.IndexFunc(*c.notes, func(had Note) bool { return Plain(had.Runs) == Plain(n.Runs) })
	if at < 0 {
		*c.notes = append(*c.notes, n)
		at = len(*c.notes) - 1
	}
	return Run{Text: strconv.Itoa(at + 1), Raised: true, Note: at + 1}
}

// scopeTable says what holds for each line of a scope.
func (c *composer) scopeTable() Block {
	b := Block{Kind: Table, Caption: c.texts["table.caption"], Head: []string{"Services", "Modes", "Impact", "Consignes", "Procédure de secours"}}
	resolved := c.Catalogue.Resolve(notice.Notice{Kind: c.notice.Kind, Scope: c.notice.Scope})
	for i, line := range c.notice.Scope {
		effect := line.Effect
		for _, r := range resolved {
			if effect == "" && slices.Contains(r.Services, line.Services[0]) {
				effect = r.Effect
			}
		}
		modes := ModeNames(c.Catalogue, c.modesSaid(line.Services, c.notice.Scope[i].Modes))
		b.Rows = append(b.Rows, [][]Run{
			sentence(text(Enumerate(Names(c.Catalogue, line.Services)))), text(Enumerate(modes)), text(EffectName(effect)),
			sentence(text(orNothing(sendLines(line.Messages)))), sentence(text(fallbackLine(line.Fallback))),
		})
	}
	return b
}

func orNothing(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// sendLines say what may be sent, in one cell.
func sendLines(m notice.Messages) string {
	var parts []string
	for _, send := range []notice.Send{notice.Forbidden, notice.Discouraged, notice.Allowed} {
		if kinds := MessageKindNames(m.Kinds(send)); len(kinds) > 0 {
			parts = append(parts, Enumerate(kinds)+" : "+SendName(send)+"e") // all the kinds are feminine
		}
	}
	return join(parts, " ; ")
}

func fallbackLine(f notice.Fallback) string {
	if !f.Authorised {
		return "non autorisée"
	}
	if f.Condition == "" {
		return "autorisée"
	}
	return "autorisée " + ConditionName(f.Condition)
}
