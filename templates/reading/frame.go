package reading

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

var (
	address   = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;)]`)
	mailbox   = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	placeDate = regexp.MustCompile(`^([^,]{2,60}),? le ([^,]{4,40})$`)
	labelled  = regexp.MustCompile(`^(affaire suivie par|courriel|mel|e-?mail|telephone|tel|fax|ref|references?|objet|identifiant d'interruption|site internet)\.? ?:? ?`)
	footnote  = regexp.MustCompile(`^[\[(]?[1¹]?[\])]? *(https?://\S+)$`)
	roleLine  = regexp.MustCompile(`^(?:(par delegation|par interim|pour|p/o)\b[^,]*,? ?)?(?:le|la|l'|les)? ?[a-z].{2,70},$`)
	nameLine  = regexp.MustCompile(`^(?:M\.|Mme|Monsieur|Madame)? ?\p{Lu}[\pL'’.-]*(?: (?:de|du|d’|le|la|\p{Lu}[\pL'’.-]*)){1,5}$`)
)

// bureau finds who speaks: the bureau of which most lines stand in the letter.
func (l *letter) bureau(lines []string) {
	seen := map[string]bool{}
	for _, line := range lines {
		seen[key(line)] = true
	}
	all := key(strings.Join(lines, " "))
	best := 0
	for _, code := range slices.Sorted(maps.Keys(l.words.Bureaus)) {
		b, score := l.words.Bureaus[code], 0
		for _, line := range b.Sender {
			if seen[key(line)] {
				score++
			}
		}
		for _, name := range []string{b.Label, b.Mailbox} {
			if name != "" && strings.Contains(all, key(name)) {
				score += 3
			}
		}
		if score > best {
			l.code, best = code, score
		}
	}
	l.reading.Notice.Issuer = l.code
	if l.code == "" && len(l.words.Bureaus) == 1 {
		for code := range l.words.Bureaus {
			l.code, l.reading.Notice.Issuer = code, code
		}
	}
	if best == 0 {
		l.doubt("/issuer", "", "bureau")
	}
}

// frame takes from the lines what stands around a letter's body: letterhead,
// date, address block, contact, signature, notes.
func (l *letter) frame(lines []string) {
	l.width = widthOf(lines)
	l.keys = l.frameKeys()
	var rest []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case line == "" || furniture.MatchString(line) || republic.MatchString(plainly(line)),
			l.head(line), l.label(line), l.note(line), l.subject(lines, &i):
			rest = append(rest, "")
		case l.sign(lines, i):
			for i++; lines[i] == ""; i++ { // the name, which sign has read
			}
			rest = append(rest, "")
		default:
			rest = append(rest, line)
		}
	}
	l.body.of(rest)
	if l.reading.Notice.Issued.Date.IsZero() {
		l.reading.Notice.Issued.Date = notice.DateOf(l.now)
		l.doubt("/issued/date", "", "issued")
	}
	d := l.reading.Notice.Issued.Date
	l.now = time.Date(d.Year(), d.Month(), d.Day(), 23, 59, 0, 0, notice.Legal) // "depuis 8h50" is of that day
}

// widthOf is the length in bytes at which a letter's lines are broken: that of
// the longest, but for a few that are no text's.
func widthOf(lines []string) int {
	var all []int
	for _, line := range lines {
		all = append(all, len(line))
	}
	slices.Sort(all)
	return all[max(0, len(all)-4)]
}

// head reads the letterhead, the address block, the title and the date.
func (l *letter) head(line string) bool {
	if len(line) > 300 {
		return false
	}
	k, plain := key(line), plainly(line)
	switch {
	case k == l.keys.exercise:
		l.reading.Notice.Exercise = true
		l.recognised(line, "/exercise")
		return true
	case k == l.keys.test:
		l.reading.Notice.Environment = notice.EnvTest
		l.recognised(line, "/environment")
		return true
	case k == l.keys.title, strings.HasPrefix(k, l.keys.running), len(k) > 3 && strings.Contains(l.keys.authority, k):
		return true
	case blockOnly(k, l.keys.block), len(k) > 8 && slices.ContainsFunc(l.keys.block, func(part string) bool { return strings.Contains(part, k) }):
		l.recognised(line, "/issuer")
		return true
	}
	if m := placeDate.FindStringSubmatch(plain); m != nil && l.reading.Notice.Issued.Date.IsZero() {
		return l.dated(line, m[2])
	}
	return false
}

// frameKeys are what stands around the body of a bureau's letters.
type frameKeys struct {
	title, running, exercise, test, authority string
	block                                     []string
}

func (l *letter) frameKeys() frameKeys {
	b, clauses := l.words.Bureaus[l.code], l.phrases.Clauses
	running, _, _ := strings.Cut(clauses["running"], "{")
	k := frameKeys{title: key(clauses["title"]), running: key(running), exercise: key(clauses["banner.exercise"]),
		test: key(clauses["banner.test"]), authority: key(strings.Join(b.Authority, ""))}
	for _, line := range append([]string{b.Label}, b.Sender...) {
		if line = key(line); line != "" {
			k.block = append(k.block, line)
		}
	}
	return k
}

// blockOnly is whether a line is made of lines of the address block alone.
func blockOnly(rest string, block []string) bool {
	if rest == "" {
		return false
	}
	for again := true; again && rest != ""; {
		again = false
		for _, part := range block {
			if after, ok := strings.CutPrefix(rest, part); ok {
				rest, again = after, true
			}
		}
	}
	return rest == ""
}

// dated reads "Montreuil, le 1er août 2023".
func (l *letter) dated(line, day string) bool {
	d, err := (frame{now: l.now, past: true, text: line}).dayOf(day)
	if err != nil {
		if strings.ContainsAny(day, "0123456789") && len(day) < 24 {
			l.doubt("/issued/date", line, "issued bad", err.What)
		}
		return false
	}
	i := strings.Index(strings.ToLower(line), " le ")
	l.reading.Notice.Issued = notice.Issued{Place: typed(strings.TrimRight(line[:max(i, 0)], ", ")), Date: d}
	l.recognised(line, "/issued/place", "/issued/date")
	return true
}

// dayOf reads a day that may be over.
func (f frame) dayOf(text string) (notice.Date, *notice.ValueError) {
	parts, _, err := partsOf(text)
	switch {
	case err != nil:
		return notice.Date{}, err
	case len(parts) != 1 || parts[0].clock != nil || parts[0].day == nil || parts[0].day.month == 0:
		return notice.Date{}, wrong("no day", text)
	}
	return f.date(*parts[0].day, notice.Date{})
}

// label reads a line that says what it is: the contact, the reference.
func (l *letter) label(line string) bool {
	at := labelled.FindStringSubmatchIndex(plainly(line))
	if at == nil {
		return false
	}
	text := foldText(line)
	what, value := text.text[at[2]:at[3]], typed(strings.Trim(text.original(at[1], len(text.text)), ": "))
	n, b := &l.reading.Notice, l.words.Bureaus[l.code]
	colon := strings.Contains(text.text[:min(len(text.text), at[1]+1)], ":")
	switch {
	case !colon || what == "objet":
		return false
	case what == "affaire suivie par":
		l.contact(line, value, b)
	case strings.HasPrefix(what, "ref"):
		n.Reference = strings.Trim(value, ". ")
		l.recognised(line, "/reference")
	case strings.HasPrefix(what, "identifiant"):
		n.OutageID = value
		l.recognised(line, "/outage_id")
	case strings.HasPrefix(what, "tel"), what == "fax":
		l.recognised(line, "/contact")
	case mailbox.MatchString(value):
		l.mail(line, mailbox.FindString(value), b)
	default:
		return false
	}
	return true
}

func (l *letter) contact(line, value string, b notice.Bureau) {
	names := slices.Sorted(maps.Keys(b.Contacts))
	i := slices.IndexFunc(names, func(name string) bool { return key(name) == key(value) })
	l.reading.Notice.Contact = value
	if i >= 0 {
		l.reading.Notice.Contact = names[i]
	} else {
		l.doubt("/contact", line, "contact", value, strings.Join(names, ", "))
	}
	l.recognised(line, "/contact")
}

// mail checks the contact's address; the notice holds its name.
func (l *letter) mail(line, value string, b notice.Bureau) {
	known := slices.Collect(maps.Values(b.Contacts))
	if !slices.ContainsFunc(append(known, b.Mailbox), func(m string) bool { return strings.EqualFold(m, value) }) {
		l.doubt("/contact", line, "mail", strings.Join(known, ", "))
	}
	l.recognised(line, "/contact")
}

// note reads the footnote that gives the outlook's address.
func (l *letter) note(line string) bool {
	m := footnote.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	if url := l.words.Bureaus[l.code].OutlookURL; url != "" && strings.TrimRight(m[1], "/.") != strings.TrimRight(url, "/") {
		l.doubt("", line, "outlook", url)
	}
	l.recognised(line)
	return true
}

// subject reads what the letter is about, on one line or several.
func (l *letter) subject(lines []string, i *int) bool {
	if !strings.HasPrefix(plainly(lines[*i]), "objet") || l.exact["subject"] {
		return false
	}
	if labelled.FindString(plainly(lines[*i])) == "" {
		return false
	}
	all := []string{lines[*i]}
	for *i+1 < len(lines) && len(all) < 8 && l.goesOn(lines[*i], lines[*i+1]) {
		*i++
		all = append(all, lines[*i])
	}
	text := unbroken(all)
	f := foldText(text)
	at := labelled.FindStringIndex(f.text)
	if at == nil {
		return false
	}
	l.exact["subject"] = true
	l.about(strings.TrimLeft(f.original(at[1], len(f.text)), ": "), text)
	return true
}

// goesOn is whether the subject goes on with the next line: a sentence is open,
// and a word more would not have stood on the line.
func (l *letter) goesOn(line, next string) bool {
	small := strings.ToLower(firstRune(next)) == firstRune(next)
	if next == "" || strings.HasSuffix(line, ".") || !small && l.starts[opening(plainly(next))] {
		return false
	}
	if _, ok := l.understood(next); ok {
		return false
	}
	word, _, _ := strings.Cut(next, " ")
	return len(line)+len(word) > l.width*7/8 || small
}

// about reads a subject; what goes before it says what the letter is.
func (l *letter) about(subject, line string) {
	l.body.all = append(l.body.all, paragraph{text: subject})
	for _, dash := range []string{" – ", " — ", " - "} {
		before, rest, ok := strings.Cut(subject, dash)
		if !ok {
			continue
		}
		l.body.all[len(l.body.all)-1].text = subject
		for _, t := range amending {
			if key(before) == key(templates.ActName(t)) || strings.HasPrefix(key(before), key(templates.ActName(t))) {
				l.doubt("", line, "amends", templates.ActName(t))
				l.body.all[len(l.body.all)-1].text = rest
			}
		}
		return
	}
}

// amending are the acts whose letters change what another letter says.
var amending = []notice.Type{notice.TypeCorrected, notice.TypeChanged, notice.TypePostponed, notice.TypeCancelled, notice.TypeReinstated, notice.TypeExtended, notice.TypeEnded}

// sign reads the signature: a role and, below it, a name.
func (l *letter) sign(lines []string, i int) bool {
	line, below := lines[i], ""
	for _, next := range lines[i+1:] {
		if next != "" {
			below = next
			break
		}
	}
	b := l.words.Bureaus[l.code]
	own := b.Role != "" && key(line) == key(b.Role)
	if l.signed || !own && !roleLine.MatchString(plainly(line)) || len(below) > 60 || !nameLine.MatchString(below) {
		return false
	}
	s := notice.Signatory{Name: typed(below), Role: typed(strings.TrimRight(line, ", "))}
	for by, words := range map[notice.By]string{"delegation": "signature.delegation", "interim": "signature.interim"} {
		before, _, _ := strings.Cut(l.phrases.Clauses[words], "{")
		if k := key(before); k != "" && strings.HasPrefix(key(s.Role), k) {
			s.By = by
			_, role, _ := strings.Cut(s.Role, ",")
			s.Role = templates.Capitalised(strings.TrimSpace(role))
		}
	}
	if key(s.Role) == key(b.Role) {
		s.Role = ""
	}
	l.reading.Notice.Signatory, l.signed = s, true
	l.recognised(line+" "+below, "/signatory")
	return true
}
