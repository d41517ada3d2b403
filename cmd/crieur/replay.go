package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Replay plays a story in simulated time and keeps everything it makes.
type Replay struct {
	Story     string `arg:"" help:"The story, YAML." type:"path"`
	Out       string `help:"Folder to write: letters, mails, outlook, events.jsonl, push.jsonl, calendar.ics, feed.atom." short:"o" required:"" type:"path" placeholder:"DIR"`
	PublicURL string `help:"Where the public would find the pages, for links in mails." default:"https://crieur.example" placeholder:"URL"`
	Sender
	HouseFiles
}

// replayStore is room for the broker, in bytes: a story is small.
const replayStore = 1 << 30

// Run replays. The folder is written whole or stays as it was.
func (r Replay) Run(ctx context.Context, s Streams) error {
	story, err := house.ReadStory(r.Story)
	if err != nil {
		return asInput(err)
	}
	words, err := r.load()
	if err != nil {
		return err
	}
	from, err := r.address()
	if err != nil {
		return err
	}
	out, err := newFolder(r.Out)
	if err != nil {
		return err
	}
	defer out.discard()
	work, err := os.MkdirTemp("", "crieur-replay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	c := house.Config{Words: words, Dir: work, MaxStore: replayStore, From: from, PublicURL: r.PublicURL, Log: slog.New(slog.DiscardHandler)}
	if err := house.Replay(ctx, c, story, out.write); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s: %s, %s, %s\n", r.Out, count(out.files["letters"], "letter"), count(out.files["mails"], "mail"), count(out.files["outlook"], "outlook"))
	return err
}

// made are the names that a replay's folder may hold: a folder with anything
// else is somebody's, and is not replaced.
var made = []string{"letters", "mails", "outlook", "events.jsonl", "push.jsonl", "calendar.ics", "feed.atom"}

// A folder is being written beside the place where it will stand.
type folder struct {
	path, draft string
	files       map[string]int // written, by their own folder
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

// keep puts the folder in its place.
func (f *folder) keep() error {
	if err := os.RemoveAll(f.path); err != nil {
		return err
	}
	return os.Rename(f.draft, f.path)
}

// discard removes what was not kept.
func (f *folder) discard() { _ = os.RemoveAll(f.draft) } // gone if it was kept
