package seal_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/notifier/letter/seal/sealtest"
)

var (
	noon   = time.Date(2023, 8, 1, 12, 0, 0, 0, time.UTC)
	digest = sum("what is sealed")
)

func sum(text string) []byte {
	s := sha256.Sum256([]byte(text))
	return s[:]
}

// sealed is a seal of digest.
func sealed(t *testing.T, s seal.Sealer) []byte {
	t.Helper()
	cms, err := s.Seal(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	if len(cms) > s.Room() {
		t.Errorf("a seal of %d bytes, and room for %d", len(cms), s.Room())
	}
	return cms
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	root, stranger := sealtest.NewRoot(t), sealtest.NewRoot(t)
	stamps := root.TSA(noon, nil)
	for _, test := range []struct {
		name string
		bits int
		tsa  string
	}{
		{"P-256", 0, ""}, {"RSA", 2048, ""}, {"RSA with a larger key", 3072, ""},
		{"P-256, stamped", 0, stamps}, {"RSA, stamped", 2048, stamps},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := seal.Sealer{Signer: root.Key("Bureau COMINT1", test.bits), TSA: test.tsa}
			cms := sealed(t, s)
			if test.tsa == "" && !bytes.Equal(cms, sealed(t, s)) {
				t.Error("the same digest and key give another seal")
			}
			got, err := seal.Open(cms, digest)
			if err != nil {
				t.Fatal(err)
			}
			if got.Certificate.Subject.CommonName != "Bureau COMINT1" || len(got.Others) != 2 {
				t.Errorf("by %s, with %d certificates", got.Certificate.Subject, len(got.Others))
			}
			if err := got.Trusted(root.Pool(), noon); err != nil {
				t.Errorf("its own root: %v", err)
			}
			if got.Trusted(stranger.Pool(), noon) == nil || got.Trusted(root.Pool(), sealtest.Valid.Add(-time.Hour)) == nil {
				t.Error("another root, or another time, is as good")
			}
			if (got.Stamp != nil) != (test.tsa != "") {
				t.Fatalf("stamp %v", got.Stamp)
			}
			if got.Stamp != nil && (!got.Stamp.Time.Equal(noon) || got.Stamp.Trusted(root.Pool()) != nil || got.Stamp.Trusted(stranger.Pool()) == nil) {
				t.Errorf("stamped at %s by %s", got.Stamp.Time, got.Stamp.Authority.Subject)
			}
			if _, err := seal.Open(cms, sum("another")); !errors.Is(err, seal.ErrBroken) {
				t.Errorf("of another file: %v", err)
			}
		})
	}
}

// TestEveryByteCounts flips each byte of a seal: none may go unnoticed, but
// where a certificate is carried that the seal does not need.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	key, err := seal.NewSpecimen()
	if err != nil {
		t.Fatal(err)
	}
	cms := sealed(t, seal.Sealer{Signer: key})
	for i := range cms {
		spoilt := bytes.Clone(cms)
		spoilt[i] ^= 0x10
		if _, err := seal.Open(spoilt, digest); err == nil && !harmless(cms, spoilt) {
			t.Errorf("byte %d of %d may be anything", i, len(cms))
		}
	}
}

// harmless is whether a byte stands where a reader of CMS does not look: the
// versions, the lists of algorithms, and how the signer's own is called.
func harmless(a, b []byte) bool {
	for _, free := range [][]byte{
		{0x02, 0x01, 0x01}, // versions
		{0x31, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}, // digests, listed
		{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02},                   // ECDSA with SHA-256
	} {
		for from := 0; ; {
			at := bytes.Index(a[from:], free)
			if at < 0 {
				break
			}
			from += at
			if !bytes.Equal(a[from:from+len(free)], b[from:from+len(free)]) {
				return true
			}
			from++
		}
	}
	return false
}

// TestStampRefused: a seal without the stamp that was asked for is none.
func TestStampRefused(t *testing.T) {
	t.Parallel()
	root := sealtest.NewRoot(t)
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer busy.Close()
	var first []byte
	for name, url := range map[string]string{
		"answers nothing":  root.TSA(noon, func([]byte) []byte { return nil }),
		"refuses":          root.TSA(noon, func([]byte) []byte { return []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02} }),
		"one byte is off":  root.TSA(noon, func(b []byte) []byte { b[len(b)-9] ^= 1; return b }),
		"answers no HTTP":  "http://127.0.0.1:1/",
		"is busy":          busy.URL,
		"answers the last": root.TSA(noon, func(b []byte) []byte { return replay(&first, b) }),
	} {
		s := seal.Sealer{Signer: root.Key("Bureau", 0), TSA: url}
		if name == "answers the last" {
			_ = sealed(t, s) // the first answer is to the question
		}
		if cms, err := s.Seal(t.Context(), sum("another file")); err == nil || cms != nil {
			t.Errorf("the authority %s: sealed", name)
		}
	}
}

func replay(first *[]byte, answer []byte) []byte {
	if *first == nil {
		*first = answer
	}
	return *first
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	root := sealtest.NewRoot(t)
	key, chain := root.PEMKey("Bureau", 0)
	other, _ := root.PEMKey("Autre", 0)
	for name, test := range map[string]struct{ key, chain []byte }{
		"of another key":   {other, chain},
		"no key":           {chain, chain},
		"no certificate":   {key, key},
		"the root's first": {key, append(root.PEM(), chain...)},
	} {
		if _, err := seal.NewKey(test.key, test.chain); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	specimen, err := seal.NewSpecimen()
	if err != nil || !(seal.Sealer{Signer: specimen}).Specimen() || (seal.Sealer{Signer: root.Key("Bureau", 0)}).Specimen() {
		t.Errorf("specimen: %v", err)
	}
}

// TestOpenSSL lets a stranger judge what we make.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	root := sealtest.NewRoot(t)
	for _, bits := range []int{0, 2048} {
		dir := t.TempDir()
		content := []byte("what is sealed")
		cms := sealed(t, seal.Sealer{Signer: root.Key("Bureau", bits), TSA: root.TSA(noon, nil)})
		for name, data := range map[string][]byte{"seal": cms, "content": content, "root": root.PEM()} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		verify := exec.Command(openssl, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "seal", "-content", "content",
			"-CAfile", "root", "-purpose", "any", "-out", os.DevNull)
		verify.Dir = dir
		if out, err := verify.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("CAdES Verification successful")) {
			t.Errorf("%d: %v: %s", bits, err, out)
		}
	}
}

// FuzzOpen: no bytes whatever make a reader panic.
func FuzzOpen(f *testing.F) {
	key, err := seal.NewSpecimen()
	if err != nil {
		f.Fatal(err)
	}
	cms, err := seal.Sealer{Signer: key}.Seal(f.Context(), digest)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(cms)
	f.Add(cms[:len(cms)/2])
	f.Fuzz(func(t *testing.T, cms []byte) { _, _ = seal.Open(cms, digest) })
}
