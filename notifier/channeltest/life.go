package channeltest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// seed is the notice of 8 August 2023, with the catalogue it is read by.
var seed = sync.OnceValues(func() (notice.Notice, notice.Catalogue) {
	contract, err := schemas.Default()
	var n notice.Notice
	if err == nil {
		var text []byte
		text, err = schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
		if _, ps := schemas.Decode(text, &n); err == nil {
			err = ps.Err()
		}
	}
	if err != nil {
		panic(fmt.Sprintf("channeltest: %v", err)) // the files are linked in
	}
	return n, contract.Catalogue
})

// Life is the tales of a notice to which everything happens, and of an
// exercise. Those that go with a letter have one.
func Life(t testing.TB) []notifier.Tale {
	t.Helper()
	n, catalogue := seed()
	resolve := catalogue.Resolve
	less := n
	less.Services = n.Services[1:]
	nine := n.Windows[0].Start
	at := func(hours int) notice.Time { return notice.At(nine.Add(time.Duration(hours) * time.Hour)) }
	after := notice.FallbackAfter{Closes: notice.ClosesNow}
	l := life{notice: "n1", at: nine.Add(-7 * 24 * time.Hour)}
	l.tell(
		notice.Published{Notice: n, Scope: resolve(n)},
		notice.Postponed{Windows: n.Windows, Reason: "indisponibilité d’un prestataire"},
		notice.Cancelled{Reason: "opération sans objet"},
		notice.Reinstated{},
		notice.Corrected{Notice: less, Scope: resolve(less), Reason: "Delta T n’est pas concerné"},
		notice.Reminded{Occurrence: 1, Start: nine},
	)
	l.at = nine.Time
	l.tell(
		notice.Started{Occurrence: 1, Planned: nine},
		notice.Progressed{Text: "Les travaux se poursuivent.", Next: at(2)},
		notice.Changed{Notice: less, Scope: resolve(less), Reason: "ECS est dégradé"},
		notice.Extended{Until: at(9), Reason: "retard"},
		notice.FallbackClosed{Modes: []string{"edi"}},
		notice.FallbackOpened{Modes: []string{"edi"}, Fallback: notice.Fallback{Authorised: true}},
		notice.Recovered{At: nine, Modes: []string{"edi"}, Fallback: after},
	)
	l.at = at(10).Time
	l.tell(notice.Overdue{Occurrence: 1, Planned: at(9)}, notice.Ended{At: at(10), Fallback: after}, notice.Resumed{Reason: "instabilité"})
	l.at = at(11).Time
	l.tell(notice.Ended{At: at(11), Fallback: after})

	n.Exercise = true
	drill := life{notice: "n2", at: nine.Time, tales: l.tales}
	drill.tell(notice.Published{Notice: n, Scope: resolve(n)})
	return drill.tales
}

// A life is a notice's, as far as it has been told.
type life struct {
	notice string
	at     time.Time
	state  notice.State
	tales  []notifier.Tale
}

func (l *life) tell(acts ...notice.Act) {
	for _, act := range acts {
		rule, _ := notice.RuleOf(act.Type())
		e := notice.Event{Notice: l.notice, Number: l.state.Number + 1, Version: l.state.Version, Time: l.at, Act: act}
		e.ID = stream.ID(l.at, fmt.Sprint(l.notice, e.Number))
		if rule.Amends {
			e.Version++
		}
		l.state = l.state.With(e)
		tale := notifier.Tale{Event: e, State: l.state}
		if rule.Letter && rule.Lane == notice.LaneNotice {
			tale.Letter = []byte("%PDF-1.7 " + e.ID)
		}
		l.tales = append(l.tales, tale)
	}
}
