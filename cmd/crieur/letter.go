package main

import (
	"fmt"
	"os"
	"path/filepath"

	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Letter makes the letter of a notice.
type Letter struct {
	Notice string `arg:"" help:"The notice, YAML or JSON; - for standard input."`
	Out    string `help:"The PDF to write; - for standard output." short:"o" required:"" placeholder:"FILE"`
	HouseFiles
}

// Run writes the letter, or nothing.
func (l Letter) Run(s Streams) error {
	house, err := l.load()
	if err != nil {
		return err
	}
	input, err := readInput(l.Notice, s.In)
	if err != nil {
		return err
	}
	n, problems := schemas.Check(input, house.Catalogue, house.Bureaus)
	for _, p := range problems {
		fmt.Fprintf(s.Err, "%s: %s\n", l.Notice, p)
	}
	if problems.Err() != nil {
		return fmt.Errorf("%s: %w: no letter is made", l.Notice, notice.ErrInvalid)
	}
	doc, err := templates.Words{Catalogue: house.Catalogue, Bureaus: house.Bureaus}.Letter(n)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Notice, err)
	}
	pdf, err := letter.Draw(doc)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", l.Notice, notice.ErrInvalid, err)
	}
	if l.Out == "-" {
		_, err = s.Out.Write(pdf)
		return err
	}
	return writeFile(l.Out, pdf)
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
