package bounce

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email/reply"
)

// fields are those of one recipient in a report, by their names in lower case.
type fields map[string]string

// readStatus reads the machine-readable part of a report (RFC 3464 section 2).
// Mail goes to one recipient each; where it was spread further on, the report
// names several, and the best of what it says of them counts: a mailbox that
// others read too is not dead because one of them has left.
func readStatus(text string) (Report, bool) {
	var best Report
	rank := 0
	for _, f := range groups(text) {
		r, n := f.report()
		if n > rank || n == rank && best.Hard && !r.Hard {
			best, rank = r, n
		}
	}
	return best, rank > 0
}

// groups are the fields of each recipient. Empty lines part them; not every
// server writes these.
func groups(text string) []fields {
	var all []fields
	current, name := fields{}, ""
	end := func() {
		if current["action"] != "" || current["status"] != "" {
			all = append(all, current)
		}
		current, name = fields{}, ""
	}
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\n")
		switch key, value, ok := strings.Cut(l, ":"); {
		case strings.TrimSpace(l) == "":
			end()
		case l[0] == ' ' || l[0] == '\t':
			if name != "" {
				current[name] += " " + strings.TrimSpace(l)
			}
		case ok:
			key = strings.ToLower(strings.TrimSpace(key))
			if _, twice := current[key]; twice && (key == "action" || key == "final-recipient") {
				end()
			}
			name = key
			current[name] = strings.TrimSpace(value)
		}
	}
	end()
	return all
}

// report is what a recipient's fields say, and how good that is: 0 where they
// are not understood, 1 for a failure, 2 for anything that goes on, 3 for a
// delivery.
func (f fields) report() (Report, int) {
	class := classIn(f["status"])
	action, _, _ := strings.Cut(strings.ToLower(f["action"]), " ")
	if action == "" && strings.HasPrefix(class, "5") {
		action = "failed"
	}
	kind, said, ok := strings.Cut(f["diagnostic-code"], ";")
	if !ok {
		kind, said = "", f["diagnostic-code"]
	}
	said = strings.TrimSpace(said)
	switch action {
	case "failed":
		r := judge(finding{class: class, said: said, smtp: ok && strings.EqualFold(strings.TrimSpace(kind), "smtp")})
		r.Hard = r.Hard && !f.forwarded()
		r.Reply = f.clean(r.Reply)
		return r, 1
	case "delayed", "relayed", "expanded":
		return Report{}, 2
	case "delivered":
		return Report{Status: notifier.Delivered, Code: class, Reply: f.clean(said)}, 3
	}
	return Report{}, 0
}

// forwarded is whether the report is about another address than that which was
// written to: of one who has the mail sent on, or one of several.
func (f fields) forwarded() bool {
	to, at := mailboxOf(f["original-recipient"]), mailboxOf(f["final-recipient"])
	return to != "" && at != "" && !strings.EqualFold(to, at)
}

func mailboxOf(field string) string {
	_, address, _ := strings.Cut(field, ";")
	return strings.Trim(strings.TrimSpace(address), "<>")
}

// clean takes whoever the fields name out of a text.
func (f fields) clean(text string) string {
	return reply.Clean(reply.Clean(text, mailboxOf(f["final-recipient"])), mailboxOf(f["original-recipient"]))
}

// A finding is what there is to judge a failure by.
type finding struct {
	class string // as the report says; "" where it does not
	said  string // what the server answered
	smtp  bool   // by SMTP
}

var (
	codeFirst = regexp.MustCompile(`^\D{0,40}\b([245]\d\d)(?:[ -]|$)`)
	classAny  = regexp.MustCompile(`(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:\.?$|\.?[^\d.])`) // and no part of an IP address
	codesLead = regexp.MustCompile(`^([245]\d\d)?[ -]*#?\(?([245]\.\d{1,3}\.\d{1,3})?\)?[ :-]*`)
	policy    = regexp.MustCompile(`(?i)\b(spam|black ?list|block ?list|blocked|dnsbl|rbl|reputation|dmarc|dkim|spf|policy|spamhaus)`)
)

func classIn(text string) string {
	if m := classAny.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// judge says what a failure means that somebody reports: as of a reply at the
// relay, but nobody tries again.
func judge(f finding) Report {
	code := 0
	if m := codeFirst.FindStringSubmatch(f.said); m != nil {
		code, _ = strconv.Atoi(m[1]) // three digits
	}
	class := specific(f.class, classIn(f.said))
	if class == "" && policy.MatchString(f.said) {
		class = "5.7.0"
	}
	r := Report{Code: codeOf(code, class), Reply: f.said}
	if f.smtp {
		r.Reply = codesLead.ReplaceAllString(f.said, "")
	}
	if !strings.HasPrefix(class, "4.") {
		code = max(code, 500) // what the report says in the end counts, not a reply on the way
	}
	r.Status, r.Hard = reply.Judge(code, class, !ofContent(class))
	if r.Status == notifier.Deferred {
		r.Status = notifier.Bounced // it was given up
		if strings.HasPrefix(class, "4.7.") {
			r.Status = notifier.Refused
		}
	}
	return r
}

// specific is the class to go by. A word about policy is never overheard; a
// class that says nothing gives way to one that does.
func specific(reported, said string) string {
	both := []string{reported, said}
	if i := slices.IndexFunc(both, func(c string) bool { return strings.HasPrefix(c, "5.7.") }); i >= 0 {
		return both[i]
	}
	generic := reported == "" || strings.HasSuffix(reported, ".0.0")
	if generic && said != "" && (reported == "" || said[0] == reported[0]) {
		return said
	}
	if reported == "5.0.0" || reported == "4.0.0" {
		return ""
	}
	return reported
}

// ofContent is whether a class is about the mail and not about its recipient.
func ofContent(class string) bool {
	return class == "5.3.4" || strings.HasPrefix(class, "5.5.") || strings.HasPrefix(class, "5.6.")
}

// codeOf writes code and class as an outcome has them.
func codeOf(code int, class string) string {
	if code == 0 {
		return class
	}
	return strings.TrimSpace(strconv.Itoa(code) + " " + class)
}
