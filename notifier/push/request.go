package push

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A request is what one listener asks to hear.
type request struct {
	stage string
	who   notifier.Subscriber // what a subscriber by mail would have asked for
	since string              // the last sequence heard; "" for only what is new
	beats bool                // signs of life are events, for a page to see
	names map[string][]string // services by the names under which they were asked for
}

// stages are the environments that may be listened to: an exercise is heard by
// those alone who ask for it.
var stages = append(notice.EnvProduction.Values(), "exercise")

// read understands a request. The error says what is wrong with it: somebody
// who asks for a service that does not exist would wait for ever.
func (l *Live) read(r *http.Request) (request, error) {
	q := request{
		stage: string(notice.EnvProduction),
		// The stage says more than the environment, and decides.
		who: notifier.Subscriber{Environments: notice.EnvProduction.Values()},
	}
	for name, values := range r.URL.Query() {
		for _, value := range values {
			if err := l.readOne(&q, name, value); err != nil {
				return q, err
			}
		}
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		q.since = last // a browser that comes back: its address says where it once began
	}
	if _, err := strconv.ParseUint(q.since, 10, 64); err != nil && q.since != "" {
		return q, fmt.Errorf("%q is not the id of an event of this stream", q.since)
	}
	return q, nil
}

func (l *Live) readOne(q *request, name, value string) error {
	switch name {
	case "service":
		code, services, err := l.Catalogue.Choose(value)
		q.who.Services = append(q.who.Services, code)
		if q.names == nil {
			q.names = map[string][]string{}
		}
		q.names[code] = services
		return err
	case "mode":
		code, err := l.Catalogue.FindMode(value)
		q.who.Modes = append(q.who.Modes, code)
		return err
	case "environnement":
		if !slices.Contains(stages, value) {
			return fmt.Errorf("environnement=%q is not known: one of %v", value, stages)
		}
		q.stage = value
	case "depuis":
		q.since = value
	case "battement":
		if value != "oui" && value != "non" {
			return fmt.Errorf("battement=%q is not known: oui or non", value)
		}
		q.beats = value == "oui"
	default:
		return fmt.Errorf("%q is not known here: service, mode, environnement, depuis, battement", name)
	}
	return nil
}

// hears is whether a message is for this listener. The rule is that of the mail.
func (q request) hears(f *frame) bool {
	return f.stage == q.stage && f.audience.Concerns(q.who)
}

// start is the sequence behind which a listener wants to hear. A record that
// has not caught up since this process began would take old events for new
// ones; and a listener that has heard more than the record holds comes from
// a process that is ahead, or from a time before a backup was restored, whose
// sequences have been given to other events. So the broker is asked.
func (l *Live) start(ctx context.Context, q request) (uint64, error) {
	since, _ := strconv.ParseUint(q.since, 10, 64) // read has seen that it is one, or empty
	seq, _ := l.Record.Changed()
	if !l.current.Load() || since > seq {
		ctx, stop := context.WithTimeout(ctx, behind)
		defer stop()
		last, err := l.Record.Store.Notices.Last(ctx)
		if err == nil {
			err = l.Record.Wait(ctx, last)
		}
		if err != nil {
			return 0, err
		}
		l.current.Store(true)
		seq = last
	}
	if q.since == "" {
		return seq, nil
	}
	return min(since, seq), nil
}
