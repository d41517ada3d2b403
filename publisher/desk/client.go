package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Client speaks to a desk. Its errors are the kinds of package notice, with
// the desk's own words (*Problem). A call that found no desk, or one that asked
// to come back, is repeated under the same command id; it is then done once.
type Client struct {
	Server string       // "http://127.0.0.1:8081"
	Token  string       // of an account
	HTTP   *http.Client // http.DefaultClient if nil
}

// A Ref is the notice that a call is about: by its id, its outage id or its
// reference.
type Ref struct {
	Notice  string
	Seen    int    // Notice.Edition on which the call rests; 0 where it rests on none
	Command string // a new one if empty
}

// Check says what is wrong with a text; nothing is stored.
func (c Client) Check(ctx context.Context, text string) (Checked, error) {
	return ask[Checked](ctx, c, request{method: "POST", path: "/api/check", text: text})
}

// Create begins a notice with a text, YAML or JSON.
func (c Client) Create(ctx context.Context, command, text string) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "POST", path: "/api/notices", ref: Ref{Command: command}, text: text})
}

// Edit replaces the text in hand, or begins an amendment of a published notice.
func (c Client) Edit(ctx context.Context, ref Ref, draft publisher.Draft) (Notice, error) {
	q := url.Values{}
	if draft.As != "" {
		q.Set("as", string(draft.As))
	}
	if draft.Reason != "" {
		q.Set("reason", draft.Reason)
	}
	return ask[Notice](ctx, c, request{method: "PUT", path: ref.path("draft") + "?" + q.Encode(), ref: ref, text: draft.Text})
}

// Submit asks for a signature.
func (c Client) Submit(ctx context.Context, ref Ref) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "POST", path: ref.path("submit"), ref: ref})
}

// Return gives a text back to be changed.
func (c Client) Return(ctx context.Context, ref Ref, reason string) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "POST", path: ref.path("return"), ref: ref, body: Reason{reason}})
}

// Approve signs a text off.
func (c Client) Approve(ctx context.Context, ref Ref, a Approve) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "POST", path: ref.path("approve"), ref: ref, body: a})
}

// Withdraw gives up what is in hand.
func (c Client) Withdraw(ctx context.Context, ref Ref, reason string) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "POST", path: ref.path("withdraw"), ref: ref, body: Reason{reason}})
}

// Review says that an emergency publication has been looked at.
func (c Client) Review(ctx context.Context, ref Ref, remark string) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "POST", path: ref.path("review"), ref: ref, body: Reason{remark}})
}

// Act does something to a published notice.
func (c Client) Act(ctx context.Context, ref Ref, act notice.Act) (notice.Event, error) {
	return ask[notice.Event](ctx, c, request{method: "POST", path: ref.path("acts/" + string(act.Type())), ref: ref, body: act})
}

// Notice is all that there is to tell of one notice.
func (c Client) Notice(ctx context.Context, name string) (Notice, error) {
	return ask[Notice](ctx, c, request{method: "GET", path: Ref{Notice: name}.path("")})
}

// Notices lists the notices; the filter has status, phase and review.
func (c Client) Notices(ctx context.Context, filter url.Values) ([]Notice, error) {
	return ask[[]Notice](ctx, c, request{method: "GET", path: "/api/notices?" + filter.Encode()})
}

// Deliveries is how far the public has been told of a notice's events.
func (c Client) Deliveries(ctx context.Context, name string) ([]Delivery, error) {
	return ask[[]Delivery](ctx, c, request{method: "GET", path: Ref{Notice: name}.path("deliveries")})
}

// Subscribe makes somebody a subscriber, or replaces what they asked for.
func (c Client) Subscribe(ctx context.Context, s Subscription) (Subscriber, error) {
	return ask[Subscriber](ctx, c, request{method: "POST", path: "/api/subscribers", body: s})
}

// Unsubscribe erases somebody, and says whether there was anybody.
func (c Client) Unsubscribe(ctx context.Context, address string) (known bool, err error) {
	done, err := ask[Erased](ctx, c, request{method: "POST", path: "/api/subscribers/remove", body: Subscription{Address: address}})
	return done.Known, err
}

// Subscribers is how many there are.
func (c Client) Subscribers(ctx context.Context) (Count, error) {
	return ask[Count](ctx, c, request{method: "GET", path: "/api/subscribers"})
}

// Voids are the numbers that were taken and will never be used.
func (c Client) Voids(ctx context.Context) ([]publisher.Void, error) {
	return ask[[]publisher.Void](ctx, c, request{method: "GET", path: "/api/numbers/void"})
}

// Me is the account of the token.
func (c Client) Me(ctx context.Context) (publisher.Account, error) {
	return ask[publisher.Account](ctx, c, request{method: "GET", path: "/api/me"})
}

// Accounts lists the accounts.
func (c Client) Accounts(ctx context.Context) ([]publisher.Account, error) {
	return ask[[]publisher.Account](ctx, c, request{method: "GET", path: "/api/accounts"})
}

// AddAccount makes an account.
func (c Client) AddAccount(ctx context.Context, a publisher.Account) error {
	_, err := ask[publisher.Account](ctx, c, request{method: "POST", path: "/api/accounts", body: a})
	return err
}

// RemoveAccount takes an account and its tokens away.
func (c Client) RemoveAccount(ctx context.Context, id string) error {
	_, err := ask[any](ctx, c, request{method: "DELETE", path: "/api/accounts/" + url.PathEscape(id)})
	return err
}

func (r Ref) path(below string) string {
	return strings.TrimSuffix("/api/notices/"+url.PathEscape(r.Notice)+"/"+below, "/")
}

// A request is one call: a text as it was written, or a body to be made JSON.
type request struct {
	method, path string
	ref          Ref
	text         string
	body         any
}

// tries is how often a call is made before it is given up.
const tries = 3

// ask makes a call and reads its answer.
func ask[T any](ctx context.Context, c Client, r request) (T, error) {
	var answer T
	kind, body := "application/yaml", []byte(r.text)
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return answer, err
		}
		kind = "application/json"
	}
	if r.ref.Command == "" {
		r.ref.Command = stream.NewID()
	}
	for try := 1; ; try++ {
		err := c.once(ctx, r, kind, body, &answer)
		if err == nil || try == tries || !again(err) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return answer, err
		case <-time.After(time.Duration(try) * time.Second):
		}
	}
}

// again is whether a call may succeed if it is repeated: the desk did not
// answer, or asked for patience.
func again(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status == http.StatusServiceUnavailable || p.Status == http.StatusBadGateway || p.Status == http.StatusGatewayTimeout
	}
	return !errors.Is(err, context.Canceled)
}

func (c Client) once(ctx context.Context, r request, kind string, body []byte, answer any) error {
	resp, err := c.request(ctx, r, kind, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return readAnswer(resp, answer)
}

// request makes a call once and gives the answer as it comes.
func (c Client) request(ctx context.Context, r request, kind string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, strings.TrimSuffix(c.Server, "/")+r.path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: --server %q: write http://host:port", notice.ErrInvalid, c.Server)
	}
	if req.URL.Host == "" || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: --server %q: write http://host:port", notice.ErrInvalid, c.Server)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Idempotency-Key", r.ref.Command)
	if r.ref.Seen > 0 {
		req.Header.Set("If-Match", strconv.Quote(strconv.Itoa(r.ref.Seen)))
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the desk: %w", err)
	}
	return resp, nil
}

func readAnswer(resp *http.Response, answer any) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		p := &Problem{}
		if json.Unmarshal(body, p) != nil || p.Status == 0 { // not a desk: a proxy in between
			p.Status, p.Detail = resp.StatusCode, "the desk answers "+resp.Status
			if resp.StatusCode == http.StatusNotFound {
				p.Detail += ": is --server the desk's address?"
			}
		}
		return p
	}
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	return nil
}
