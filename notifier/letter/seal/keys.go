package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// A Key is a Signer whose key lies in the process.
type Key struct {
	crypto.Signer
	chain []*x509.Certificate
}

// Chain is the key's certificate and those that lead to its root.
func (k Key) Chain() []*x509.Certificate { return k.chain }

// NewKey reads a key and its certificates from PEM: the key's own certificate
// first.
func NewKey(key, certificates []byte) (Key, error) {
	chain, err := Certificates(certificates)
	if err != nil {
		return Key{}, err
	}
	for block, rest := pem.Decode(key); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		signer, err := privateKey(block)
		if err != nil {
			return Key{}, err
		}
		k := Key{signer, chain}
		return k, Sealer{Signer: k}.Check()
	}
	return Key{}, errors.New("no private key in PEM")
}

// privateKey reads a key in any of the three forms that tools write.
func privateKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%s: the key must not be encrypted", strings.ToLower(block.Type))
	}
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T does not sign", key)
	}
	return signer, nil
}

// Certificates reads all certificates of a PEM text; at least one.
func Certificates(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in PEM")
	}
	return all, nil
}

// NewSpecimen makes a key that vouches for nothing and says so.
func NewSpecimen() (Key, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, err
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Key{}, err
	}
	// A demonstration's clock shows the day of its story.
	template := &x509.Certificate{
		SerialNumber:          number,
		Subject:               pkix.Name{Country: []string{"FR"}, CommonName: specimen + " – cachet de démonstration"},
		NotBefore:             time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Key{}, err
	}
	c, err := x509.ParseCertificate(raw)
	return Key{key, []*x509.Certificate{c}}, err
}

// PEM is the chain as PEM, for whoever is to trust it.
func (k Key) PEM() []byte {
	var text []byte
	for _, c := range k.chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}
