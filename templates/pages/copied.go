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

// tops are where a page says what is to be known before all else, and the
// template that says it there: in the header, or in a frame for other people's
// pages, which has none.
var tops = []struct{ after, template string }{
	{`<header class="fr-header">` + "\n", "copied"},
	{"<main>\n", "copied-frame"},
}

// Mark has a page say that it is of a copy, and where the original is. What is
// no page of ours stays as it is.
func (c Copied) Mark(page []byte) ([]byte, error) {
	for _, top := range tops {
		before, after, ok := bytes.Cut(page, []byte(top.after))
		if !ok {
			continue
		}
		marked := bytes.NewBuffer(append(bytes.Clone(before), top.after...))
		if err := layout().ExecuteTemplate(marked, top.template, c); err != nil {
			return nil, fmt.Errorf("mark a copy: %w", err)
		}
		marked.Write(after)
		return marked.Bytes(), nil
	}
	return page, nil
}
