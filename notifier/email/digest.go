package email

import (
	"cmp"
	"fmt"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/templates"
)

// digestsKept is how many different digests of one day are kept encoded; what
// most readers get comes again and again.
const digestsKept = 256

// digests are the mails of a day's digest, one for each choice of items, each
// composed when the first reader of it comes.
type digests struct {
	channel *Channel
	at      time.Time
	tales   []notifier.Tale

	mu   sync.Mutex
	made map[string]pattern // by what differs; guarded by mu
}

// digest is the mail of a digest. The one that tells everything is made at
// once, in each language: a fault of ours shows before anybody is told.
func (c *Channel) digest(d notifier.Digest) (*message, error) {
	all := &digests{channel: c, at: d.At, tales: d.Tales, made: map[string]pattern{}}
	every := make([]int, len(d.Tales))
	for i := range every {
		every[i] = i
	}
	for _, lang := range []string{"", "en"} {
		if _, err := all.of(every, templates.Telling{Lang: lang}); err != nil {
			return nil, err
		}
	}
	return &message{to: func(r notifier.Recipient) pattern {
		t := telling(r)
		p, err := all.of(r.Items, t)
		if err != nil {
			t.Zone = ""
			p, _ = all.of(r.Items, t) // each item has been made
		}
		return p
	}}, nil
}

func (d *digests) of(items []int, t templates.Telling) (pattern, error) {
	key := fmt.Sprint(items, t)
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.made[key]; ok {
		return p, nil
	}
	p, err := d.word(items, t)
	if err != nil {
		return p, err
	}
	if len(d.made) >= digestsKept {
		clear(d.made)
	}
	d.made[key] = p
	return p, nil
}

func (d *digests) word(items []int, t templates.Telling) (pattern, error) {
	var told []templates.DigestItem
	for _, i := range items {
		tale := d.tales[i]
		told = append(told, templates.DigestItem{State: tale.State, Event: tale.Event, Page: d.channel.foot(tale.Event).Page})
	}
	doc, err := d.channel.Words.Digest(d.at, told, t)
	if err != nil {
		return pattern{}, err
	}
	foot := templates.Foot{Leave: leaveMark, Preferences: leaveMark + "/preferences", Outlook: d.channel.Public + "/"}
	html, err := templates.MailHTML(doc, foot)
	if err != nil {
		return pattern{}, err
	}
	return d.channel.pattern(head{subject: doc.Subject, lang: cmp.Or(doc.Lang, "fr"), listed: true}, encode(templates.MailText(doc, foot), html, nil))
}
