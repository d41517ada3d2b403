package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/schemas/notice"
)

// SealFiles name the key that letters are sealed with.
type SealFiles struct {
	SignKey  string `help:"Seal letters with this private key, PEM (P-256 or RSA)." type:"existingfile" placeholder:"FILE"`
	SignCert string `help:"Certificates of --sign-key, PEM: its own first, then those that lead to its root." type:"existingfile" placeholder:"FILE"`
	TSA      string `help:"Have seals stamped with the time by this authority (RFC 3161)." name:"tsa" placeholder:"URL"`
}

// LetterheadFiles name how a deployment's letters look.
type LetterheadFiles struct {
	Letterhead string `help:"Folder with a deployment's letterhead: regular.ttf, bold.ttf, italic.ttf, bold-italic.ttf; colour.txt; emblem.png or .jpg and emblem.txt." type:"existingdir" placeholder:"DIR"`
}

// letterhead is what the flag names; nil where it names nothing.
func (f LetterheadFiles) letterhead() (*letter.Letterhead, error) {
	if f.Letterhead == "" {
		return nil, nil
	}
	h, err := letter.ReadLetterhead(os.DirFS(f.Letterhead))
	if err != nil {
		return nil, fmt.Errorf("--letterhead %s: %w:\n%w", f.Letterhead, notice.ErrInvalid, err)
	}
	return h, nil
}

// sealer is what the flags name; one without a Signer where they name nothing.
func (f SealFiles) sealer() (seal.Sealer, error) {
	wrong := func(format string, args ...any) (seal.Sealer, error) {
		return seal.Sealer{}, fmt.Errorf("%w: "+format, append([]any{notice.ErrInvalid}, args...)...)
	}
	switch {
	case f.SignKey == "" && f.SignCert == "" && f.TSA == "":
		return seal.Sealer{}, nil
	case f.SignKey == "":
		return wrong("--sign-key is missing: without a key nothing is sealed")
	case f.SignCert == "":
		return wrong("--sign-cert is missing: a seal names its certificate")
	}
	if u, err := url.Parse(f.TSA); f.TSA != "" && (err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http")) {
		return wrong("--tsa: %q is not the address of an authority: write https://host/path", f.TSA)
	}
	key, err := os.ReadFile(f.SignKey)
	if err != nil {
		return seal.Sealer{}, err
	}
	certificates, err := os.ReadFile(f.SignCert)
	if err != nil {
		return seal.Sealer{}, err
	}
	signer, err := seal.NewKey(key, certificates)
	if err != nil {
		return wrong("--sign-key %s, --sign-cert %s: %w", f.SignKey, f.SignCert, err)
	}
	if c, now := signer.Chain()[0], time.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return wrong("--sign-cert %s: valid from %s to %s only", f.SignCert, c.NotBefore, c.NotAfter)
	}
	return seal.Sealer{Signer: signer, TSA: f.TSA}, nil
}
