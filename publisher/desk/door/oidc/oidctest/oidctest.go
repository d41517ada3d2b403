// Package oidctest gives tests a small real OpenID Connect issuer.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// An Issuer is a small real one: it keeps codes, wants its client's secret and
// the proof of PKCE, and signs what it says.
type Issuer struct {
	t      testing.TB
	server *httptest.Server
	key    *rsa.PrivateKey
	now    func() time.Time

	mu sync.Mutex
	// claims are what it says next, besides what every token has. Guarded by mu.
	claims map[string]any
	signer *rsa.PrivateKey // the key that it signs with; its own if nil
	codes  map[string]url.Values
}

// Client and Secret are those of the one client that it knows.
const (
	Client = "crieur"
	Secret = "un secret"
)

// New starts an issuer; it is gone when the test has ended.
func New(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{t: t, key: key, now: now, codes: map[string]url.Values{}, claims: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": i.server.URL, "authorization_endpoint": i.server.URL + "/auth", "token_endpoint": i.server.URL + "/token",
			"jwks_uri": i.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", i.token)
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	return i
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the caller has left
}

// Agree is somebody who signs in there: it gives what his browser comes back
// with.
func (i *Issuer) Agree(location string) url.Values {
	i.t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	code := rand.Text()
	i.codes[code] = u.Query()
	return url.Values{"code": {code}, "state": {u.Query().Get("state")}}
}

// Say sets what it says next.
func (i *Issuer) Say(claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = claims
}

// SignWith makes it sign with another key than the one that it shows.
func (i *Issuer) SignWith(key *rsa.PrivateKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signer = key
}

// URL is its address.
func (i *Issuer) URL() string { return i.server.URL }

// Close ends it before the test does.
func (i *Issuer) Close() { i.server.Close() }

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	asked, ok := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	client, secret, _ := r.BasicAuth()
	if client == "" {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if unescaped, err := url.QueryUnescape(secret); err == nil {
		secret = unescaped
	}
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || client != Client || secret != Secret || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(proof[:]) ||
		asked.Get("code_challenge_method") != "S256" || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]any{"error": "invalid_grant", "error_description": "somebody@example.org"})
		return
	}
	claims := map[string]any{"iss": i.server.URL, "sub": "agent-4711", "aud": Client, "nonce": asked.Get("nonce"),
		"iat": i.now().Unix(), "exp": i.now().Add(5 * time.Minute).Unix(), "name": "Camille DURAND", "roles": []string{"crieur:drafter"}}
	for k, v := range i.claims {
		claims[k] = v
	}
	key := i.key
	if i.signer != nil {
		key = i.signer
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		i.t.Error(err)
		return
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Error(err)
		return
	}
	answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": raw})
}
