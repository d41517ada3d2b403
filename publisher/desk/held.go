package desk

import (
	"fmt"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// longestHold is how long a call may have an act held back: nobody waits
// longer for the end of an alert because of a slip of the pen.
const longestHold = time.Minute

// A Held is an act that is written down and has not left yet.
type Held struct {
	Entry  string      `json:"entry"` // its id, for the call that retracts it
	Act    notice.Type `json:"act"`
	Leaves time.Time   `json:"leaves"`
}

// A Retract is the body of retract.
type Retract struct {
	Entry string `json:"entry"`
}

// hold writes an act down to leave in a moment: ten seconds, or ?for=20s.
func (d *Desk) hold(c call) (any, error) {
	wait := time.Duration(0)
	if asked := c.URL.Query().Get("for"); asked != "" {
		var err error
		if wait, err = time.ParseDuration(asked); err != nil || wait <= 0 || wait > longestHold {
			return nil, fmt.Errorf("%w: ?for=%s: a duration of up to %s, such as for=10s", errRequest, asked, longestHold)
		}
	}
	o, act, err := d.ordered(c)
	if err != nil {
		return nil, err
	}
	x, err := d.Publisher.Hold(c.Context(), o, act, publisher.Holding{For: wait})
	if err != nil {
		return nil, err
	}
	for _, e := range x.Entries {
		if e.Command == o.Command {
			return Held{e.ID, e.As, e.Leaves}, nil
		}
	}
	return nil, fmt.Errorf("%w: the held act of command %s", notice.ErrNotFound, o.Command)
}

// retract takes a held act back.
func (d *Desk) retract(c call) (any, error) {
	o, err := d.order(c)
	if err != nil {
		return nil, err
	}
	var body Retract
	if err := c.read(&body); err != nil {
		return nil, err
	}
	x, err := d.Publisher.Retract(c.Context(), o, body.Entry)
	return d.told(c, x, err)
}
