package templates_test

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"douane.gouv.fr/crieur/templates"
)

// tellings are both languages, without another zone and with some that readers
// may ask for: the one with the longest name, and one where it is another day.
func tellings() []templates.Telling {
	var all []templates.Telling
	for _, zone := range []string{"", "Europe/London", "America/Miquelon", "Pacific/Noumea"} {
		all = append(all, templates.Telling{Zone: zone}, templates.Telling{Lang: "en", Zone: zone})
	}
	return all
}

// whole is a foot with every link.
var whole = templates.Foot{
	Leave: "https://meteo.example/abonnements/x/leave", Preferences: "https://meteo.example/abonnements/x",
	Page: "https://meteo.example/notices/n1", Letter: "https://meteo.example/notices/n1/1.pdf", Outlook: "https://meteo.example/",
}

// TestSubjects wants every subject short, in whatever language and zone, and an
// exercise to say so first.
func TestSubjects(t *testing.T) {
	t.Parallel()
	all := append(lives(t), told{"drill", published(t, seed(t, "exercise: true"))})
	for _, tl := range tellings() {
		for _, c := range all {
			subject := c.life.document(tl).Mail
			if n := utf8.RuneCountInString(subject); n == 0 || n > 120 {
				t.Errorf("%s, %v: %d characters: %s", c.name, tl, n, subject)
			}
			if first := strings.HasPrefix(subject, "EXERCICE"); first != (c.name == "drill") {
				t.Errorf("%s, %v: says EXERCICE first %v: %s", c.name, tl, first, subject)
			}
		}
	}
}

// TestCanonical: readers who are told the same have one form, and only they.
func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want templates.Telling }{
		{templates.Telling{Lang: "fr", Zone: "Europe/Paris"}, templates.Telling{}},
		{templates.Telling{Lang: "de", Zone: "nowhere", Started: true}, templates.Telling{Started: true}},
		{templates.Telling{Lang: "en", Zone: "Europe/London"}, templates.Telling{Lang: "en", Zone: "Europe/London"}},
	} {
		if got := c.given.Canonical(); got != c.want {
			t.Errorf("%+v is %+v, want %+v", c.given, got, c.want)
		}
		s, e := published(t, seed(t)).last()
		given, err := words(t).Mail(s, e, c.given, foot)
		if err != nil || given.Lang == "" || strings.ContainsAny(given.Subject, "\u00a0\u202f") || given.Calendar == nil {
			t.Errorf("%+v: %q in %q, %v", c.given, given.Subject, given.Lang, err)
		}
		want, err := words(t).Mail(s, e, c.want, foot)
		if err != nil || given.Text != want.Text || given.HTML != want.HTML || string(given.Calendar) != string(want.Calendar) {
			t.Errorf("%+v is told something else than %+v, %v", c.given, c.want, err)
		}
	}
}

// TestFactsAgree: the facts at a glance of the seed are its letter's own words.
func TestFactsAgree(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t))
	letter, err := l.w.Letter(seed(t))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(said(letter), "\n")
	for _, f := range l.document(templates.Telling{}).Facts {
		value := plain(templates.Plain(f.Lines[0]))
		switch f.Name {
		case "Services", "Référence":
		case "Période":
			value = strings.ToLower(value[:1]) + value[1:]
		default:
			continue // said in other words there
		}
		if !strings.Contains(text, value) {
			t.Errorf("the letter does not say %s: %q", f.Name, value)
		}
	}
}

// TestZone: who asked for another zone is told both times, there on another day
// where it is another.
func TestZone(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t))
	for zone, want := range map[string]string{
		"Europe/London":  "Royaume-Uni : mardi 8 août 2023 de 8h00 à 16h00",
		"Pacific/Noumea": "Nouvelle-Calédonie : du mardi 8 août 2023 à 18h00 au mercredi 9 août 2023 à 2h00",
	} {
		d := l.document(templates.Telling{Zone: zone})
		i := slices.IndexFunc(d.Facts, func(f templates.Fact) bool { return f.Name == "Période" })
		if i < 0 || len(d.Facts[i].Lines) != 2 || plain(templates.Plain(d.Facts[i].Lines[1])) != plain(want) {
			t.Errorf("%s: %v, want %s", zone, d.Facts, want)
		}
	}
	subject := l.document(templates.Telling{Zone: "Pacific/Noumea"}).Mail
	if !strings.HasSuffix(plain(subject), "9h00-17h00 (18h00-9 août, 2h00 Nouvelle-Calédonie)") {
		t.Errorf("subject %q", subject)
	}
}

// TestMailText: lines fit a terminal, no-break spaces hold, links have lines of
// their own, and all that is said is there.
func TestMailText(t *testing.T) {
	t.Parallel()
	all := lives(t)
	for _, tl := range tellings()[:4] {
		for _, c := range all {
			d := c.life.document(tl)
			text := templates.MailText(d, whole)
			for line := range strings.SplitSeq(text, "\n") {
				if utf8.RuneCountInString(line) > 76 && strings.Contains(line, " ") {
					t.Errorf("%s, %v: a line of %d: %s", c.name, tl, utf8.RuneCountInString(line), line)
				}
			}
			for _, link := range []string{whole.Leave, whole.Preferences, whole.Page, whole.Letter, whole.Outlook} {
				if strings.Count(text, "\n"+link+"\n") != 1 {
					t.Errorf("%s, %v: %s has no line of its own", c.name, tl, link)
				}
			}
			flat := strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' }), " ")
			for _, f := range d.Facts {
				for _, line := range f.Lines {
					if !strings.Contains(flat, templates.Plain(line)) {
						t.Errorf("%s, %v: the text does not say %q", c.name, tl, templates.Plain(line))
					}
				}
			}
		}
	}
}

// TestMailHTML: every mail is small, loads nothing, has one headline, names
// its rows, begins with what lists of mails show, and links to what is there.
func TestMailHTML(t *testing.T) {
	t.Parallel()
	all := lives(t)
	for _, tl := range tellings()[:4] {
		for _, c := range all {
			d := c.life.document(tl)
			page := mailHTML(t, d, whole)
			if len(page) > 20_000 {
				t.Errorf("%s, %v: %d bytes", c.name, tl, len(page))
			}
			root, err := html.Parse(strings.NewReader(page))
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for n := range root.Descendants() {
				seen[n.Data]++
				for _, a := range n.Attr {
					if a.Key == "src" || a.Key == "background" || n.Data == "link" {
						t.Errorf("%s: <%s %s=%q> loads something", c.name, n.Data, a.Key, a.Val)
					}
				}
				if n.Type == html.ElementNode && n.Data == "th" && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "scope" }) {
					t.Errorf("%s: a heading of a table does not say of what", c.name)
				}
			}
			if seen["h1"] != 1 || seen["img"]+seen["script"] > 0 || strings.Contains(page, "url(") {
				t.Errorf("%s, %v: %d headlines, %d images, %d scripts", c.name, tl, seen["h1"], seen["img"], seen["script"])
			}
			if _, body, _ := strings.Cut(page, "<body"); !strings.HasPrefix(body[strings.Index(body, "<div"):], "<div style=\"display:none") || d.Gist == "" {
				t.Errorf("%s, %v: it does not begin with the gist %q", c.name, tl, d.Gist)
			}
			for _, link := range []string{whole.Leave, whole.Preferences, whole.Page, whole.Letter, whole.Outlook} {
				if strings.Count(page, `href="`+link+`"`) != 1 {
					t.Errorf("%s, %v: not one link to %s", c.name, tl, link)
				}
			}
		}
	}
	bare := mailHTML(t, all[0].life.document(templates.Telling{}), templates.Foot{Leave: whole.Leave, Page: whole.Page})
	for _, word := range []string{"Gérer mon abonnement", "Lettre officielle", "Météo des services en ligne</a>", `href=""`} {
		if strings.Contains(bare, word) {
			t.Errorf("without such a link, the mail says %q", word)
		}
	}
}

func mailHTML(t *testing.T, d templates.Document, f templates.Foot) string {
	t.Helper()
	page, err := templates.MailHTML(d, f)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestMailLanguages: a mail in English has the whole French text, marked as
// such; one in French ends with an English summary.
func TestMailLanguages(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t))
	page := mailHTML(t, l.document(templates.Telling{Lang: "en"}), foot)
	_, text, _ := strings.Cut(page, "Official text, in French")
	if !strings.HasPrefix(page[strings.Index(page, "<html"):], `<html lang="en">`) || !strings.Contains(text, "<div lang=\"fr\">") || !strings.Contains(text, "Vous êtes invités à reporter") {
		t.Errorf("an English mail is\n%s", page)
	}
	page = mailHTML(t, l.document(templates.Telling{}), foot)
	if !strings.Contains(page, `<html lang="fr">`) || !strings.Contains(page, `<h2 lang="en"`) || strings.Contains(page, "Official text") {
		t.Errorf("a French mail is\n%s", page)
	}
}

var (
	pairs = regexp.MustCompile(`background:(#\w{6})(?:!important)?;color:(#\w{6})`)
	inks  = regexp.MustCompile(`[;"{]color:(#\w{6})`)
)

// TestMailContrast wants what is written to stand out from what it is written
// on, in the light and in the dark (WCAG 2.2, 1.4.3).
func TestMailContrast(t *testing.T) {
	t.Parallel()
	page := mailHTML(t, published(t, seed(t, "exercise: true")).document(templates.Telling{}), whole)
	_, dark, _ := strings.Cut(page, "prefers-color-scheme:dark")
	dark, light, _ := strings.Cut(dark, "</style>")
	for on, part := range map[string]string{"#ffffff": light, "#161616": dark} {
		for _, m := range pairs.FindAllStringSubmatch(part, -1) {
			if c := contrast(m[1], m[2]); c < 4.5 {
				t.Errorf("%s on %s: %.1f", m[2], m[1], c)
			}
		}
		for _, m := range inks.FindAllStringSubmatch(pairs.ReplaceAllString(part, ""), -1) {
			if c := contrast(on, m[1]); c < 4.5 {
				t.Errorf("%s on %s: %.1f", m[1], on, c)
			}
		}
	}
}

// contrast is that of two colours, from 1 to 21.
func contrast(a, b string) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(colour string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // the expression wants six hexadecimal digits
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
