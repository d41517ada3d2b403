// Package sealtest gives tests what a seal leans on: a root that vouches for
// keys, and a time-stamp authority that answers.
//
// It writes its time stamps in its own way (encoding/asn1 and structures, where
// package seal writes element by element), so that one checks the other. It is
// imported by tests alone.
package sealtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier/letter/seal"
)

// A Root vouches for keys.
type Root struct {
	tb   testing.TB
	key  crypto.Signer
	cert *x509.Certificate
	last int64
}

// Valid is when certificates of a Root begin to be valid; they end ninety years
// after.
var Valid = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// NewRoot makes a root.
func NewRoot(tb testing.TB) *Root {
	tb.Helper()
	r := &Root{tb: tb}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	r.must(err)
	r.key = key
	r.cert = r.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "Racine d’essai"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, key)
	return r
}

func (r *Root) must(err error) {
	r.tb.Helper()
	if err != nil {
		r.tb.Fatal(err)
	}
}

// Pool is the root, to be trusted.
func (r *Root) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(r.cert)
	return pool
}

// PEM is the root as PEM.
func (r *Root) PEM() []byte { return certificates(r.cert) }

func certificates(all ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range all {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a buffer takes everything
	}
	return b.Bytes()
}

func (r *Root) sign(template *x509.Certificate, key crypto.Signer) *x509.Certificate {
	r.tb.Helper()
	r.last++
	template.SerialNumber, template.BasicConstraintsValid = big.NewInt(r.last), true
	template.NotBefore, template.NotAfter = Valid, Valid.AddDate(90, 0, 0)
	parent := r.cert
	if parent == nil {
		parent = template
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), r.key)
	r.must(err)
	c, err := x509.ParseCertificate(raw)
	r.must(err)
	return c
}

// PEMKey is a key of the root's and its certificates, as PEM: P-256, or RSA
// where rsaBits is not 0.
func (r *Root) PEMKey(name string, rsaBits int) (key, chain []byte) {
	r.tb.Helper()
	var signer crypto.Signer
	var err error
	if rsaBits > 0 {
		signer, err = rsa.GenerateKey(rand.Reader, rsaBits)
	} else {
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	r.must(err)
	cert := r.sign(&x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{"DGDDI"}}, KeyUsage: x509.KeyUsageContentCommitment}, signer)
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	r.must(err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), certificates(cert, r.cert)
}

// Key is the same as a Signer.
func (r *Root) Key(name string, rsaBits int) seal.Key {
	r.tb.Helper()
	k, err := seal.NewKey(r.PEMKey(name, rsaBits))
	r.must(err)
	return k
}

// TSA is the URL of an authority of the root's that stamps with one time. spoil,
// if not nil, spoils its answers.
func (r *Root) TSA(at time.Time, spoil func([]byte) []byte) string {
	r.tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	r.must(err)
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	r.must(err)
	cert := r.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "Horodatage d’essai"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}}, key)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		query, err := io.ReadAll(req.Body)
		if err != nil || req.Header.Get("Content-Type") != "application/timestamp-query" {
			http.Error(w, "no query", http.StatusBadRequest)
			return
		}
		answer, err := respond(query, at, key, cert)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if spoil != nil {
			answer = spoil(answer)
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(answer) // who does not read it sees to that himself
	}))
	r.tb.Cleanup(server.Close)
	return server.URL
}

// The structures of RFC 3161 and RFC 5652, as far as a token needs them.
type (
	imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	request struct {
		Version int
		Imprint imprint
		Nonce   *big.Int
		Certs   bool
	}
	tstInfo struct {
		Version  int
		Policy   asn1.ObjectIdentifier
		Imprint  imprint
		Serial   int
		Time     time.Time `asn1:"generalized"`
		Accuracy struct{ Seconds int }
		Nonce    *big.Int
	}
	attribute struct {
		Type  asn1.ObjectIdentifier
		Value []asn1.RawValue `asn1:"set"`
	}
	signerInfo struct {
		Version   int
		ID        issuerSerial
		Digest    pkix.AlgorithmIdentifier
		Signed    asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Value     []byte
	}
	issuerSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	content struct {
		Type asn1.ObjectIdentifier
		Data []byte `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version int
		Digests []pkix.AlgorithmIdentifier `asn1:"set"`
		Content content
		Certs   asn1.RawValue
		Signers []signerInfo `asn1:"set"`
	}
	contentInfo struct {
		Type asn1.ObjectIdentifier
		Data signedData `asn1:"explicit,tag:0"`
	}
	response struct {
		Status struct{ Status int }
		Token  asn1.RawValue
	}
	certID  struct{ Hash []byte }
	certIDs struct{ All []certID }
)

// respond stamps what a query asks to be stamped.
func respond(query []byte, at time.Time, key crypto.Signer, cert *x509.Certificate) ([]byte, error) {
	var asked request
	if _, err := asn1.Unmarshal(query, &asked); err != nil {
		return nil, err
	}
	info := tstInfo{Version: 1, Policy: asn1.ObjectIdentifier{1, 2, 3, 4, 1}, Imprint: asked.Imprint, Serial: 7, Time: at.UTC().Truncate(time.Second), Nonce: asked.Nonce}
	info.Accuracy.Seconds = 1
	inside, err := asn1.Marshal(info)
	if err != nil {
		return nil, err
	}
	sum, own := sha256.Sum256(inside), sha256.Sum256(cert.Raw)
	stampInfo := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	attributes := []attribute{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, raw(stampInfo)},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, raw(sum[:])},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}, raw(certIDs{[]certID{{own[:]}}})},
	}
	signed, err := asn1.MarshalWithParams(attributes, "set")
	if err != nil {
		return nil, err
	}
	of := sha256.Sum256(signed)
	value, err := key.Sign(rand.Reader, of[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	token, err := asn1.Marshal(contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, signedData{
		Version: 3, Digests: []pkix.AlgorithmIdentifier{sha}, Content: content{stampInfo, inside},
		Certs: asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: cert.Raw},
		Signers: []signerInfo{{1, issuerSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber}, sha,
			asn1.RawValue{FullBytes: append([]byte{0xA0}, signed[1:]...)},
			pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, value}},
	}})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(response{Token: asn1.RawValue{FullBytes: token}})
}

// raw is a set of one value.
func raw(v any) []asn1.RawValue {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	return []asn1.RawValue{{FullBytes: b}}
}
