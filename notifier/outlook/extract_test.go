package outlook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// everyPair calls for every service in each of its modes.
func everyPair(c notice.Catalogue, do func(service, mode string)) {
	for _, service := range c.Codes() {
		for _, mode := range c.Services[service].Modes {
			do(service, mode)
		}
	}
}

// TestExtractOfEachMinute asks for the extract of every service and mode at
// each minute of the seed's day, and computes the same from the seed's own
// words: seven services in EDI and in DTI, of which DTI+ is a part, out from
// 9h00; over at 14h30, as somebody said at that time.
func TestExtractOfEachMinute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T14:30", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-09-01T10:00")
	var facts struct {
		Services []string
		Modes    []string
		Messages map[notice.MessageKind]notice.Send
	}
	facts.Services = strings.Fields("delta-t ics-delta-p delta-g delta-x-import delta-x-export delta-h7 ecs")
	facts.Modes = strings.Fields("edi dti dti-plus")
	facts.Messages = map[notice.MessageKind]notice.Send{"create": "forbidden", "validate_anticipated": "forbidden"}
	midnight := time.Date(2023, 8, 8, 0, 0, 0, 0, time.FixedZone("CEST", 2*3600))
	asked := 0
	everyPair(h.Catalogue, func(service, mode string) {
		concerned := slices.Contains(facts.Services, service) && slices.Contains(facts.Modes, mode)
		for minute := range 24 * 60 {
			at := midnight.Add(time.Duration(minute) * time.Minute)
			asked++
			x := h.extract(extractQuestion{service: service, mode: mode, at: at, known: at, asked: h.now()})
			down := concerned && minute >= 9*60 && minute < 14*60+30
			want := notice.ModeOutlook{Mode: mode, Effect: "unaffected"}
			var reasons []notice.Type
			if down {
				want.Effect, want.Messages = "interrupted", facts.Messages
				want.Since, want.Until = notice.At(midnight.Add(9*time.Hour)), notice.At(midnight.Add(17*time.Hour))
				want.Fallback = &notice.Opening{From: want.Since, Condition: "not_deferrable"}
				reasons = append(reasons, "published")
			}
			if concerned && minute >= 14*60+30 {
				reasons = []notice.Type{"published", "ended"}
			}
			if !reflect.DeepEqual(x.State, want) || !slices.Equal(typesOf(x.Reasons), reasons) || x.Corrections != nil || x.Later != nil {
				t.Fatalf("%s in %s at %s:\n%s, want\n%s and %v", service, mode, at.Format("15:04"), jsonOf(t, x), jsonOf(t, want), reasons)
			}
			for _, q := range x.Reasons {
				wrong := q.Reference != "20000171" || q.Type == "published" && q.Time.String() != "2023-08-01T15:00:00+02:00" ||
					q.Type == "ended" && q.Time.String() != "2023-08-08T14:30:00+02:00"
				if wrong {
					t.Fatalf("%s in %s at %s: a reason is %+v", service, mode, at.Format("15:04"), q)
				}
			}
		}
	})
	if asked < 1440*40 {
		t.Fatalf("%d questions", asked)
	}
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func typesOf(quotes []templates.Quote) (types []notice.Type) {
	for _, q := range quotes {
		types = append(types, q.Type)
	}
	return types
}

// A clockwork is a naive outlook: it goes through a day minute by minute, does
// what is said at each, and knows nothing of spans.
type clockwork struct {
	down, fallback map[string]bool // by "service/mode"
	end            time.Time       // planned
	before         map[string]bool // what the last end struck, and its fallback
	secours        map[string]bool
}

// all are the pairs that an act is about, of those that are down.
func (c *clockwork) all(services, modes []string) []string {
	var pairs []string
	for pair, down := range c.down {
		service, mode, _ := strings.Cut(pair, "/")
		if down && (services == nil || slices.Contains(services, service)) && (modes == nil || slices.Contains(modes, mode)) {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

func (c *clockwork) up(services, modes []string, keep bool) {
	c.before, c.secours = map[string]bool{}, map[string]bool{}
	for _, pair := range c.all(services, modes) {
		c.before[pair], c.secours[pair] = true, c.fallback[pair]
		c.down[pair] = false
		c.fallback[pair] = c.fallback[pair] && keep
	}
}

// TestExtractOfAnEventfulDay computes each minute of a harder day from its acts
// by such a clockwork: an extension, a service that is back, a mode that is, a
// fallback that is closed and opened, an end that is taken back.
func TestExtractOfAnEventfulDay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	midnight := moment(t, "2023-08-08T00:00")
	c := &clockwork{down: map[string]bool{}, fallback: map[string]bool{}, end: midnight.Add(17 * time.Hour)}
	at := func(clock string) notice.Time { return notice.At(moment(t, "2023-08-08T"+clock)) }
	now := notice.FallbackAfter{Closes: notice.ClosesNow}
	acts := map[string]func() notice.Act{
		"09:00": func() notice.Act {
			for _, s := range strings.Fields("delta-t ics-delta-p delta-g delta-x-import delta-x-export delta-h7 ecs") {
				for _, m := range h.Catalogue.Services[s].Modes {
					c.down[s+"/"+m], c.fallback[s+"/"+m] = true, true
				}
			}
			return notice.Started{Planned: at("09:00")}
		},
		"10:10": func() notice.Act {
			for _, pair := range c.all([]string{"delta-t"}, nil) {
				c.fallback[pair] = false
			}
			return notice.FallbackClosed{Services: []string{"delta-t"}}
		},
		"11:00": func() notice.Act {
			c.up([]string{"ecs"}, nil, false)
			return notice.Recovered{At: at("11:00"), Services: []string{"ecs"}, Fallback: now}
		},
		"12:00": func() notice.Act {
			c.end = midnight.Add(18*time.Hour + 30*time.Minute)
			return notice.Extended{Until: at("18:30")}
		},
		"13:07": func() notice.Act {
			c.up(nil, []string{"edi"}, false)
			return notice.Recovered{At: at("13:07"), Modes: []string{"edi"}, Fallback: now}
		},
		"15:00": func() notice.Act {
			for _, pair := range c.all([]string{"delta-t"}, nil) {
				c.fallback[pair] = true
			}
			return notice.FallbackOpened{Services: []string{"delta-t"}, Fallback: notice.Fallback{Authorised: true}}
		},
		"16:00": func() notice.Act {
			c.up(nil, nil, false)
			return notice.Ended{At: at("16:00"), Fallback: now}
		},
		"16:20": func() notice.Act {
			for pair := range c.before {
				c.down[pair], c.fallback[pair] = true, c.secours[pair]
			}
			return notice.Resumed{Reason: "rechute"}
		},
		"21:45": func() notice.Act {
			c.up(nil, nil, false)
			return notice.Ended{At: at("21:45"), Fallback: now}
		},
	}
	type said struct{ down, fallback, overdue bool }
	wants := make([]map[string]said, 24*60)
	for minute := range wants {
		clock := midnight.Add(time.Duration(minute) * time.Minute)
		if act := acts[clock.In(notice.Legal).Format("15:04")]; act != nil {
			h.tell("2023-08-08T"+clock.In(notice.Legal).Format("15:04"), seed, act())
		}
		wants[minute] = map[string]said{}
		for pair, down := range c.down {
			wants[minute][pair] = said{down, c.fallback[pair], down && !clock.Before(c.end)}
		}
	}
	h.set("2023-09-01T10:00")
	everyPair(h.Catalogue, func(service, mode string) {
		chronicle := notice.ChronicleOf(h.Record.States(), service, mode)
		for minute, want := range wants {
			at := midnight.Add(time.Duration(minute) * time.Minute)
			o := chronicle.At(at, at)
			got := said{o.Effect == notice.Interrupted, o.Fallback != nil, o.Overdue}
			if got != want[service+"/"+mode] {
				t.Fatalf("%s in %s at %s: %+v, want %+v", service, mode, at.In(notice.Legal).Format("15:04"), got, want[service+"/"+mode])
			}
		}
		x := h.extract(extractQuestion{service: service, mode: mode, from: midnight, to: midnight.Add(24*time.Hour - time.Minute), asked: h.now()})
		i := -1 // the period's table says the same at each minute
		for minute, want := range wants {
			at := midnight.Add(time.Duration(minute) * time.Minute)
			for i+1 < len(x.Turns) && !x.Turns[i+1].At.After(at) {
				i++
			}
			o := x.Turns[i].State
			if got := (said{o.Effect == notice.Interrupted, o.Fallback != nil, o.Overdue}); got != want[service+"/"+mode] {
				t.Fatalf("the table of %s in %s at %s: %+v, want %+v", service, mode, at.In(notice.Legal).Format("15:04"), got, want[service+"/"+mode])
			}
		}
	})
}

// TestExtractPage asks as people do.
func TestExtractPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T14:40", seed, notice.Ended{At: notice.At(moment(t, "2023-08-08T14:30")), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.set("2023-09-01T10:00")
	h.says("/extrait", "Demander un extrait", "!Référence de l’extrait")
	ask := func(at string) string {
		return "/extrait?" + url.Values{"service": {"Delta G"}, "mode": {"EDI"}, "le": {at}}.Encode()
	}
	for _, at := range []string{"8 août 2023 à 14h12", "2023-08-08T14:12", "mardi 8/8/2023 14h12"} {
		h.says(ask(at), "Le mardi 8 août 2023 à 14h12, la procédure de secours était autorisée pour Delta G en EDI pour les formalités qui ne peuvent pas être reportées, "+
			"depuis le mardi 8 août 2023 à 9h00 et jusqu’à publication d’un message de fin d’alerte.",
			"Le service Delta G était interrompu en EDI depuis le mardi 8 août 2023 à 9h00, fin prévue le mardi 8 août 2023 à 17h00.",
			"À ne pas envoyer : création d’une déclaration et validation d’une déclaration anticipée ; autres messages : non précisé.",
			"mardi 1er août 2023 à 15h00 Publication, note n° 20000171, version 1",
			"Rien de ce qui a été publié ensuite ne change ce qui est dit de ce moment.", "Référence de l’extrait : EXT-")
	}
	h.says(ask("2023-08-08T14:35"), "la procédure de secours était autorisée", "D’après tout ce qui est publié à présent, l’état de ce moment est autre.",
		"la procédure de secours n’était pas autorisée pour Delta G en EDI", "mardi 8 août 2023 à 14h40 Fin d’alerte, note n° 20000171")
	h.says(ask("2023-08-20"), "n’était pas autorisée", "Aucune note publiée alors ne concernait ce service", "Rien de ce qui a été publié ensuite")
	h.says(ask("demain 9h"), "Cette heure n’est pas encore venue")
	h.says("/extrait?service=nulle&mode=edi", "Choisissez un service de la liste.")
	h.says("/extrait?service=delta-g&mode=edi&du=2023-08-08&au=2023-08-08", "États de Delta G en EDI", "Interrompu, fin prévue le mardi 8 août 2023 à 17h00", "Disponible")
	h.says("/extrait?service=delta-g&mode=edi&du=2020-08-08&au=2023-08-08", "un an plus tard au plus")
	h.says("/extrait?service=delta-g&mode=edi&au=2023-08-08", "Une période a un début.")
	w := h.get("/api/extract?service=delta-g&mode=edi&le=2023-08-08T14:12")
	var x templates.Extract
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || x.State.Fallback == nil || len(x.Reasons) != 1 || x.Reference == "" {
		t.Errorf("%v: %s", err, w.Body)
	}
	if w := h.get("/api/extract?service=delta-g&mode=edi&le=2024-08-08T14:12"); w.Code != http.StatusBadRequest {
		t.Errorf("of the future: %d %s", w.Code, w.Body)
	}
	english, err := h.Words.Extract(x, "en")
	if err != nil || !strings.Contains(templates.Plain(english.Blocks[0].Runs), "the fallback procedure was authorised for Delta\u00a0G in EDI") {
		t.Errorf("%v %+v", err, english.Blocks)
	}
}

// TestSealedExtracts asks for the sealed file until the signer is spared.
func TestSealedExtracts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := map[string]int{}
	h.Extract = func(_ context.Context, x templates.Extract) ([]byte, error) {
		made[x.Reference]++
		return []byte("%PDF " + x.Reference), nil
	}
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-09-01T10:00")
	ask := func(minute int) int {
		return h.get(fmt.Sprintf("/extrait.pdf?service=delta-g&mode=edi&le=2023-08-08T10:%02d", minute)).Code
	}
	for range 3 {
		if got := ask(0); got != http.StatusOK {
			t.Fatal(got)
		}
	}
	for minute := range 45 {
		want := http.StatusOK
		if minute >= sealBurst {
			want = http.StatusTooManyRequests
		}
		if got := ask(minute); got != want {
			t.Errorf("extract %d: %d, want %d", minute, got, want)
		}
	}
	h.set("2023-09-01T10:00:02")
	if got := ask(59); got != http.StatusOK {
		t.Errorf("after a pause: %d", got)
	}
	if got := slices.Max(slices.Collect(maps.Values(made))); got != 1 || len(made) != sealBurst+1 {
		t.Errorf("%d extracts, one of them %d times", len(made), got)
	}
	h.sealed.spent = 0
	h.Extract = func(context.Context, templates.Extract) ([]byte, error) { return nil, errors.New("no signer") }
	if got := ask(58); got != http.StatusServiceUnavailable {
		t.Errorf("without a signer: %d", got)
	}
	if got := h.get("/extrait.pdf?service=delta-g&mode=edi&le=2033-08-08T10:00").Code; got != http.StatusSeeOther {
		t.Errorf("of the future: %d", got)
	}
}
