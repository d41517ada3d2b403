package seal

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"slices"
)

// Object identifiers of CMS (RFC 5652), of signing certificates (RFC 5035) and
// of time stamps (RFC 3161).
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidStampInfo     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidStampToken    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSigningCert2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSAPSS        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidECDSA256      = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// signedAttributes is what is signed in the place of the content: its type, its
// digest, and which certificate the signer means. They are a set, sorted as DER
// wants sets.
func signedAttributes(content asn1.ObjectIdentifier, digest []byte, signer *x509.Certificate) []byte {
	attributes := [][]byte{
		attribute(oidContentType, encoded(content)),
		attribute(oidMessageDigest, der(tagOctets, digest)),
		attribute(oidSigningCert2, signingCertificate(signer)),
	}
	slices.SortFunc(attributes, bytes.Compare)
	return set(attributes...)
}

func attribute(id asn1.ObjectIdentifier, value []byte) []byte {
	return sequence(encoded(id), set(value))
}

// signingCertificate names a certificate by its digest, and by issuer and
// number: it cannot be exchanged for another one of the same key. SHA-256 is
// the default and not written.
func signingCertificate(c *x509.Certificate) []byte {
	sum := sha256.Sum256(c.Raw)
	const directoryName = tagExplicit + 4
	issuer := sequence(sequence(der(directoryName, c.RawIssuer)), encoded(c.SerialNumber))
	return sequence(sequence(sequence(der(tagOctets, sum[:]), issuer)))
}

// A signerInfo is what one signer has to say.
type signerInfo struct {
	attributes []byte // a set
	algorithm  []byte
	value      []byte // the signature
	stamp      []byte // a token; nil for none
}

// signedData is the whole: detached, with the certificates that a reader needs.
func signedData(content asn1.ObjectIdentifier, chain []*x509.Certificate, s signerInfo) []byte {
	digest := sequence(encoded(oidSHA256))
	attributes := slices.Clone(s.attributes)
	attributes[0] = tagExplicit // [0] IMPLICIT where they stand, a set where they are signed
	info := [][]byte{
		encoded(1),
		sequence(chain[0].RawIssuer, encoded(chain[0].SerialNumber)),
		digest, attributes, s.algorithm, der(tagOctets, s.value),
	}
	if s.stamp != nil {
		info = append(info, der(tagExplicit+1, attribute(oidStampToken, s.stamp)))
	}
	var certificates [][]byte
	for _, c := range chain {
		certificates = append(certificates, c.Raw)
	}
	slices.SortFunc(certificates, bytes.Compare)
	body := sequence(encoded(1), set(digest), sequence(encoded(content)), der(tagExplicit, certificates...),
		set(sequence(info...)))
	return sequence(encoded(oidSignedData), der(tagExplicit, body))
}

// algorithmOf is how a key signs.
func algorithmOf(key crypto.PublicKey) []byte {
	if _, ok := key.(*rsa.PublicKey); ok {
		return sequence(encoded(oidRSA), encoded(asn1.NullRawValue))
	}
	return sequence(encoded(oidECDSA256))
}
