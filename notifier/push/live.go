package push

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Live serves what is published, as it is published, as server-sent events
// (HTML Living Standard, section 9.2): id is the sequence on NOTICES, event the
// type of the act, data a Message.
//
// A listener that comes back names the last id it has heard, in Last-Event-ID
// or as ?depuis=, and hears all behind it; else it hears how things are
// (Present), then what is new. It may ask for some services and modes
// (?service=&mode=, again for each), for another environment than production
// (?environnement=test, exercise), and for signs of life that a page can see
// (?battement=oui).
//
// The record is the queue: each listener walks along it at its own pace, and
// none waits for another.
type Live struct {
	Record    *notifier.Record
	Catalogue notice.Catalogue // understands the services that listeners ask for
	// Say puts an event into words; the state has it as its last.
	Say    func(notice.State, notice.Event) (title, text string, err error)
	Public string          // the public pages' address, without a slash at its end
	Stop   <-chan struct{} // closed when the server ends: everybody is let go. nil: never
	Log    *slog.Logger
	Now    func() time.Time // nil: the machine's clock
	// Lost is since when this process hears nothing of what is published, if
	// that is so; nil: that is never so.
	Lost func() (since time.Time, lost bool)

	Heartbeat time.Duration // how often a comment is sent, that nobody takes silence for death; 15 s if 0
	Patience  time.Duration // who takes longer for one message is let go; 10 s if 0
	Limit     int           // listeners at a time; 20,000 if 0

	listening atomic.Int64
	current   atomic.Bool // the record has once caught up with the stream

	mu     sync.Mutex
	frames map[uint64]*frame           // by sequence on NOTICES; guarded by mu
	views  map[notice.Environment]view // the last of each; guarded by mu
}

// Listening is how many listen at present.
func (l *Live) Listening() int { return int(l.listening.Load()) }

// ServeHTTP lets one listen, until it or the server leaves.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer l.listening.Add(-1)
	if n := l.listening.Add(1); n > int64(cmp.Or(l.Limit, 20_000)) {
		l.busy(w, "as many listen as this server can bear")
		return
	}
	q, err := l.read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	seq, err := l.start(r.Context(), q)
	if err != nil {
		l.Log.Warn("the record is behind, a listener has to come again", "err", err)
		l.busy(w, "this server does not know yet what has been published")
		return
	}
	out := &outlet{w, http.NewResponseController(w), cmp.Or(l.Patience, 10*time.Second)}
	if err := out.open(); err != nil {
		l.Log.Error("no live stream through this server", "err", err)
		http.Error(w, "no live stream here", http.StatusInternalServerError)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	err = (&listener{l, q, seq, out}).listen(r.Context())
	if errors.Is(err, os.ErrDeadlineExceeded) {
		l.Log.Info("a listener was too slow and is let go", "err", err)
	}
}

// busy asks to come again.
func (l *Live) busy(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "10") // seconds
	http.Error(w, why, http.StatusServiceUnavailable)
}

// A listener has come for what it asked, has heard up to a sequence, and hears
// through an outlet.
type listener struct {
	*Live
	request
	seq uint64
	out *outlet
}

var (
	greeting  = []byte("retry: 2000\n\n") // come back after so many milliseconds
	heartbeat = []byte(":\n\n")
)

// errGone: the listener or the server has left.
var errGone = errors.New("gone")

// listen tells all that comes, and gives signs of life between, until somebody
// leaves or a message cannot be sent.
func (l *listener) listen(ctx context.Context) error {
	beat := time.NewTicker(cmp.Or(l.Heartbeat, 15*time.Second))
	defer beat.Stop()
	err := l.greet()
	for err == nil {
		_, changed := l.Record.Changed() // before looking: what comes meanwhile is not missed
		if err = l.catchUp(ctx); err != nil {
			break
		}
		select {
		case <-changed:
		case <-beat.C:
			err = l.out.send(l.beat())
		case <-ctx.Done():
			err = errGone
		case <-l.Stop:
			err = errGone
		}
	}
	return err
}

// catchUp tells all that is on the record and has not been heard.
func (l *listener) catchUp(ctx context.Context) error {
	for _, p := range l.Record.After(l.seq) {
		if f := l.frame(p); l.hears(f) {
			if err := l.out.send(f.wire); err != nil {
				return err
			}
		}
		l.seq = p.Seq
		select {
		case <-ctx.Done():
			return errGone
		case <-l.Stop:
			return errGone
		default:
		}
	}
	return nil
}

// An outlet is the way to one listener. The server's own time for writing is
// for answers that end: it is lifted, and each message has one of its own.
type outlet struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// open begins the answer. Its error says that this server, or what it is
// wrapped in, cannot stream.
func (o *outlet) open() error {
	if err := o.control.SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	h := o.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")          // for nginx and its like
	h.Set("Access-Control-Allow-Origin", "*") // public, and shown on other people's pages too
	o.WriteHeader(http.StatusOK)
	return nil
}

// send is back when the message has left for the network, or fails. The
// deadline is lifted again: over HTTP/2 one that passes in silence would end
// the stream.
func (o *outlet) send(message []byte) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(o.patience)); err != nil {
		return err
	}
	if _, err := o.Write(message); err != nil {
		return err
	}
	if err := o.control.Flush(); err != nil {
		return err
	}
	return o.control.SetWriteDeadline(time.Time{})
}
