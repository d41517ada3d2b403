package reading

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// stage reads what is not the real thing.
func (l *letter) stage(name, words string) {
	switch name {
	case "exercise":
		l.reading.Notice.Exercise = true
		l.recognised(words, "/exercise")
	case "test":
		l.reading.Notice.Environment = notice.EnvTest
		l.recognised(words, "/environment")
	}
}

// kind reads "maintenance.interrupted", by which a subject is named.
func (l *letter) kind(name, words string) {
	kind, effect, _ := strings.Cut(name, ".")
	if l.exact["kind"] || !slices.Contains(notice.Kind("").Values(), kind) {
		return
	}
	l.reading.Notice.Kind, l.exact["kind"] = notice.Kind(kind), true
	if slices.Contains(notice.Effect("").Values(), effect) && l.reading.Notice.Effect == "" {
		l.reading.Notice.Effect = notice.Effect(effect)
	}
	l.recognised(words, "/kind")
}

// kindOf is what a clause says of the kind where no subject does.
func (l *letter) kindOf(name, words string) {
	kind, _, _ := strings.Cut(name, ".")
	if n := &l.reading.Notice; n.Kind == notice.Degradation && kind == string(notice.Maintenance) {
		n.Kind, n.Effect = notice.Maintenance, notice.Degraded // their subjects are the same
		l.recognised(words, "/kind")
	}
	if l.reading.Notice.Kind == "" && slices.Contains(notice.Kind("").Values(), kind) && kind != string(notice.Information) {
		l.reading.Notice.Kind = notice.Kind(kind)
		l.recognised(words, "/kind")
	}
}

func (l *letter) effectClause(name, words string) {
	switch {
	case name == "closure":
		l.kindOf("closure", words)
	case strings.HasPrefix(name, "now"):
		l.kindOf("incident", words)
	case strings.HasPrefix(name, "planned"):
		l.kindOf("maintenance", words)
	}
}

func (l *letter) advice(name, words string) {
	for _, one := range strings.Split(name, ".") {
		advice := notice.Advice(one)
		if slices.Contains(advice.Values(), one) && !slices.Contains(l.reading.Notice.Advice, advice) {
			l.reading.Notice.Advice = append(l.reading.Notice.Advice, advice)
		}
	}
	l.recognised(words, "/advice")
}

func (l *letter) reinjection(name string, m match, words string) {
	r := &l.reading.Notice.Reinjection
	switch name {
	case "progressive", "immediate":
		r.Pace = notice.Pace(name)
		best := ""
		for form, of := range l.phrases.Forms["returning"] {
			if k := key(form); strings.Contains(key(m.values["returning"]), k) && len(k) > len(best) {
				best, r.Of = k, notice.Returning(of)
			}
		}
		if best == "" {
			l.doubt("/reinjection/of", words, "returning", m.values["returning"])
		}
	default:
		r.Hours, r.Slots, r.Binding = count(m.folded["hours"]), count(m.folded["slots"]), name == "slots.binding"
	}
	l.recognised(words, "/reinjection")
}

func (l *letter) sent(name string, m match, words string) {
	fate, resend, _ := strings.Cut(name, ".")
	s := notice.Sent{Fate: notice.Fate(fate), Resend: resend != "", Kinds: l.kindsIn(m.values["sent"])}
	_, when, _ := strings.Cut(m.folded["sent"], "transmis")
	w, err := l.timeFrame(when).window()
	if err != nil {
		l.doubt("/sent", words, "time", err.What)
	}
	s.From, s.To = w.Start, w.End
	l.reading.Notice.Sent = append(l.reading.Notice.Sent, s)
	l.recognised(words, "/sent")
}

func (l *letter) exception(m match, words string) {
	x := notice.Exception{Kinds: l.kindsIn(m.values["exceptions"])}
	if until := m.values["exceptions_end"]; until != "" {
		x.Until = l.moment("/exceptions", until, words)
	}
	if len(x.Kinds) == 0 {
		l.doubt("/exceptions", words, "kinds", m.values["exceptions"])
		return
	}
	l.reading.Notice.Exceptions = append(l.reading.Notice.Exceptions, x)
	l.recognised(words, "/exceptions")
}

func (l *letter) fallback(name string, m match, words string) {
	f := &l.reading.Notice.Fallback
	switch name {
	case "none":
		l.recognised(words, "/fallback")
		return
	case "service":
		l.one(&f.Service, "/fallback/service", m.values["fallback_service"], words)
	case "sheet":
		f.Sheet = strings.TrimRight(typed(m.values["fallback_sheet"]), ".")
	}
	f.Authorised = true
	condition, _, _ := strings.Cut(name, ".")
	if slices.Contains(notice.Condition("").Values(), condition) {
		f.Condition = notice.Condition(condition)
	}
	if from := m.folded["fallback_from"]; from != "" && !strings.Contains(from, "plages") {
		if from = strings.TrimPrefix(from, "et "); from != "" {
			f.From = l.moment("/fallback/from", from, words)
		}
	}
	if until := m.folded["fallback_until"]; until != "" && !strings.Contains(until, "fin d'alerte") {
		f.Until = l.moment("/fallback/until", until, words)
	}
	l.recognised(words, "/fallback")
}
