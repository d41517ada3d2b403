package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// HouseFiles name a deployment's own catalogue, bureaus and words.
type HouseFiles struct {
	Services string `help:"Catalogue of services; the embedded one if absent." type:"existingfile" placeholder:"FILE"`
	Bureaus  string `help:"Bureaus; the embedded ones if absent." type:"existingfile" placeholder:"FILE"`
	Words    string `help:"Folder with a deployment's own words for some clauses, and a folder a bureau." type:"existingdir" placeholder:"DIR"`
}

// load is what a deployment says, and of which services and bureaus.
func (f HouseFiles) load() (templates.Words, error) {
	house, err := f.house()
	w := templates.Words{Catalogue: house.Catalogue, Bureaus: house.Bureaus}
	if err != nil || f.Words == "" {
		return w, err
	}
	if w.Own, err = templates.ReadOwn(os.DirFS(f.Words)); err != nil {
		return w, fmt.Errorf("--words %s: %w:\n%w", f.Words, notice.ErrInvalid, err)
	}
	return w, nil
}

func (f HouseFiles) house() (schemas.House, error) {
	texts := map[string][]byte{}
	for embedded, own := range map[string]string{"services.yaml": f.Services, "bureaus.yaml": f.Bureaus} {
		text, err := schemas.Files.ReadFile(embedded)
		if own != "" {
			text, err = os.ReadFile(own)
		}
		if err != nil {
			return schemas.House{}, err
		}
		texts[embedded] = text
	}
	return schemas.Load(texts["services.yaml"], texts["bureaus.yaml"])
}

// Check says what is wrong with a notice.
type Check struct {
	Notice string `arg:"" help:"The notice, YAML or JSON; - for standard input."`
	JSON   bool   `help:"Print the problems as a JSON array."`
	HouseFiles
}

// Run prints every problem. Warnings stop nobody.
func (c Check) Run(s Streams) error {
	house, err := c.load()
	if err != nil {
		return err
	}
	text, err := readInput(c.Notice, s.In)
	if err != nil {
		return err
	}
	_, problems := schemas.Check(text, house.Catalogue, house.Bureaus)
	if c.JSON {
		if problems == nil {
			problems = notice.Problems{}
		}
		if err := writeJSON(s.Out, problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintf(s.Out, "%s: %s\n", c.Notice, p)
		}
	}
	errs, warnings := len(problems.Errors()), len(problems)-len(problems.Errors())
	if errs > 0 {
		return fmt.Errorf("%s: %w: %s, %s", c.Notice, notice.ErrInvalid, count(errs, "error"), count(warnings, "warning"))
	}
	if !c.JSON {
		fmt.Fprintf(s.Out, "%s: no error, %s\n", c.Notice, count(warnings, "warning"))
	}
	return nil
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// readInput reads a file, or standard input for "-". A file that is not there
// is the input's fault, one that cannot be read the world's.
func readInput(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(in, schemas.MaxDocument+1))
	}
	text, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%w: %w", notice.ErrNotFound, err)
	}
	return text, err
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
