package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/push/webpush"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/pages"
)

// A Push is what notifications in browsers need to be told. There are none
// where Subject is empty: push services are somebody else's, on the internet.
type Push struct {
	Subject string       // whom they write to: mailto:address, or https://address
	Hosts   []string     // push services beside those of the browsers' makers
	Client  *http.Client // speaks to them; nil: one that calls only public addresses
}

// pushKey is where the store keeps the keys by which push services know us.
const pushKey = "secret.webpush"

// openPush makes the channel of notifications, where there is to be one.
func (h *House) openPush(ctx context.Context) error {
	if h.Push.Subject == "" {
		return nil
	}
	keys, err := h.pushKeys(ctx)
	if err != nil {
		return err
	}
	subscribers := notifier.Subscribers{Keys: h.Store.Subscribers, Secret: h.Secret}
	h.webpush = &webpush.Channel{Keys: keys, Subject: h.Push.Subject, Hosts: h.Push.Hosts, Client: h.Push.Client, Words: h.Words, Now: h.Clock.Now, Gone: subscribers.Remove}
	if err := h.webpush.Check(); err != nil {
		return fmt.Errorf("%w: --webpush-subject, --webpush-hosts: %w", notice.ErrInvalid, err)
	}
	return nil
}

// pushKeys finds the keys, or makes the first ones.
func (h *House) pushKeys(ctx context.Context) (webpush.Keys, error) {
	fresh, err := webpush.NewKeys()
	if err != nil {
		return fresh, err
	}
	text, err := json.Marshal(fresh)
	if err != nil {
		return fresh, err
	}
	_, err = h.Store.Accounts.Create(ctx, pushKey, text, 0)
	if err != nil && !errors.Is(err, stream.ErrConflict) {
		return fresh, fmt.Errorf("keep the keys of web push: %w", err)
	}
	pair, err := h.Store.Accounts.Get(ctx, pushKey)
	if err != nil {
		return fresh, fmt.Errorf("find the keys of web push: %w", err)
	}
	var keys webpush.Keys
	if err := json.Unmarshal(pair.Value, &keys); err != nil {
		return keys, fmt.Errorf("read the keys of web push: %w", err)
	}
	return keys, nil
}

// pushes has a notifier tell browsers too.
func (h *House) pushes(n *notifier.Notifier) {
	if h.webpush == nil {
		return
	}
	n.Bulk = append(n.Bulk, webpush.Name)
	if h.plays(RolePush) {
		n.Teams = append(n.Teams, notifier.Team{Channel: h.webpush, Workers: 1, Connections: 16})
	}
}

// pushPages are where browsers ask for notifications.
func (h *House) pushPages(mux *http.ServeMux, common pages.House) {
	if h.webpush != nil {
		(&webpush.Pages{Channel: h.webpush, Subscribers: h.Notifier.Subscribers, House: common}).Register(mux)
	}
}
