package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/templates"
)

// An examination looks at one letter.
type examination struct {
	file     []byte
	words    templates.Words
	roots    *x509.CertPool // nil: the system's
	notice   []byte         // within the letter; nil where there is none
	act      []byte
	end      bool // it is the letter of an end of alert
	extract  *templates.Extract
	findings []Finding
}

// found adds a finding: a good one where err is nil.
func (e *examination) found(check string, err error, says string, args ...any) {
	f := Finding{check, err == nil, fmt.Sprintf(says, args...)}
	if err != nil {
		f.Says = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	e.findings = append(e.findings, f)
}

// seal looks at the seal: is it whole, whose is it, who vouches for him, and
// when was it?
func (e *examination) seal() {
	s, err := letter.Seal(e.file)
	if errors.Is(err, pdf.ErrUnsigned) {
		err = errors.New("the letter has no seal: anybody may have made it")
	}
	e.found("integrity", err, "not a byte has changed since it was sealed")
	if err != nil {
		return
	}
	says := s.Certificate.Subject.String()
	if seal.IsSpecimen(s.Certificate) {
		says += ": a demonstration's, it vouches for nothing"
	}
	e.found("signer", nil, "%s", says)
	at := time.Now()
	stampErr := error(nil)
	if s.Stamp != nil {
		if stampErr = s.Stamp.Trusted(e.roots); stampErr == nil {
			at = s.Stamp.Time
		}
	}
	e.found("trust", s.Trusted(e.roots, at), "a certificate that you trust vouches for the signer")
	if s.Stamp == nil {
		e.found("time", nil, "no time stamp: the date of the seal is the signer's word")
		return
	}
	e.found("time", stampErr, "sealed before %s, says %s", templates.Moment(s.Stamp.Time), s.Stamp.Authority.Subject)
}

// content looks at the notice within the letter, and whether the words say
// what it says.
func (e *examination) content() {
	extract, err := letter.AttachedExtract(e.file)
	if err == nil && extract != nil {
		e.extracted(extract)
		return
	}
	e.notice, e.act, err = letter.Attached(e.file)
	if err == nil && e.notice == nil {
		err = errors.New("no notice goes with the letter")
	}
	if err != nil {
		e.found("notice", err, "")
		return
	}
	l, n, err := house.Recompose(e.words, e.notice, e.act)
	if err != nil {
		e.found("notice", err, "")
		return
	}
	e.found("notice", nil, "%s %s of %s, issued on %s", n.Kind, n.Reference, n.Issuer, templates.Date(n.Issued.Date))
	e.found("words", e.compare(l), "the letter says what the notice says, word for word")
}

// extracted looks at an extract of the record instead.
func (e *examination) extracted(attached []byte) {
	l, x, err := house.RecomposeExtract(e.words, attached)
	e.extract = &x
	if err != nil {
		e.found("extract", err, "")
		return
	}
	e.found("extract", nil, "%s of %s in %s, made on %s", x.Reference, x.Label, x.ModeLabel, templates.Moment(x.Asked.Time))
	e.found("words", e.compare(l), "the extract says what its data say, word for word")
}

// compare is nil where the letter says what another one says. What the seal
// shows of itself is left out.
func (e *examination) compare(l letter.Letter) error {
	again, err := l.Draw()
	if err != nil {
		return err
	}
	want, err := linesOf(again)
	if err != nil {
		return err
	}
	got, err := linesOf(e.file)
	if err != nil {
		return err
	}
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			return fmt.Errorf("the letter says %q, the notice does not", got[i])
		case i >= len(got):
			return fmt.Errorf("the notice says %q, the letter does not", want[i])
		case got[i] != want[i]:
			return fmt.Errorf("the letter says %q, where the notice says %q", got[i], want[i])
		}
	}
	return nil
}

// linesOf are the lines of a letter but those of its seal, and of a letterhead
// that may be an emblem.
func linesOf(file []byte) ([]string, error) {
	text, err := letter.Text(file)
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		return letter.IsMark(line) || letter.IsLetterhead(line)
	}), err
}

// format looks whether the letter is the archive's and the listener's document
// that it claims to be.
func (e *examination) format() {
	e.found("format", letter.Verify(e.file), "PDF/A-3a and PDF/UA-1, as far as a machine can tell")
}
