package seal

import (
	"encoding/asn1"
	"errors"
	"fmt"
)

// Tags of DER as they stand in the file.
const (
	tagInteger  = 0x02
	tagOctets   = 0x04
	tagSequence = 0x30
	tagSet      = 0x31
	tagExplicit = 0xA0 // [0], and the next ones by number
)

// der is one element: a tag and what is in it.
func der(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := []byte{tag}
	switch {
	case n < 1<<7:
		out = append(out, byte(n))
	case n < 1<<8:
		out = append(out, 0x81, byte(n))
	case n < 1<<16:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func sequence(parts ...[]byte) []byte { return der(tagSequence, parts...) }

func set(parts ...[]byte) []byte { return der(tagSet, parts...) }

// encoded is a value that encoding/asn1 knows.
func encoded(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	return b
}

// errFormat says that something is not the DER that it should be.
var errFormat = errors.New("not as a seal is written")

// A reader takes DER apart, element by element. After the first fault it gives
// nothing more; err says what it was.
type reader struct {
	rest []byte
	err  error
}

// is is whether the next element has a tag.
func (r *reader) is(tag byte) bool { return r.err == nil && len(r.rest) > 0 && r.rest[0] == tag }

// raw takes the next element whole, which must have a tag.
func (r *reader) raw(tag byte) []byte {
	if r.err != nil {
		return nil
	}
	if !r.is(tag) {
		r.err = fmt.Errorf("%w: no element %#02x", errFormat, tag)
		return nil
	}
	return r.any()
}

// any takes the next element whole.
func (r *reader) any() []byte {
	var v asn1.RawValue
	if r.err != nil {
		return nil
	}
	rest, err := asn1.Unmarshal(r.rest, &v)
	if err != nil {
		r.err = fmt.Errorf("%w: %v", errFormat, err)
		return nil
	}
	r.rest = rest
	return v.FullBytes
}

// enter takes the next element and gives what is in it.
func (r *reader) enter(tag byte) *reader {
	whole := r.raw(tag)
	if r.err != nil {
		return &reader{err: r.err}
	}
	return &reader{rest: contentOf(whole)}
}

// contentOf is what is in an element that has been read before.
func contentOf(element []byte) []byte {
	var v asn1.RawValue
	_, _ = asn1.Unmarshal(element, &v) // it was read before
	return v.Bytes
}

// value takes the next element into a variable that encoding/asn1 knows.
func (r *reader) value(to any) {
	if r.err != nil {
		return
	}
	rest, err := asn1.Unmarshal(r.rest, to)
	if err != nil {
		r.err = fmt.Errorf("%w: %v", errFormat, err)
		return
	}
	r.rest = rest
}

// oid takes an object identifier.
func (r *reader) oid() asn1.ObjectIdentifier {
	var id asn1.ObjectIdentifier
	r.value(&id)
	return id
}
