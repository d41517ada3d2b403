// Package kept holds what many readers ask for and sends it as each of them
// can take it: compressed or not, whole, or not at all where they have it.
//
// Whoever answers the public makes a Body of what was composed, once, and
// sends it again and again; a Shelf holds many things and so many bytes at
// most. A body is compressed once for each coding, when the first reader comes
// who takes it. The package knows nothing of pages, and what may be kept, and
// for how long, is its callers' to say.
package kept

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// A Body is some bytes and the same compressed. It is made by New and does not
// change; many may send it at once.
type Body struct {
	sum   string
	raw   []byte
	best  bool // it changes rarely: compressing may take long
	forms [codings]form
}

// A form is a body in one coding. Its header fields are ready to be sent.
type form struct {
	once        sync.Once
	body        []byte
	tag, length []string
}

// New is a body that changes now and then, as a page does. The bytes are not
// to be changed any more.
func New(raw []byte) *Body {
	sum := sha256.Sum256(raw)
	return &Body{raw: raw, sum: hex.EncodeToString(sum[:8])}
}

// NewAsset is a body that changes with the program alone.
func NewAsset(raw []byte) *Body {
	b := New(raw)
	b.best = true
	return b
}

// Is whether these are the body's bytes.
func (b *Body) Is(raw []byte) bool { return bytes.Equal(b.raw, raw) }

// Size is what a body takes of memory, at most, when all its forms are made.
func (b *Body) Size() int { return int(codings)*len(b.raw) + overhead }

// overhead is what a body takes beside its bytes, and its place on a Shelf.
const overhead = 1024

// small bodies are not worth compressing: they fit in one packet.
const small = 1024

// in is the body in a coding.
func (b *Body) in(c coding) *form {
	f := &b.forms[c]
	f.once.Do(func() {
		f.body, f.tag = b.raw, []string{`"` + b.sum + `"`}
		if c != identity {
			f.body, f.tag = encode(c, b.raw, b.best), []string{`"` + b.sum + "-" + c.String() + `"`}
		}
		f.length = []string{strconv.Itoa(len(f.body))}
	})
	return f
}

// Send answers with the body. The type and what caches may do stand in the
// header already. Where the status is 200, or 0 for it, the body has an entity
// tag of its own for each coding, and is not sent to who has it. A range that
// is asked for is not given: the whole is (RFC 9110 section 14.2).
func (b *Body) Send(w http.ResponseWriter, r *http.Request, status int) {
	head := w.Header()
	head["Vary"] = append(head["Vary"], "Accept-Encoding")
	wanted := accepted(r.Header["Accept-Encoding"])
	c, ok := wanted.choose(len(b.raw) >= small)
	if !ok {
		http.Error(w, "none of the codings that you take is to be had here: gzip, br, zstd, identity", http.StatusNotAcceptable)
		return
	}
	f := b.in(c)
	if c != identity && len(f.body) >= len(b.raw) && wanted[identity] > 0 {
		c, f = identity, b.in(identity)
	}
	if status == 0 {
		status = http.StatusOK
	}
	if status == http.StatusOK {
		head["Etag"] = f.tag
		if has(r.Header["If-None-Match"], f.tag[0]) {
			delete(head, "Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	head["Content-Length"] = f.length
	if c != identity {
		head["Content-Encoding"] = names[c]
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.body) // a reader who left is nobody's fault
	}
}

// has is whether a tag is among those that a reader has (RFC 9110 section
// 13.1.2; what a proxy has made weak is the same).
func has(lists []string, tag string) bool {
	for _, list := range lists {
		for one := range strings.SplitSeq(list, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}
