// Package pushtest is a push service and the browsers that it serves, for tests
// alone: it takes messages over TLS as RFC 8030 says, holds who sends them to
// RFC 8292, and decrypts them by RFC 8291 as a browser would, with nothing of
// the library that encrypts them.
package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Service is a push service. Its fields may be set before it is called.
type Service struct {
	// Answer says what to do with a message that is in order, and calls take
	// where it takes it; nil: it is taken.
	Answer func(w http.ResponseWriter, r *http.Request, take func())
	// Door is asked of every connection, before a word is said; nil: let in.
	Door func(net.Conn) (in bool)

	Server *httptest.Server
	Host   string // of its endpoints, without the port
	t      testing.TB

	mu       sync.Mutex
	browsers map[string]*Browser // by path; guarded by mu
	taken    []Message           // guarded by mu
}

// A Message is one that the service has taken, decrypted.
type Message struct {
	Browser *Browser
	Text    []byte
	TTL     string
	Topic   string
	Urgency string
}

// A Browser has subscribed.
type Browser struct {
	Endpoint string
	P256dh   string
	Auth     string

	key    *ecdh.PrivateKey
	secret []byte
	server string // the public key of whoever may send; "": whoever comes first
}

// New is a service that runs until the test ends.
func New(t testing.TB) *Service {
	t.Helper()
	s := &Service{t: t, browsers: map[string]*Browser{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Server.Listener = door{s.Server.Listener, s}
	s.Server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Server.StartTLS()
	t.Cleanup(s.Close)
	s.Host, _, _ = net.SplitHostPort(s.Server.Listener.Addr().String())
	return s
}

// Close ends the service: nobody answers any more.
func (s *Service) Close() { s.Server.CloseClientConnections(); s.Server.Close() }

// Client trusts the service.
func (s *Service) Client() *http.Client { return s.Server.Client() }

// Hold keeps a connection open and says nothing, until the test ends.
func (s *Service) Hold(conn net.Conn) { s.t.Cleanup(func() { _ = conn.Close() }) }

// door lets in or not.
type door struct {
	net.Listener
	s *Service
}

func (d door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil || d.s.Door == nil || d.s.Door(conn) {
			return conn, err
		}
	}
}

// Subscribe is a browser that takes messages.
func (s *Service) Subscribe() *Browser {
	s.t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &Browser{key: key, secret: make([]byte, 16), P256dh: b64(key.PublicKey().Bytes())}
	if _, err := rand.Read(b.secret); err != nil {
		s.t.Fatal(err)
	}
	b.Auth = b64(b.secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	path := fmt.Sprintf("/push/%d-%s", len(s.browsers), b64(b.secret[:6]))
	b.Endpoint = s.Server.URL + path
	s.browsers[path] = b
	return b
}

// Secret is how a subscriber holds a browser's keys.
func (b *Browser) Secret() string { return b.P256dh + "." + b.Auth }

// Forget lets the service know nothing of a browser any more.
func (s *Service) Forget(b *Browser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.browsers, strings.TrimPrefix(b.Endpoint, s.Server.URL))
}

// Taken are the messages so far, in order.
func (s *Service) Taken() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.taken...)
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	b := s.browsers[r.URL.Path]
	s.mu.Unlock()
	if b == nil {
		http.Error(w, "no such subscription", http.StatusGone)
		return
	}
	s.mu.Lock()
	err = s.admit(r, b)
	s.mu.Unlock()
	if err != nil {
		s.t.Error(err)
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	text, err := b.open(body)
	if err != nil || r.Header.Get("Content-Encoding") != "aes128gcm" || len(body) > 4096 {
		s.t.Errorf("a message of %d bytes that no browser can read: %v", len(body), err)
		http.Error(w, "not encrypted as it must be", http.StatusBadRequest)
		return
	}
	take := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.taken = append(s.taken, Message{b, text, r.Header.Get("TTL"), r.Header.Get("Topic"), r.Header.Get("Urgency")})
	}
	if s.Answer != nil {
		s.Answer(w, r, take)
		return
	}
	take()
	w.WriteHeader(http.StatusCreated)
}

// admit holds a sender to RFC 8292: a token for this service, not too long, of
// the one whom the browser subscribed to; mu is held.
func (s *Service) admit(r *http.Request, b *Browser) error {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	var token, key string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	parts := strings.Split(token, ".")
	if scheme != "vapid" || len(parts) != 3 || r.Header.Get("TTL") == "" || r.Method != http.MethodPost {
		return errors.New("no vapid token, or no TTL")
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(unb64(parts[1]), &claims); err != nil {
		return err
	}
	left := time.Until(time.Unix(claims.Exp, 0))
	if claims.Aud != s.Server.URL || left <= 0 || left > 24*time.Hour || !strings.HasPrefix(claims.Sub, "mailto:") || strings.Count(claims.Sub, "mailto:") != 1 {
		return fmt.Errorf("the token's claims are %+v", claims)
	}
	signature := unb64(parts[2])
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unb64(key))
	if err != nil || len(signature) != 64 || b.server != "" && b.server != key {
		return errors.New("the token is of somebody else")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the token's signature does not hold")
	}
	b.server = key
	return nil
}

// open decrypts a message (RFC 8291 section 4, RFC 8188 section 2).
func (b *Browser) open(body []byte) ([]byte, error) {
	if len(body) < 86 || body[20] != 65 {
		return nil, errors.New("no header of aes128gcm")
	}
	salt, size, sender, sealed := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:86], body[86:]
	if int(size) < len(sealed) {
		return nil, errors.New("more than one record")
	}
	theirs, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(sender)
	ikm, err := hkdf.Key(sha256.New, shared, b.secret, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	text, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	end := strings.TrimRight(string(text), "\x00")
	if !strings.HasSuffix(end, "\x02") {
		return nil, errors.New("no end of the last record")
	}
	return []byte(strings.TrimSuffix(end, "\x02")), nil
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unb64(s string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(s) // what is nothing holds nothing
	return b
}
