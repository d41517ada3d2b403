package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"

	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Verify says whether a letter can be relied on.
type Verify struct {
	Letter string `arg:"" help:"The letter, PDF; - for standard input."`
	Trust  string `help:"Certificates of those whose seals you trust, PEM; the system's if absent." type:"existingfile" placeholder:"FILE"`
	Site   string `help:"Ask these public pages whether the letter still holds." placeholder:"URL"`
	JSON   bool   `help:"Print the findings as a JSON array."`
	HouseFiles
}

// A Finding is one thing that was looked at.
type Finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
}

// Run prints what it finds, a line a finding. It is an error where one of them
// is bad.
func (v Verify) Run(ctx context.Context, s Streams) error {
	words, err := v.load()
	if err != nil {
		return err
	}
	file, err := readLetter(v.Letter, s)
	if err != nil {
		return err
	}
	e := &examination{file: file, words: words}
	if e.roots, err = v.roots(); err != nil {
		return err
	}
	e.seal()
	e.content()
	e.format()
	if v.Site != "" {
		if err := e.standing(ctx, v.Site); err != nil {
			return err
		}
	}
	return v.tell(s, e.findings)
}

// maxLetter bounds what is read as a letter.
const maxLetter = 16 << 20

// readLetter reads a letter, or standard input for "-".
func readLetter(name string, s Streams) ([]byte, error) {
	var file []byte
	var err error
	if name == "-" {
		file, err = io.ReadAll(io.LimitReader(s.In, maxLetter+1))
	} else {
		file, err = readInput(name, nil)
	}
	if err == nil && len(file) > maxLetter {
		err = fmt.Errorf("%w: %s is too long for a letter", notice.ErrInvalid, name)
	}
	return file, err
}

// roots are the certificates to trust; nil for the system's.
func (v Verify) roots() (*x509.CertPool, error) {
	if v.Trust == "" {
		return nil, nil
	}
	text, err := os.ReadFile(v.Trust)
	if err != nil {
		return nil, err
	}
	all, err := seal.Certificates(text)
	if err != nil {
		return nil, fmt.Errorf("%w: --trust %s: %w", notice.ErrInvalid, v.Trust, err)
	}
	pool := x509.NewCertPool()
	for _, c := range all {
		pool.AddCert(c)
	}
	return pool, nil
}

// tell prints the findings, and is an error where one is bad.
func (v Verify) tell(s Streams, findings []Finding) error {
	if v.JSON {
		if err := writeJSON(s.Out, findings); err != nil {
			return err
		}
	}
	bad := 0
	for _, f := range findings {
		mark := "ok "
		if !f.OK {
			mark = "NOT"
			bad++
		}
		if !v.JSON {
			fmt.Fprintf(s.Out, "%s  %-9s  %s\n", mark, f.Check, f.Says)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s: %w: %d of %s not as they should be",
			v.Letter, notice.ErrInvalid, bad, count(len(findings), "finding"))
	}
	return nil
}
