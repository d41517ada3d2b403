package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/templates/pages/kept"
)

// An exported is a file of a copy. Its body is nil where what lies there is what the
// site has.
type exported struct {
	name string
	body []byte
	mark mark
}

// worth is from what size on a file is worth compressing, in bytes.
const worth = 1024

// update makes the folder hold these files and no others of ours. Each has its
// name when it is whole; pages come after what they show, the front page last.
// What is the same stays untouched.
func (f *copyFolder) update(files []exported) error {
	f.written, f.removed = 0, 0
	now := map[string]mark{}
	for _, one := range order(files) {
		now[one.name] = one.mark
		if err := f.put(one, now); err != nil {
			return err
		}
	}
	before := f.Files
	f.Files = now
	text, err := json.Marshal(f)
	if err == nil { // before anything is removed: what is noted and gone is no harm
		err = writeFile(filepath.Join(f.dir, ledgerFile), text)
	}
	if err != nil {
		return err
	}
	for name := range before {
		if _, ok := now[name]; ok {
			continue
		}
		if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f.removed++
		f.prune(filepath.Dir(f.path(name)))
	}
	return nil
}

// put writes a file, and its compressed copies, where it is another than before.
func (f *copyFolder) put(one exported, now map[string]mark) error {
	path := f.path(one.name)
	there, err := os.ReadFile(path)
	if one.body == nil {
		one.body = there
	}
	same := err == nil && bytes.Equal(there, one.body)
	if !same {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeFile(path, one.body); err != nil {
			return err
		}
		f.written++
	}
	if !f.compress || len(one.body) < worth || !wordy(one.mark.Type) {
		return nil
	}
	if same && f.compressed(one.name, now) {
		return nil
	}
	for _, v := range kept.Variants(one.body) {
		now[one.name+v.Suffix] = mark{}
		if err := writeFile(path+v.Suffix, v.Body); err != nil {
			return err
		}
	}
	return nil
}

// compressed is whether a file that is the same has its copies already; they
// are noted.
func (f *copyFolder) compressed(name string, now map[string]mark) bool {
	found := false
	for _, suffix := range kept.Suffixes() {
		if was, ok := f.Files[name+suffix]; ok {
			now[name+suffix], found = was, true
		}
	}
	return found
}

// wordy is whether something of a media type can be compressed.
func wordy(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || strings.Contains(mediaType, "json") || strings.Contains(mediaType, "xml") ||
		strings.Contains(mediaType, "javascript") || strings.Contains(mediaType, "yaml")
}

// order is that in which files are written: pages last, the front page behind
// all.
func order(files []exported) []exported {
	rank := func(f exported) int {
		switch {
		case f.name == "index.html":
			return 2
		case strings.HasSuffix(f.name, ".html"):
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(files), func(a, b exported) int { return rank(a) - rank(b) })
}

func (f *copyFolder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// prune removes folders that have become empty.
func (f *copyFolder) prune(dir string) {
	for dir != f.dir && os.Remove(dir) == nil { // it refuses what is not empty
		dir = filepath.Dir(dir)
	}
}
