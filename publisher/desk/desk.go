// Package desk serves the bureau: its HTTP API, and a Go client of it.
//
// cmd owns the listener and hands in a running publisher.Publisher. Every
// answer is JSON; every error is a problem document (RFC 9457) that says what
// to do. Who calls is known by a token (Authorization: Bearer). What is written
// carries a command id (Idempotency-Key, a UUID): sent again after a broken
// connection, it is done once. What rests on a text that somebody read carries
// its entry number (If-Match), so that nobody overwrites or signs unseen what
// another has just changed.
//
// Nothing is decided here: that is the publisher's.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Desk answers the bureau.
type Desk struct {
	Publisher *publisher.Publisher
	Public    Public // the other side, as far as the bureau sees it
	Work      Work   // what was given up of telling it
	Log       *slog.Logger
}

// Handler serves all paths under /api/.
func (d *Desk) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range d.routes() {
		mux.Handle(pattern, d.answer(short, within(pattern, h)))
	}
	for pattern, h := range d.longRoutes() {
		mux.Handle(pattern, d.answer(long, within(pattern, h)))
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		d.fail(w, r, fmt.Errorf("%w: there is no %s", notice.ErrNotFound, r.URL.Path))
	})
	return mux
}

// routes are all calls of the API.
func (d *Desk) routes() map[string]handler {
	return map[string]handler{
		"GET /api/openapi.json":              describe,
		"GET /api/me":                        d.me,
		"GET /api/health":                    d.health,
		"POST /api/check":                    d.check,
		"GET /api/notices":                   d.list,
		"POST /api/notices":                  d.create,
		"GET /api/notices/{id}":              d.dossier,
		"PUT /api/notices/{id}/draft":        d.edit,
		"POST /api/notices/{id}/submit":      d.submit,
		"POST /api/notices/{id}/return":      d.giveBack,
		"POST /api/notices/{id}/approve":     d.approve,
		"POST /api/notices/{id}/withdraw":    d.withdraw,
		"POST /api/notices/{id}/review":      d.review,
		"POST /api/notices/{id}/acts/{type}": d.act,
		"POST /api/notices/{id}/held/{type}": d.hold,
		"POST /api/notices/{id}/retract":     d.retract,
		"GET /api/notices/{id}/deliveries":   d.deliveries,
		"GET /api/numbers/void":              d.voids,
		"GET /api/subscribers":               d.subscribers,
		"POST /api/subscribers":              administrator(d.subscribe),
		"POST /api/subscribers/remove":       administrator(d.unsubscribe),
		"POST /api/subscribers/lift":         administrator(d.lift),
		"GET /api/dead":                      may(seeOutcomes, d.dead),
		"POST /api/dead/revive":              administrator(d.revive),
		"GET /api/accounts":                  administrator(d.accounts),
		"POST /api/accounts":                 administrator(d.addAccount),
		"PUT /api/accounts/{id}":             administrator(d.changeAccount),
		"DELETE /api/accounts/{id}":          administrator(d.removeAccount),
		"POST /api/accounts/{id}/password":   administrator(d.resetPassword),
		"GET /api/accounts/{id}/tokens":      administrator(d.tokens),
		"POST /api/accounts/{id}/tokens":     administrator(d.newToken),
		"DELETE /api/accounts/{id}/tokens":   administrator(d.revokeTokens),

		"DELETE /api/accounts/{id}/tokens/{no}": administrator(d.revokeToken),
	}
}

// longRoutes are those that read or write about every subscriber.
func (d *Desk) longRoutes() map[string]handler {
	return map[string]handler{
		"GET /api/ledger/{name}":           may(seeCounts, d.account),
		"GET /api/ledger/{event}/attempts": may(seeOutcomes, d.attempts),
		"POST /api/ledger/history":         may(seePeople, d.history),
		"POST /api/subscribers/import":     administrator(d.importSubscribers),
		"GET /api/subscribers/export":      may(seePeople, d.exportSubscribers),
		"GET /api/subscribers/suppressed":  may(seePeople, d.suppressed),
	}
}

// A call is one authenticated request.
type call struct {
	*http.Request
	w     http.ResponseWriter
	who   publisher.Account
	grant publisher.Grant // what the token of the call opens
}

// A handler answers a call with a value, which is sent as JSON; nil is an
// empty answer.
type handler func(c call) (any, error)

// bounds are how long a call may take, and how many bytes it may send. Its
// caller's leaving ends it only for reading: a writing call is carried through.
type bounds struct {
	patience time.Duration
	body     int64
}

var (
	short = bounds{45 * time.Second, schemas.MaxDocument}
	long  = bounds{time.Hour, 4 << 20} // a million subscribers, over a slow line
)

// answer makes an http.Handler of a handler: who calls, for how long, and what
// the answer or the error looks like.
func (d *Desk) answer(b bounds, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if r.Method != http.MethodGet {
			ctx = context.WithoutCancel(ctx)
		}
		ctx, stop := context.WithTimeout(ctx, b.patience)
		defer stop()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, b.body)
		grant, err := d.Publisher.Authenticate(ctx, bearer(r))
		if err != nil {
			d.fail(w, r, err)
			return
		}
		v, err := h(call{r, w, grant.Account, grant})
		if err != nil {
			d.fail(w, r, err)
			return
		}
		if l, ok := v.(lines); ok {
			d.sendLines(w, r, l)
			return
		}
		send(w, v)
	})
}

// bearer is the token of a request (RFC 6750 section 2.1).
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// administrator lets administrators alone through.
func administrator(h handler) handler { return may(keepPeople, h) }

// errRequest says that a request is not well formed, whatever its document says.
var errRequest = errors.New("bad request")

// command is the id under which a write is done once.
func (c call) command() (string, error) {
	id := strings.ToLower(strings.Trim(c.Header.Get("Idempotency-Key"), `"`))
	if !stream.IsID(id) {
		return "", fmt.Errorf("%w: send a header Idempotency-Key with a UUID; send the same one when you repeat the request", errRequest)
	}
	return id, nil
}

// order is the command of the call about the notice of its path.
func (d *Desk) order(c call) (publisher.Order, error) {
	command, err := c.command()
	if err != nil {
		return publisher.Order{}, err
	}
	id, err := d.find(c.PathValue("id"))
	if err != nil {
		return publisher.Order{}, err
	}
	seen, err := c.seen()
	return publisher.Order{Who: c.who, Notice: id, Command: command, Seen: seen}, err
}

// find gives the id of a notice by any of its names. An id that this desk has
// not heard of yet may be another desk's.
func (d *Desk) find(name string) (string, error) {
	id, err := d.Publisher.Find(name)
	if errors.Is(err, notice.ErrNotFound) && stream.IsID(name) {
		return name, nil
	}
	return id, err
}

// seen is the number of the entry that the caller has seen: an entity tag
// (RFC 9110 section 13.1.1). 0 where none is given.
func (c call) seen() (int, error) {
	tag := c.Header.Get("If-Match")
	if tag == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: If-Match is the ETag that came with the notice, not %s", errRequest, tag)
	}
	return n, nil
}

// errUnseen says that a call must name what it rests on (RFC 6585 section 3).
var errUnseen = errors.New("send If-Match with the ETag that came with the notice: somebody may have changed it since")

// text is the body as it was sent, YAML or JSON.
func (c call) text() (string, error) {
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	switch kind {
	case "application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/plain":
	default:
		return "", fmt.Errorf("%w: %q; send application/yaml or application/json", errMedia, kind)
	}
	body, err := io.ReadAll(c.Body)
	return string(body), err
}

var errMedia = errors.New("media type not supported")

// read reads a small body strictly into v. An empty body leaves v as it is.
func (c call) read(v any) error {
	if c.ContentLength == 0 {
		return nil
	}
	text, err := c.text()
	if err != nil || strings.TrimSpace(text) == "" {
		return err
	}
	_, ps := schemas.Decode([]byte(text), v)
	return ps.Err()
}
