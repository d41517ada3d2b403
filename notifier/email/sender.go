package email

import "douane.gouv.fr/crieur/notifier"

// sender is the envelope's sender of a recipient's mail: where it comes back to
// if it cannot be delivered.
func (c *Channel) sender(to notifier.Recipient) string {
	if c.Bounces == nil {
		return c.From.Address
	}
	return c.Bounces.Address(to.Event, to.ID)
}

// MessageID is what a subscriber's mail of an event is called, for ever, without
// angle brackets.
func (c *Channel) MessageID(event, subscriber string) string {
	to := notifier.Recipient{Event: event, Channel: Name, Subscriber: notifier.Subscriber{ID: subscriber}}
	return c.messageID(to.Key())
}
