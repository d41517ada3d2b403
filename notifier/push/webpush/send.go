package webpush

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/notifier"

	library "github.com/SherClockHolmes/webpush-go"
)

// patience is how long a push service may take over one message.
const patience = 20 * time.Second

// rest is how long a service that does not answer is left alone.
const rest = 30 * time.Second

// Connect makes a line. Each message goes to its own recipient's service: that
// is called when there is something to say.
func (c *Channel) Connect(context.Context) (notifier.Connection, error) {
	return &line{channel: c}, nil
}

// Admit is whether a recipient's service answers: where it does not, others are
// told meanwhile.
func (c *Channel) Admit(to notifier.Recipient) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, c.away[hostOf(to.Address)].Sub(c.Now()))
}

// Spare does nothing: nobody is counted.
func (c *Channel) Spare(notifier.Recipient) {}

// leaves a service alone for a while.
func (c *Channel) leave(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away == nil {
		c.away = map[string]time.Time{}
	}
	c.away[host] = c.Now().Add(rest)
}

func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// A line tells one recipient at a time.
type line struct {
	channel *Channel
	closed  bool
}

// Close is the end of it; what is kept open to services is shared by all.
func (l *line) Close() { l.closed = true }

// errClosed is what a line says that was closed or lost.
var errClosed = errors.New("hand over: the connection is closed")

// A caller does a request, and says how far it came.
type caller struct {
	client *http.Client
	called bool        // the request was made
	handed atomic.Bool // all of it was written
}

// Do implements what the library calls.
func (c *caller) Do(r *http.Request) (*http.Response, error) {
	c.called = true
	trace := &httptrace.ClientTrace{WroteRequest: func(w httptrace.WroteRequestInfo) { c.handed.Store(w.Err == nil) }}
	return c.client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
}

// Send hands one message to its recipient's push service.
func (l *line) Send(ctx context.Context, m notifier.Message, to notifier.Recipient) (notifier.Outcome, error) {
	if l.closed {
		return notifier.Outcome{}, errClosed
	}
	target := targetOf(to.Subscriber)
	if err := l.channel.check(target); err != nil {
		return notifier.Outcome{Status: notifier.Bounced, Code: "invalid", Reply: err.Error(), Suppress: true}, nil
	}
	text, told, err := m.(*message).to(to)
	if err != nil || !told {
		return notifier.Outcome{Status: notifier.Refused, Code: "nothing", Reply: "there is nothing to show on a screen"}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	call, how := &caller{client: l.channel.http()}, m.(*message).how
	how.HTTPClient = call
	resp, err := library.SendNotificationWithContext(ctx, text, &library.Subscription{Endpoint: target.Endpoint, Keys: target.Keys}, &how)
	if err == nil {
		return l.channel.answered(ctx, resp, to)
	}
	if !call.called {
		return notifier.Outcome{Status: notifier.Refused, Code: "encryption", Reply: "the message could not be encrypted"}, nil
	}
	l.closed = true
	if call.handed.Load() {
		return l.channel.unanswered(to), nil
	}
	host := hostOf(target.Endpoint)
	if ctx.Err() == nil {
		l.channel.leave(host)
	}
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err // without the endpoint
	}
	return notifier.Outcome{}, fmt.Errorf("hand over to %s: %w", host, err)
}

// unanswered is a message that may have been taken or not. It is sent again
// some times: a browser shows the same message once.
func (c *Channel) unanswered(to notifier.Recipient) notifier.Outcome {
	const attempts, wait = 4, 10 * time.Second
	o := notifier.Outcome{Status: notifier.Unknown, Reply: "no answer of the push service"}
	if to.Attempt < attempts {
		o.Next = c.Now().Add(wait)
	}
	return o
}

// answered reads what a service says (RFC 8030 section 5, RFC 8292 section 4.2).
func (c *Channel) answered(ctx context.Context, resp *http.Response, to notifier.Recipient) (notifier.Outcome, error) {
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4096) // that the connection can be used again
	o := notifier.Outcome{Code: strconv.Itoa(resp.StatusCode), Reply: http.StatusText(resp.StatusCode)}
	switch code := resp.StatusCode; {
	case code/100 == 2:
		o.Status = notifier.Sent
	case code == http.StatusNotFound, code == http.StatusGone:
		o.Status, o.Suppress = notifier.Bounced, true
		if c.Gone != nil {
			if err := c.Gone(context.WithoutCancel(ctx), to.ID); err != nil {
				o.Reply = "it is gone, and could not be erased"
			}
		}
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		o.Status, o.Next = notifier.Deferred, c.after(resp.Header)
	default: // our keys, our size, our words: nothing of the recipient's
		o.Status = notifier.Refused
	}
	return o, nil
}

// after is when a service wants to be asked again; zero where it does not say.
func (c *Channel) after(head http.Header) time.Time {
	const least, most = time.Second, 6 * time.Hour
	text := head.Get("Retry-After")
	wait := time.Duration(0)
	if n, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(n, int(most.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = time.Until(at)
	} else {
		return time.Time{}
	}
	return c.Now().Add(min(max(wait, least), most))
}
