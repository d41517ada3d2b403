package pages

import (
	"regexp"
	"slices"
	"strings"
)

// Parts of style sheets: with a theme, what is common to all sites looks as the
// theme says, and our own parts as our sheets say. A rule is of our own parts
// if its selector names a class that is not the design system's (fr-).

// tokens are what our own parts take from a theme, where it has it: the names
// of the DSFR's colours for ours.
var tokens = strings.NewReplacer(
	"var(--page)", "var(--background-default-grey, var(--page))", "var(--ink)", "var(--text-default-grey, var(--ink))",
	"var(--soft)", "var(--text-mention-grey, var(--soft))", "var(--faint)", "var(--background-alt-grey, var(--faint))",
	"var(--line)", "var(--border-plain-grey, var(--line))", "var(--hair)", "var(--border-default-grey, var(--hair))",
	"var(--link)", "var(--text-action-high-blue-france, var(--link))",
	"var(--good)", "var(--text-default-success, var(--good))", "var(--good-page)", "var(--background-contrast-success, var(--good-page))",
	"var(--odd)", "var(--text-default-warning, var(--odd))", "var(--odd-page)", "var(--background-contrast-warning, var(--odd-page))",
	"var(--bad)", "var(--text-default-error, var(--bad))", "var(--bad-page)", "var(--background-contrast-error, var(--bad-page))",
	"var(--info)", "var(--text-default-info, var(--info))", "var(--info-page)", "var(--background-contrast-info, var(--info-page))",
)

// room is what the DSFR leaves to each page, the distance between blocks, and
// to its script, which opens on a phone what stands at the top: our pages are
// whole without one.
const room = `main.fr-container { padding-top: 2rem; padding-bottom: 3rem; }
main .fr-alert, main form, main .fr-callout { margin-bottom: 1.5rem; }
.fr-header .fr-header__body-row { flex-wrap: wrap; }
.fr-header__body-row > .fr-translate { margin-left: auto; }
@media (max-width: 61.99em) {
.fr-header .fr-header__brand { flex: 1 0 100%; }
.fr-header .fr-header__tools { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1rem; padding: .5rem 1rem; }
.fr-header .fr-header__body-row > .fr-translate { margin-left: 0; padding: .5rem 1rem; }
}
`

var (
	comment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	ownClass = regexp.MustCompile(`\.(\w[\w-]*)`)
)

// PartsOf is a style sheet of ours without what a theme brings.
func PartsOf(sheet []byte) []byte {
	text := parts(comment.ReplaceAllString(string(sheet), ""))
	return []byte(tokens.Replace(text))
}

// parts are those rules of some style rules that are for parts of our own.
func parts(rules string) string {
	var kept strings.Builder
	for rules = strings.TrimSpace(rules); rules != ""; rules = strings.TrimSpace(rules) {
		open := strings.IndexByte(rules, '{')
		if open < 0 {
			break // nothing but an @-rule without a block: we have none
		}
		end := closing(rules, open)
		head, body := strings.TrimSpace(rules[:open]), rules[open+1:end]
		rules = rules[end+1:]
		switch {
		case strings.HasPrefix(head, "@"):
			body = parts(body)
		case head == ":root":
			body = strings.Replace(body, "color-scheme: light dark;", "", 1)
		default:
			head = strings.Join(slices.DeleteFunc(selectors(head), func(s string) bool { return !ours(s) }), ", ")
		}
		if head != "" && strings.TrimSpace(body) != "" {
			kept.WriteString(head + " {" + body + "}\n")
		}
	}
	return kept.String()
}

// closing is where the block ends that opens at an index.
func closing(rules string, open int) int {
	depth := 0
	for i := open; i < len(rules); i++ {
		switch rules[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(rules) - 1
}

// selectors are those of a list; commas within brackets part nothing.
func selectors(list string) []string {
	var all []string
	depth, from := 0, 0
	for i, c := range list {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			all, from = append(all, strings.TrimSpace(list[from:i])), i+1
		}
	}
	return append(all, strings.TrimSpace(list[from:]))
}

// ours is whether a selector is for a part of our own.
func ours(selector string) bool {
	return slices.ContainsFunc(ownClass.FindAllStringSubmatch(selector, -1), func(m []string) bool { return !strings.HasPrefix(m[1], "fr-") })
}
