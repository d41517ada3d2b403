package feeds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A judgement is how grave an event is and what it asks for, in the words of
// the Common Alerting Protocol 1.2 (section 3.2.2), and what spans it speaks of.
type judgement struct {
	response                     []string
	urgency, severity, certainty string
	onset, expires               time.Time
	spans                        []notice.Span // on, or announced; those that are over where none is
}

// severities are of effects that are any; what is closed for good threatens
// nobody who has been told.
var severities = map[notice.Effect]string{notice.Interrupted: "Severe", notice.Closed: "Moderate", notice.Degraded: "Moderate"}

// grace is how long a message holds beyond the end that it names. The planned
// end is not the end: before it has passed another message comes, and only
// where nothing comes at all may a reader forget the first.
const grace = 24 * time.Hour

// judge is what an event, the last of a state, comes to.
func judge(st notice.State, e notice.Event) judgement {
	j := judgement{spans: live(st, e.Time)}
	worst := worstOf(j.spans)
	j.severity = severities[worst]
	on := slices.ContainsFunc(j.spans, func(s notice.Span) bool { return s.On(e.Time) })
	ahead := !on && slices.ContainsFunc(j.spans, func(s notice.Span) bool { return s.Over.IsZero() })
	switch {
	case e.Act.Type() == notice.TypeEnded && len(elsewhere(e)) > 0: // another notice still holds what this one frees
		j.response, j.urgency, j.certainty, j.severity = []string{"Monitor"}, "Immediate", "Observed", severities[elsewhere(e)[0].Effect]
		return j
	case st.Cancelled, over(st, e) && !ahead:
		j.response, j.urgency, j.certainty, j.severity = []string{"AllClear"}, "Past", "Observed", "Minor"
		j.expires = e.Time.Add(grace)
		return j
	case over(st, e): // until the next window
		j.response, j.urgency, j.certainty = []string{"AllClear", "Prepare"}, "Future", "Likely"
	case st.Postponed:
		j.response, j.urgency, j.certainty, j.severity = []string{"Monitor"}, "Unknown", "Unknown", "Unknown"
	case len(j.spans) == 0 || j.severity == "":
		j.response, j.urgency, j.certainty, j.severity = []string{"None"}, "Unknown", "Observed", "Minor"
	case on && worst == notice.Degraded:
		j.response, j.urgency, j.certainty = []string{"Monitor"}, "Immediate", "Observed"
	case on:
		j.response, j.urgency, j.certainty = []string{"Execute", "Monitor"}, "Immediate", "Observed"
	default:
		j.response, j.urgency, j.certainty = []string{"Prepare"}, "Future", "Likely"
	}
	if j.times(e.Time); !on && !j.onset.IsZero() && j.onset.Sub(e.Time) <= time.Hour {
		j.urgency = "Expected"
	}
	return j
}

// elsewhere is what other notices still say of what an end frees.
func elsewhere(e notice.Event) []notice.Elsewhere {
	act, _ := e.Act.(notice.Ended)
	return act.Elsewhere
}

// over is whether an event leaves nothing out: at its end, or at that of the
// window that ran.
func over(st notice.State, e notice.Event) bool {
	if e.Act.Type() == notice.TypeEnded {
		return !slices.ContainsFunc(st.Spans, func(s notice.Span) bool { return s.On(e.Time) })
	}
	return len(st.Spans) > 0 && st.Phase(e.Time) == notice.Over
}

// times are since or from when, and for how long a message holds: for as long
// as it takes where an end is not known, or has passed.
func (j *judgement) times(at time.Time) {
	known := true
	for _, s := range j.spans {
		if j.onset.IsZero() || s.Start.Before(j.onset) {
			j.onset = s.Start.Time
		}
		end := latest(s)
		known = known && end.After(at)
		if end.Add(grace).After(j.expires) {
			j.expires = end.Add(grace)
		}
	}
	if !known || len(j.spans) == 0 {
		j.expires = time.Time{}
	}
}

// latest is the end of a span, as planned or as it may be extended; zero where
// it is not known.
func latest(s notice.Span) time.Time {
	if s.MayExtendUntil.After(s.PlannedEnd.Time) && !s.PlannedEnd.IsZero() {
		return s.MayExtendUntil.Time
	}
	return s.PlannedEnd.Time
}

// live are the spans that are on at an instant or announced; where none is,
// those that were.
func live(st notice.State, at time.Time) []notice.Span {
	of := func(is func(notice.Span) bool) []notice.Span {
		return slices.DeleteFunc(slices.Clone(st.Spans), func(s notice.Span) bool { return !is(s) })
	}
	if on := of(func(s notice.Span) bool { return s.On(at) }); len(on) > 0 {
		return on
	}
	if ahead := of(func(s notice.Span) bool { return s.Start.After(at) && s.Over.IsZero() }); len(ahead) > 0 {
		return ahead
	}
	return slices.Clone(st.Spans)
}

func worstOf(spans []notice.Span) notice.Effect {
	worst := notice.Unaffected
	for _, s := range spans {
		if slices.Index(worst.Values(), string(s.Effect)) > slices.Index(worst.Values(), string(worst)) {
			worst = s.Effect
		}
	}
	return worst
}

// parameters are the facts for programs: names of ours, each what it says in
// the JSON of the record. What is said of several services in the same modes
// shares a "scope".
func (f *Feeds) parameters(st notice.State, j judgement) []capValue {
	e := st.Events[len(st.Events)-1]
	all := []capValue{{"notice", st.ID}, {"version", fmt.Sprint(st.Version)}, {"phase", string(st.Phase(e.Time))}}
	add := func(name, value string) {
		if value != "" {
			all = append(all, capValue{name, value})
		}
	}
	add("reference", st.Notice.Reference)
	add("outage_id", st.Notice.OutageID)
	for _, g := range notice.Gather(notice.Sayings(j.spans), sameRule) {
		add("scope", scopeText(g, e.Time))
	}
	return all
}

// sameRule is whether two spans say the same.
func sameRule(a, b notice.Span) bool {
	return ruleText(a, time.Time{}) == ruleText(b, time.Time{}) && a.Start.Equal(b.Start.Time) && a.Over.Equal(b.Over.Time)
}

// scopeText is what holds for some services in some modes:
// "services=delta-t,ecs modes=edi,dti effect=interrupted start=…".
func scopeText(g notice.Gathered[notice.Span], at time.Time) string {
	return "services=" + strings.Join(g.Services, ",") + " modes=" + strings.Join(g.Modes, ",") + " " + ruleText(g.What, at)
}

func ruleText(s notice.Span, at time.Time) string {
	words := []string{"effect=" + string(s.Effect), "start=" + s.Start.String()}
	add := func(name, value string) { words = append(words, name+"="+value) }
	if !s.PlannedEnd.IsZero() {
		add("planned_end", s.PlannedEnd.String())
	}
	if !s.Over.IsZero() {
		add("over", s.Over.String())
	}
	if !at.IsZero() && s.Overdue(at) {
		add("overdue", "true")
	}
	for _, kind := range notice.MessageKind("").Values() {
		if send := s.Messages[notice.MessageKind(kind)]; send != notice.NotStated {
			add(kind, string(send))
		}
	}
	for _, o := range s.Fallbacks {
		until := "end_of_alert"
		if !o.Until.IsZero() {
			until = o.Until.String()
		}
		add("fallback", o.From.String()+"/"+until)
	}
	return strings.Join(words, " ")
}
