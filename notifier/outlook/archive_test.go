package outlook

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestSearch finds notices by what people remember of them.
func TestSearch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2022-01-01T00:30", "018a0000-0000-7000-8000-000000000009", h.note(func(n *notice.Notice) {
		n.Kind, n.Reference, n.OutageID, n.Services, n.Windows = notice.Incident, "2022/09", "DGDDI-2022-0042", []string{"gamma"},
			[]notice.Window{{Start: notice.At(moment(t, "2022-01-01T00:00"))}}
		n.Cause = notice.Cause{Text: "un incident électrique au cœur du réseau"}
	}))
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-02T15:00", another, h.note(func(n *notice.Notice) { n.Reference, n.Services = "20000172", []string{"delta-x-import"} }))
	h.set("2023-08-03T10:00")
	for query, want := range map[string]string{
		"":                        "20000171 20000172 2022/09",
		"q=interruption":          "20000171 20000172 2022/09",
		"q=20000171":              "20000171",
		"q=0042":                  "2022/09",
		"q=2022/09":               "2022/09",
		"q=ELECTRIQUE coeur":      "2022/09",
		"q=électrique":            "2022/09",
		"q=emcs":                  "2022/09", // an alias of GAMMA
		"q=delta x":               "20000171 20000172",
		"q=delt@ x export":        "20000171",
		"q=gamma delta":           "",
		"q=%00<script>":           "",
		"service=gamma":           "2022/09",
		"service=EMCS GAMMA":      "2022/09",
		"service=delta-x":         "20000171 20000172",
		"service=delta-x-export":  "20000171",
		"nature=incident":         "2022/09",
		"nature=maintenance":      "20000171 20000172",
		"annee=2022":              "2022/09", // by legal time, in which it was already that year
		"annee=2023":              "20000171 20000172",
		"annee=1999":              "",
		"situation=en-cours":      "2022/09",
		"situation=annoncee":      "20000171 20000172",
		"situation=depassee":      "",
		"situation=terminee":      "",
		"q=delta&annee=2022":      "",
		"nature=incident&q=gamma": "2022/09",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		text := h.read("/notices?" + values.Encode())
		var found []string
		for _, reference := range []string{"20000171", "20000172", "2022/09"} {
			if strings.Contains(text, "Référence : "+reference) || strings.Contains(text, " "+reference+" ") {
				found = append(found, reference)
			}
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
		if none := strings.Contains(text, "Aucune note ne correspond"); none != (want == "") {
			t.Errorf("%q says that nothing is found: %v", query, none)
		}
	}
	h.says("/notices", "2023 : (2 notes ) 2022 : (1 note )", "!Toutes les années")
	h.says("/notices?q=delta", "2023 : (2 notes )", "!2022 : (", "2 notes, de la plus récente", "Voir toutes les notes")
	h.says("/notices?annee=2022", "2023 : (2 notes ) 2022 : (1 note ) Toutes les années")
	h.set("2023-08-08T17:00")
	h.says("/notices?situation=depassee", "20000171", "20000172", "!2022/09")
	h.says("/notices?situation=en-cours", "3 notes") // which those are too
}

// TestSearchWrong: a search that cannot be meant says so, and what to do.
func TestSearchWrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	for query, want := range map[string]string{
		"service=nonsense": "Aucun service ne s’appelle « nonsense ».", "nature=x": "« x » n’est pas une nature de note.",
		"annee=23": "« 23 » n’est pas une année : écrivez-la en quatre chiffres.", "situation=x": "« x » n’est pas une situation.",
	} {
		if w := h.get("/notices?" + query); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, w.Code)
		}
		h.says("/notices?"+query, want, "Corriger", "20000171")
	}
}

// TestArchiveFollows: the archive is as the record is, also after amendments
// and at any order of events.
func TestArchiveFollows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.says("/notices?q=gamma", "Aucune note ne correspond")
	corrected := h.note(func(n *notice.Notice) { n.Services = append(n.Services, "gamma") })
	h.tell("2023-08-02T10:00", seed, notice.Corrected{Notice: corrected.Notice, Scope: corrected.Scope})
	h.says("/notices?q=gamma", "1 note, de la plus récente")
	h.tell("2023-08-08T14:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.says("/notices?situation=terminee", "1 note, de la plus récente")
	h.says("/notices?situation=en-cours", "Aucune note ne correspond")
}

// TestPagesKeepTheSearch turns the pages of what was found.
func TestPagesKeepTheSearch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	for i := range perPage + 1 {
		h.tell(fmt.Sprintf("2023-08-01T15:%02d", i), fmt.Sprintf("018a0000-0000-7000-8000-%012d", i), h.note(nil))
	}
	next := ""
	for _, href := range links(t, h.get("/notices?q=delta+t&annee=2023&situation=").Body.String()) {
		if strings.Contains(href, "page=2") {
			next = href
		}
	}
	if want := "/notices?annee=2023&page=2&q=delta+t"; next != want {
		t.Errorf("the second page is at %q, want %q", next, want)
	}
	h.says(next, "51 notes", "Page 2 sur 2")
}

// library is an archive of so many notices, over ten years.
func library(t testing.TB, h *house, size int) []*entry {
	t.Helper()
	note := h.note(nil)
	codes := h.Catalogue.Codes()
	var entries []*entry
	from := moment(t, "2014-01-01T00:00")
	for i := range size {
		at := from.Add(time.Duration(i) * 10 * 365 * 24 * time.Hour / time.Duration(size))
		n := note.Notice
		n.Reference = fmt.Sprint(20000000 + i)
		n.Services = []string{codes[i%len(codes)], codes[(i+7)%len(codes)]}
		n.Windows = []notice.Window{{Start: notice.At(at.Add(24 * time.Hour)), End: notice.At(at.Add(32 * time.Hour))}}
		id := fmt.Sprintf("018a0000-0000-7000-8000-%012d", i)
		st := notice.Fold([]notice.Event{
			{ID: id, Notice: id, Number: 1, Version: 1, Time: at, Act: notice.Published{Notice: n, Scope: h.Catalogue.Resolve(n)}},
			{ID: id, Notice: id, Number: 2, Version: 2, Time: at.Add(30 * time.Hour), Act: notice.Ended{At: notice.At(at.Add(30 * time.Hour)), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}},
		})
		entries = append(entries, h.entry(st))
	}
	return entries
}

// BenchmarkSearch looks through 10,000 notices.
func BenchmarkSearch(b *testing.B) {
	h := newHouse(b)
	entries := library(b, h, 10_000)
	now := moment(b, "2024-06-01T00:00")
	for _, query := range []string{"", "q=interruption+delta", "q=20004711", "situation=terminee", "service=gamma&annee=2020", "q=nowhere"} {
		values, err := url.ParseQuery(query)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				q, _ := h.searchOf(values)
				q.find(entries, now)
			}
		})
	}
}

// BenchmarkEntry takes one notice into the archive.
func BenchmarkEntry(b *testing.B) {
	h := newHouse(b)
	st := library(b, h, 1)[0].state
	for b.Loop() {
		h.titles.Clear()
		h.entry(st)
	}
}
