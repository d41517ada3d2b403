package reading

import (
	"regexp"
	"strings"

	"douane.gouv.fr/crieur/templates"
)

// A paragraph is one of a letter's body, put together again from its lines.
type paragraph struct {
	text string
	item bool // of a list
}

var (
	markup = regexp.MustCompile(`</?(?:u|b|i|em|strong|sup|sub|p|br|span|div|a|li|ul)(?: [^<>]*)?/?>|\*\*|__`)
	// labels begin a line of their own, wherever they stand.
	labels = regexp.MustCompile(`(\S)[ \t\x{A0}]+((?:Affaire suivie par|Courriel|Mél|Réf\.|Réf[ée]rences?|Objet|Identifiant d['’]interruption)[ \x{A0}\x{202F}]*\.?[ \x{A0}\x{202F}]*:)`)
	// broken is a word that a line's end cuts in two.
	broken = regexp.MustCompile(`\x{AD}[ \t]*\n?[ \t]*`)
	// raised is the ending of an ordinal, which some put on a line of its own.
	raised = regexp.MustCompile(`\b1[ \t]*\n?[ \t]*er[ \t]*\n?[ \t]*(janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)`)
	bullet = regexp.MustCompile(`^(?:[-–—•▪◦●■*·‣\x{F0B7}\x{F0A7}]|o|\d{1,2}[.)]|[a-z]\))[ \t\x{A0}]+(\S.*)$`)
	heads  = regexp.MustCompile(`^#+ `)
	// furniture is what stands on pages and says nothing.
	furniture = regexp.MustCompile(`(?i)^(?:page *)?\d{1,3} *(?:/|sur) *\d{1,3}$|^page *\d{1,3}$|^[-–—] *\d{1,3} *[-–—]$|^\d{1,2}$|^[_=*.–—-]{3,}$`)
	// republic is the block mark that heads letters of the State.
	republic = regexp.MustCompile(`^(?:republique|francaise|republique francaise|liberte|egalite|fraternite|liberte,? egalite,? fraternite)$`)
	gap      = regexp.MustCompile(`\t+| {3,}`)
)

// linesOf are a pasted text's lines, without what word processors, pages and
// markup put in.
func linesOf(text string) []string {
	text = templates.Composed(text)
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n\n", "\v", "\n", "\u2028", "\n", "\u2029", "\n\n", "\uFEFF", "", "\u200B", "", "\u00a0", " ", "\u202f", " ").Replace(text)
	text = broken.ReplaceAllString(text, "")
	text = raised.ReplaceAllString(text, "1er $1")
	text = markup.ReplaceAllString(text, "")
	for range 3 { // a label may follow a label
		text = labels.ReplaceAllString(text, "$1\n$2")
	}
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(heads.ReplaceAllString(strings.Trim(line, " "), ""))
		last := len(lines) - 1
		switch columns := gap.Split(line, -1); {
		case len(columns) == 2: // side by side on the page
			lines = append(lines, columns...)
		case last >= 0 && lines[last] != "" && len(line) == 1 && strings.Contains(punctuation, line):
			lines[last] += line // behind a raised figure
		default:
			lines = append(lines, line)
		}
	}
	for i, line := range lines[:len(lines)-1] { // a label that a line's end has cut from what it says
		if at := labelled.FindString(plainly(line)); at != "" && len(line) < 60 && at == plainly(line) {
			lines[i], lines[i+1] = "", line+" "+lines[i+1]
		}
	}
	return lines
}

// A body puts paragraphs together again from the lines of a page.
type body struct {
	all    []paragraph
	lines  []string // of the last one
	item   bool     // it is one of a list
	open   bool     // the last one may go on with the next line
	spaced bool     // paragraphs of this letter are set apart by empty lines
	starts map[string]bool
}

// of makes paragraphs of lines; "" is where something else stands between them.
func (b *body) of(lines []string) {
	gaps := 0
	for i, line := range lines {
		if line == "" && i > 0 && lines[i-1] != "" {
			gaps++
		}
	}
	b.spaced = gaps > 3 && gaps*6 > len(lines)
	for _, line := range lines {
		if line == "" {
			b.open = false
		} else {
			b.line(line)
		}
	}
	b.close()
}

// close ends the paragraph that is open.
func (b *body) close() {
	if len(b.lines) > 0 {
		b.all = append(b.all, paragraph{unbroken(b.lines), b.item})
	}
	b.lines, b.item = nil, false
}

// opening is the beginning of a sentence, by which a known one is told.
func opening(folded string) string {
	words := strings.SplitN(folded, " ", 4)
	if len(words) < 4 {
		return ""
	}
	return strings.Trim(strings.Join(words[:3], " "), punctuation)
}

// line is the next line of the body.
func (b *body) line(text string) {
	m := bullet.FindStringSubmatch(text)
	if m != nil || len(b.lines) == 0 || !b.continues(tail(b.lines[len(b.lines)-1]), text) {
		b.close()
	}
	if m != nil {
		text, b.item = m[1], true
	}
	b.lines, b.open = append(b.lines, text), true
}

// tail is the end of a line, by which it is known whether a sentence ends.
func tail(line string) string {
	if len(line) <= 12 {
		return line
	}
	return strings.ToValidUTF8(line[len(line)-12:], "")
}

// labelLine is a line that begins with a label.
var labelLine = regexp.MustCompile(`^\p{Lu}[\pL’' -]{2,40} ?: `)

// continues is whether a line goes on with the paragraph before it.
func (b *body) continues(before, line string) bool {
	ended := strings.ContainsRune(".!?:;»", lastRune(before)) || footnoteCall.MatchString(before)
	small := strings.ContainsAny(firstRune(line), "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôûù0123456789([«,;")
	if !small && b.starts[opening(plainly(line))] || labelLine.MatchString(line) {
		return false
	}
	switch {
	case !ended && !b.open:
		return small // over an empty line, or a page's end
	case b.open && b.spaced:
		return true
	}
	return b.open && (!ended || small)
}

var footnoteCall = regexp.MustCompile(`[.!?][\d¹²³]$|[\d¹²³][.!?]$`)

func lastRune(s string) rune {
	all := []rune(s)
	if len(all) == 0 {
		return ' '
	}
	return all[len(all)-1]
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return " "
}

// cut finds a word that a line's end has cut: the letter before the hyphen and
// a small one behind it.
var cut = regexp.MustCompile(`\pL\pL[-‐‑]$`)

// unbroken is lines as one text, without the hyphens of words that they cut.
func unbroken(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i == len(lines)-1 {
			b.WriteString(line)
			break
		}
		end, first := tail(line), firstRune(lines[i+1])
		switch {
		case cut.MatchString(end) && first == strings.ToLower(first):
			b.WriteString(strings.TrimRight(line, "-‐‑"))
		case strings.HasSuffix(end, "-") || strings.HasSuffix(end, "‐") || strings.HasSuffix(end, "‑"):
			b.WriteString(line)
		default:
			b.WriteString(line + " ")
		}
	}
	return b.String()
}
