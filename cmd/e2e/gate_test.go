package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// A gate stands between a browser and a site, and can be shut.
type gate struct {
	url    string
	server *httptest.Server
	closed atomic.Bool // nobody comes through
	deaf   atomic.Bool // nothing can be listened to
}

func newGate(t *testing.T, site string) *gate {
	t.Helper()
	to, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval = -1 // at once
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.closed.Load() || g.deaf.Load() && r.URL.Path == "/api/events" {
			http.Error(w, "shut", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	g.url = g.server.URL
	t.Cleanup(func() { g.server.CloseClientConnections(); g.server.Close() })
	return g
}

// shut shuts the gate, on who is passing through too, or opens it.
func (g *gate) shut(closed bool) {
	g.closed.Store(closed)
	if closed {
		g.server.CloseClientConnections()
	}
}
