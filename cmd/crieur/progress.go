package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A progress tells how far long work has come: on a terminal in one line that
// changes, elsewhere by a line now and then.
type progress struct {
	w        io.Writer
	what     string
	terminal bool
	every    time.Duration
	last     time.Time // by the machine's clock: when something was told
	open     bool      // a line stands on the terminal
}

func newProgress(w io.Writer, what string) *progress {
	p := &progress{w: w, what: what, every: 10 * time.Second, last: time.Now()}
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		p.terminal, p.every = true, 200*time.Millisecond
	}
	return p
}

// at says how far it is, unless something has just been said.
func (p *progress) at(n int) {
	if n%100 != 0 || time.Since(p.last) < p.every {
		return
	}
	p.last = time.Now()
	if p.terminal {
		fmt.Fprintf(p.w, "\r%d %s", n, p.what)
		p.open = true
		return
	}
	fmt.Fprintf(p.w, "%d %s\n", n, p.what)
}

// done leaves the terminal as it was.
func (p *progress) done() {
	if p.open {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.open = false
	}
}

// writeWhole writes a file under its name when it is whole, for its owner
// alone: what stood there stays until then.
func writeWhole(path string, write func(io.Writer) error) error {
	if filepath.Base(path) == "-" {
		return fmt.Errorf("%w: a file is written whole or not at all, never to -: name one", notice.ErrInvalid)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%w: %s is a folder: name a file", notice.ErrInvalid, path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no folder %s to write %s into", notice.ErrNotFound, filepath.Dir(path), filepath.Base(path))
	}
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it has moved if all went well
	buffer := bufio.NewWriterSize(f, 1<<16)
	err = write(buffer)
	if err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
