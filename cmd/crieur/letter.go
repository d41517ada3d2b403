package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Letter makes the letter of a notice.
type Letter struct {
	Notice string `arg:"" help:"The notice, YAML or JSON; - for standard input."`
	Out    string `help:"The PDF to write; - for standard output." short:"o" required:"" placeholder:"FILE"`
	SealFiles
	LetterheadFiles
	HouseFiles
}

// Run writes the letter, or nothing.
func (l Letter) Run(ctx context.Context, s Streams) error {
	words, err := l.load()
	if err != nil {
		return err
	}
	sealer, err := l.sealer()
	if err != nil {
		return err
	}
	input, err := readInput(l.Notice, s.In)
	if err != nil {
		return err
	}
	n, problems := schemas.Check(input, words.Catalogue, words.Bureaus)
	for _, p := range problems {
		fmt.Fprintf(s.Err, "%s: %s\n", l.Notice, p)
	}
	if problems.Err() != nil {
		return fmt.Errorf("%s: %w: no letter is made", l.Notice, notice.ErrInvalid)
	}
	pdf, err := l.draw(ctx, words, n, sealer)
	if input := (*letter.InputError)(nil); errors.As(err, &input) {
		err = fmt.Errorf("%w: %w", notice.ErrInvalid, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l.Notice, err)
	}
	if l.Out == "-" {
		_, err = s.Out.Write(pdf)
		return err
	}
	return writeFile(l.Out, pdf)
}

// draw makes the letter of a notice, sealed now where there is a key.
func (l Letter) draw(ctx context.Context, words templates.Words, n notice.Notice, sealer seal.Sealer) ([]byte, error) {
	letterhead, err := l.letterhead()
	if err != nil {
		return nil, err
	}
	doc, err := words.Letter(n)
	if err != nil {
		return nil, err
	}
	made, err := house.LetterOf(doc, notice.State{Notice: n}, notice.Published{Notice: n}, time.Time{})
	if err != nil {
		return nil, err
	}
	made.Letterhead = letterhead
	if sealer.Signer == nil {
		return made.Draw()
	}
	return made.Sealed(ctx, sealer, house.SealMark(words, n, time.Now(), ""))
}

// writeFile writes a file whole or not at all.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has its name
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
