package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/notifier/email/subscribe"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// Doors that are no role's: the embedded mailbox's page, and figures for
// whoever watches over the house.
const (
	DoorMailbox = "mailbox"
	DoorMetrics = "metrics"
)

// listen takes the addresses of the pages that this process serves.
func (h *House) listen(context.Context) error {
	for _, d := range []struct {
		name, flag, addr string
		wanted           bool
	}{
		{RoleOutlook, "--public", h.Public, h.plays(RoleOutlook) || h.plays(RolePush) || h.plays(RoleEmail)},
		{RoleDesk, "--desk", h.Desk, h.plays(RoleDesk)},
		{DoorMailbox, "--mailbox", h.Config.Mailbox, len(h.SMTP) == 0},
		{DoorMetrics, "--metrics", h.Config.Metrics, true},
	} {
		if d.addr == "" || !d.wanted {
			continue
		}
		l, err := net.Listen("tcp", d.addr)
		if err != nil {
			return fmt.Errorf("listen on %s: %w; name another address by %s", d.addr, err, d.flag)
		}
		h.onClose(func() { _ = l.Close() }) // the server has closed it, if one ran
		h.doors = append(h.doors, entrance{d.name, d.flag, l})
	}
	return nil
}

// at is the address that a door was given; "" where it is shut.
func (h *House) at(name string) string {
	for _, d := range h.doors {
		if d.name == name {
			return d.listener.Addr().String()
		}
	}
	return ""
}

// URL is where a browser finds the public pages, the desk or the mailbox; ""
// where nothing listens.
func (h *House) URL(name string) string {
	if addr := h.at(name); addr != "" {
		return "http://" + addr
	}
	return ""
}

// behind is what a door leads to.
func (h *House) behind(name string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }) // the process answers
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { h.ready(w, r, name) })
	switch name {
	case RoleDesk:
		mux.Handle("/api/", h.desk.Handler())
		mux.Handle("/", h.office.Handler())
	case DoorMetrics:
		mux.HandleFunc("GET /metrics", h.metrics)
	case DoorMailbox:
		mux.Handle("/", h.Mailbox.Handler())
	default:
		mux.Handle("/", h.site.Handler())
		mux.Handle("GET /api/events", h.Live)
		h.feeds.Register(mux)
		common := pages.House{Now: h.Clock.Now, Shifted: h.Clock.Shifted, Theme: h.Theme, Log: h.Log}
		leave := &email.LeavePage{Channel: h.email, Subscribers: h.Notifier.Subscribers, Farewell: h.Notifier.Leave, House: common}
		mux.Handle("/abonnements/", leave.Handler())
		own := &subscribe.Pages{Sender: h.From.Address, Notifier: h.Notifier, Channel: email.Name, Links: h.email, Words: h.Words, House: common, Proxies: h.Proxies, Push: h.webpush != nil}
		own.Register(mux)
		h.pushPages(mux, common)
	}
	return mux
}

// readiness is what /readyz tells.
type readiness struct {
	Ready bool     `json:"ready"`
	Wrong []string `json:"wrong"`
	// Trouble is what keeps readers from being told. It does not make a process
	// unfit: taking desks away would mend nothing.
	Trouble []string `json:"trouble,omitzero"`
	// StaleSince is since when nothing is heard of what is published, if that
	// is so.
	StaleSince notice.Time `json:"stale_since,omitzero"`
}

// ready tells whether this process does its work, and what is wrong. At the
// public's door it is ready once the record has been read: whoever shares out
// readers among processes must not take them all away because the broker is
// gone, when the pages still say what was known and since when.
func (h *House) ready(w http.ResponseWriter, r *http.Request, door string) {
	wrong := []string{}
	if err := h.Store.Health(r.Context()); err != nil {
		wrong = append(wrong, err.Error())
	}
	for _, a := range h.Publisher.Health() {
		wrong = append(wrong, a.Detail)
	}
	told := readiness{Ready: len(wrong) == 0 || door == RoleOutlook && h.Liaison.Current(), Wrong: wrong, Trouble: h.Troubles()}
	if since, lost := h.Liaison.Lost(); lost {
		told.StaleSince = notice.At(since)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !told.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(told) // the caller has left
}

// leave is how long a caller has to take the rest of an answer when the house
// ends.
const leave = 3 * time.Second

// server cuts off whoever sends its request too slowly. How long an answer may
// take is for each handler to say: some go on for hours.
func server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}

// serve answers at every door until ctx ends.
func (h *House) serve(ctx context.Context, run func(func() error)) {
	for _, d := range h.doors {
		s := server(h.behind(d.name))
		run(func() error {
			err := s.Serve(d.listener)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			return err
		})
		run(func() error {
			<-ctx.Done()
			patience, stop := context.WithTimeout(context.Background(), leave)
			defer stop()
			if err := s.Shutdown(patience); err != nil {
				_ = s.Close() // who is still there is cut
			}
			return nil
		})
	}
}
