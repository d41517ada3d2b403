package mailbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	indexName   = "envelopes.jsonl"
	draftPrefix = ".incoming-"
	maxNameTail = 100 // bytes of a recipient in a file's name
)

// A folder is where the messages lie. It is locked while it is open.
type folder struct {
	path  string
	dir   *os.File // locked, and synced after each new name
	index *os.File
	last  int // the highest number given

	// drafts is read-locked by each, so that close waits for them: go-smtp
	// does not wait for those that come by BDAT.
	drafts sync.RWMutex
	closed bool // guarded by drafts
}

// An envelope is one line of the index. It is written before the message gets
// its name, and not synced: a power cut may take the last envelopes, never a
// message. A message without an envelope is listed by its own head.
type envelope struct {
	File string    `json:"file"`
	At   time.Time `json:"at"`
	From string    `json:"from"`
	To   []string  `json:"to"`
}

// openFolder makes, locks and sweeps the folder.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, dir: dir}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return f, fmt.Errorf("%s is in use by another mailbox: %w", path, err)
	}
	f.index, err = os.OpenFile(filepath.Join(path, indexName), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	return f, err
}

// close waits for the drafts and lets go of the folder.
func (f *folder) close() error {
	if f == nil {
		return nil
	}
	f.drafts.Lock()
	defer f.drafts.Unlock()
	f.closed = true
	err := f.dir.Close()
	if f.index != nil {
		err = errors.Join(err, f.index.Close())
	}
	return err
}

// sync puts the names in the folder on disk.
func (f *folder) sync() error { return f.dir.Sync() }

// ours matches the names that adopt gives.
var ours = regexp.MustCompile(`^(\d{6,})-.*\.eml$`)

// list reads what an earlier run left, removes its drafts and sets last.
func (f *folder) list() ([]Message, error) {
	envelopes, err := f.envelopes()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, err
	}
	var messages []Message
	for _, entry := range entries {
		path := filepath.Join(f.path, entry.Name())
		if strings.HasPrefix(entry.Name(), draftPrefix) {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
		if name := ours.FindStringSubmatch(entry.Name()); name != nil {
			n, _ := strconv.Atoi(name[1]) // digits
			message, err := reopen(path, envelopes[entry.Name()])
			if err != nil {
				return nil, err
			}
			message.N, f.last = n, max(f.last, n)
			messages = append(messages, message)
		}
	}
	slices.SortFunc(messages, func(a, b Message) int { return a.N - b.N })
	return messages, nil
}

// envelopes reads the index. A line that a crash cut short is ended, and
// passed over; of two lines for a file, the last is true.
func (f *folder) envelopes() (map[string]envelope, error) {
	text, err := io.ReadAll(f.index)
	if err != nil {
		return nil, err
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		if _, err := f.index.WriteString("\n"); err != nil {
			return nil, err
		}
	}
	found := map[string]envelope{}
	for line := range strings.Lines(string(text)) {
		var e envelope
		if json.Unmarshal([]byte(line), &e) == nil {
			found[e.File] = e
		}
	}
	return found, nil
}

// reopen lists a message of an earlier run.
func reopen(path string, e envelope) (Message, error) {
	file, err := os.Open(path)
	if err != nil {
		return Message{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Message{}, err
	}
	message := Message{Path: path, Size: info.Size(), Received: e.At, From: e.From, To: e.To}
	header := message.read(file)
	if e.File == "" {
		message.Received = info.ModTime()
		message.From = strings.Join(addresses(header.Get("From")), ", ")
		message.To = addresses(header.Get("To"))
	}
	return message, nil
}

// read fills in what the head of the message says, and gives it.
func (m *Message) read(r io.Reader) mail.Header {
	parsed, err := mail.ReadMessage(bufio.NewReader(r))
	if err != nil {
		m.Err = err
		return mail.Header{}
	}
	m.Subject = decodeHeader(parsed.Header.Get("Subject"))
	m.MessageID = strings.TrimSpace(parsed.Header.Get("Message-Id"))
	return parsed.Header
}

// A draft is a message on its way in, under a name that is not listed.
type draft struct {
	file    *os.File
	folder  *folder
	head    Message // what its head says, and its size; set by finish
	adopted bool
}

// draft begins one; it must be discarded.
func (f *folder) draft() (*draft, error) {
	f.drafts.RLock()
	if f.closed {
		f.drafts.RUnlock()
		return nil, os.ErrClosed
	}
	file, err := os.CreateTemp(f.path, draftPrefix)
	if err != nil {
		f.drafts.RUnlock()
		return nil, err
	}
	return &draft{file: file, folder: f}, nil
}

// Write takes the next bytes of the message.
func (d *draft) Write(p []byte) (int, error) { return d.file.Write(p) }

// finish puts the message on disk and reads its head.
func (d *draft) finish() error {
	if err := d.file.Sync(); err != nil {
		return err
	}
	size, err := d.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d.head.Size = size
	d.head.read(d.file)
	return nil
}

// discard closes the draft, and removes it unless it was adopted.
func (d *draft) discard() {
	_ = d.file.Close() // synced, or not wanted
	if !d.adopted {
		_ = os.Remove(d.file.Name()) // else the next start sweeps it up
	}
	d.folder.drafts.RUnlock()
}

// adopt gives the draft the next number and its name, and fills the message
// in. The number is spent even if that fails.
func (f *folder) adopt(d *draft, m *Message) error {
	f.last++
	m.N, m.Size, m.Err = f.last, d.head.Size, d.head.Err
	m.Subject, m.MessageID = d.head.Subject, d.head.MessageID
	name := fileName(m.N, m.To[0])
	m.Path = filepath.Join(f.path, name)
	line, err := json.Marshal(envelope{File: name, At: m.Received, From: m.From, To: m.To})
	if err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	if _, err := f.index.Write(append(line, '\n')); err != nil {
		return err
	}
	err = os.Rename(d.file.Name(), m.Path)
	d.adopted = err == nil
	return err
}

// odd is what a recipient may hold and a file's name had better not.
var odd = regexp.MustCompile(`[^A-Za-z0-9@._+-]+`)

// fileName is unique by its number; the recipient is there for the eye.
func fileName(n int, to string) string {
	tail := odd.ReplaceAllString(to, "_")
	return fmt.Sprintf("%06d-%s.eml", n, tail[:min(len(tail), maxNameTail)])
}
