// Package schemas is the contract: what a notice and its events look like, the
// catalogue of services and the bureaus that speak.
//
// The files beside this one are the contract itself, as people and other
// programs read it; the package embeds them and reads documents by them. The
// types that they describe are in package notice.
package schemas

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Files are the published files: the schemas, the catalogue, the bureaus and
// the examples.
//
//go:embed *.json *.yaml events examples
var Files embed.FS

// A House is what a deployment knows of itself: its services and its bureaus.
type House struct {
	Catalogue notice.Catalogue
	Bureaus   notice.Bureaus
}

// Default is the house of the embedded files.
func Default() (House, error) {
	services, err := Files.ReadFile("services.yaml")
	if err != nil {
		return House{}, err
	}
	bureaus, err := Files.ReadFile("bureaus.yaml")
	if err != nil {
		return House{}, err
	}
	return Load(services, bureaus)
}

// Load reads a catalogue and bureaus from their files' texts. A catalogue
// stands for itself or, where it says so (extends), adds to the embedded one.
// The error names all that is wrong with them.
func Load(services, bureaus []byte) (House, error) {
	var h House
	sum := sha256.New()
	sum.Write(services)
	d, ps := Decode(services, &h.Catalogue)
	if h.Catalogue.Extends && len(ps) == 0 {
		base, err := Files.ReadFile("services.yaml")
		if err != nil {
			return House{}, err
		}
		var embedded notice.Catalogue
		_, ps = Decode(base, &embedded)
		h.Catalogue = h.Catalogue.Over(embedded)
		sum.Write(base)
	}
	if len(ps) == 0 {
		ps = d.Place(h.Catalogue.Check())
	}
	if err := ps.Err(); err != nil {
		return House{}, fmt.Errorf("services.yaml:\n%w", err)
	}
	if d, ps = Decode(bureaus, &h.Bureaus); len(ps) == 0 {
		ps = d.Place(h.Bureaus.Check())
	}
	if err := ps.Err(); err != nil {
		return House{}, fmt.Errorf("bureaus.yaml:\n%w", err)
	}
	sum.Write([]byte{0})
	sum.Write(bureaus)
	h.Catalogue.Version = hex.EncodeToString(sum.Sum(nil))[:16]
	return h, nil
}

// Check reads a notice and says all that is wrong with it, by line. The notice
// is canonical: services and modes by their codes. It is of use only where
// the problems hold no error.
func Check(text []byte, c notice.Catalogue, b notice.Bureaus) (notice.Notice, notice.Problems) {
	var n notice.Notice
	d, ps := Decode(text, &n)
	n, names := c.Canonical(n)
	if ps = append(ps, names...); len(ps) == 0 {
		ps = notice.Check(n, c, b)
	}
	return n, d.Place(ps)
}
