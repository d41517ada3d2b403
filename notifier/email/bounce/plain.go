package bounce

import (
	"net/mail"
	"regexp"
	"strings"

	"douane.gouv.fr/crieur/notifier/email/reply"
)

// A letter is a mail for people, without the mail that it quotes.
type letter struct {
	head mail.Header
	text string
}

var (
	// original is where the mail that was sent begins, and all behind it.
	original = regexp.MustCompile(`(?ims)^(-{2,} ?(this is a copy|below this line|original message|message d.origine|the following is a copy|returned message|forwarded message|the header of the original)|original message headers:|return-path: |received: from ).*`)
	// final is how a server says that it has given up.
	final = regexp.MustCompile(`(?i)undeliver(able|ed)|(could not|couldn['’]t|cannot|was ?n['’]t able to|unable to) (be )?deliver|delivery (has |to the following recipients? )?failed|` +
		`delivery (failure|status notification \(failure\))|delivery to .{1,80} failed|mail delivery failed|returned mail|permanent (fatal )?errors?|failed permanently|` +
		`i['’]ve given up|giving up|n['’]a pas pu être (remis|délivré|distribué|acheminé)|échec (de la|de) remise|non remis`)
	// pending is how it says that it has not.
	pending = regexp.MustCompile(`(?i)(message|delivery|mail|notification).{0,30}(delayed|\(delay\))|has not yet been delivered|(will|to) be retried|will (continue to try|keep trying|retry)|delivery attempts will continue|warning message only|do not need to resend|retard de remise`)
	// answer is a reply with its code, with its class, or qmail's way to write it.
	answer = regexp.MustCompile(`(?m)(?:^|[\s:;"'#(])((?:4(?:21|5[0-9])|5(?:[05][0-9]|21|30|41|71))[ -]+(?:#?[45]\.\d{1,3}\.\d{1,3}\b|[A-Za-z<'"é])[^\n]*|[^\n]*\(#[45]\.\d{1,3}\.\d{1,3}\)[^\n]*)`)
	// absent is how people's programs begin what they answer.
	absent = regexp.MustCompile(`(?i)^((re|ré) ?: ?)?(automatic reply|auto(matic)?[- ]?(response|reply)|out of (the )?office|autoreply|absen(t|ce)|réponse automatique|en congés?|vacation)`)
)

// bouncer is whether a mail server wrote the mail, as far as one can tell.
func (l letter) bouncer() bool {
	if l.head.Get("X-Failed-Recipients") != "" { // Exim
		return true
	}
	from := l.head.Get("From")
	if a, err := mail.ParseAddress(from); err == nil {
		from = a.Address
	}
	name, _, _ := strings.Cut(strings.ToLower(strings.Trim(from, "<> ")), "@")
	return name == "mailer-daemon" || name == "postmaster" || name == "mailerdaemon" || strings.HasPrefix(name, "microsoftexchange")
}

func (l letter) subject() string { return decoded(l.head.Get("Subject")) }

// delayed is whether a server says that it goes on trying.
func (l letter) delayed() bool {
	return l.bouncer() && (pending.MatchString(l.subject()) || pending.MatchString(l.text)) && !final.MatchString(l.subject())
}

// failed is whether a server says that it has given up. One that has no sender
// and says so in its subject is a server too.
func (l letter) failed() bool {
	nobody := strings.TrimSpace(l.head.Get("Return-Path")) == "<>" && final.MatchString(l.subject())
	return (l.bouncer() || nobody) && (final.MatchString(l.subject()) || final.MatchString(l.text))
}

// report is what the server quotes of the reply that it got; false where it
// quotes none.
func (l letter) report() (Report, bool) {
	m := answer.FindStringSubmatch(l.text)
	if m == nil {
		return Report{}, false
	}
	f := finding{said: strings.TrimSpace(m[1]), smtp: true}
	r := judge(f)
	to, _, _ := strings.Cut(l.head.Get("X-Failed-Recipients"), ",")
	r.Reply = reply.Clean(r.Reply, strings.TrimSpace(to))
	return r, true
}

// automatic is whether a machine answered for its owner (RFC 3834 section 5,
// and what was in use before).
func (l letter) automatic() bool {
	by := strings.ToLower(strings.TrimSpace(l.head.Get("Auto-Submitted")))
	precedence := strings.ToLower(strings.TrimSpace(l.head.Get("Precedence")))
	return by != "" && by != "no" ||
		l.head.Get("X-Autoreply") != "" || l.head.Get("X-Autorespond") != "" || l.head.Get("X-Autoresponder") != "" ||
		strings.HasPrefix(precedence, "auto") || absent.MatchString(l.subject())
}
