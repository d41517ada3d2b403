package email

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"douane.gouv.fr/crieur/notifier/channeltest"
)

// dkimKeys are one of each kind, made once.
var dkimKeys = sync.OnceValue(func() []Key {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return []Key{{"crieur.example", "ed", ed}, {"crieur.example", "rsa", rs}}
})

// record is what the DNS says of a key.
func record(t testing.TB, k Key) string {
	t.Helper()
	switch public := k.Signer.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	}
	t.Fatalf("no record for %T", k.Signer.Public())
	return ""
}

// verified are the signatures that hold, by go-msgauth's verifier.
func verified(t testing.TB, mail []byte) (valid int, errs []error) {
	t.Helper()
	keys := map[string]string{}
	for _, k := range dkimKeys() {
		keys[k.Selector+"._domainkey."+k.Domain] = record(t, k)
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(mail), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return []string{keys[name]}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if v.Err != nil {
			errs = append(errs, v.Err)
			continue
		}
		valid++
	}
	return valid, errs
}

// TestSigned: every mail of every event, in each language, bears a signature
// of each key, which breaks when anything is changed or added that it covers.
func TestSigned(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	c.Keys = dkimKeys()
	for i, tale := range channeltest.Life(t) {
		to := recipient(abonne(i))
		to.Lang = []string{"", "en"}[i%2]
		mail := mailOf(t, c, tale, to)
		if n, errs := verified(t, mail); n != 2 {
			t.Fatalf("%s: %d signatures hold: %v", tale.Event.Act.Type(), n, errs)
		}
		if !rfc6376(t, mail, c.Keys) {
			t.Errorf("%s: a signature does not hold by the text of the RFC", tale.Event.Act.Type())
		}
		for _, change := range []struct{ name, old, new string }{
			{"a second link to leave", "\r\nList-Unsubscribe: ", "\r\nList-Unsubscribe: <https://elsewhere.example/>\r\nList-Unsubscribe: "},
			{"another link to leave", "<" + c.LeaveURL(to.ID) + ">", "<https://elsewhere.example/>"},
			{"no one-click", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""},
			{"another id", "Message-ID: <", "Message-ID: <x"},
			{"a second sender", "\r\nFrom: ", "\r\nFrom: <else@elsewhere.example>\r\nFrom: "},
			{"another text", "quoted-printable\r\n\r\n", "quoted-printable\r\n\r\nsomething else "},
		} {
			changed := strings.Replace(string(mail), change.old, change.new, 1)
			if changed == string(mail) {
				t.Fatalf("%s: there is no %q to change", change.name, change.old)
			}
			if n, _ := verified(t, []byte(changed)); n != 0 {
				t.Errorf("%s, %s: %d signatures hold still", tale.Event.Act.Type(), change.name, n)
			}
			if rfc6376(t, []byte(changed), c.Keys) {
				t.Errorf("%s, %s: the signatures hold still by the text of the RFC", tale.Event.Act.Type(), change.name)
			}
		}
	}
}

func TestKeyCheck(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := dkimKeys()[0]
	for _, c := range []struct {
		name string
		key  Key
		want string // in the error; "" for none
	}{
		{"the sender's own domain", good, ""},
		{"the domain above", Key{"example", "s", good.Signer}, ""},
		{"1024 bits", Key{"crieur.example", "s", small}, ""},
		{"another domain", Key{"other.example", "s", good.Signer}, "agree"},
		{"a domain that ends alike", Key{"ieur.example", "s", good.Signer}, "agree"},
		{"no selector", Key{"crieur.example", "", good.Signer}, "selector"},
		{"no key", Key{"crieur.example", "s", nil}, "needs"},
		{"another kind of key", Key{"crieur.example", "s", odd{}}, "neither"},
	} {
		ch := channel(t, "smtp://127.0.0.1")
		ch.Keys = []Key{c.key}
		err := ch.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// odd is a key of no known kind.
type odd struct{ crypto.Signer }

func (odd) Public() crypto.PublicKey { return fmt.Stringer(nil) }
