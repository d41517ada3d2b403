package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha512" // time-stamp authorities use it
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// ErrBroken says that a seal is not of what it stands on: one of the two has
// been altered.
var ErrBroken = errors.New("the seal is broken")

// A Seal is one that was opened and is whole. Who made it is known by its
// certificate, which anybody can make: see Trusted.
type Seal struct {
	Certificate *x509.Certificate
	Others      []*x509.Certificate // that came with it
	Stamp       *Stamp              // nil where it has none
}

// Open takes a seal apart and looks whether it is of the file with this
// SHA-256. ErrBroken says that it is not.
func Open(cms, digest []byte) (*Seal, error) {
	p, err := parse(cms)
	if err != nil {
		return nil, err
	}
	if !p.content.Equal(oidData) || p.inside != nil {
		return nil, fmt.Errorf("%w: the seal holds a content of its own", ErrBroken)
	}
	if p.has(oidSigningTime) {
		return nil, fmt.Errorf("%w: the seal says when it was made, which PAdES does not allow", ErrBroken)
	}
	if err := p.check(digest); err != nil {
		return nil, err
	}
	s := &Seal{Certificate: p.signer, Others: p.certificates}
	if p.token != nil {
		s.Stamp, err = openStamp(p.token, p.value)
	}
	return s, err
}

// Trusted is nil where the certificates lead to one of the roots. at is the
// time for which that is asked: the stamp's, where there is one.
func (s *Seal) Trusted(roots *x509.CertPool, at time.Time) error {
	return trusted(s.Certificate, s.Others, x509.VerifyOptions{
		Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
}

// trusted is nil where a certificate leads to a root, by way of others.
func trusted(c *x509.Certificate, others []*x509.Certificate, how x509.VerifyOptions) error {
	how.Intermediates = x509.NewCertPool()
	for _, other := range others {
		how.Intermediates.AddCert(other)
	}
	_, err := c.Verify(how)
	return err
}

// parsed is a CMS signature in its parts.
type parsed struct {
	content      asn1.ObjectIdentifier
	inside       []byte // the content, where it is not detached
	certificates []*x509.Certificate
	signer       *x509.Certificate
	hash         crypto.Hash
	pss          bool
	attributes   []byte // as a set
	value        []byte
	token        []byte
}

func parse(cms []byte) (*parsed, error) {
	whole := &reader{rest: cms}
	info := whole.enter(tagSequence)
	if id := info.oid(); info.err == nil && !id.Equal(oidSignedData) {
		return nil, fmt.Errorf("%w: content %s", errFormat, id)
	}
	data := info.enter(tagExplicit).enter(tagSequence)
	p := &parsed{}
	data.raw(tagInteger)
	data.raw(tagSet)
	content := data.enter(tagSequence)
	p.content = content.oid()
	if content.is(tagExplicit) {
		p.inside = contentOf(content.enter(tagExplicit).raw(tagOctets))
	}
	if data.is(tagExplicit) {
		all := data.enter(tagExplicit)
		for all.err == nil && len(all.rest) > 0 {
			c, err := x509.ParseCertificate(all.any())
			if err != nil {
				return nil, fmt.Errorf("%w: a certificate: %v", errFormat, err)
			}
			p.certificates = append(p.certificates, c)
		}
	}
	if data.is(tagExplicit + 1) {
		data.any() // revocation lists
	}
	signers := data.enter(tagSet)
	if err := p.signerInfo(signers.enter(tagSequence)); err != nil {
		return nil, err
	}
	if len(signers.rest) > 0 {
		return nil, fmt.Errorf("%w: more than one signer", errFormat)
	}
	return p, nil
}

// signerInfo reads what the signer has to say.
func (p *parsed) signerInfo(r *reader) error {
	r.raw(tagInteger)
	id := r.enter(tagSequence)
	issuer, number := id.raw(tagSequence), new(big.Int)
	id.value(&number)
	hash := r.enter(tagSequence).oid()
	attributes := r.raw(tagExplicit)
	p.pss = r.enter(tagSequence).oid().Equal(oidRSAPSS)
	p.value = contentOf(r.raw(tagOctets))
	if err := errors.Join(id.err, r.err); err != nil {
		return err
	}
	p.attributes = append([]byte{tagSet}, attributes[1:]...)
	switch {
	case hash.Equal(oidSHA256):
		p.hash = crypto.SHA256
	case hash.Equal(oidSHA384):
		p.hash = crypto.SHA384
	case hash.Equal(oidSHA512):
		p.hash = crypto.SHA512
	default:
		return fmt.Errorf("%w: digest %s", errFormat, hash)
	}
	for _, c := range p.certificates {
		if bytes.Equal(c.RawIssuer, issuer) && c.SerialNumber.Cmp(number) == 0 {
			p.signer = c
		}
	}
	if p.signer == nil {
		return fmt.Errorf("%w: the signer's certificate is not there", errFormat)
	}
	if r.is(tagExplicit + 1) {
		p.token = firstValue(r.enter(tagExplicit+1).rest, oidStampToken)
	}
	return r.err
}

// check is nil where the signature is of this digest, by the certificate that
// it names.
func (p *parsed) check(digest []byte) error {
	all := contentOf(p.attributes)
	if !bytes.Equal(firstValue(all, oidContentType), encoded(p.content)) {
		return fmt.Errorf("%w: it is of another content", ErrBroken)
	}
	if !bytes.Equal(firstValue(all, oidMessageDigest), der(tagOctets, digest)) {
		return fmt.Errorf("%w: the file is not what was sealed", ErrBroken)
	}
	if err := p.checkCertificate(all); err != nil {
		return err
	}
	if err := p.signer.CheckSignature(p.algorithm(), p.attributes, p.value); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return nil
}

// checkCertificate is nil where the signer meant the certificate that we found.
// Authorities may still name theirs by SHA-1 (RFC 2634); issuer and number
// stand beside it.
func (p *parsed) checkCertificate(attributes []byte) error {
	value := firstValue(attributes, oidSigningCert2)
	if value == nil && p.content.Equal(oidStampInfo) && firstValue(attributes, oidSigningCert) != nil {
		return nil
	}
	first := (&reader{rest: value}).enter(tagSequence).enter(tagSequence).enter(tagSequence)
	hash := crypto.SHA256
	if first.is(tagSequence) {
		switch id := first.enter(tagSequence).oid(); {
		case id.Equal(oidSHA384):
			hash = crypto.SHA384
		case id.Equal(oidSHA512):
			hash = crypto.SHA512
		}
	}
	sum := hash.New()
	sum.Write(p.signer.Raw)
	if named := contentOf(first.raw(tagOctets)); first.err != nil || !bytes.Equal(named, sum.Sum(nil)) {
		return fmt.Errorf("%w: it names another certificate", ErrBroken)
	}
	return nil
}

// algorithm is how the certificate's key has signed.
func (p *parsed) algorithm() x509.SignatureAlgorithm {
	kind := 0
	switch p.signer.PublicKey.(type) {
	case *rsa.PublicKey:
		kind = 1
		if p.pss {
			kind = 2
		}
	case *ecdsa.PublicKey:
		kind = 3
	}
	return map[crypto.Hash][4]x509.SignatureAlgorithm{
		crypto.SHA256: {0, x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256},
		crypto.SHA384: {0, x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384},
		crypto.SHA512: {0, x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512},
	}[p.hash][kind]
}

func (p *parsed) has(id asn1.ObjectIdentifier) bool {
	return firstValue(contentOf(p.attributes), id) != nil
}

// firstValue is the value of an attribute; nil where it is not there.
func firstValue(attributes []byte, id asn1.ObjectIdentifier) []byte {
	for r := (&reader{rest: attributes}); r.err == nil && len(r.rest) > 0; {
		one := r.enter(tagSequence)
		if found := one.oid(); one.err == nil && found.Equal(id) {
			return one.enter(tagSet).any()
		}
	}
	return nil
}
