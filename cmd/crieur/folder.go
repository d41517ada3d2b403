package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/schemas/notice"
)

type mailboxMessage = mailbox.Message

// made are the names that a replay's folder may hold: a folder with anything
// else is somebody's, and is not replaced.
var made = []string{"letters", "mails", "outlook", "events.jsonl", "push.jsonl"}

// A folder is being written beside the place where it will stand.
type folder struct {
	path, draft string
	files       map[string]int // written, by their folder or name
}

func newFolder(path string) (*folder, error) {
	there, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range there {
		if !slices.Contains(made, e.Name()) {
			return nil, fmt.Errorf("%w: %s holds %s, which no replay wrote: name another folder", notice.ErrInvalid, path, e.Name())
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	draft, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	return &folder{path, draft, map[string]int{}}, os.Chmod(draft, 0o755)
}

// write adds a file.
func (f *folder) write(name string, data []byte) error {
	f.files[filepath.Dir(name)]++
	path := filepath.Join(f.draft, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// line adds a value to a file of one JSON object a line.
func (f *folder) line(name string, v any) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	f.files[name]++
	file, err := os.OpenFile(filepath.Join(f.draft, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(line.Bytes())
	return errors.Join(err, file.Close())
}

// json adds a file of one value.
func (f *folder) json(name string, v any) error {
	var text bytes.Buffer
	if err := writeJSON(&text, v); err != nil {
		return err
	}
	return f.write(name, text.Bytes())
}

// keep puts the folder in its place.
func (f *folder) keep() error {
	if err := os.RemoveAll(f.path); err != nil {
		return err
	}
	return os.Rename(f.draft, f.path)
}

// discard removes what was not kept.
func (f *folder) discard() { _ = os.RemoveAll(f.draft) } // gone if it was kept

func (f *folder) summary() string {
	return fmt.Sprintf("%s, %s, %s, %s", count(f.files["events.jsonl"], "event"), count(f.files["letters"], "letter"),
		count(f.files["mails"], "mail"), count(f.files["outlook"], "outlook"))
}
