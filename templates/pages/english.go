package pages

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
	"time"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// The pages in English are the same templates: each stretch of their text is
// put into English by a table whose keys are the French words. A template that
// says something the table lacks is in French alone, and a test says so.

//go:embed english.txt
var englishFile embed.FS

// english is the table, its keys with plain spaces.
var english = sync.OnceValue(func() map[string]string {
	text, err := englishFile.ReadFile("english.txt")
	if err != nil {
		panic(err) // it is embedded
	}
	table := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if french, said, ok := strings.Cut(strings.TrimRight(line, "\n"), " = "); ok {
			table[spaced(french)] = said
		}
	}
	return table
})

// spaced is a text with plain spaces, without entities.
func spaced(text string) string { return strings.Join(strings.Fields(html.UnescapeString(text)), " ") }

// inEnglish puts a phrase of ours into English; one that is not in the table
// stays as it is.
func inEnglish(french string) string {
	if said, ok := english()[spaced(french)]; ok {
		return said
	}
	for before, in := range map[string]string{"Tout ": "All ", "année ": "year "} { // a group, a period
		if rest, ok := strings.CutPrefix(french, before); ok {
			return in + rest
		}
	}
	return french
}

// EnglishPages are the templates of the pages that are there in English.
var EnglishPages = map[string]bool{
	"outlook": true, "services": true, "service": true, "no-service": true, "notices": true, "notice": true, "extract": true,
	"lost": true, "trouble": true, "not-kept": true, "not-yet": true, "busy": true,
	"subscribe": true, "asked": true, "too-many": true, "confirm": true, "stale": true, "preferences": true, "nobody": true, "erase": true, "leave": true,
}

// englishLayout is layout in English; what is missing of it is in the second
// result.
var englishLayout = sync.OnceValues(func() (*template.Template, map[string][]string) {
	all := maps.Clone(words)
	maps.Copy(all, englishWords)
	t := template.Must(template.New("").Funcs(all).ParseFS(files, "*.html"))
	missing := map[string][]string{}
	for _, one := range t.Templates() {
		if one.Tree != nil && one.Tree.Root != nil {
			tr := translator{tree: one.Tree, name: one.Name(), missing: missing}
			tr.list(one.Tree.Root)
		}
	}
	return t, missing
})

// An otherTongue is where the same page is in the other language.
type otherTongue struct {
	Lang, Name string
	Address    template.URL
}

// A tongue is what a page is said in.
type tongue struct {
	lang   string
	layout func() *template.Template
	moment func(time.Time) string
	phrase func(string) string
}

func saidIn(lang string) tongue {
	if lang == "en" {
		return tongue{"en", func() *template.Template { t, _ := englishLayout(); return t }, templates.EnglishMoment, inEnglish}
	}
	return tongue{"fr", layout, templates.Moment, func(phrase string) string { return phrase }}
}

// inBoth are the beginnings of the addresses that are there in English.
var inBoth = regexp.MustCompile(`^/($|[?#]|(services|notices|extrait|choix)($|[/?#])|abonnements($|[?#]|/demande$))`)

// Local is the address of a page of ours for readers in English: files, what is
// for programs and what is there in French alone have one address.
func Local(address string) string {
	path, _, _ := strings.Cut(address, "?")
	path, _, _ = strings.Cut(path, "#")
	if !inBoth.MatchString(address) || strings.Contains(path, ".") || strings.HasSuffix(path, "/cadre") {
		return address
	}
	return "/en" + address
}

// A translator puts one template's text into English.
type translator struct {
	tree    *parse.Tree
	name    string
	missing map[string][]string // by template
	inTag   bool
	link    bool // the text before ends within the address of a link
}

var (
	spoken  = regexp.MustCompile(`((?:aria-label|title|alt|placeholder)=")([^"]+)(")`)
	leading = regexp.MustCompile(`((?:href|action|formaction)=")(/[^"{]*)`)
	opens   = regexp.MustCompile(`(?:href|action|formaction)="$`)
)

func (t *translator) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		t.node(n)
	}
}

func (t *translator) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.TextNode:
		n.Text = []byte(t.text(string(n.Text)))
	case *parse.ActionNode:
		t.pipe(n.Pipe)
		if t.link && len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{parse.NewIdentifier("local").SetTree(t.tree)}})
		}
	case *parse.TemplateNode:
		t.pipe(n.Pipe)
	case *parse.IfNode:
		t.branch(&n.BranchNode)
	case *parse.RangeNode:
		t.branch(&n.BranchNode)
	case *parse.WithNode:
		t.branch(&n.BranchNode)
	}
}

// branch goes into both ways from the same place in the markup.
func (t *translator) branch(n *parse.BranchNode) {
	t.pipe(n.Pipe)
	before := t.inTag
	t.list(n.List)
	if n.ElseList != nil {
		t.inTag = before
		t.list(n.ElseList)
	}
}

// pipe puts the phrases that a template hands on into English.
func (t *translator) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		if name, ok := c.Args[0].(*parse.IdentifierNode); ok && (name.Ident == "eq" || name.Ident == "ne") {
			continue // what is compared is no phrase
		}
		for _, arg := range c.Args {
			switch arg := arg.(type) {
			case *parse.StringNode:
				first, _ := utf8.DecodeRuneInString(arg.Text)
				phrase := strings.ContainsRune(arg.Text, ' ') || unicode.IsUpper(first) || arg.Text == "sans"
				if said, ok := english()[spaced(arg.Text)]; ok && phrase {
					arg.Text, arg.Quoted = said, fmt.Sprintf("%q", said)
				} else if strings.ContainsRune(arg.Text, ' ') {
					t.lacks(arg.Text)
				}
			case *parse.PipeNode:
				t.pipe(arg)
			}
		}
	}
}

func (t *translator) lacks(french string) {
	t.missing[t.name] = append(t.missing[t.name], spaced(french))
}

// text goes through markup: what stands between tags is said, and so are some
// attributes.
func (t *translator) text(s string) string {
	t.link = opens.MatchString(s)
	var b strings.Builder
	for s != "" {
		if t.inTag {
			end := strings.IndexByte(s, '>') + 1
			t.inTag = end == 0
			if t.inTag {
				end = len(s)
			}
			b.WriteString(t.tag(s[:end]))
			s = s[end:]
			continue
		}
		end := strings.IndexByte(s, '<')
		t.inTag = end >= 0
		if end < 0 {
			end = len(s)
		}
		b.WriteString(t.phrase(s[:end]))
		s = s[end:]
	}
	return b.String()
}

func (t *translator) tag(s string) string {
	s = spoken.ReplaceAllStringFunc(s, func(attr string) string {
		m := spoken.FindStringSubmatch(attr)
		return m[1] + t.phrase(m[2]) + m[3]
	})
	return leading.ReplaceAllStringFunc(s, func(attr string) string {
		m := leading.FindStringSubmatch(attr)
		return m[1] + Local(m[2])
	})
}

// phrase puts a stretch of text into English, between the spaces around it.
func (t *translator) phrase(s string) string {
	if !strings.ContainsFunc(html.UnescapeString(s), unicode.IsLetter) {
		return strings.NewReplacer("&nbsp;:", ":", "&nbsp;;", ";", "«&nbsp;", "“", "&nbsp;»", "”", "&nbsp;%", "%").Replace(s)
	}
	said, ok := english()[spaced(s)]
	if !ok {
		t.lacks(s)
		return s
	}
	before := s[:len(s)-len(strings.TrimLeft(s, " \n"))]
	after := s[len(strings.TrimRight(s, " \n")):]
	if strings.HasSuffix(s, "&nbsp;") && !strings.HasSuffix(said, "“") { // "no. 3" is one word
		after = "&nbsp;"
	}
	return before + said + after
}

// englishWords are what the templates say themselves with in English, where
// that differs.
var englishWords = template.FuncMap{
	"foreign": func() template.HTMLAttr { return ` lang="fr"` },
	"lang":    func() string { return "en" }, "local": localAny, "said": inEnglish,
	"zones": func() []templates.Zone {
		zones := slices.Clone(templates.Zones)
		for i := range zones {
			zones[i].Label = zones[i].English
		}
		return zones
	},
	"field":   englishField,
	"capital": func(text string) string { return templates.Capitalised(inEnglish(text)) },
	"moment":  templates.EnglishMoment, "period": templates.EnglishPeriod, "enumerate": templates.EnglishList,
	"effect": templates.EffectEnglish, "kind": templates.EnglishKind, "act": templates.ActEnglish, "condition": templates.EnglishCondition,
	"kinds": templates.EnglishKinds, "sending": templates.EnglishSend, "noun": templates.EnglishNoun, "until": templates.EnglishUntil,
	"day":        func(t time.Time) string { return templates.EnglishDate(notice.DateOf(t)) },
	"date":       func(t time.Time) string { return templates.EnglishDate(notice.DateOf(t)) },
	"phase":      func(n Notice) string { return inEnglish(phaseName(n)) },
	"outcome":    englishOutcome,
	"ahead":      englishAhead,
	"lasting":    func(d time.Duration) string { return strings.ReplaceAll(lasting(d), nbsp+"j", nbsp+"d") },
	"percentage": func(a notice.Availability) string { return templates.EnglishPercent(percentage(a)) },
	"own":        englishOwnMoment, "elsewhere": englishElsewhere,
	"conformity": func() string { return inEnglish(RGAA().State()) },
}

// localAny is Local for what a template hands on; an address that says its own
// language stays.
func localAny(address any) any {
	if text, ok := address.(string); ok {
		return Local(text)
	}
	return address
}

func englishField(o Outlook, name, label, hint string) field {
	f := fieldOf(o, name, label, "")
	f.Hint = hint
	return f
}

func englishOutcome(o Outage) string {
	said := outcome(o)
	for french, in := range map[string]string{" plus tôt que prévu": " earlier than planned", " plus tard que prévu": " later than planned"} {
		if d, ok := strings.CutSuffix(said, french); ok {
			return strings.ReplaceAll(d, nbsp+"j", nbsp+"d") + in
		}
	}
	return inEnglish(said)
}

func englishAhead(a notice.Availability) string {
	return strings.NewReplacer("sans objet", "not applicable", "médiane"+nbsp+":", "median:", "\u202f; le plus court"+nbsp+":", "; shortest:",
		"aucun", "none", nbsp+"j", nbsp+"d").Replace(ahead(a))
}

func englishOwnMoment(t time.Time, z templates.Zone) string {
	if z.Code == "" || t.IsZero() {
		return ""
	}
	return z.English + ": " + z.EnglishMoment(t) + " (local time)"
}

func englishElsewhere(l Line, z templates.Zone) string {
	switch {
	case z.Code == "":
		return ""
	case l.On && l.End.IsZero():
		return z.English + ": since " + z.EnglishMoment(l.Start) + " (local time)"
	case l.On:
		return z.English + ": since " + z.EnglishMoment(l.Start) + ", planned end " + z.EnglishMoment(l.End) + " (local time)"
	}
	return z.English + ": " + z.EnglishPeriod(l.Start, l.End) + " (local time)"
}
