package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Own are a deployment's own words for some clauses: for all its bureaus under
// "", and for one under its code.
type Own struct {
	texts   map[string]texts // by bureau
	version string
}

// ReadOwn reads a folder of own words: files like letter.txt, in the same form,
// with the clauses that are to be said otherwise; a folder named as a bureau
// holds that bureau's. Whatever a clause says by itself its own words must say
// too. The error names every file and clause that is at fault.
func ReadOwn(dir fs.FS) (Own, error) {
	own := Own{texts: map[string]texts{}}
	known, _ := wording()
	sum := sha256.New()
	var errs []error
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if path.Ext(name) != ".txt" {
			return fmt.Errorf("%s: own words stand in files called .txt", name)
		}
		file, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s\n%s\n", name, file)
		bureau := strings.TrimSuffix(path.Dir(name), ".")
		if own.texts[bureau] == nil {
			own.texts[bureau] = texts{}
		}
		if err := own.read(bureau, string(file), known); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		return nil
	})
	own.version = hex.EncodeToString(sum.Sum(nil))[:16]
	return own, errors.Join(append(errs, err)...)
}

// read takes the clauses of one file in.
func (o Own) read(bureau, file string, known texts) error {
	fresh := texts{}
	if err := readTexts(fresh, file); err != nil {
		return err
	}
	var ps notice.Problems
	for _, name := range slices.Sorted(maps.Keys(fresh)) {
		words, ok := known[name]
		if !ok {
			ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: "/" + name, What: "there is no such clause",
				Remedy: nearest(name, known)})
			continue
		}
		for _, fact := range placeholders(words) {
			if !slices.Contains(placeholders(fresh[name]), fact) && !strings.HasPrefix(fact, "outlook") {
				ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: "/" + name, What: fmt.Sprintf("the clause says nothing of {%s}", fact),
					Remedy: "its usual words are: " + words})
			}
		}
		o.texts[bureau][name] = fresh[name]
	}
	return ps.Err()
}

func nearest(name string, known texts) string {
	if near := notice.Nearest(name, slices.Sorted(maps.Keys(known))); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "its name is one of those in templates/fr"
}

// of are the words of a bureau: the usual ones, with the house's and then the
// bureau's own put over them.
func (o Own) of(bureau string) texts {
	usual, _ := wording()
	if len(o.texts) == 0 {
		return usual
	}
	all := maps.Clone(usual)
	maps.Copy(all, o.texts[""])
	maps.Copy(all, o.texts[bureau])
	return all
}
