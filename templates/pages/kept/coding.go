package kept

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A coding is a way of sending bytes (RFC 9110 section 8.4.1). They stand in
// the order in which they are taken where a reader likes several the same.
type coding int

const (
	br coding = iota
	zst
	gz
	identity
	codings // how many there are
)

// names are what the codings are called, as a header field's values.
var names = [codings][]string{{"br"}, {"zstd"}, {"gzip"}, {"identity"}}

func (c coding) String() string { return names[c][0] }

// wants says how much a reader likes each coding, in thousandths; 0: it does
// not take it.
type wants [codings]int

// accepted reads what a reader takes (RFC 9110 section 12.5.3). What cannot be
// read counts as not said.
func accepted(lists []string) wants {
	said, others := wants{-1, -1, -1, -1}, -1
	for _, list := range lists {
		for one := range strings.SplitSeq(list, ",") {
			name, more, _ := strings.Cut(one, ";")
			q := quality(more)
			switch name = strings.TrimSpace(name); {
			case name == "*":
				others = q
			case strings.EqualFold(name, "x-gzip"): // as old as the hills
				said[gz] = q
			default:
				for c := range codings {
					if strings.EqualFold(name, names[c][0]) {
						said[c] = q
					}
				}
			}
		}
	}
	for c := range codings {
		switch {
		case said[c] >= 0:
		case others >= 0:
			said[c] = others
		case c == identity:
			said[c] = 1 // taken unless it is refused, behind all that is named
		default:
			said[c] = 0
		}
	}
	return said
}

// quality reads "q=0.5" in thousandths; 1000 where it says nothing.
func quality(parameter string) int {
	name, value, ok := strings.Cut(strings.TrimSpace(parameter), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1000
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 1000
	}
	return int(q * 1000)
}

// choose is what the reader likes best and, of what it likes the same, the
// smallest; false where it takes nothing. What is not worth compressing is
// sent as it is to whoever takes that.
func (w wants) choose(worth bool) (coding, bool) {
	if !worth && w[identity] > 0 {
		return identity, true
	}
	best := br
	for c := range codings {
		if w[c] > w[best] {
			best = c
		}
	}
	return best, w[best] > 0
}

// The levels at which a page is compressed, by measurement (BenchmarkLevels):
// the météo's 22,281 bytes become 2,521 by brotli 5 in 0.6 ms (7: 2,510 in
// 1.2 ms; 11: 2,282 in 25 ms), 2,816 by gzip 6 in 0.2 ms (9: 2,760 in 0.4 ms),
// 2,903 by zstd's default in 0.4 ms (better: 2,811 in 3.5 ms). Its first reader
// waits for that, once a minute.
const (
	brotliPage = 5
	gzipPage   = 6
	zstdPage   = zstd.SpeedDefault
)

// encode compresses; best at any cost of time.
func encode(c coding, raw []byte, best bool) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch c {
	case br:
		w = brotli.NewWriterLevel(&out, pick(best, brotli.BestCompression, brotliPage))
	case gz:
		w, err = gzip.NewWriterLevel(&out, pick(best, gzip.BestCompression, gzipPage))
	case zst:
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(pick(best, zstd.SpeedBestCompression, zstdPage)))
	default:
		return raw
	}
	if err == nil {
		_, err = w.Write(raw)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("compress in memory: %v", err)) // the level is wrong
	}
	return out.Bytes()
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// A Variant is a compressed copy of a file, for servers that look for one
// beside it.
type Variant struct {
	Suffix string // of the file's name
	Body   []byte
}

// Variants are the copies of a file that are smaller than the file.
func Variants(raw []byte) []Variant {
	var all []Variant
	for c, suffix := range suffixes {
		if body := encode(coding(c), raw, false); len(body) < len(raw) {
			all = append(all, Variant{suffix, body})
		}
	}
	return all
}

// suffixes are what servers add to a file's name to find it compressed.
var suffixes = [...]string{br: ".br", zst: ".zst", gz: ".gz"}

// Suffixes are those that Variants may have.
func Suffixes() []string { return suffixes[:] }
