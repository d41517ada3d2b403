package notice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check says what is impossible and what is odd in a canonical notice
// (Catalogue.Canonical), each with its place and its remedy. It judges a
// notice against its own date of issue, never against today.
func Check(n Notice, c Catalogue, b Bureaus) Problems {
	k := checker{n: n, catalogue: c, occurrences: n.Occurrences()}
	k.bureau(b)
	k.scope()
	k.windows(n.Windows, "windows")
	k.recurrence()
	k.reminders()
	k.dates()
	for i, line := range n.Lines() {
		k.line(i, line)
	}
	k.dependents()
	k.sent()
	k.stillPossible()
	k.elsewhere()
	k.reinjection()
	k.prose()
	slices.SortStableFunc(k.found, func(a, b Problem) int { return cmp.Compare(a.Severity, b.Severity) })
	return k.found
}

type checker struct {
	n           Notice
	occurrences []Window // the notice's own windows, in time
	catalogue   Catalogue
	noticeDays  int // how long before a maintenance its traders hear of it
	found       Problems
}

func (k *checker) wrong(what, remedy string, at ...string) {
	k.found = append(k.found, problem(what, remedy, at...))
}

func (k *checker) odd(what, remedy string, at ...string) {
	k.found = append(k.found, Problem{Severity: SeverityWarning, Pointer: pointer(at...), What: what, Remedy: remedy})
}

func (k *checker) bureau(bureaus Bureaus) {
	if k.n.Kind == "" {
		k.wrong("the kind is missing", "one of "+strings.Join(k.n.Kind.Values(), ", "), "kind")
	}
	bureau, err := bureaus.Find(k.n.Issuer)
	if err != nil {
		k.found = append(k.found, valueProblem(err, "issuer"))
		return
	}
	k.noticeDays = bureau.noticeDays()
	if strings.TrimSpace(k.n.Signatory.Name) == "" {
		k.wrong("nobody signs", "give the signatory's name", "signatory", "name")
	}
	if _, ok := bureau.Contacts[k.n.Contact]; !ok && k.n.Contact != "" {
		contacts := slices.Sorted(maps.Keys(bureau.Contacts))
		k.wrong(fmt.Sprintf("%q is no contact of %s", k.n.Contact, k.n.Issuer), suggest(k.n.Contact, contacts, "known: "+strings.Join(contacts, ", ")), "contact")
	}
	if strings.Trim(k.n.Reference, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/") != "" {
		k.wrong(fmt.Sprintf("%q cannot be a reference", k.n.Reference), "use digits, capitals, hyphens and slashes", "reference")
	}
}

func (k *checker) scope() {
	n := k.n
	if len(n.Scope) > 0 && (len(n.Services) > 0 || len(n.Modes) > 0 || n.Effect != "" || n.Messages != nil || n.Fallback != (Fallback{})) {
		k.wrong("scope stands beside the short form (services, modes, effect, messages, fallback)", "move all of it into scope", "scope")
	}
	if len(n.Lines()) == 0 && n.Kind != Information {
		k.wrong("no service is named", "give services, or a scope", "services")
	}
	if n.Kind == Degradation && n.Fallback.Authorised {
		k.odd("a degradation with a fallback is rare", "if the service is out, it is an incident", "fallback")
	}
	if n.Cause.Text == "" && (n.Kind == Maintenance || n.Kind == Incident) {
		k.wrong("the cause is missing", `say why, as a noun group: "une opération technique"`, "cause")
	}
	if len(n.Windows) == 0 && n.Kind != "" && n.Kind != Information && !everyLineHasWindows(n.Scope) {
		k.wrong("no window is given", "give windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}]", "windows")
	}
}

func everyLineHasWindows(scope []Scope) bool {
	return len(scope) > 0 && !slices.ContainsFunc(scope, func(l Scope) bool { return len(l.Windows) == 0 })
}

// line checks one line of the scope; the short form is its only line.
func (k *checker) line(i int, line Scope) {
	at := func(field ...string) []string {
		if len(k.n.Scope) == 0 {
			return field
		}
		return append([]string{"scope", strconv.Itoa(i)}, field...)
	}
	if len(line.Services) == 0 {
		k.wrong("no service is named", "give services", at("services")...)
	}
	for j, service := range line.Services {
		if slices.Contains(line.Services[:j], service) {
			k.wrong(service+" is named twice", "name it once", at("services", strconv.Itoa(j))...)
		}
		if len(k.catalogue.modesOf(service, line.Modes)) == 0 {
			k.wrong(service+" has none of these modes", "it has "+strings.Join(k.catalogue.Services[service].Modes, ", "), at("modes")...)
		}
	}
	for j, earlier := range k.n.Lines()[:i] {
		if pair := k.shared(earlier, line); pair != "" {
			k.wrong(fmt.Sprintf("%s is in line %d of the scope too, at the same time", pair, j+1), "keep it in one of them", at("services")...)
		}
	}
	k.windows(line.Windows, at("windows")...)
	k.starts(line.Windows, at("windows")...)
	if k.n.Kind == Information && line.Effect != "" && line.Effect != Unaffected {
		k.wrong("an information has no effect on a service", "choose another kind, or drop the effect", at("effect")...)
	}
	k.fallback(line, at)
	k.standIn(line, at)
}

// shared is a service and mode that two lines speak of at the same time, "" if
// there is none: the two would contradict each other.
func (k *checker) shared(a, b Scope) string {
	overlap := func(w Window) bool {
		return slices.ContainsFunc(k.windowsOf(b), func(other Window) bool { return overlapping(w, other) })
	}
	if !slices.ContainsFunc(k.windowsOf(a), overlap) {
		return ""
	}
	for _, service := range a.Services {
		if !slices.Contains(b.Services, service) {
			continue
		}
		for _, mode := range k.catalogue.modesOf(service, a.Modes) {
			if slices.Contains(k.catalogue.modesOf(service, b.Modes), mode) {
				return service + " in " + mode
			}
		}
	}
	return ""
}

// windowsOf are the windows of a line: its own or the notice's.
func (k *checker) windowsOf(line Scope) []Window {
	if len(line.Windows) > 0 {
		return line.Windows
	}
	return k.n.Windows
}

// overlapping is whether two windows have an instant in common; one whose end
// is not known has no end.
func overlapping(a, b Window) bool {
	return a.Start.Before(cmp.Or(b.latest(), farAway)) && b.Start.Before(cmp.Or(a.latest(), farAway))
}

func (k *checker) fallback(line Scope, at func(...string) []string) {
	f := line.Fallback
	if !f.Authorised && f != (Fallback{}) {
		k.wrong("a fallback that is not authorised has no conditions or times", "set authorised: true, or drop the rest", at("fallback")...)
	}
	if f.Authorised && k.n.Kind.effect(line.Effect) == Unaffected {
		k.wrong("what is not affected has no fallback", "drop the fallback, or say the effect", at("fallback")...)
	}
	windows, from := k.windowsOf(line), f.From
	if from.IsZero() && len(windows) > 0 {
		from = windows[0].Start
	}
	all := k.occurrences
	if len(line.Windows) > 0 {
		all = line.Windows
	}
	switch {
	case f.Until.IsZero():
	case !f.Until.After(from.Time):
		k.wrong("the fallback ends before it begins", "check its two times", at("fallback", "until")...)
	case len(all) > 1 && !f.Until.After(all[len(all)-1].Start.Time):
		k.odd("the fallback ends before the last window begins, and is not authorised then", "leave until out, or give each window a line of its own", at("fallback", "until")...)
	}
	if len(windows) > 0 && from.Before(windows[0].Start.Time) {
		k.odd("the fallback begins before the window", "if it is meant, say why in a paragraph", at("fallback", "from")...)
	}
}

func (k *checker) windows(windows []Window, at ...string) {
	for i, w := range windows {
		place := append(slices.Clone(at), strconv.Itoa(i))
		if w.Start.IsZero() {
			k.wrong("the window has no start", "give start: 2023-08-08T09:00", append(place, "start")...)
		} else if !w.End.IsZero() && !w.End.After(w.Start.Time) {
			k.wrong("the window ends before it starts", "check its two times", append(place, "end")...)
		}
		if !w.MayExtendUntil.IsZero() && (w.End.IsZero() || !w.MayExtendUntil.After(w.End.Time)) {
			k.wrong("an extension would end before the planned end", "give a later time, and the end that may be extended", append(place, "may_extend_until")...)
		}
		if hours := w.End.Sub(w.Start.Time).Hours(); !w.Start.IsZero() && !w.End.IsZero() && hours > 14*24 {
			k.odd(fmt.Sprintf("the window lasts %.0f days", hours/24), "check its two dates", append(place, "end")...)
		}
		if w.End.IsZero() && k.n.Kind == Maintenance {
			k.odd("a maintenance without a planned end", "give the end, if it is known", append(place, "end")...)
		}
		for _, other := range windows[:i] {
			if overlapping(w, other) {
				k.wrong("two windows overlap", "make them one", append(place, "start")...)
			}
		}
	}
	if !slices.IsSortedFunc(windows, func(a, b Window) int { return a.Start.Compare(b.Start.Time) }) {
		k.wrong("windows are not in order", "put the earlier one first", at...)
	}
}

var farAway = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// dates holds the notice against its own date of issue.
func (k *checker) dates() {
	n := k.n
	if n.Issued.Date.IsZero() {
		k.wrong("the date of issue is missing", "give issued: {date: 2023-08-01}", "issued", "date")
		return
	}
	if year, ok := referenceYear(n.Reference); ok && year != n.Issued.Date.Year()%100 {
		k.odd(fmt.Sprintf("reference %s reads as one of 20%02d, and the letter is of %d", n.Reference, year, n.Issued.Date.Year()), "leave it out to have the next one allocated", "reference")
	}
	if why := n.Issued.Date.idle(); why != "" && n.Kind != Incident && n.Kind != Degradation {
		k.odd(fmt.Sprintf("the date of issue, %s, is %s", n.Issued.Date, why), "if it is meant, leave it", "issued", "date")
	}
	k.starts(n.Windows, "windows")
}

// starts holds the starts of windows against the date of issue.
func (k *checker) starts(windows []Window, at ...string) {
	n := k.n
	for i, w := range windows {
		if w.Start.IsZero() || n.Issued.Date.IsZero() {
			continue // which has been said
		}
		place := append(slices.Clone(at), strconv.Itoa(i), "start")
		switch ahead := n.Issued.Date.Days(DateOf(w.Start.Time)); {
		case ahead < 0 && !n.Retroactive:
			k.wrong("the window starts before the date of issue", "check its date, or set retroactive: true", place...)
		case ahead > 366:
			k.odd(fmt.Sprintf("the window is %d days away", ahead), "check the year", place...)
		case ahead < k.noticeDays && n.Kind == Maintenance && !n.Retroactive:
			k.odd(fmt.Sprintf("traders hear of this maintenance %s before, and the bureau's rule is %d", count(ahead, "day"), k.noticeDays), "publish earlier, if there is a choice", place...)
		}
		k.idle("the window starts on", w.Start, place)
	}
}

// idle warns of a planned window that starts when traders may not be at work.
func (k *checker) idle(what string, start Time, place []string) {
	day := DateOf(start.Time)
	if why := day.idle(); why != "" && k.planned() {
		k.odd(fmt.Sprintf("%s %s, %s", what, day, why), "if it is meant, leave it", place...)
	}
}

// planned is whether somebody chooses when it happens.
func (k *checker) planned() bool {
	return (k.n.Kind == Maintenance || k.n.Kind == Closure) && !k.n.Retroactive
}

func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprint(n, " ", thing)
}

// referenceYear is the year that a reference begins with, in two digits, as
// French notes are numbered.
func referenceYear(reference string) (int, bool) {
	if len(reference) < 7 || strings.Trim(reference, "0123456789") != "" {
		return 0, false
	}
	year, err := strconv.Atoi(reference[:2])
	return year, err == nil
}

func (k *checker) sent() {
	for i, s := range k.n.Sent {
		place := []string{"sent", strconv.Itoa(i)}
		if s.Fate == "" {
			k.wrong("what became of the messages is not said", "one of "+strings.Join(s.Fate.Values(), ", "), append(place, "fate")...)
		}
		if s.From.IsZero() {
			k.wrong("the interval has no beginning", "give from: 2023-08-08T09:00", append(place, "from")...)
		} else if !s.To.After(s.From.Time) {
			k.wrong("the interval ends before it begins", "check its two times", append(place, "to")...)
		}
		if s.Fate == "processed" && s.Resend {
			k.wrong("what was processed is not sent again", "drop resend, or change the fate", append(place, "resend")...)
		}
	}
}

func (k *checker) reinjection() {
	r := k.n.Reinjection
	if (r.Slots > 0) != (r.Hours > 0) {
		k.wrong("slots and hours go together", "say over how many hours, in how many slots", "reinjection", "slots")
	}
	if r.Slots < 0 || r.Hours < 0 {
		k.wrong("slots and hours are counts", "give positive numbers", "reinjection")
	}
	if r.Binding && r.Slots == 0 {
		k.wrong("there are no slots to bind", "give slots and hours, or drop binding", "reinjection", "binding")
	}
	if r.Of == "" && r != (Reinjection{}) {
		k.wrong("it is not said what is to be re-injected", "one of "+strings.Join(r.Of.Values(), ", "), "reinjection", "of")
	}
}

// stillPossible checks what a notice says to stay possible.
func (k *checker) stillPossible() {
	for i, x := range k.n.Exceptions {
		at := strconv.Itoa(i)
		if len(x.Kinds) == 0 {
			k.wrong("it is not said what stays possible", "give kinds: [validate_anticipated]", "exceptions", at, "kinds")
		}
		if windows := k.n.Windows; !x.Until.IsZero() && len(windows) > 0 && !x.Until.After(windows[0].Start.Time) {
			k.wrong("the exception ends before the window begins", "check its time", "exceptions", at, "until")
		}
	}
}

// elsewhere checks what a notice refers to: other services, documents.
func (k *checker) elsewhere() {
	for i, service := range k.n.Instead {
		if slices.ContainsFunc(k.n.Lines(), func(l Scope) bool { return slices.Contains(l.Services, service) }) {
			k.wrong(service+" is affected itself", "name a service that works", "instead", strconv.Itoa(i))
		}
	}
	for i, d := range k.n.Documents {
		at := strconv.Itoa(i)
		if d.Title == "" {
			k.wrong("the document has no title", "say what it is", "documents", at, "title")
		}
		if d.URL != "" && !strings.HasPrefix(d.URL, "https://") {
			k.wrong(fmt.Sprintf("%q is no address", d.URL), "write https://…", "documents", at, "url")
		}
	}
}
