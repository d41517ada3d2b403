package bounce

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"time"
)

// A Maildir is a folder that a mail server delivers into: each mail a file in
// new. What has been taken in is moved to cur, with the flag S (seen) in its
// name; what is for a person has F (flagged), as mail programs show it. Nothing
// is deleted.
type Maildir string

// look is how often new is looked into.
const look = 2 * time.Second

// maxFile is how much of a mail is looked at, in bytes.
const maxFile = 4 << 20

// Open makes the folders that are not there.
func (d Maildir) Open() error {
	for _, name := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(string(d), name), 0o700); err != nil {
			return fmt.Errorf("folder of what comes back: %w", err)
		}
	}
	return nil
}

// names are the mails in new, in the order of their names, which begin with
// the time of delivery.
func (d Maildir) names() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(string(d), "new"))
	if err != nil {
		return nil, fmt.Errorf("folder of what comes back: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name()[0] != '.' {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// read is a mail in new, as much of it as is looked at.
func (d Maildir) read(name string) ([]byte, error) {
	f, err := os.Open(filepath.Join(string(d), "new", name))
	if err != nil {
		return nil, fmt.Errorf("read what came back: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read what came back: %w", err)
	}
	return raw, nil
}

// seen is where a mail lies once it is done with.
func (d Maildir) seen(name string, flag byte) string {
	return filepath.Join(string(d), "cur", name+":2,"+string(flag))
}

// done moves a mail out of new; it may have been moved by another process.
func (d Maildir) done(name string, flag byte) error {
	err := os.Rename(filepath.Join(string(d), "new", name), d.seen(name, flag))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("move what came back: %w", err)
	}
	return nil
}

// keep writes a mail that is for a person, says to what address it came, and
// gives its file. When it returns the mail is on disk.
func (d Maildir) keep(to string, raw []byte) (file string, err error) {
	name := fmt.Sprintf("%d.%s.crieur", time.Now().Unix(), rand.Text())
	draft := filepath.Join(string(d), "tmp", name)
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("keep what came back: %w", err)
	}
	_, err = fmt.Fprintf(f, "Delivered-To: %s\r\n%s", to, raw)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(draft, d.seen(name, 'F'))
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("keep what came back: %w", err), os.Remove(draft))
	}
	return d.seen(name, 'F'), syncFolder(filepath.Join(string(d), "cur"))
}

// syncFolder puts the names in a folder on disk.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("keep what came back: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// Run takes in what lies in the folder, and what comes, until ctx ends.
func (in *Intake) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	troubled := false
	for {
		err := in.sweep(ctx)
		if err != nil && ctx.Err() == nil && !troubled {
			in.Log.Warn("what came back cannot be taken in, will retry", "channel", in.Channel, "wait", look, "err", err)
		}
		troubled = err != nil
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sweep takes in what lies in new. What cannot be handled at present stays.
func (in *Intake) sweep(ctx context.Context) error {
	names, err := in.Folder.names()
	for _, name := range names {
		if err == nil {
			err = in.takeFile(ctx, name)
		}
	}
	return err
}

func (in *Intake) takeFile(ctx context.Context, name string) error {
	raw, err := in.Folder.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another process was faster
	}
	if err != nil {
		return err
	}
	said, err := in.read(ctx, recipientsOf(raw), raw)
	if errors.Is(err, ErrUnread) || errors.Is(err, errStranger) {
		in.Log.Warn("a mail that came back is kept for a person", "channel", in.Channel, "file", in.Folder.seen(name, 'F'), "err", err)
		in.count(func(c *Counts) { c.Kept++ })
		return in.Folder.done(name, 'F')
	}
	if err != nil {
		return err
	}
	in.tally(said)
	return in.Folder.done(name, 'S')
}

// recipientsOf are the addresses that a mail in a folder may have come to: as
// who delivered it says, or else as its own head does. Nothing that it quotes
// is looked at, and an address counts only if the house has made it.
func recipientsOf(raw []byte) []string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	var to []string
	for _, field := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"} {
		for _, value := range m.Header[field] {
			list, err := mail.ParseAddressList(value)
			if err != nil {
				to = append(to, value)
			}
			for _, a := range list {
				to = append(to, a.Address)
			}
		}
	}
	return to
}
