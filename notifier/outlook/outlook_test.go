package outlook

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"douane.gouv.fr/crieur/notifier/outlook/feeds"
	"douane.gouv.fr/crieur/schemas/notice"
)

const (
	all     = "Delta\u00a0T, ICS-Delta\u00a0P, Delta\u00a0G, Delta\u00a0X Import et Export, Delta\u00a0H7 et ECS"
	well    = "Tous les services en ligne sont disponibles."
	late    = "Heure de fin prévue dépassée, alerte toujours en cours."
	untold  = "L’alerte dure jusqu’à publication d’un message de fin d’alerte."
	another = "018a0000-0000-7000-8000-000000000002"
)

// flat is a text with plain spaces, as the tests' own words have them.
func flat(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)), " ")
}

// TestSeed is the life of the seed's note, without an act of the clock: the
// desk is down all day, and the page is right all the same.
func TestSeed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.says("/", well, "!Annoncé", "!En cours")

	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T08:59:59")
	h.says("/", well, "!En cours", "Annoncé", all, "Interruption le mardi 8 août 2023 de 9h00 à 17h00",
		"autorisée pour les formalités qui ne peuvent pas être reportées, à compter du mardi 8 août 2023 à 9h00, jusqu’à publication d’un message de fin d’alerte")

	h.set("2023-08-08T09:00")
	h.says("/", "7 services en ligne sur 25 sont perturbés.", "En cours", "!Annoncé", "!"+well, untold,
		"EDI, DTI et DTI+", "interrompu depuis le mardi 8 août 2023 à 9h00", "Fin prévue le mardi 8 août 2023 à 17h00", "!"+late,
		"depuis le mardi 8 août 2023 à 9h00, jusqu’à publication d’un message de fin d’alerte",
		"À ne pas envoyer : création d’une déclaration et validation d’une déclaration anticipée", "Autres messages : non précisé",
		"GAMMA EDI, DTI et DTI+ disponible sans objet aucune consigne")
	h.set("2023-08-08T17:00")
	h.says("/", late, untold, "fin prévue dépassée", "7 services en ligne sur 25")
	h.set("2023-08-11T08:00")
	h.says("/", late, untold)

	h.tell("2023-08-11T08:30", seed, notice.Ended{At: notice.At(h.now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-08-11T08:31")
	h.says("/", well, "!En cours", "!dépassée", "Fin d’alerte, vendredi 11 août 2023 à 8h30")
	h.set("2023-08-13T09:00")
	h.says("/", well, "!Fin d’alerte, vendredi")
}

// TestPartly recovers one mode before the other, and keeps the fallback open.
func TestPartly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T14:00", seed, notice.Recovered{At: notice.At(moment(t, "2023-08-08T14:00")),
		Modes: []string{"edi"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.says("/", "7 services en ligne sur 25 sont perturbés.", "Modes DTI et DTI+",
		"Delta G EDI disponible sans objet aucune consigne Delta G DTI et DTI+ interrompu")
	h.says("/notices/"+seed, "Modes EDI État disponible depuis le mardi 8 août 2023 à 14h00 Auparavant interrompu",
		"Reprise partielle, mardi 8 août 2023 à 14h00")
	h.tell("2023-08-08T14:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")),
		Fallback: notice.FallbackAfter{Closes: notice.ClosesLater}})
	for _, at := range []string{"2023-08-08T14:30", "2023-09-08T14:30"} {
		h.set(at)
		h.says("/", well, "Delta G DTI et DTI+ disponible autorisée pour les formalités qui ne peuvent pas être reportées, jusqu’à nouvel ordre")
		h.says("/notices/"+seed, "Alerte terminée.", "Dernier message : fin d’alerte, mardi 8 août 2023 à 14h30",
			"depuis le mardi 8 août 2023 à 9h00, jusqu’à nouvel ordre", "!jusqu’à publication d’un message de fin d’alerte Texte")
	}
	h.tell("2023-08-08T14:40", seed, notice.Resumed{Reason: "rechute"})
	h.says("/", "interrompu depuis le mardi 8 août 2023 à 14h40", untold, "Delta G EDI disponible sans objet aucune consigne")
}

// TestUnknownEnd is an incident: nobody knows when it ends, so it is never
// overdue.
func TestUnknownEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-08T09:10", seed, h.note(func(n *notice.Notice) {
		n.Kind, n.Fallback, n.Messages = notice.Incident, notice.Fallback{}, nil
		n.Windows = []notice.Window{{Start: notice.At(moment(t, "2023-08-08T09:00"))}}
	}))
	h.set("2023-08-20T09:00")
	h.says("/", "Fin prévue non précisée", "!dépassée", "Procédure de secours non autorisée", "Messages aucune consigne", untold)
}

// TestPast asks for other instants, and by what was known at others.
func TestPast(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T14:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-09-01T10:00")
	h.says("/?le=2023-08-08T09:05&fuseau=Europe/London",
		"Royaume-Uni : depuis le mardi 8 août 2023 à 8h00, fin prévue le mardi 8 août 2023 à 16h00 (heure locale)")
	h.says("/?le=2023-08-08T08:50&fuseau=Indian/Reunion", "La Réunion : le mardi 8 août 2023 de 11h00 à 19h00 (heure locale)")
	h.says("/?le=2023-08-08T09:05&fuseau=nowhere", "!heure locale")
	h.says("/?le=2023-08-08T09:05", "d’après ce qui était publié à ce moment.", "7 services en ligne sur 25", "!dépassée", "Revenir à maintenant")
	h.says("/?le=2023-09-01T10:00", "d’après ce qui était publié à ce moment.") // this very instant
	h.says("/?le=2023-08-08T15:00", well, "Fin d’alerte, mardi 8 août 2023 à 14h30")
	h.says("/?le=2023-07-31T12:00", well, "!Annoncé")
	h.says("/?le=2023-08-08T18:00&connu=2023-08-08T10:00", "Prévision pour le mardi 8 août 2023 à 18h00, d’après ce qui était publié le mardi 8 août 2023 à 10h00.",
		"7 services en ligne sur 25", "!dépassée")
	h.says("/?le=2023-08-08T09:05:00%2B02:00", "le mardi 8 août 2023 à 9h05")
	h.says("/?le=2023-08-08T07:05:00+00:00", "le mardi 8 août 2023 à 9h05")
	h.says("/?le=2023-08-08+09:05", "le mardi 8 août 2023 à 9h05")
	h.says("/?le=&connu=", "État des services le vendredi 1er septembre 2023 à 10h00.", "!Revenir")
	h.says("/?le=2030-01-01T00:00", "Prévision pour le mardi 1er janvier 2030 à 0h00, d’après ce qui est publié à présent.")
}

func TestWrongTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	for query, want := range map[string]string{
		"le=demain":                  "Ce n’est pas une date et une heure. Écrivez-les ainsi : 2023-08-08T09:05.",
		"connu=2023-02-31T10:00":     "Ce n’est pas une date et une heure.",
		"le=2023-03-26T02:30":        "Cette heure n’existe pas : les horloges sont avancées cette nuit-là.",
		"le=2022-10-30T02:30":        "Cette heure existe deux fois",
		"connu=2023-09-01T00:00":     "Cette heure n’est pas encore venue",
		"le=%3Cscript%3E&connu=2023": "Ce n’est pas une date et une heure.",
	} {
		w := h.get("/?" + query)
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, w.Code)
		}
		h.says("/?"+query, "L’heure demandée n’a pas été comprise", flat(want), "L’état montré ci-dessous est celui de maintenant.", well)
	}
	page := h.get("/?le=2022-10-30T02:30").Body.String()
	choices := slices.DeleteFunc(links(t, page), func(href string) bool { return !strings.HasPrefix(href, "/?le=") })
	if len(choices) != 4 { // told at the top and at the field
		t.Fatalf("choices: %q", choices)
	}
	for i, utc := range []string{"2022-10-30T00:30:00Z", "2022-10-30T01:30:00Z"} {
		h.says(choices[i], "le dimanche 30 octobre 2022 à 2h30")
		if at, err := time.Parse(time.RFC3339, utc); err != nil || !strings.Contains(html.UnescapeString(h.get(choices[i]).Body.String()), `datetime="`+notice.At(at).String()+`"`) {
			t.Errorf("%s is not %s", choices[i], utc)
		}
	}
}

// TestNotTheRealThing: exercises and test environments change nothing, and say
// what they are.
func TestNotTheRealThing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) { n.Exercise = true }))
	h.tell("2023-08-01T15:10", another, h.note(func(n *notice.Notice) { n.Environment = notice.EnvTest }))
	h.set("2023-08-08T12:00")
	h.says("/", well, "!En cours", "!Annoncé", "!Interruption")
	h.says("/notices/"+seed, "EXERCICE")
	h.says("/notices/"+another, "environnement de test")
	h.says("/notices", "2 notes", "EXERCICE", "environnement de test")
}

// TestTwoNotices over one service: ending one does not turn it green.
func TestTwoNotices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T10:00", another, h.note(func(n *notice.Notice) {
		n.Kind, n.Effect, n.Reference, n.Services = notice.Degradation, notice.Degraded, "20000172", []string{"delta-g", "gamma"}
		n.Windows, n.Fallback = []notice.Window{{Start: notice.At(moment(t, "2023-08-08T09:30"))}}, notice.Fallback{}
		n.Messages = notice.Messages{notice.Create: notice.Discouraged}
	}))
	h.says("/", "8 services en ligne sur 25 sont perturbés.",
		"Delta G EDI, DTI et DTI+ interrompu depuis le mardi 8 août 2023 à 9h00, fin non précisée (note n° 20000171, note n° 20000172) autorisée",
		"GAMMA EDI, DTI et DTI+ dégradé depuis le mardi 8 août 2023 à 9h30, fin non précisée (note n° 20000172) non autorisée Envoi déconseillé : création d’une déclaration")
	h.tell("2023-08-08T14:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.says("/", "2 services en ligne sur 25 sont perturbés.", "Delta G EDI, DTI et DTI+ dégradé depuis le mardi 8 août 2023 à 9h30", "Delta T EDI, DTI et DTI+ disponible")
}

// TestRecurring: one window stands for those that follow.
func TestRecurring(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) {
		for _, day := range []string{"2023-08-15", "2023-08-22"} {
			n.Windows = append(n.Windows, notice.Window{Start: notice.At(moment(t, day+"T09:00")), End: notice.At(moment(t, day+"T17:00"))})
		}
	}))
	h.says("/", "Interruption le mardi 8 août 2023 de 9h00 à 17h00", "D’autres plages horaires suivent : voir la note.", "!mardi 15 août")
	h.says("/notices/"+seed, "mardi 15 août 2023", "mardi 22 août 2023")
	h.set("2023-08-08T10:00")
	h.says("/", "interrompu depuis le mardi 8 août 2023 à 9h00", "Interruption le mardi 15 août 2023 de 9h00 à 17h00",
		"annoncé : interruption le mardi 15 août 2023 de 9h00 à 17h00 (note n° 20000171)")
}

// TestCalledOff: what will not take place is said for two days.
func TestCalledOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-07T10:00", seed, notice.Cancelled{Reason: "opération avancée"})
	h.says("/", well, "!Annoncé", "Annulation, lundi 7 août 2023 à 10h00")
	h.says("/notices/"+seed, "Annulée.", "opération avancée")
	h.set("2023-08-09T10:00")
	h.says("/", well, "!Annulation")
}

func TestClosedForGood(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) {
		n.Kind, n.Effect, n.Services, n.Fallback, n.Messages = notice.Closure, notice.Closed, []string{"delta-g"}, notice.Fallback{}, nil
		n.Windows = []notice.Window{{Start: notice.At(moment(t, "2023-08-08T00:00"))}}
	}))
	h.set("2023-08-09T00:00")
	h.says("/", "Aucun service en ligne n’est perturbé.", "!"+well, "En cours", "fermé depuis le mardi 8 août 2023 à 0h00", "!non précisée")
	h.set("2023-09-08T00:00")
	h.says("/", "Aucun service en ligne n’est perturbé.", "!En cours", "fermé depuis le mardi 8 août 2023 à 0h00")
}

// TestNotYetRead: before the record has been read, silence would be taken for
// "all is well".
func TestNotYetRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := newHouse(t)
	first.store = h.store
	first.Record.Store = h.store
	first.follow()
	first.tell("2023-08-01T15:00", seed, h.note(nil))
	for _, path := range []string{"/", "/notices", "/notices/" + seed, "/notices/" + seed + "/1.pdf", "/api/outlook"} {
		w := h.get(path)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), well) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	h.follow()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := h.Record.Wait(ctx, 1); err != nil {
		t.Fatal(err)
	}
	h.says("/", "Annoncé")
}

// TestConditional: a page that has not changed is not sent again, and one that
// has changed is never kept back.
func TestConditional(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	for _, path := range []string{"/", "/notices", "/notices/" + seed, "/api/outlook", "/style.css"} {
		first := h.get(path)
		tag := first.Header().Get("ETag")
		again := h.get(path, "If-None-Match", tag)
		if tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %d with tag %q", path, again.Code, tag)
		}
		if cache := first.Header().Get("Cache-Control"); cache != "public, max-age=0, stale-if-error=86400" && path != "/style.css" {
			t.Errorf("%s: Cache-Control %q", path, cache)
		}
	}
	tag := h.get("/").Header().Get("ETag")
	h.tell("2023-08-01T15:00", seed, notice.Cancelled{})
	if w := h.get("/", "If-None-Match", tag); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Annulation") {
		t.Errorf("after an event: %d", w.Code)
	}
}

// TestLinks follows every link of ours on every page.
func TestLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	if err := h.store.Letters.Put(t.Context(), seed+"/1.pdf", []byte("%PDF-1.7")); err != nil {
		t.Fatal(err)
	}
	h.set("2023-08-08T10:00")
	seen := map[string]bool{"/abonnements": true, "/en/abonnements": true, "/plan-du-site": true, "/accessibilite": true, "/mentions-legales": true,
		"/donnees-personnelles": true, "/glossaire": true} // others answer there
	others := http.NewServeMux()
	for _, path := range feeds.Paths() {
		others.Handle(path, http.NotFoundHandler())
	}
	for todo := []string{"/"}; len(todo) > 0; todo = todo[1:] {
		path, _, _ := strings.Cut(todo[0], "#")
		if seen[path] || !strings.HasPrefix(path, "/") {
			continue
		}
		seen[path] = true
		if _, pattern := others.Handler(httptest.NewRequest(http.MethodGet, path, nil)); pattern != "" {
			continue
		}
		w := h.get(path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			todo = append(todo, links(t, w.Body.String())...)
			for _, fault := range inaccessible(t, w.Body.String()) {
				t.Errorf("%s: %s", path, fault)
			}
		}
	}
	for _, want := range []string{"/notices", "/notices/" + seed, "/notices/" + seed + "/1.pdf", "/services", "/services/gamma", "/services/gamma/calendrier.ics", "/notices/" + seed + "/calendrier.ics", "/services/gamma/disponibilite.csv?periode=30-jours", "/icon.svg"} {
		if !seen[want] {
			t.Errorf("nothing leads to %s", want)
		}
	}
}

// TestOnce: however many ask for a page at once, it is made once.
func TestOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.get("/")
	var made atomic.Int32
	handler := h.kept(func(*http.Request) answer {
		made.Add(1)
		return answer{body: []byte("{}")}
	})
	var readers sync.WaitGroup
	for range 20 {
		readers.Go(func() {
			w := httptest.NewRecorder()
			if handler(w, httptest.NewRequest(http.MethodGet, "/one", nil)); w.Body.String() != "{}" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	readers.Wait()
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

// TestAtOnce asks from many readers while events come in.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T10:00")
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for i := range 40 {
				path := []string{"/", "/notices", "/notices/" + seed, "/api/outlook", fmt.Sprint("/?le=2023-08-08T1", i%10, ":00")}[i%5]
				w := httptest.NewRecorder()
				h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				if w.Code != http.StatusOK {
					t.Errorf("%s: %d", path, w.Code)
				}
			}
		})
	}
	for minute := range 10 {
		h.tell(fmt.Sprintf("2023-08-08T10:%02d", minute), seed, notice.Progressed{Text: "Travaux en cours."})
	}
	readers.Wait()
	h.says("/notices/"+seed, "Point d’étape, mardi 8 août 2023 à 10h09")
}
