package outlook

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// TestService follows one service's page through the seed's day.
func TestService(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.says("/services/delta-g", "Delta G", "EDI, DTI et DTI+ disponible sans objet aucune consigne", "Fiche de procédure de secours n° 3.",
		"Dont il dépend CERTEX disponible GUN disponible", "Qui dépendent de lui SI Brexit disponible", "Aucune interruption n’a été publiée", "!Annoncé",
		"100,00 % du temps")
	h.says("/services/gamma", "Le service en ligne Gamma Procédure de Secours prend le relais")
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T08:00")
	h.says("/services/delta-g?fuseau=Indian/Reunion", "Annoncé", "Interruption le mardi 8 août 2023 de 9h00 à 17h00", "La Réunion : le mardi 8 août 2023 de 11h00 à 19h00 (heure locale)")
	h.set("2023-08-08T18:00")
	h.says("/services/delta-g", "interrompu fin prévue dépassée", "depuis le mardi 8 août 2023 à 9h00", "en cours, fin prévue dépassée",
		"1 h, après l’heure de fin prévue", "!Annoncé", "6 j 18 h")
	h.tell("2023-08-08T18:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T18:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-08-09T00:00")
	h.says("/services/delta-g", "mardi 8 août 2023 à 18h30 1 h 30 min plus tard que prévu", "note n° 20000171", "Du 1er août 2023 au 8 août 2023, depuis le début des relevés",
		"95,05 % du temps", "8 h", "1 h 30 min, après l’heure de fin prévue", "9 h 30 min", "Les notes sur Delta G")
	h.says("/services/gamma", "100,00 % du temps", "Aucune interruption")
	h.says("/services/gun", "Qui dépendent de lui Delta G disponible")
}

// TestServiceHistory says how ends stood to what had been announced, also
// after an extension.
func TestServiceHistory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T16:30", seed, notice.Extended{Until: notice.At(moment(t, "2023-08-08T20:00"))})
	h.tell("2023-08-08T16:45", seed, notice.Recovered{At: notice.At(moment(t, "2023-08-08T16:45")), Modes: []string{"edi"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.tell("2023-08-08T20:00", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T20:00")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-08-09T10:00")
	h.says("/services/delta-t", "15 min plus tôt que prévu", "3 h plus tard que prévu", "puis mardi 8 août 2023 à 20h00", "interrompu DTI et DTI+")
	for i := range historySize {
		id := fmt.Sprintf("018a0000-0000-7000-8000-%012d", 100+i)
		day := fmt.Sprintf("2023-09-%02d", 1+i)
		h.tell(day+"T08:00", id, h.note(func(n *notice.Notice) {
			n.Reference = fmt.Sprint("R", i)
			n.Windows = []notice.Window{{Start: notice.At(moment(t, day+"T09:00")), End: notice.At(moment(t, day+"T10:00"))}}
		}))
		h.tell(day+"T10:00", id, notice.Ended{At: notice.At(moment(t, day+"T10:00")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	}
	h.set("2023-09-30T10:00")
	h.says("/services/delta-t", "note n° R19", "!note n° 20000171", "Toutes les notes sur Delta T")
}

// TestRecurringHistory: what comes again and again does not hide what came
// between.
func TestRecurringHistory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) { n.Reference = "ONCE" }))
	h.tell("2023-08-08T16:00", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T16:00")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.tell("2023-08-02T15:00", another, h.note(func(n *notice.Notice) {
		n.Reference, n.Windows = "AGAIN", nil
		for day := range historySize + 5 {
			start := moment(t, "2023-07-20T06:00").AddDate(0, 0, day)
			n.Windows = append(n.Windows, notice.Window{Start: notice.At(start), End: notice.At(start.Add(3600e9))})
		}
	}))
	h.set("2023-08-20T10:00")
	h.says("/services/delta-t", "note n° ONCE", "note n° AGAIN", "1 h plus tôt que prévu")
}

// TestServiceNames: whatever a service is called leads to its page, and what
// is near to nothing says what is nearest.
func TestServiceNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.get("/")
	for path, want := range map[string]string{
		"/services/DELTA-T": "/services/delta-t", "/services/H7": "/services/delta-h7", "/services/EMCS%20GAMMA?periode=2023": "/services/gamma?periode=2023",
		"/services/delta-x": "/services#delta-x", "/services/Delta%20X": "/services#delta-x", "/services/H7/disponibilite.csv": "/services/delta-h7/disponibilite.csv",
	} {
		if w := h.get(path); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	w := h.get("/services/detla-t")
	if text := spoken(t, w.Body.String()); w.Code != http.StatusNotFound || !strings.Contains(text, "Aucun service en ligne ne s’appelle « detla-t ».") || !strings.Contains(text, "Delta T") {
		t.Errorf("%d %s", w.Code, text)
	}
	for _, fault := range inaccessible(t, w.Body.String()) {
		t.Error(fault)
	}
}

// TestIndex lists every service, group by group, with its state.
func TestIndex(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T10:00")
	h.says("/services", "Delta X Export EDI, DTI et DTI+ interrompu", "Autres services", "GAMMA EDI, DTI et DTI+ disponible")
	body := h.get("/services").Body.String()
	for code := range h.Catalogue.Services {
		if strings.Count(body, `href="/services/`+code+`"`) < 1 {
			t.Errorf("the index does not lead to %s", code)
		}
	}
}

// TestFigures: the same figures on the page and in the file, by period.
func TestFigures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2022-05-01T15:00", another, h.note(func(n *notice.Notice) {
		n.Kind, n.Reference = notice.Incident, "1"
		n.Windows = []notice.Window{{Start: notice.At(moment(t, "2022-05-01T14:00"))}}
	}))
	h.tell("2022-05-02T14:00", another, notice.Ended{At: notice.At(moment(t, "2022-05-02T14:00")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T14:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-08-31T00:00")
	h.says("/services/delta-t?periode=2022", "Du 1er mai 2022 au 31 décembre 2022, depuis le début des relevés", "24 h", "sans objet")
	h.says("/services/delta-t?periode=12-mois", "Du 31 août 2022 au 30 août 2023", "!depuis le début", "5 h 30 min")
	h.says("/services/delta-t", "Du 1er août 2023 au 30 août 2023", "99,23 % du temps")
	h.says("/services/delta-t?periode=2023", "Du 1er janvier 2023 au 30 août 2023", "99,90 % du temps") // of the year so far
	w := h.get("/services/delta-t?periode=1999")
	if w.Code != http.StatusBadRequest || !strings.Contains(spoken(t, w.Body.String()), "« 1999 » n’est pas une période") {
		t.Errorf("1999: %d", w.Code)
	}
	file := h.get("/services/delta-t/disponibilite.csv?periode=30-jours")
	if got := file.Header().Get("Content-Type"); got != "text/csv; charset=utf-8" || file.Header().Get("Content-Disposition") != "attachment; filename=disponibilite-delta-t-30-jours.csv" {
		t.Errorf("%v", file.Header())
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body.String(), "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != len(pages.FigureColumns()) {
		t.Fatalf("%v %q", err, rows)
	}
	if got, want := strings.Join(rows[1], " "), "delta-t edi 2023-08-01T00:00:00+02:00 2023-08-31T00:00:00+02:00 99,23 330 0 0 0 330 1 9720 9720"; got != want {
		t.Errorf("the file has %q, want %q", got, want)
	}
	if w := h.get("/services/delta-t/disponibilite.csv?periode=1999"); w.Code != http.StatusNotFound {
		t.Errorf("a file of no period: %d", w.Code)
	}
}
