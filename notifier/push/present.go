package push

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Present is what a listener is told first who names no event that it has
// heard: how things are, by all that has been published up to Seq. It comes
// under the name "state", and its id is Seq.
type Present struct {
	Seq   uint64 `json:"seq"`
	Stage string `json:"stage"`
	Signs
	// Services are those asked for. An exercise changes the state of none.
	Services []notice.ServiceOutlook `json:"services"`
}

// Signs are what a sign of life says, for whoever asks for more than a comment
// (?battement=oui): the server's clock, and what to come back by. They come under
// the name "beat", without an id.
type Signs struct {
	Time notice.Time `json:"time"`
	Seq  uint64      `json:"known"` // of the last event that the listener has heard or not asked for
	// StaleSince is since when this server hears nothing of what is published,
	// if that is so.
	StaleSince notice.Time `json:"stale_since,omitzero"`
}

// signs are those of this instant.
func (l *listener) signs() Signs {
	s := Signs{Time: notice.At(l.now()), Seq: l.seq}
	if l.Lost != nil {
		if since, lost := l.Lost(); lost {
			s.StaleSince = notice.At(since)
		}
	}
	return s
}

func (l *Live) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}

// beat is a sign of life on the wire.
func (l *listener) beat() []byte {
	if !l.beats {
		return heartbeat
	}
	data, err := json.Marshal(l.signs())
	if err != nil {
		return heartbeat // it is only that
	}
	return fmt.Appendf(nil, "event: beat\ndata: %s\n\n", data)
}

// greet begins: with how things are for who has heard nothing yet, at once with
// a sign of life for who wants them.
func (l *listener) greet() error {
	if err := l.out.send(greeting); err != nil {
		return err
	}
	if l.since == "" {
		data, err := json.Marshal(l.present())
		if err != nil {
			return fmt.Errorf("encode the state: %w", err)
		}
		if err := l.out.send(fmt.Appendf(nil, "id: %d\nevent: state\ndata: %s\n\n", l.seq, data)); err != nil {
			return err
		}
	}
	if l.beats {
		return l.out.send(l.beat())
	}
	return nil
}

// present is how things are for a listener. The record may know more than the
// sequence says: it is told then, and says what is known already.
func (l *listener) present() Present {
	p := Present{Seq: l.seq, Stage: l.stage, Signs: l.signs(), Services: []notice.ServiceOutlook{}}
	env := notice.Environment(l.stage)
	if !slices.Contains(env.Values(), l.stage) {
		return p
	}
	for _, so := range l.outlook(env).Services {
		if l.wants(so.Service) {
			p.Services = append(p.Services, l.ofModes(so))
		}
	}
	return p
}

// wants is whether a service was asked for, by its name or by its group's.
func (q request) wants(service string) bool {
	if len(q.who.Services) == 0 {
		return true
	}
	return slices.ContainsFunc(q.who.Services, func(asked string) bool { return slices.Contains(q.names[asked], service) })
}

// ofModes is a service's state in the modes that were asked for.
func (q request) ofModes(so notice.ServiceOutlook) notice.ServiceOutlook {
	if len(q.who.Modes) > 0 {
		so.Modes = slices.DeleteFunc(slices.Clone(so.Modes), func(m notice.ModeOutlook) bool { return !slices.Contains(q.who.Modes, m.Mode) })
	}
	return so
}

// A view is the state of all services at a second, made once for all who begin
// to listen within it.
type view struct {
	seq     uint64
	at      time.Time
	outlook notice.Outlook
}

// outlook is the state of all services now.
func (l *Live) outlook(env notice.Environment) notice.Outlook {
	at := l.now().Truncate(time.Second)
	seq, _ := l.Record.Changed()
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.views[env]; ok && v.seq == seq && v.at.Equal(at) {
		return v.outlook
	}
	if l.views == nil {
		l.views = map[notice.Environment]view{}
	}
	v := view{seq, at, notice.OutlookAt(l.Catalogue, env, l.Record.States(), at)}
	l.views[env] = v
	return v.outlook
}
