package desk

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A Notice is what the API tells of one. A list leaves the text, the entries
// and the rest of the long part out.
type Notice struct {
	ID        string           `json:"id"`
	Status    publisher.Status `json:"status"`  // of the paper in hand
	Edition   int              `json:"edition"` // the ETag: what an edit or a signature rests on
	Phase     notice.Phase     `json:"phase"`   // of the public record, now
	Version   int              `json:"version,omitzero"`
	Bureau    string           `json:"bureau,omitzero"`
	Reference string           `json:"reference,omitzero"`
	OutageID  string           `json:"outage_id,omitzero"`
	PublishAt *time.Time       `json:"publish_at,omitzero"` // signed, and waiting for it
	Review    string           `json:"review,omitzero"`     // why it was published in an emergency, where nobody has looked at it since
	Updated   time.Time        `json:"updated"`

	As       notice.Type       `json:"as,omitzero"`
	Reason   string            `json:"reason,omitzero"`
	Text     string            `json:"text,omitzero"`
	Problems notice.Problems   `json:"problems,omitzero"` // of the text
	Notice   *notice.Notice    `json:"notice,omitzero"`   // as published
	Spans    []notice.Span     `json:"spans,omitzero"`
	Events   []notice.Event    `json:"events,omitzero"`
	Entries  []publisher.Entry `json:"entries,omitzero"`
	Voids    []string          `json:"voids,omitzero"`
	Broken   int               `json:"broken,omitzero"` // entry from which the private record is not whole

	created bool
}

// short is a notice as in a list.
func (d *Desk) short(x publisher.Dossier) Notice {
	n := Notice{ID: x.ID, Status: x.Status, Edition: x.Edition, Phase: x.State.Phase(d.Publisher.Now()),
		Version: x.State.Version, Bureau: x.Bureau, Reference: x.Numbers.Reference, OutageID: x.Numbers.OutageID,
		Updated: x.State.Updated, Broken: x.Broken}
	if k := len(x.Entries); k > 0 && x.Entries[k-1].Time.After(n.Updated) {
		n.Updated = x.Entries[k-1].Time
	}
	if x.Status == publisher.StatusApproved {
		n.PublishAt = &x.Approval.At
	}
	if signed, ok := x.Unreviewed(); ok {
		n.Review = signed.Emergency
	}
	return n
}

// long is all that there is to tell of a notice.
func (d *Desk) long(x publisher.Dossier) Notice {
	n := d.short(x)
	n.As, n.Reason, n.Text, n.Entries, n.Voids = x.As, x.Reason, x.Text, x.Entries, x.Voids()
	n.Spans, n.Events = x.State.Spans, x.State.Events
	if x.State.Number > 0 {
		n.Notice = &x.State.Notice
	}
	if x.Status != publisher.StatusPublished && x.Status != publisher.StatusWithdrawn {
		_, n.Problems = d.Publisher.CheckDraft(x)
	}
	return n
}

// told is the answer of a call about one notice, with its entity tag.
func (d *Desk) told(c call, x publisher.Dossier, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	c.w.Header().Set("ETag", strconv.Quote(strconv.Itoa(x.Edition)))
	return d.long(x), nil
}

// A Checked is what Check answers.
type Checked struct {
	Notice   notice.Notice   `json:"notice"`
	Problems notice.Problems `json:"problems"`
}

func (d *Desk) check(c call) (any, error) {
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	n, ps := d.Publisher.Check(text)
	if ps == nil {
		ps = notice.Problems{}
	}
	return Checked{n, ps}, nil
}

// list gives the notices, of one status or in one phase where asked; ?review
// keeps those that a second person has to look at.
func (d *Desk) list(c call) (any, error) {
	q := c.URL.Query()
	all := []Notice{}
	for _, x := range d.Publisher.Dossiers() {
		n := d.short(x)
		if s := q.Get("status"); s != "" && s != string(n.Status) {
			continue
		}
		if s := q.Get("phase"); s != "" && s != string(n.Phase) {
			continue
		}
		if q.Has("review") && n.Review == "" {
			continue
		}
		all = append(all, n)
	}
	return all, nil
}

func (d *Desk) dossier(c call) (any, error) {
	id, err := d.find(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	x, err := d.Publisher.Dossier(c.Context(), id)
	return d.told(c, x, err)
}

// create begins a notice. Its id is that of the command: sent again, the
// command begins no other.
func (d *Desk) create(c call) (any, error) {
	command, err := c.command()
	if err != nil {
		return nil, err
	}
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	o := publisher.Order{Who: c.who, Notice: command, Command: command}
	x, err := d.Publisher.Draft(c.Context(), o, publisher.Draft{Text: text})
	if err != nil {
		return nil, err
	}
	answer, err := d.told(c, x, nil)
	n := answer.(Notice)
	n.created = true
	return n, err
}

// edit replaces the text in hand, or begins an amendment: ?as=corrected or
// ?as=changed, with its ?reason=.
func (d *Desk) edit(c call) (any, error) {
	o, err := d.order(c)
	if err != nil {
		return nil, err
	}
	if o.Seen == 0 {
		return nil, errUnseen
	}
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	q := c.URL.Query()
	x, err := d.Publisher.Draft(c.Context(), o, publisher.Draft{Text: text, As: notice.Type(q.Get("as")), Reason: q.Get("reason")})
	return d.told(c, x, err)
}

func (d *Desk) submit(c call) (any, error) {
	o, word, err := d.reasoned(c)
	if err != nil {
		return nil, err
	}
	x, err := d.Publisher.SubmitWith(c.Context(), o, word)
	return d.told(c, x, err)
}

// A Reason is the body of withdraw and review, and of submit, where it is a word
// to whoever signs.
type Reason struct {
	Reason string `json:"reason"`
}

// reasoned is a call whose body is a Reason.
func (d *Desk) reasoned(c call) (publisher.Order, string, error) {
	o, err := d.order(c)
	if err != nil {
		return o, "", err
	}
	var body Reason
	err = c.read(&body)
	return o, body.Reason, err
}

// A Return is the body of return.
type Return struct {
	Reason  string             `json:"reason,omitzero"`
	Remarks []publisher.Remark `json:"remarks,omitzero"` // on fields
}

func (d *Desk) giveBack(c call) (any, error) {
	o, err := d.order(c)
	if err != nil {
		return nil, err
	}
	var body Return
	if err := c.read(&body); err != nil {
		return nil, err
	}
	x, err := d.Publisher.ReturnWith(c.Context(), o, body.Reason, body.Remarks)
	return d.told(c, x, err)
}

func (d *Desk) withdraw(c call) (any, error) {
	o, reason, err := d.reasoned(c)
	if err != nil {
		return nil, err
	}
	x, err := d.Publisher.Withdraw(c.Context(), o, reason)
	return d.told(c, x, err)
}

func (d *Desk) review(c call) (any, error) {
	o, reason, err := d.reasoned(c)
	if err != nil {
		return nil, err
	}
	x, err := d.Publisher.Review(c.Context(), o, reason)
	return d.told(c, x, err)
}

// An Approve is the body of approve.
type Approve struct {
	PublishAt notice.Time `json:"publish_at,omitzero"` // at once if absent
	Emergency string      `json:"emergency,omitzero"`  // why one person signs alone
}

func (d *Desk) approve(c call) (any, error) {
	o, err := d.order(c)
	if err != nil {
		return nil, err
	}
	if o.Seen == 0 {
		return nil, errUnseen
	}
	var body Approve
	if err := c.read(&body); err != nil {
		return nil, err
	}
	x, err := d.Publisher.Approve(c.Context(), o, publisher.SignOff{At: body.PublishAt.Time, Emergency: body.Emergency})
	return d.told(c, x, err)
}

// act does something to a published notice.
func (d *Desk) act(c call) (any, error) {
	o, act, err := d.ordered(c)
	if err != nil {
		return nil, err
	}
	e, err := d.Publisher.Act(c.Context(), o, act)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// ordered is the act that a call wants done. The body is the act's fields, read
// strictly: a misspelt "until" must not extend an outage until further notice.
func (d *Desk) ordered(c call) (publisher.Order, notice.Act, error) {
	o, err := d.order(c)
	if err != nil {
		return o, nil, err
	}
	zero, err := notice.DecodeAct(notice.Type(c.PathValue("type")), []byte("{}"))
	if err != nil {
		return o, nil, fmt.Errorf("%w: %w", notice.ErrNotFound, err)
	}
	body := reflect.New(reflect.TypeOf(zero))
	if err := c.read(body.Interface()); err != nil {
		return o, nil, err
	}
	return o, body.Elem().Interface().(notice.Act), nil
}

func (d *Desk) voids(call) (any, error) {
	voids := d.Publisher.Voids()
	if voids == nil {
		voids = []publisher.Void{}
	}
	return voids, nil
}

func (d *Desk) health(c call) (any, error) {
	alarms := d.Publisher.Health()
	if len(alarms) > 0 {
		c.w.WriteHeader(http.StatusServiceUnavailable)
	}
	if alarms == nil {
		alarms = []publisher.Alarm{}
	}
	return alarms, nil
}
