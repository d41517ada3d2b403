package webpush

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
)

// Keys are the pair by which push services know us (RFC 8292): points and
// numbers of P-256 in URL-safe Base64. Whoever subscribed does so for them:
// with others nobody can be told any more.
type Keys struct {
	Private string `json:"private"`
	Public  string `json:"public"`
}

// NewKeys draws a pair.
func NewKeys() (Keys, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return Keys{}, fmt.Errorf("draw the keys of web push: %w", err)
	}
	return Keys{encode(key.Bytes()), encode(key.PublicKey().Bytes())}, nil
}

func (k Keys) check() error {
	raw, err := decode(k.Private)
	if err != nil {
		return errors.New("the private key of web push is not Base64")
	}
	key, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil || encode(key.PublicKey().Bytes()) != k.Public {
		return errors.New("the keys of web push are no pair")
	}
	return nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
