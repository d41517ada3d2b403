package email

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// A Key signs all mails for a domain (DKIM, RFC 6376). Several may sign: a
// receiver that does not know Ed25519 (RFC 8463) needs an RSA key beside it,
// and a new selector is used beside the old one until everybody has it.
type Key struct {
	Domain   string // whose DNS has the public key, of the sender's domain
	Selector string // under <selector>._domainkey.<domain>
	Signer   crypto.Signer
}

// signed are the fields that a signature covers. Those named twice cannot be
// added a second time without breaking it; RFC 8058 section 4 wants the links
// to leave covered.
var signed = []string{
	"From", "From", "To", "To", "Subject", "Subject", "Date", "Message-ID", "References",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Language", "Auto-Submitted",
	"List-Id", "List-Help", "List-Archive", "List-Unsubscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Unsubscribe-Post",
}

func (k Key) options() *dkim.SignOptions {
	return &dkim.SignOptions{
		Domain: k.Domain, Selector: k.Selector, Signer: k.Signer, HeaderKeys: signed,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}
}

// check says what is wrong with a key for mails of a sender.
func (k Key) check(sender string) error {
	switch {
	case k.Domain == "" || k.Selector == "" || k.Signer == nil:
		return errors.New("a DKIM key needs a domain, a selector and a key")
	case sender != k.Domain && !strings.HasSuffix(sender, "."+k.Domain):
		return fmt.Errorf("DKIM key %s of %s: the sender's domain is %s, and receivers ask that they agree (RFC 7489 section 3.1.1)", k.Selector, k.Domain, sender)
	}
	switch public := k.Signer.Public().(type) {
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if public.N.BitLen() < 1024 { // RFC 8301 section 3.2
			return fmt.Errorf("DKIM key %s of %s: %d bits are too few: take 2048", k.Selector, k.Domain, public.N.BitLen())
		}
		return nil
	}
	return fmt.Errorf("DKIM key %s of %s is neither RSA nor Ed25519", k.Selector, k.Domain)
}

// sign appends a DKIM-Signature field for each key.
func (c *Channel) sign(to, text []byte) ([]byte, error) {
	for _, k := range c.Keys {
		s, err := dkim.NewSigner(k.options())
		if err != nil {
			return to, err
		}
		_, err = bytes.NewReader(text).WriteTo(s)
		if err = errors.Join(err, s.Close()); err != nil {
			return to, fmt.Errorf("sign with DKIM key %s: %w", k.Selector, err)
		}
		to = append(to, s.Signature()...)
	}
	return to, nil
}
