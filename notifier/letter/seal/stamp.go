package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"
)

// A Stamp is an authority's word that a seal was there at a time.
type Stamp struct {
	Time      time.Time
	Authority *x509.Certificate
	Others    []*x509.Certificate
}

// Trusted is nil where the authority leads to one of the roots, and stamps by
// profession.
func (s *Stamp) Trusted(roots *x509.CertPool) error {
	return trusted(s.Authority, s.Others, x509.VerifyOptions{
		Roots: roots, CurrentTime: s.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
}

// stampPatience is how long an authority may take to answer.
const stampPatience = 20 * time.Second

// stamp asks the authority for a token over a signature (RFC 3161, 2.4 and
// 3.4). A token of something else is an error.
func (s Sealer) stamp(ctx context.Context, value []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(value)
	imprint := sequence(sequence(encoded(oidSHA256), encoded(asn1.NullRawValue)), der(tagOctets, sum[:]))
	answer, err := s.post(ctx, sequence(encoded(1), imprint, encoded(nonce), encoded(true)))
	if err != nil {
		return nil, err
	}
	token, err := tokenOf(answer)
	if err != nil {
		return nil, err
	}
	if _, err := openStamp(token, value); err != nil {
		return nil, err
	}
	if got := nonceOf(token); got == nil || got.Cmp(nonce) != 0 {
		return nil, errors.New("the answer is to another question")
	}
	return token, nil
}

// post sends a request and reads the answer.
func (s Sealer) post(ctx context.Context, query []byte) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, stampPatience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.TSA, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	const most = 64 << 10
	answer, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers %s", resp.Status)
	}
	return answer, err
}

// tokenOf is the token of an answer that grants one.
func tokenOf(answer []byte) ([]byte, error) {
	r := (&reader{rest: answer}).enter(tagSequence)
	var status int
	granted := r.enter(tagSequence)
	granted.value(&status)
	if err := errors.Join(r.err, granted.err); err != nil {
		return nil, err
	}
	const withMods = 1
	if status < 0 || status > withMods {
		return nil, fmt.Errorf("it refuses: status %d", status)
	}
	token := r.raw(tagSequence)
	return token, r.err
}

// openStamp takes a token apart and looks whether it is of a signature.
func openStamp(token, value []byte) (*Stamp, error) {
	p, err := parse(token)
	if err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	sum := p.hash.New()
	sum.Write(p.inside)
	if !p.content.Equal(oidStampInfo) {
		return nil, fmt.Errorf("time stamp: %w: content %s", errFormat, p.content)
	}
	if err := p.check(sum.Sum(nil)); err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	info := (&reader{rest: p.inside}).enter(tagSequence)
	info.raw(tagInteger)
	info.oid() // the authority's policy
	imprint := info.enter(tagSequence)
	hash := imprintHash(imprint.enter(tagSequence).oid())
	stamped := contentOf(imprint.raw(tagOctets))
	info.raw(tagInteger)
	s := &Stamp{Authority: p.signer, Others: p.certificates}
	info.value(&s.Time)
	if err := errors.Join(info.err, imprint.err); err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	of := hash.New()
	of.Write(value)
	if !bytes.Equal(stamped, of.Sum(nil)) {
		return nil, fmt.Errorf("time stamp: %w: it is of another seal", ErrBroken)
	}
	return s, nil
}

// imprintHash is how a stamped thing was named.
func imprintHash(id asn1.ObjectIdentifier) crypto.Hash {
	switch {
	case id.Equal(oidSHA384):
		return crypto.SHA384
	case id.Equal(oidSHA512):
		return crypto.SHA512
	}
	return crypto.SHA256
}

// nonceOf is the question that a token answers. It stands behind the optional
// accuracy and ordering.
func nonceOf(token []byte) *big.Int {
	p, err := parse(token)
	if err != nil {
		return nil
	}
	info := (&reader{rest: p.inside}).enter(tagSequence)
	for range 5 { // version, policy, imprint, number, time
		info.any()
	}
	for info.err == nil && len(info.rest) > 0 {
		if info.is(tagInteger) {
			nonce := new(big.Int)
			info.value(&nonce)
			return nonce
		}
		info.any()
	}
	return nil
}
