package pages

import (
	"bytes"
	"fmt"
	"time"
)

// A Copied page is one of a copy of the site, made at a time.
type Copied struct {
	At   time.Time
	Site string // the address of the site of which it is a copy
}

// top is where a page says what is to be known before all else.
var top = []byte(`<header class="fr-header">` + "\n")

// Mark has a page say that it is of a copy, and where the original is. What has
// no header, as a frame for other people's pages, stays as it is.
func (c Copied) Mark(page []byte) ([]byte, error) {
	before, after, ok := bytes.Cut(page, top)
	if !ok {
		return page, nil
	}
	var marked bytes.Buffer
	marked.Write(before)
	marked.Write(top)
	if err := layout().ExecuteTemplate(&marked, "copied", c); err != nil {
		return nil, fmt.Errorf("mark a copy: %w", err)
	}
	marked.Write(after)
	return marked.Bytes(), nil
}
