package email

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/templates"
)

// ask makes the mail that asks its one reader to confirm something. Its link is
// the reader's own already: nothing is put into it afterwards.
func (c *Channel) ask(a notifier.Ask) (*message, error) {
	clause := string(a.Purpose)
	if a.Purpose == notifier.ToSubscribe && a.Known {
		clause = "change"
	}
	m, err := c.Words.AskMail(templates.Ask{
		Clause: clause, Lang: a.Subscriber.Lang, At: a.At, Until: a.Until,
		Link: c.ConfirmURL(a.Subscriber.ID, a.ID), Choices: a.Subscriber.Choices(),
	})
	if err != nil {
		return nil, err
	}
	p, err := c.pattern(head{subject: m.Subject, lang: cmp.Or(a.Subscriber.Lang, "fr")}, encode(m.Text, m.HTML, nil))
	return &message{to: func(notifier.Recipient) pattern { return p }}, err
}

// PreferencesURL is a subscriber's own page: what it asked for, and all that is
// kept of it.
func (c *Channel) PreferencesURL(subscriber string) string {
	return c.LeaveURL(subscriber) + "/preferences"
}

// ConfirmURL is the link by which a request is confirmed. It names nobody,
// cannot be made without the secret, and is good for that request alone.
func (c *Channel) ConfirmURL(subscriber, request string) string {
	return c.Public + "/abonnements/confirmation/" + subscriber + "/" + request + "/" + c.confirmToken(subscriber, request)
}

// Confirms is whether a token is that of a subscriber's request.
func (c *Channel) Confirms(subscriber, request, token string) bool {
	return hmac.Equal([]byte(c.confirmToken(subscriber, request)), []byte(token))
}

func (c *Channel) confirmToken(subscriber, request string) string {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("confirm/" + subscriber + "/" + request))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
