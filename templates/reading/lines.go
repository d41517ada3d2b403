package reading

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A paragraph is one of a letter's body, put together again from its lines.
type paragraph struct {
	text  string
	item  bool     // of a list
	cells []string // of a table's row
}

var (
	markup = regexp.MustCompile(`</?(?:u|b|i|em|strong|sup|sub|p|br|span|div|a|li|ul)(?: [^<>]*)?/?>|\*\*|__`)
	// labels begin a line of their own, wherever they stand.
	labels = regexp.MustCompile(`(\S)[ \t\x{A0}]+((?:Affaire suivie par|Courriel|Mél|Réf\.|Réf[ée]rences?|Objet|Identifiant d['’]interruption)[ \x{A0}\x{202F}]*\.?[ \x{A0}\x{202F}]*:)`)
	// broken is a word that a line's end cuts in two.
	broken = regexp.MustCompile(`\x{AD}[ \t]*\n?[ \t]*`)
	bullet = regexp.MustCompile(`^(?:[-–—•▪◦●■*·‣\x{F0B7}\x{F0A7}]|o|\d{1,2}[.)]|[a-z]\))[ \t\x{A0}]+(\S.*)$`)
	heads  = regexp.MustCompile(`^#+ `)
	// furniture is what stands on pages and says nothing.
	furniture = regexp.MustCompile(`(?i)^(?:page *)?\d{1,3} *(?:/|sur) *\d{1,3}$|^page *\d{1,3}$|^[-–—] *\d{1,3} *[-–—]$|^\d{1,2}$|^[_=*.–—-]{3,}$`)
	gap       = regexp.MustCompile(`\t+| {3,}`)
)

// linesOf are a pasted text's lines, without what word processors, pages and
// markup put in.
func linesOf(text string) []string {
	text = norm.NFC.String(text)
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n\n", "\v", "\n", "\u2028", "\n", "\u2029", "\n\n", "\uFEFF", "", "\u200B", "", "\u00a0", " ", "\u202f", " ").Replace(text)
	text = broken.ReplaceAllString(text, "")
	text = markup.ReplaceAllString(text, "")
	for range 3 { // a label may follow a label
		text = labels.ReplaceAllString(text, "$1\n$2")
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(heads.ReplaceAllString(strings.Trim(lines[i], " "), ""))
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
	open   bool // the last one may go on with the next line
	spaced bool // paragraphs of this letter are set apart by empty lines
}

// gapLine is an empty line, or one that is not the body's.
func (b *body) gapLine() { b.open = false }

// line is the next line of the body.
func (b *body) line(text string) {
	last := len(b.all) - 1
	if cells := gap.Split(text, -1); len(cells) >= 3 {
		b.all, b.open = append(b.all, paragraph{text: text, cells: cells}), false
		return
	}
	if m := bullet.FindStringSubmatch(text); m != nil {
		b.all, b.open = append(b.all, paragraph{text: m[1], item: true}), true
		return
	}
	if last >= 0 && b.all[last].cells == nil && b.continues(b.all[last].text, text) {
		b.all[last].text = glueLines(b.all[last].text, text)
	} else {
		b.all = append(b.all, paragraph{text: text})
	}
	b.open = true
}

// continues is whether a line goes on with the paragraph before it.
func (b *body) continues(before, line string) bool {
	ended := strings.ContainsRune(".!?:;»", lastRune(before)) || footnoteCall.MatchString(before)
	small := strings.ContainsAny(firstRune(line), "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôûù0123456789([«,;")
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

// glueLines is a line behind another, in one text.
func glueLines(before, line string) string {
	if strings.HasSuffix(before, "-") || strings.HasSuffix(before, "‐") || strings.HasSuffix(before, "‑") {
		if first := firstRune(line); cut.MatchString(before) && first == strings.ToLower(first) {
			return strings.TrimRight(before, "-‐‑") + line
		}
		return before + line
	}
	return before + " " + line
}
