package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Archive writes what has been published, for the archives.
type Archive struct {
	Out  string `help:"Folder to write; it must be new or empty." short:"o" required:"" type:"path" placeholder:"DIR"`
	Site string `help:"The public pages' address." default:"http://127.0.0.1:8080" placeholder:"URL"`
	JSON bool   `help:"Print the manifest."`
}

// The manifest and the sums that sha256sum -c reads.
const (
	manifestFile = "manifest.json"
	sumsFile     = "SHA256SUMS"
)

// An Item is one notice in the manifest.
type Item struct {
	ID        string   `json:"id"`
	Reference string   `json:"reference,omitzero"`
	Events    string   `json:"events"`  // file: CloudEvents, one a line, in the order of the record
	Letters   []string `json:"letters"` // files: the originals, as they were stored
}

// Run writes a folder a notice, then the manifest, then the sums: an archive
// that has no sums is not whole.
func (a Archive) Run(ctx context.Context, s Streams) error {
	if err := emptyFolder(a.Out); err != nil {
		return err
	}
	box := &box{dir: a.Out, site: strings.TrimSuffix(a.Site, "/")}
	ids, err := box.notices(ctx)
	if err != nil {
		return err
	}
	items := []Item{}
	for _, id := range ids {
		item, err := box.notice(ctx, id)
		if err != nil {
			return fmt.Errorf("notice %s: %w", id, err)
		}
		items = append(items, item)
	}
	manifest, err := json.MarshalIndent(items, "", "  ")
	if err == nil {
		err = box.put(manifestFile, append(manifest, '\n'))
	}
	if err == nil {
		err = writeFile(filepath.Join(a.Out, sumsFile), box.sums.Bytes())
	}
	if err != nil {
		return err
	}
	if a.JSON {
		return writeJSON(s.Out, items)
	}
	_, err = fmt.Fprintf(s.Out, "%s: %s, %s; verify with: cd %[1]s && sha256sum -c %s\n",
		a.Out, count(len(items), "notice"), count(box.letters, "letter"), sumsFile)
	return err
}

// emptyFolder makes a folder, or finds that it is empty: an archive is not
// mixed with another.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	there, err := os.ReadDir(dir)
	if err == nil && len(there) > 0 {
		err = fmt.Errorf("%w: %s is not empty: name another folder", notice.ErrInvalid, dir)
	}
	return err
}

// A box is an archive that is being filled from the public pages.
type box struct {
	dir, site string
	sums      bytes.Buffer
	letters   int
}

// put writes a file and its sum.
func (b *box) put(name string, data []byte) error {
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	fmt.Fprintf(&b.sums, "%x  %s\n", sha256.Sum256(data), name)
	return writeFile(path, data)
}

// notices are the ids of all notices, oldest first.
func (b *box) notices(ctx context.Context) ([]string, error) {
	var ids []string
	for page := 1; ; page++ {
		var list []life
		body, err := fetch(ctx, fmt.Sprintf("%s/api/notices?page=%d", b.site, page))
		if errors.Is(err, notice.ErrInvalid) && page > 1 {
			return ids, nil // there is no such page
		}
		if err == nil {
			err = json.Unmarshal(body, &list)
		}
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			ids = append([]string{n.ID}, ids...)
		}
	}
}

// notice writes one notice: its events as the site gives them, and the original
// of every letter.
func (b *box) notice(ctx context.Context, id string) (Item, error) {
	var told struct {
		life
		Events []json.RawMessage `json:"events"`
	}
	item := Item{ID: id, Events: id + "/events.jsonl", Letters: []string{}}
	body, err := fetch(ctx, b.site+"/api/notices/"+id)
	if err == nil {
		err = json.Unmarshal(body, &told)
	}
	if err != nil {
		return item, err
	}
	item.Reference = told.Reference
	for _, raw := range told.Events {
		var e notice.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			return item, err
		}
		if rule, _ := notice.RuleOf(e.Act.Type()); !rule.Letter {
			continue
		}
		name := fmt.Sprintf("%s/%d.pdf", id, e.Version)
		pdf, err := fetch(ctx, b.site+"/notices/"+name)
		if err == nil {
			err = b.put(name, pdf)
		}
		if err != nil {
			return item, fmt.Errorf("letter %d: %w", e.Version, err)
		}
		item.Letters = append(item.Letters, name)
		b.letters++
	}
	return item, b.put(item.Events, append(bytes.Join(raws(told.Events), []byte("\n")), '\n'))
}

func raws(all []json.RawMessage) [][]byte {
	out := make([][]byte, len(all))
	for i, raw := range all {
		out[i] = raw
	}
	return out
}
