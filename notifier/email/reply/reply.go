// Package reply knows what mail servers mean by their replies.
//
// Whoever hears a reply asks it: notifier/email, to which the relay says no
// while it hands a mail over, and notifier/email/bounce, which reads days later
// what another server has said. Both judge alike, and neither keeps an address
// that stands in a reply.
package reply

import (
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/notifier"
)

// dead are the classes that say of an address that it is none: RFC 3463
// section 3.2, RFC 7505.
var dead = []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}

// Judge says what a refusal means: a reply of 400 and above, and its class, the
// enhanced status code (RFC 3463), "" where it has none. ofRecipient says that
// it is the recipient whom the server refused, for a reply that does not say
// so by its class. hard is whether the address is dead for good; it never is
// after a word about policy, reputation or ourselves.
func Judge(code int, class string, ofRecipient bool) (status notifier.Status, hard bool) {
	switch {
	case code < 500:
		return notifier.Deferred, false
	case slices.Contains(dead, class):
		return notifier.Bounced, true
	case strings.HasPrefix(class, "5.7."), class == "5.1.7", class == "5.1.8": // policy, reputation, our own address
		return notifier.Refused, false
	case strings.HasPrefix(class, "5.1."), strings.HasPrefix(class, "5.2."), ofRecipient:
		return notifier.Bounced, false
	}
	return notifier.Refused, false
}

var enhanced = regexp.MustCompile(`(?m)^([245]\.\d{1,3}\.\d{1,3}) ?`)

// Class takes the class out of a reply's text, from each of its lines; "" where
// it has none.
func Class(text string) (class, rest string) {
	m := enhanced.FindStringSubmatch(text)
	if m == nil {
		return "", text
	}
	return m[1], enhanced.ReplaceAllString(text, "")
}

var address = regexp.MustCompile(`("[^"]*"|[^\s<>"(),:;]+)@[^\s<>"(),:;]+`)

// Longest is how many bytes of a reply are kept.
const Longest = 200

// Clean strips a reply of addresses, of the recipient's name, of line ends and
// of length before it is stored. The recipient is an address, in angle brackets
// or not; "" where it is not known.
func Clean(text, recipient string) string {
	text = strings.Join(strings.Fields(text), " ")
	if strings.Contains(text, "@") {
		text = address.ReplaceAllString(text, "…")
	}
	if name, _, ok := strings.Cut(strings.Trim(recipient, "<>"), "@"); ok && name != "" && strings.Contains(strings.ToLower(text), strings.ToLower(name)) {
		word := regexp.MustCompile(`(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(name) + `($|[^\pL\pN])`)
		text = word.ReplaceAllString(text, "$1…$2")
	}
	return strings.ToValidUTF8(text[:min(len(text), Longest)], "")
}
