package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Export writes the public site as files, for a CDN or a disaster.
type Export struct {
	Out      string        `help:"Folder to write; new, empty, or of an earlier export, of which what has not changed stays untouched." short:"o" required:"" type:"path" placeholder:"DIR"`
	Site     string        `help:"The public pages' address." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Live     string        `help:"Where readers find the site, for links to what a copy cannot do; --site if absent." placeholder:"URL"`
	Every    time.Duration `help:"Go on, and export again so often; where the site does not answer the copy stays as it is." placeholder:"DURATION"`
	Compress bool          `help:"Write compressed copies beside the files (.gz, .br, .zst), for servers that look for them."`
}

// Run exports once, or until it is told to end.
func (e Export) Run(ctx context.Context, s Streams) error {
	if e.Live == "" {
		e.Live = e.Site
	}
	site, err := siteAddress("--site", e.Site)
	if err != nil {
		return err
	}
	live, err := siteAddress("--live", e.Live)
	if err != nil {
		return err
	}
	folder, err := openFolder(e.Out, e.Compress)
	if err != nil {
		return err
	}
	for {
		began := time.Now()
		said, err := e.once(ctx, folder, site, live)
		if err == nil {
			fmt.Fprintln(s.Out, said)
		}
		if e.Every <= 0 {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			fmt.Fprintf(s.Err, "crieur export: %v; the copy stays as it is\n", err)
		}
		select {
		case <-time.After(time.Until(began.Add(e.Every))):
		case <-ctx.Done():
			return nil
		}
	}
}

// once brings the folder up to date.
func (e Export) once(ctx context.Context, f *copyFolder, site, live *url.URL) (said string, err error) {
	c := &copier{site: site, live: live, dir: f.dir, at: time.Now(), before: f.Files, found: map[string]*copied{}}
	if err := c.crawl(ctx); err != nil {
		return "", err
	}
	files, err := c.files()
	if err != nil {
		return "", err
	}
	if err := f.update(files); err != nil {
		return "", err
	}
	said = fmt.Sprintf("%s: %s, %d written, %d removed", f.dir, count(len(f.Files), "file"), f.written, f.removed)
	if len(c.missing) > 0 {
		said += "; not to be had: " + strings.Join(c.missing, ", ")
	}
	return said, nil
}

// siteAddress is a site's address without a slash at its end.
func siteAddress(flag, text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") {
		return nil, fmt.Errorf("%w: %s: %q is not the address of a site: write https://host", notice.ErrInvalid, flag, text)
	}
	return u, nil
}

// ledgerFile is where a folder notes what lies in it.
const ledgerFile = ".crieur-export.json"

// A copyFolder holds a copy. It knows its files, so that nothing of somebody else
// is removed.
type copyFolder struct {
	dir              string
	compress         bool
	written, removed int             // by the last update
	Files            map[string]mark `json:"files"` // by name
}

// A mark tells whether a file is still what the site has.
type mark struct {
	Tag  string `json:"tag,omitzero"`  // the site's entity tag of it, for what is copied as it is
	Type string `json:"type,omitzero"` // its media type
}

func openFolder(dir string, compress bool) (*copyFolder, error) {
	f := &copyFolder{dir: dir, compress: compress, Files: map[string]mark{}}
	text, err := os.ReadFile(filepath.Join(dir, ledgerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return f, emptyFolder(dir)
	}
	if err == nil {
		err = json.Unmarshal(text, f)
	}
	if err != nil {
		return nil, fmt.Errorf("read what lies in %s: %w; remove the folder to start anew", dir, err)
	}
	return f, nil
}
