package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas/notice"
)

// pemFile writes a private key as a file.
func pemFile(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestKeys reads keys as openssl writes them, new and old, and says what is
// wrong with others.
func TestKeys(t *testing.T) {
	t.Parallel()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	modern, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	edFile := pemFile(t, "ed.pem", "PRIVATE KEY", modern)
	rsFile := pemFile(t, "rsa.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rs))
	public := pemFile(t, "public.pem", "PUBLIC KEY", modern[:10])
	keys, err := Relays{DKIM: []string{"Douane.example:s1:" + edFile, "douane.example:s2:" + rsFile}}.keys()
	if err != nil || len(keys) != 2 || keys[0].Domain != "douane.example" || keys[0].Selector != "s1" || !ed.Equal(keys[0].Signer) || !rs.Equal(keys[1].Signer) {
		t.Errorf("%+v, %v", keys, err)
	}
	for _, text := range []string{"", "douane.example", "douane.example:s1", "douane.example:s1:nowhere.pem", "douane.example:s1:" + public, "douane.example:s1:relays.go"} {
		_, err := Relays{DKIM: []string{text}}.keys()
		if !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), "--dkim "+text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	got, err := Relays{Limit: []string{"A.example=20/s", "b.example=0.5/s,4", "c.example=,1"}}.limits()
	want := map[string]email.Limit{"a.example": {Rate: 20}, "b.example": {Rate: 0.5, Connections: 4}, "c.example": {Connections: 1}}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "a.example", "a.example=", "=20/s", "a.example=20", "a.example=0/s", "a.example=-1/s", "a.example=NaN/s", "a.example=1e7/s", "a.example=1/s,0", "a.example=1/s,", "a.example=1/s,x"} {
		if _, err := (Relays{Limit: []string{text}}).limits(); !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), "DOMAIN=") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
