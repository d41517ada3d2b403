package pages

import (
	"fmt"
	"html"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// at is within the seed's window.
var at = time.Date(2023, 8, 8, 9, 5, 0, 0, notice.Legal)

func house(t testing.TB) House {
	return House{
		Now: func() time.Time { return at }, Shifted: func() bool { return true },
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// write answers a request with a page.
func write(t testing.TB, p Page) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	house(t).Write(w, httptest.NewRequest(http.MethodGet, "/", nil), p)
	return w
}

// bodies are, by template, bodies that use all of it and bodies that use none.
func bodies() map[string][]any {
	n := Notice{ID: "id", Title: "Un <titre>", Reference: "20000171", Kind: notice.Maintenance, Phase: notice.Running,
		Exercise: true, Test: true, Overdue: true, Published: at, Last: notice.TypePublished, Updated: at, More: true}
	sending := []Sending{{notice.Forbidden, []notice.MessageKind{notice.Create}}, {notice.Discouraged, []notice.MessageKind{notice.Amend}},
		{notice.Allowed, []notice.MessageKind{notice.Query}}}
	fallbacks := []Fallback{{}, {Authorised: true, From: at, Condition: notice.NotDeferrable, Sheet: "n° 3", Service: "GAMMA"},
		{Authorised: true, From: at, Until: at, Later: true}, {Authorised: true, From: at, Open: true}}
	var rows []Row
	for _, effect := range notice.Effect("").Values() {
		for _, f := range fallbacks {
			line := Line{Services: []string{"Delta T"}, Modes: []string{"EDI"}, Effect: notice.Effect(effect), Start: at, Fallback: f, Messages: sending}
			on, past, ends := line, line, line
			on.On, on.Overdue, on.End, on.Latest = true, true, at, at
			past.Past, past.Over = true, at
			ends.End = at.AddDate(0, 0, 1)
			n.Lines = append(n.Lines, line, on, past, ends)
			rows = append(rows, Row{ID: fmt.Sprint("r", len(rows)), Service: "Delta T", Modes: []string{"EDI"}, Effect: notice.Effect(effect), Overdue: true,
				Since: at, Until: at, Fallback: f, Messages: sending, Notices: []Notice{n, {ID: "other", Published: at}},
				Next: []Coming{{Notice: n, Effect: notice.Effect(effect), Start: at}}})
		}
	}
	full := Outlook{At: at, Known: at, Ahead: true, Disturbed: 2, Services: 8, Rows: rows,
		Running: []Notice{n}, Announced: []Notice{n}, Lately: []Notice{n},
		Wrong: []Wrong{{"le", "x", NotATime, nil}, {"connu", "x", Repeated, []time.Time{at, at}}}}
	related := []Related{{Code: "gun", Label: "GUN", Effect: notice.Degraded, Overdue: true}, {Code: "gamma", Label: "GAMMA", Effect: notice.Unaffected}}
	full.Choice = Choice{Services: 2, Codes: []string{"delta-x"}, Names: []string{"Delta X"}, Kept: true, Here: "/?service=delta-x", Hidden: 6, HiddenDisturbed: 1,
		Unknown: []string{"x", "y"}, Boxes: form().Groups, Groups: []Shortcut{{Label: "Delta X", Address: "/?service=delta-x", Here: true}}}
	full.Zone = templates.Zones[5]
	lists := []any{List{}, List{All: 3, Wrong: []WrongChoice{{"service", "x"}, {"nature", "x"}, {"annee", "x"}, {"situation", "x"}}},
		List{Total: 1, All: 2, Notices: []Notice{n}, Page: 2, Pages: 3, Newer: "/notices?page=1", Older: "/notices?page=3", Zone: templates.Zones[5],
			Search: Search{Words: "x", Services: []Option{{"service", "gun", "GUN", true}}, Kind: notice.Incident, Situation: SituationOver, Year: 2023,
				Years: []Year{{2023, 1, true, "/notices?annee=2023"}}, EveryYear: "/notices?q=x"}}}
	services := []any{Service{At: at}, Service{Code: "gun", Label: "GUN", Aliases: []string{"G"}, Modes: []string{"EDI"}, At: at, Zone: templates.Zones[5], Rows: rows,
		Sheet: "3", Fallback: &related[0], DependsOn: related, Dependents: related, Parts: related, Announced: []Notice{n}, More: true, WrongPeriod: "x", History: []Outage{
			{Notice: n, Modes: []string{"EDI"}, Effect: notice.Interrupted, Start: at, Planned: at, Last: at.AddDate(0, 0, 1), Over: at, Resumed: true},
			{Notice: n, Modes: []string{"EDI"}, Effect: notice.Closed, Start: at, Running: true}},
		Figures: Figures{From: at, To: at, Since: at, File: "/x.csv", Periods: []PeriodLink{{LastMonth, "/", true}, {LastYear, "/", false}, {"2023", "/", false}},
			Modes: []ModeFigures{{[]string{"EDI"}, notice.Availability{From: notice.At(at), To: notice.At(at.AddDate(0, 1, 0)), Overdue: time.Hour, Unplanned: 2 * time.Hour, Ahead: []time.Duration{0, time.Hour}}}, {Modes: []string{"DTI"}}}}}}
	wrong := form()
	for _, kind := range []FaultKind{AddressMissing, AddressTwo, AddressLong, AddressDomain, AddressBad} {
		wrong.Wrong = append(wrong.Wrong, FormFault{FieldAddress, kind})
	}
	wrong.Wrong = append(wrong.Wrong, FormFault{FieldWant, WantsMissing}, FormFault{FieldMode, NoSuchPair}, FormFault{FieldService, NoSuchChoice})
	var confirmations []any
	for _, purpose := range []string{"subscribe", "retry", "return"} {
		for i := range 4 {
			confirmations = append(confirmations, Confirmation{Purpose: purpose, Known: i&1 > 0, Done: i&2 > 0, Until: at,
				Choices: []templates.Choice{{Label: "Services", Value: "Delta T"}}, Preferences: "/p"})
		}
	}
	return map[string][]any{
		"outlook": {Outlook{At: at, Now: true, Well: true}, full, Outlook{At: at, Now: true, Disturbed: 1, Wrong: []Wrong{{"le", "x", Skipped, nil}, {"connu", "x", Unknown, nil}}}},
		"notice": {Story{Notice: Notice{Published: at, Phase: notice.Announced}},
			Story{Notice: n, Text: Text{"Montreuil", "<p>.</p>", "Le chef", "M"}, Events: []Event{{ID: "e", Act: notice.TypeEnded, Time: at, Words: "<p>.</p>", Letter: "/1.pdf",
				Sum: strings.Repeat("0123456789abcdef", 4), Changes: []Change{Compare("Plage", "de 9h00 à 17h00", "de 9h00 à 18h00")}}},
				Services: related, Others: []Notice{n}, Zone: templates.Zones[5], OutageID: "2023-1"}},
		"notices":  lists,
		"services": {Index{At: at}, Index{At: at, Groups: []ServiceGroup{{ID: "delta-x", Label: "Delta X", Rows: rows}, {ID: "autres", Rows: rows[:1]}}}},
		"service":  services, "no-service": {NoService{Name: "x"}, NoService{Name: "<x>", Near: []Shortcut{{Label: "Delta T", Address: "/services/delta-t"}}}},
		"leave":     {Plea{}, Plea{Undo: true, Preferences: "/p"}, Plea{Left: true}, Plea{Left: true, Undo: true}},
		"subscribe": {form(), wrong},
		"asked":     {nil}, "too-many": {nil}, "stale": {nil}, "nobody": {nil}, "erase": {false, true},
		"confirm": confirmations,
		"formats": {Formats{Public: "https://meteo.example", Services: []ServiceChoice{{"delta-t", "Delta T"}}, Chosen: ServiceChoice{"delta-t", "Delta T"}}},
		"preferences": {Preferences{Form: form(), Address: "a@b.example", Leave: "/x"}, Preferences{Form: form(), Since: at, Saved: true, Rest: Rest{Since: at}},
			Preferences{Form: wrong, Rest: Rest{Since: at, Until: at, Full: true}}, Preferences{Form: form(), Rest: Rest{Since: at, Dead: true}}},
		"push": {PushForm(form(), "key").Body},
		"extract": {Extract{}, Extract{Values: map[string]string{"le": "<hier>"}, Wrong: map[string]string{"le": ExtractAhead}, Order: []string{"le"}},
			Extract{Subject: "État", Answer: "<p>x</p>", Sealed: true, Query: "a=b", Services: []templates.Choice{{Label: "Un", Value: "one"}}}},
		"busy":     {nil},
		"mentions": {Legal{}, Legal{Operator: Operator{Publisher: "A<b>"}}}, "accessibility": {Legal{Grid: RGAA()}}, "grid": {Legal{Grid: RGAA()}},
		"privacy": {Legal{}}, "plan": {Legal{Groups: []Section{{Title: "x", Links: []Shortcut{{Label: "y", Address: "/z"}}}}}}, "glossary": {Legal{}},
		"certificate": {Legal{}, Legal{Seals: []SealCertificate{{Subject: "CN=x", SHA256: strings.Repeat("ab", 32), From: at, Until: at.AddDate(1, 0, 0), Specimen: true}, {From: at, Until: at.AddDate(1, 0, 0)}}}},
		"lost":        {nil}, "not-yet": {nil}, "not-kept": {nil}, "trouble": {nil},
	}
}

// form is one with choices made.
func form() Form {
	c := notice.Catalogue{Modes: map[string]notice.Mode{"edi": {Label: "EDI"}}, Groups: map[string]notice.Group{"g": {Label: "Groupe"}},
		Services: map[string]notice.Service{"one": {Label: "Un", Modes: []string{"edi"}}, "two": {Label: "Deux", Group: "g", Member: "Import"}}}
	return FormOf(c, templates.Choices{Services: []string{"one", "g"}, Modes: []string{"edi"}, Notices: true, Alerts: true, DailyNotices: true, Lang: "en", Zone: "Indian/Reunion"})
}

// TestEveryPage composes every page with all it may hold and with nothing.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	for name, all := range bodies() {
		for i, body := range all {
			w := write(t, Page{Name: name, Title: "Un <titre>", Banner: "EXERCICE", Body: body})
			page := html.UnescapeString(w.Body.String())
			if w.Code != http.StatusOK || !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
				t.Errorf("%s %d: %d, ends with %.40q", name, i, w.Code, page[max(0, len(page)-40):])
			}
			for _, want := range []string{"Démonstration\u00a0: l’horloge indique le mardi 8\u00a0août 2023 à 9h05", ">EXERCICE<", `lang="fr"`, "width=device-width"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s %d lacks %q", name, i, want)
				}
			}
			if strings.Contains(w.Body.String(), "<titre>") || strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "0001-01-01") {
				t.Errorf("%s %d: something came through as it is, or not at all:\n%s", name, i, w.Body)
			}
		}
	}
	names, err := fs.Glob(files, "*.html")
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	for _, file := range names {
		for _, m := range regexp.MustCompile(`{{define "([^"]+)"}}{{template "top"`).FindAllStringSubmatch(source(t, file), -1) {
			if bodies()[m[1]] == nil {
				t.Errorf("page %q is not tested", m[1])
			}
		}
	}
}

func source(t testing.TB, file string) string {
	t.Helper()
	text, err := files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFrench: no plain space before double punctuation, no straight apostrophe.
func TestFrench(t *testing.T) {
	t.Parallel()
	wrong := regexp.MustCompile(`\pL [:;!?]|\pL'\pL|"[^"]* »`)
	tags := regexp.MustCompile(`<[^>]*>`)
	for name, all := range bodies() {
		for i, body := range all {
			text := tags.ReplaceAllString(write(t, Page{Name: name, Title: "Titre", Body: body}).Body.String(), "\n")
			if found := wrong.FindString(html.UnescapeString(text)); found != "" {
				t.Errorf("%s %d: %q", name, i, found)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	open, private := write(t, Page{Name: "lost", Title: "x"}), write(t, Page{Name: "leave", Title: "x", Private: true, Body: Plea{}})
	for key, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if open.Header().Get(key) != want || private.Header().Get(key) != want {
			t.Errorf("%s: %q, %q", key, open.Header().Get(key), private.Header().Get(key))
		}
	}
	if open.Header().Get("Cache-Control") != "no-cache" || open.Header().Get("ETag") == "" {
		t.Errorf("an open page: %v", open.Header())
	}
	if private.Header().Get("Cache-Control") != "no-store" || private.Header().Get("ETag") != "" || private.Header().Get("X-Robots-Tag") != "noindex" {
		t.Errorf("a private page: %v", private.Header())
	}
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self';") {
		t.Errorf("policy %q", policy)
	}
	if w := write(t, Page{Name: "no such page"}); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "template") {
		t.Errorf("a page that is not there: %d %s", w.Code, w.Body)
	}
	h := house(t)
	h.Shifted = func() bool { return false }
	if page, err := h.Render(Page{Name: "lost"}); err != nil || strings.Contains(string(page), "Démonstration") {
		t.Errorf("by the real clock: %v %s", err, page)
	}
}

// TestContrast holds the colours of the style sheet to WCAG 2.2: 1.4.3 (4.5 to
// 1 for text), 1.4.11 (3 to 1 for what must be seen).
func TestContrast(t *testing.T) {
	t.Parallel()
	css := string(assets["style.css"].body)
	declared := regexp.MustCompile(`(--[\w-]+): (#\w+);`)
	light, rest, _ := strings.Cut(css, "@media screen and (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "* { box-sizing")
	for name, block := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]string{}
		for _, m := range declared.FindAllStringSubmatch(block, -1) {
			colours[m[1]] = m[2]
		}
		for _, m := range regexp.MustCompile(`var\((--[\w-]+)\)`).FindAllStringSubmatch(css, -1) {
			if colours[m[1]] == "" {
				t.Fatalf("%s: no colour %s", name, m[1])
			}
		}
		for _, pair := range []struct {
			a, b  string
			least float64
		}{
			{"--ink", "--page", 7}, {"--ink", "--faint", 7}, {"--soft", "--page", 4.5}, {"--soft", "--faint", 4.5},
			{"--link", "--page", 4.5}, {"--link", "--faint", 4.5}, {"--link", "--good-page", 4.5}, {"--link", "--info-page", 4.5}, {"--soft", "--info-page", 4.5}, {"--on-band", "--band", 4.5},
			{"--good", "--good-page", 4.5}, {"--odd", "--odd-page", 4.5}, {"--bad", "--bad-page", 4.5}, {"--bad", "--page", 4.5},
			{"--info", "--info-page", 4.5}, {"--info", "--page", 3}, {"--line", "--page", 3}, {"--line", "--faint", 3},
		} {
			if got := contrast(colours[pair.a], colours[pair.b]); got < pair.least {
				t.Errorf("%s: %s on %s is %.2f to 1, want %.1f", name, pair.a, pair.b, got, pair.least)
			}
		}
	}
}

// contrast is WCAG's contrast ratio of two colours.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is WCAG's relative luminance of #rgb or #rrggbb.
func luminance(colour string) float64 {
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			return math.NaN()
		}
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
