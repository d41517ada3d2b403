package house

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowSenders are cut off: their header, and their body. The test waits
// for a hundredth of what a deployment does.
func TestSlowSenders(t *testing.T) {
	t.Parallel()
	s := server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	}))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.ReadTimeout > time.Minute || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Fatalf("%+v: somebody may take for ever", s)
	}
	s.ReadHeaderTimeout /= 100
	s.ReadTimeout /= 100
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = s.Close() })
	for name, sent := range map[string]string{
		"half a header": "POST /connexion HTTP/1.1\r\nHost: x\r\n",
		"half a body":   "POST /connexion HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nident",
		"a huge header": "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("x", 200<<10) + "\r\n\r\n",
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, sent) // who is cut off meanwhile hears so below
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c) // until the server closes
		if e, ok := err.(net.Error); ok && e.Timeout() || strings.HasPrefix(string(answer), "HTTP/1.1 200") {
			t.Errorf("%s: %v: %q", name, err, answer)
		}
	}
}
