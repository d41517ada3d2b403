package email

import (
	"fmt"
	"strings"
	"sync"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// wordings are one event as mail, each composed when it is first asked for.
type wordings struct {
	channel *Channel
	tale    notifier.Tale

	mu   sync.Mutex
	made map[templates.Telling]pattern // guarded by mu
}

// event is the mail of an event. The wordings that most readers get are made
// at once: a fault of ours shows before anybody is told.
func (c *Channel) event(t notifier.Tale) (*message, error) {
	w := &wordings{channel: c, tale: t, made: map[templates.Telling]pattern{}}
	for _, lang := range []string{"", "en"} {
		for _, started := range []bool{false, w.ends()} {
			if _, err := w.wording(templates.Telling{Lang: lang, Started: started}); err != nil {
				return nil, err
			}
		}
	}
	return &message{thread: t.Event.Notice, to: w.to}, nil
}

func (w *wordings) ends() bool { return w.tale.Event.Act.Type() == notice.TypeEnded }

// wording is the mail as some of its readers get it.
func (w *wordings) wording(t templates.Telling) (pattern, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := w.made[t]; ok {
		return p, nil
	}
	p, err := w.channel.word(w.tale, t)
	if err == nil {
		w.made[t] = p
	}
	return p, err
}

// to is the mail as a reader gets it.
func (w *wordings) to(r notifier.Recipient) pattern {
	t := telling(r)
	t.Started = r.Started && w.ends()
	p, err := w.wording(t)
	if err != nil {
		t.Zone = ""
		p, _ = w.wording(t) // event has made it
	}
	return p
}

// telling is how a reader is told of anything.
func telling(r notifier.Recipient) templates.Telling {
	return templates.Telling{Lang: r.Lang, Zone: r.Zone}.Canonical()
}

// word composes one wording.
func (c *Channel) word(t notifier.Tale, telling templates.Telling) (pattern, error) {
	foot := c.foot(t.Event)
	if t.Letter != nil {
		foot.Letter = fmt.Sprintf("%s/%d.pdf", foot.Page, t.Event.Version)
	}
	m, err := c.Words.Mail(t.State, t.Event, telling, foot)
	if err != nil {
		return pattern{}, err
	}
	var attachments []Attachment
	if t.Letter != nil {
		attachments = append(attachments, Attachment{"note-" + name(t.State) + ".pdf", "application/pdf", t.Letter})
	}
	if m.Calendar != nil {
		attachments = append(attachments, Attachment{"note-" + name(t.State) + ".ics", "text/calendar; method=PUBLISH; charset=UTF-8", m.Calendar})
	}
	return c.pattern(head{subject: m.Subject, lang: m.Lang, listed: true, threaded: true}, encode(m.Text, m.HTML, attachments))
}

// foot is what stands below a mail about an event.
func (c *Channel) foot(e notice.Event) templates.Foot {
	return templates.Foot{Leave: leaveMark, Preferences: leaveMark + "/preferences", Page: c.Public + "/notices/" + e.Notice, Outlook: c.Public + "/"}
}

// name is how files of a notice are called: its reference, or its id.
func name(s notice.State) string {
	if ref := s.Notice.Reference; ref != "" {
		return strings.ReplaceAll(ref, "/", "-")
	}
	return s.ID
}
