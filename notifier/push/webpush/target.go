package webpush

import (
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"douane.gouv.fr/crieur/notifier"

	library "github.com/SherClockHolmes/webpush-go"
)

// services are the hosts of the makers' push services; what is below one is of
// it too. Everybody may write any address into a subscription: others are not
// called.
var services = []string{
	"fcm.googleapis.com", "jmt17.google.com", // Chrome and what is made of it
	"push.services.mozilla.com", // Firefox
	"notify.windows.com",        // Edge
	"push.apple.com",            // Safari
}

// A Target is where one browser is told: what it gives when it subscribes.
type Target struct {
	Endpoint string       `json:"endpoint"`
	Keys     library.Keys `json:"keys"`
}

// targetOf is a subscriber's.
func targetOf(s notifier.Subscriber) Target {
	p256dh, auth, _ := strings.Cut(s.Secret, ".")
	return Target{s.Address, library.Keys{P256dh: p256dh, Auth: auth}}
}

// secret is the target's keys as a subscriber holds them.
func (t Target) secret() string { return t.Keys.P256dh + "." + t.Keys.Auth }

// The errors of a target that somebody sent.
var (
	errEndpoint = errors.New("the endpoint is not an https address of a known push service")
	errKeys     = errors.New("the keys are not those of a push subscription")
)

// longestEndpoint bounds an endpoint, in bytes: the longest known have some 800.
const longestEndpoint = 2048

// check is nil for a target that can be told.
func (c *Channel) check(t Target) error {
	u, err := url.Parse(t.Endpoint)
	switch {
	case err != nil, len(t.Endpoint) > longestEndpoint, u.Scheme != "https", u.User != nil, u.Fragment != "", !c.serves(u.Hostname()):
		return errEndpoint
	case u.Port() != "" && u.Port() != "443" && !slices.Contains(c.Hosts, u.Hostname()):
		return errEndpoint
	}
	point, err := decode(strings.TrimRight(t.Keys.P256dh, "="))
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	auth, wrong := decode(strings.TrimRight(t.Keys.Auth, "="))
	if err != nil || wrong != nil || len(auth) != 16 {
		return errKeys
	}
	return nil
}

// serves is whether a host is a push service's.
func (c *Channel) serves(host string) bool {
	return slices.ContainsFunc(slices.Concat(services, c.Hosts), func(known string) bool {
		return host == known || strings.HasSuffix(host, "."+known)
	})
}

// http is the client to speak with. It goes where it was sent, not where it is
// sent on.
func (c *Channel) http() *http.Client {
	c.once.Do(func() {
		client := guarded()
		if c.Client != nil {
			given := *c.Client
			client = &given
		}
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		c.client = client
	})
	return c.client
}

// guarded calls nothing but addresses of the public, whatever a name resolves
// to at that moment, unless a proxy does the calling.
func guarded() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	probe, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://"+services[0], nil)
	if err == nil {
		if proxy, _ := http.ProxyFromEnvironment(probe); proxy == nil {
			dialer.Control = func(_, address string, _ syscall.RawConn) error { return public(address) }
		}
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second,
		},
	}
}

// shared is the carriers' own space (RFC 6598): nobody's public address.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// public is nil for an address of the public's.
func public(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) {
		return fmt.Errorf("%s is not an address of the public's", ip)
	}
	return nil
}
