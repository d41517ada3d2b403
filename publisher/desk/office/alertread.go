package office

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

// The fields of the forms of alerts. What a box says stands in the form.
var deedFields = []string{"texte", "prochain", "prochain-a", "jusque", "jusque-a", "possible", "motif", "rendu", "depuis", "depuis-a",
	"secours", "secours-a", "retour", "quoi", "condition", "fiche", "fin-secours", "debut", "fin"}

// longestText is how many characters of prose a form takes.
const longestText = 4000

// A filling is a form as it was filled in, while it is read: each time that is
// understood is written back in full, so that what is sent on from page to
// page means the same.
type filling struct {
	x     publisher.Dossier
	known notice.Catalogue
	now   time.Time
	typed bureau.Typed
	wrong []bureau.Slip
	odd   []string // what is to be looked at before it is published
}

// filledIn is the form that a visit has sent.
func (o *Office) filledIn(v visit, x publisher.Dossier) *filling {
	s := &filling{x: x, known: o.Publisher.Catalogue, now: o.Publisher.Now(), typed: bureau.Typed{}}
	for _, field := range deedFields {
		for _, value := range v.PostForm[field] {
			if value = strings.TrimSpace(value); value != "" {
				s.typed[field] = append(s.typed[field], value)
			}
		}
	}
	return s
}

func (s *filling) fault(field, text string) {
	s.wrong = append(s.wrong, bureau.Slip{Field: field, Text: text})
}

// prose is a field's text, in one paragraph.
func (s *filling) prose(field string) string {
	visible := func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}
	blank := func(r rune) bool { return r == ' ' } // no-break spaces stay
	text := strings.Join(strings.FieldsFunc(strings.Map(visible, s.typed.Get(field)), blank), " ")
	if utf8.RuneCountInString(text) > longestText {
		s.fault(field, bureau.SlipTooLong)
	}
	return text
}

// moment is the time that a field gives; none where it gives none.
func (s *filling) moment(field string) notice.Time {
	text := s.typed.Get(field)
	if text == "" {
		return notice.Time{}
	}
	read := s.ahead
	if field == "depuis-a" {
		read = s.behind
	}
	at, err := read(text)
	if err != nil {
		s.fault(field, bureau.Remedied(err.What, err.Remedy))
		return notice.Time{}
	}
	s.typed[field] = []string{at.String()}
	return at
}

// ahead reads a time to come, as people write it.
func (s *filling) ahead(text string) (notice.Time, *notice.ValueError) {
	if m := fromNow.FindStringSubmatch(text); m != nil && m[1]+m[2] != "" {
		hours, _ := strconv.Atoi(m[1]) // few digits, or none
		minutes, _ := strconv.Atoi(m[2])
		return notice.At(s.now.Add(time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)), nil
	}
	at, _, err := reading.Moment(text, s.now)
	return at, err
}

// fromNow is a stretch of time from now on: "dans 1h30", "+30 min".
var fromNow = regexp.MustCompile(`^(?i:dans|\+)\s*(?:(\d{1,2})\s*h(?:eures?)?)?\s*(?:(\d{1,3})\s*(?:mn|min|minutes?)?)?$`)

// behind reads a time gone by: "14h15" is that of today, though it has passed.
func (s *filling) behind(text string) (notice.Time, *notice.ValueError) {
	at, _, err := reading.Moment(text, s.now)
	if err == nil && at.After(s.now) {
		if before, _, err := reading.Moment(text, s.now.Add(-24*time.Hour)); err == nil && !before.After(s.now) {
			return before, nil
		}
	}
	return at, err
}

// choice is the box that was chosen of a field, "a" for the time that is
// written beside it. Both a box and a time is one too many.
func (s *filling) choice(field string) string {
	chosen, written := s.typed.Get(field), s.typed.Get(field+"-a") != ""
	switch {
	case chosen == "" && written:
		return "a"
	case chosen != "a" && written:
		s.fault(field+"-a", bureau.SlipEitherOr)
	}
	return chosen
}

// needed is the time that a field must give.
func (s *filling) needed(field string) notice.Time {
	if s.typed.Get(field) == "" {
		s.fault(field, bureau.SlipNoTime)
	}
	return s.moment(field)
}

// present is now, fixed: what is shown before it is published stays true.
func (s *filling) present() notice.Time { return notice.At(s.now) }

// since is when something was back: now, which is fixed then, or at a time
// gone by.
func (s *filling) since() notice.Time {
	if s.choice("depuis") != "a" {
		at := s.present()
		s.typed["depuis"], s.typed["depuis-a"] = []string{"a"}, []string{at.String()}
		return at
	}
	at := s.needed("depuis-a")
	if at.After(s.now) && len(s.wrong) == 0 {
		s.fault("depuis-a", bureau.SlipAhead)
	}
	return at
}

// after is what becomes of the fallback of what is wanted.
func (s *filling) after(wanted func(notice.Span) bool) notice.FallbackAfter {
	if !authorised(s.x, s.now, wanted) {
		return notice.FallbackAfter{Closes: notice.ClosesNone}
	}
	switch s.choice("secours") {
	case "maintenant":
		return notice.FallbackAfter{Closes: notice.ClosesNow}
	case "a":
		return notice.FallbackAfter{Closes: notice.ClosesAt, At: s.needed("secours-a")}
	case "ordre":
		return notice.FallbackAfter{Closes: notice.ClosesLater}
	}
	s.fault("secours", bureau.SlipSayFallback)
	return notice.FallbackAfter{}
}

// act is what the form asks for. What is wrong with it stands in wrong.
func (s *filling) act(t notice.Type) notice.Act {
	switch t {
	case notice.TypeProgressed:
		act := notice.Progressed{Text: s.prose("texte"), Next: s.nextWord()}
		if act.Text == "" {
			s.fault("texte", bureau.SlipSayProgress)
		}
		return act
	case notice.TypeExtended:
		return s.extended()
	case notice.TypeRecovered:
		return s.recovered()
	case notice.TypeEnded:
		return notice.Ended{At: s.since(), Fallback: s.after(out(s.now)), Reinjection: s.reinjection(), Text: s.prose("motif")}
	case notice.TypeResumed:
		return notice.Resumed{Reason: s.prose("motif")}
	case notice.TypeFallbackOpened:
		return s.opened()
	case notice.TypeFallbackClosed:
		act := notice.FallbackClosed{At: s.closing()}
		act.Services, act.Modes = s.part(openFallback(s.now))
		return act
	case notice.TypePostponed:
		return notice.Postponed{Windows: s.windows(), Reason: s.prose("motif")}
	case notice.TypeCancelled:
		return notice.Cancelled{Reason: s.prose("motif")}
	case notice.TypeReinstated:
		return notice.Reinstated{Windows: s.windows(), Reason: s.prose("motif")}
	}
	return nil
}

// nextWord is when more will be said.
func (s *filling) nextWord() notice.Time {
	at := notice.Time{}
	switch choice := s.choice("prochain"); choice {
	case "", "non":
		return at
	case "a":
		at = s.needed("prochain-a")
	default: // one of those offered
		s.typed["prochain"], s.typed["prochain-a"] = []string{"a"}, []string{choice}
		at = s.moment("prochain-a")
	}
	if !at.IsZero() && !at.After(s.now) {
		s.fault("prochain-a", bureau.SlipGone)
	}
	return at
}

// extended gives what is on another planned end. That it may be extended
// further, as was said before, holds on where it can.
func (s *filling) extended() notice.Act {
	act := notice.Extended{Reason: s.prose("motif")}
	switch choice := s.choice("jusque"); choice {
	case "sans":
		return act
	case "a":
		act.Until = s.needed("jusque-a")
	case "":
		s.fault("jusque", bureau.SlipSayUntil)
		return act
	default: // one of those offered
		s.typed["jusque"], s.typed["jusque-a"] = []string{"a"}, []string{choice}
		act.Until = s.moment("jusque-a")
	}
	if act.Until.IsZero() {
		return act
	}
	var before bureau.Alert
	setTimes(&before, s.x.State, s.now)
	switch may := before.Latest; {
	case !act.Until.After(s.now):
		s.fault("jusque-a", bureau.SlipGone)
	case !before.End.IsZero() && !act.Until.After(before.End):
		s.fault("jusque-a", bureau.NotLater(before.End))
	case may.After(act.Until.Time):
		act.MayExtendUntil = notice.At(may)
	case !may.IsZero() && act.Until.After(may):
		s.odd = append(s.odd, bureau.BeyondWhatWasSaid(may))
	}
	if further := s.moment("possible"); !further.IsZero() {
		act.MayExtendUntil = further
		if !further.After(act.Until.Time) {
			s.fault("possible", bureau.NotLater(act.Until.Time))
		}
	}
	return act
}

func (s *filling) recovered() notice.Act {
	act := notice.Recovered{At: s.since()}
	p := pick(s.known, s.x.State, s.typed["rendu"], out(s.now))
	switch {
	case p.none:
		s.fault("rendu", bureau.SlipTickWhatIsBack)
	case p.all:
		s.fault("rendu", bureau.SlipAllIsBack)
	case len(p.groups) > 1:
		s.fault("rendu", bureau.OneAtATime(p.told(s.known)))
	}
	act.Services, act.Modes = p.services, p.modes
	act.Fallback = s.after(func(span notice.Span) bool {
		return out(s.now)(span) && (p.none || p.all || slices.Contains(p.services, span.Service) && s.frees(p.modes, span.Mode))
	})
	return act
}

// frees is whether a mode comes back with some modes: it is one of them, or
// under one.
func (s *filling) frees(modes []string, mode string) bool {
	return slices.Contains(modes, mode) || slices.Contains(modes, s.known.Modes[mode].Under)
}

// part is which services and modes an act on the fallback is about; none for
// all of them.
func (s *filling) part(wanted func(notice.Span) bool) (services, modes []string) {
	if len(s.typed["rendu"]) == 0 {
		return nil, nil
	}
	p := pick(s.known, s.x.State, s.typed["rendu"], wanted)
	if len(p.groups) > 1 {
		s.fault("rendu", bureau.OneAtATime(p.told(s.known)))
	}
	return p.services, p.modes
}

func (s *filling) opened() notice.Act {
	act := notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true, From: s.present(), Until: s.moment("fin-secours"), Sheet: s.prose("fiche")}}
	act.Services, act.Modes = s.part(ahead(s.now))
	switch c := s.typed.Get("condition"); {
	case c == "":
	case slices.Contains(notice.Condition("").Values(), c):
		act.Fallback.Condition = notice.Condition(c)
	default:
		s.fault("condition", bureau.SlipNotAChoice)
	}
	if until := act.Fallback.Until; !until.IsZero() && !until.After(s.now) {
		s.fault("fin-secours", bureau.SlipGone)
	}
	return act
}

// closing is when the fallback closes: now, which is fixed then, or later.
func (s *filling) closing() notice.Time {
	if s.choice("secours") != "a" {
		at := s.present()
		s.typed["secours"], s.typed["secours-a"] = []string{"a"}, []string{at.String()}
		return at
	}
	return s.needed("secours-a")
}

// reinjection is what is said of what comes back: none is what the notice says.
func (s *filling) reinjection() notice.Reinjection {
	pace := s.typed.Get("retour")
	if pace == "" || pace == "note" {
		return notice.Reinjection{}
	}
	r := notice.Reinjection{Of: notice.Returning(s.typed.Get("quoi")), Pace: notice.Pace(pace)}
	if !slices.Contains(r.Of.Values(), string(r.Of)) || !slices.Contains(r.Pace.Values(), pace) {
		s.fault("quoi", bureau.SlipSayWhatReturns)
	}
	return r
}

// windows are those that a form gives: one or none.
func (s *filling) windows() []notice.Window {
	start, end := s.moment("debut"), s.moment("fin")
	switch {
	case start.IsZero() && end.IsZero():
		return nil
	case start.IsZero():
		s.fault("debut", bureau.SlipNoTime)
	case !end.IsZero() && !end.After(start.Time):
		s.fault("fin", bureau.NotLater(start.Time))
	}
	return []notice.Window{{Start: start, End: end}}
}

// seen is the number of the last event that the form's reader has seen.
func seen(v visit) int {
	n, err := strconv.Atoi(v.PostFormValue("numero"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
