package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Relays say where mails go, and how. What may be repeated stands in the
// environment with spaces between.
type Relays struct {
	SMTP  []string `help:"Send mails through this relay: smtp://[user:password@]host[:port] or smtps://…, with ?connections=N (16 if absent), &rate=N a second, &backup behind it; &tls=offered takes a relay without STARTTLS, which is refused except on this machine. May be repeated: mails go over all that are well. Without it they stay in the embedded mailbox." name:"smtp" sep:" " placeholder:"URL"`
	DKIM  []string `help:"Sign mails with this private key, PEM (RSA or Ed25519), whose public key is in the DNS under SELECTOR._domainkey.DOMAIN. May be repeated." name:"dkim" sep:" " placeholder:"DOMAIN:SELECTOR:FILE"`
	Limit []string `help:"Send a mail domain at most RATE mails a second and N at once, from this process: example.fr=20/s or example.fr=20/s,4 or example.fr=,4. May be repeated. A domain that says that it gets too many is slowed down in any case." name:"limit-domain" sep:" " placeholder:"DOMAIN=RATE/s,N"`
}

// keys are those that --dkim names.
func (r Relays) keys() ([]email.Key, error) {
	var keys []email.Key
	for _, text := range r.DKIM {
		domain, rest, _ := strings.Cut(text, ":")
		selector, file, ok := strings.Cut(rest, ":")
		if !ok {
			return nil, fmt.Errorf("%w: --dkim %s: write DOMAIN:SELECTOR:FILE", notice.ErrInvalid, text)
		}
		signer, err := readKey(file)
		if err != nil {
			return nil, fmt.Errorf("%w: --dkim %s: %w", notice.ErrInvalid, text, err)
		}
		keys = append(keys, email.Key{Domain: strings.ToLower(domain), Selector: selector, Signer: signer})
	}
	return keys, nil
}

// readKey reads the first private key of a PEM file: PKCS #8 (RFC 5208), or
// PKCS #1 as openssl once wrote it.
func readKey(file string) (crypto.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("there is no PEM in it")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if block.Type == "RSA PRIVATE KEY" {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("no private key of ours: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}

// limits are those that --limit-domain gives.
func (r Relays) limits() (map[string]email.Limit, error) {
	limits := map[string]email.Limit{}
	for _, text := range r.Limit {
		domain, limit, _ := strings.Cut(text, "=")
		rate, most, both := strings.Cut(limit, ",")
		wrong := fmt.Errorf("%w: --limit-domain %s: write DOMAIN=RATE/s, DOMAIN=RATE/s,N or DOMAIN=,N", notice.ErrInvalid, text)
		var l email.Limit
		var err error
		if number, perSecond := strings.CutSuffix(rate, "/s"); rate != "" {
			if l.Rate, err = strconv.ParseFloat(number, 64); err != nil || !perSecond || !(l.Rate > 0 && l.Rate <= 1e6) {
				return nil, wrong
			}
		}
		if both {
			if l.Connections, err = strconv.Atoi(most); err != nil || l.Connections < 1 {
				return nil, wrong
			}
		}
		if domain == "" || l == (email.Limit{}) {
			return nil, wrong
		}
		limits[strings.ToLower(domain)] = l
	}
	return limits, nil
}
