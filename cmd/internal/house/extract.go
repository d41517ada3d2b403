package house

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// ExtractLetter is what the file of an extract of the record is made of.
func ExtractLetter(words templates.Words, x templates.Extract) (letter.Letter, error) {
	doc, err := words.Extract(x, "fr")
	if err != nil {
		return letter.Letter{}, err
	}
	l := letter.Letter{Document: doc, Reference: x.Reference}
	l.Extract, err = json.Marshal(x)
	return l, err
}

// RecomposeExtract makes an extract again from what its file holds.
func RecomposeExtract(words templates.Words, attached []byte) (letter.Letter, templates.Extract, error) {
	var x templates.Extract
	if err := json.Unmarshal(attached, &x); err != nil {
		return letter.Letter{}, x, fmt.Errorf("read extract.json: %w", err)
	}
	l, err := ExtractLetter(words, x)
	return l, x, err
}

// extract is an extract of the record as a letter under the bureau's seal. Like
// the letter of an end it bears no time stamp: a visitor of the page does not
// make the house call on an authority.
func (h *House) extract(ctx context.Context, x templates.Extract) ([]byte, error) {
	l, err := ExtractLetter(h.Words, x)
	if err != nil {
		return nil, err
	}
	l.Letterhead = h.Letterhead
	if h.Seal.Signer == nil {
		return l.Draw()
	}
	unstamped := h.Seal
	unstamped.TSA = ""
	mark := letter.Mark{By: h.Words.Bureaus[x.Issuer].Label, At: x.Asked.Time, Verify: h.publicURL() + "/extrait?" + x.Query().Encode()}
	return l.Sealed(ctx, unstamped, mark)
}

// certificates are those of a seal as the public reads them, and as a file.
func certificates(chain []*x509.Certificate) (told []pages.SealCertificate, file []byte) {
	for _, c := range chain {
		sum := sha256.Sum256(c.Raw)
		told = append(told, pages.SealCertificate{
			Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: strings.ToUpper(c.SerialNumber.Text(16)),
			From: c.NotBefore, Until: c.NotAfter, SHA256: hex.EncodeToString(sum[:]), Specimen: seal.IsSpecimen(c),
		})
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return told, file
}
