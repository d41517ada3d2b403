package email

import (
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/templates"
)

// slip makes the mail that tells staff what waits for them. It is nobody's
// subscription: there is no link to leave. It stands in the thread of its
// notice.
func (c *Channel) slip(s notifier.Slip) (*message, error) {
	doc, err := c.Words.Slip(s.Words)
	if err != nil {
		return nil, err
	}
	html, err := templates.MailHTML(doc, templates.Foot{})
	if err != nil {
		return nil, err
	}
	thread := s.Words.Event.Notice
	p, err := c.pattern(head{subject: doc.Mail, lang: doc.Lang, threaded: thread != ""}, encode(templates.MailText(doc, templates.Foot{}), html, nil))
	return &message{thread: thread, to: func(notifier.Recipient) pattern { return p }}, err
}
