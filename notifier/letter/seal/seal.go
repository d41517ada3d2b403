// Package seal makes and opens electronic seals: a detached CMS signature over
// a digest, as PAdES wants it (ETSI EN 319 142-1, levels B-B and B-T).
//
// Package letter asks a Sealer for the seal of a file and puts it there; who
// verifies a letter opens the seal again with Open and asks whom it leads to
// with Trusted. The same digest and key give the same seal, but for the time
// stamp, which an authority makes. Nothing here knows of PDF, and nothing reads
// a clock.
//
// A seal has no signing-time attribute: PAdES keeps that in the PDF, and a
// time that counts is an authority's.
package seal

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Signer holds a key, or reaches a service that does, and knows the
// certificates that vouch for it.
type Signer interface {
	crypto.Signer
	// Chain is the certificate of the key, then those that lead to its root.
	Chain() []*x509.Certificate
}

// A Sealer seals what a bureau sends. The zero values of all but Signer are
// right.
type Sealer struct {
	Signer Signer
	TSA    string       // URL of a time-stamp authority (RFC 3161); "" for none
	Client *http.Client // asks the authority; http.DefaultClient if nil
}

// Check says what is wrong with the key and its certificates.
func (s Sealer) Check() error {
	chain := s.Signer.Chain()
	if len(chain) == 0 {
		return errors.New("the key has no certificate")
	}
	public, ok := s.Signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(chain[0].PublicKey) {
		return errors.New("the first certificate is of another key")
	}
	switch s.Signer.Public().(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey:
	default:
		return fmt.Errorf("a key of type %T: use P-256 or RSA", s.Signer.Public())
	}
	const signs = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	if chain[0].KeyUsage != 0 && chain[0].KeyUsage&signs == 0 {
		return errors.New("the certificate is not for signatures")
	}
	for i, c := range chain[1:] {
		if err := chain[i].CheckSignatureFrom(c); err != nil {
			return fmt.Errorf("certificate %d is not vouched for by the next one: %w", i+1, err)
		}
	}
	return nil
}

// Room is how many bytes a seal takes at most: a file keeps them free.
func (s Sealer) Room() int {
	const rest, token, step = 1200, 8 << 10, 512
	room := rest
	for _, c := range s.Signer.Chain() {
		room += len(c.Raw)
	}
	if s.TSA != "" {
		room += token
	}
	return (room + step - 1) / step * step
}

// Seal makes the seal of a file whose SHA-256 is digest.
func (s Sealer) Seal(ctx context.Context, digest []byte) ([]byte, error) {
	attributes := signedAttributes(oidData, digest, s.Signer.Chain()[0])
	sum := sha256.Sum256(attributes)
	// Without a source of chance ECDSA takes its nonce from key and digest
	// (RFC 6979), and PKCS #1 v1.5 needs none.
	value, err := s.Signer.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var token []byte
	if s.TSA != "" {
		if token, err = s.stamp(ctx, value); err != nil {
			return nil, fmt.Errorf("ask %s for a time stamp: %w", s.TSA, err)
		}
	}
	return signedData(oidData, s.Signer.Chain(), signerInfo{attributes, algorithmOf(s.Signer.Public()), value, token}), nil
}

// specimen is how the holder of a certificate is called that vouches for
// nothing.
const specimen = "SPÉCIMEN"

// Specimen is whether the key is a demonstration's: what it seals must say so.
func (s Sealer) Specimen() bool { return IsSpecimen(s.Signer.Chain()[0]) }

// IsSpecimen is whether a certificate is a demonstration's.
func IsSpecimen(c *x509.Certificate) bool { return strings.HasPrefix(c.Subject.CommonName, specimen) }
