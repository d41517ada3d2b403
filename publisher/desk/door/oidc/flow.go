package oidc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"time"
)

// FlowLife is how long somebody may take at the issuer.
const FlowLife = 10 * time.Minute

// A flow is what is remembered of a sign-in that is under way.
type flow struct {
	State, Nonce, Verifier string
	Back                   string
	Until                  time.Time
}

// seal makes of a flow what its browser keeps: nobody reads or changes it.
func (p *Provider) seal(f flow) (string, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	box, err := p.box()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(box.Seal(nonce, nonce, plain, nil)), nil
}

// open reads what a browser has kept.
func (p *Provider) open(kept string) (flow, error) {
	var f flow
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return f, err
	}
	box, err := p.box()
	if err != nil {
		return f, err
	}
	if len(sealed) < box.NonceSize() {
		return f, ErrStale
	}
	plain, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], nil)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(plain, &f)
}

func (p *Provider) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(p.mac("flow", ""))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
