package pdf

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/zlib"
)

// maxStream bounds what a stream may unfold to.
const maxStream = 16 << 20

// A Document is a file that was read.
type Document struct {
	Trailer Dict
	Objects map[Ref]any
}

// Read reads a file of one revision with a cross-reference stream, as File
// writes it. Every object must be where the cross-reference says.
func Read(data []byte) (*Document, error) {
	tail := data[max(0, len(data)-64):]
	i := bytes.LastIndex(tail, []byte("startxref\n"))
	if !bytes.HasPrefix(data, []byte("%PDF-1.")) || i < 0 {
		return nil, fmt.Errorf("%w: no header or no cross-reference", ErrFormat)
	}
	number, _, _ := bytes.Cut(tail[i+len("startxref\n"):], []byte("\n"))
	at, err := strconv.Atoi(string(number))
	if err != nil {
		return nil, fmt.Errorf("%w: startxref: %v", ErrFormat, err)
	}
	_, cross, err := objectAt(data, at)
	if err != nil {
		return nil, err
	}
	s, ok := cross.(Stream)
	if !ok || s.Dict["Type"] != Name("XRef") {
		return nil, fmt.Errorf("%w: the cross-reference is no stream", ErrFormat)
	}
	places, err := placesOf(s)
	if err != nil {
		return nil, err
	}
	d := &Document{Trailer: s.Dict, Objects: map[Ref]any{}}
	return d, d.load(data, places)
}

// placesOf reads the rows of a cross-reference as File writes them.
func placesOf(cross Stream) ([]place, error) {
	rows, err := cross.Data()
	if err != nil {
		return nil, err
	}
	const row = 1 + 3 + 2
	if w, ok := cross.Dict["W"].(Array); !ok || len(w) != 3 || w[0] != 1 || w[1] != 3 || w[2] != 2 || len(rows)%row != 0 {
		return nil, fmt.Errorf("%w: a cross-reference of another make", ErrFormat)
	}
	var places []place
	for ; len(rows) > 0; rows = rows[row:] {
		at := int(rows[1])<<16 | int(rows[2])<<8 | int(rows[3])
		places = append(places, place{int(rows[0]), at, int(rows[4])<<8 | int(rows[5])})
	}
	return places, nil
}

// load reads all objects: those of their own first, for the others are packed
// in some of them.
func (d *Document) load(data []byte, places []place) error {
	for n, p := range places {
		if p.kind != 1 {
			continue
		}
		r, v, err := objectAt(data, p.at)
		if err != nil {
			return err
		}
		if r != Ref(n) {
			return fmt.Errorf("%w: object %d where %d should be", ErrFormat, r, n)
		}
		d.Objects[r] = v
	}
	packs := map[Ref][]packedObject{}
	for n, p := range places {
		if p.kind != 2 {
			continue
		}
		pack, err := d.pack(Ref(p.at), packs)
		if err != nil {
			return err
		}
		if p.index >= len(pack) || pack[p.index].ref != Ref(n) {
			return fmt.Errorf("%w: object %d is not in its stream", ErrFormat, n)
		}
		d.Objects[Ref(n)] = pack[p.index].value
	}
	return nil
}

// A packedObject is one object of an object stream, by its index.
type packedObject struct {
	ref   Ref
	value any
}

// pack reads an object stream once.
func (d *Document) pack(r Ref, packs map[Ref][]packedObject) ([]packedObject, error) {
	if pack, ok := packs[r]; ok {
		return pack, nil
	}
	s, ok := d.Objects[r].(Stream)
	first, okFirst := s.Dict["First"].(int)
	n, okN := s.Dict["N"].(int)
	if !ok || !okFirst || !okN || s.Dict["Type"] != Name("ObjStm") {
		return nil, fmt.Errorf("%w: object %d is no object stream", ErrFormat, r)
	}
	data, err := s.Data()
	if err != nil {
		return nil, err
	}
	index := &lexer{data: data}
	for range n {
		number, err1 := index.value()
		offset, err2 := index.value()
		ref, ok1 := number.(int)
		at, ok2 := offset.(int)
		if err1 != nil || err2 != nil || !ok1 || !ok2 || at < 0 || first < 0 || first+at > len(data) {
			return nil, fmt.Errorf("%w: the index of object stream %d is wrong", ErrFormat, r)
		}
		body := &lexer{data: data, at: first + at, refs: true}
		v, err := body.value()
		if err != nil {
			return nil, err
		}
		packs[r] = append(packs[r], packedObject{Ref(ref), v})
	}
	return packs[r], nil
}

// objectAt reads the indirect object at an offset.
func objectAt(data []byte, at int) (Ref, any, error) {
	l := &lexer{data: data, at: at, refs: true}
	if at < 0 || at >= len(data) {
		return 0, nil, fmt.Errorf("%w: an object beyond the end of the file", ErrFormat)
	}
	number, err := strconv.Atoi(l.word())
	if err != nil || !l.has(" 0 obj\n") {
		return 0, nil, l.fail("no object begins here")
	}
	l.at += len(" 0 obj\n")
	v, err := l.value()
	if err != nil {
		return 0, nil, err
	}
	dict, ok := v.(Dict)
	if l.skipBlanks(); !ok || !l.has("stream\n") {
		return Ref(number), v, nil
	}
	l.at += len("stream\n")
	size, ok := dict["Length"].(int)
	if !ok || size < 0 || size > len(data)-l.at || !bytes.HasPrefix(data[l.at+size:], []byte("\nendstream\nendobj\n")) {
		return 0, nil, l.fail("a stream of another length")
	}
	return Ref(number), Stream{dict, data[l.at : l.at+size]}, nil
}

// Data is what the stream holds.
func (s Stream) Data() ([]byte, error) {
	switch s.Dict["Filter"] {
	case nil:
		return s.Raw, nil
	case Name("FlateDecode"):
	default:
		return nil, fmt.Errorf("%w: filter %v", ErrFormat, s.Dict["Filter"])
	}
	r, err := zlib.NewReader(bytes.NewReader(s.Raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxStream+1))
	if err != nil || len(data) > maxStream {
		return nil, fmt.Errorf("%w: a stream that does not unfold: %v", ErrFormat, err)
	}
	return data, nil
}

// Resolve follows a reference to its value. A reference to a reference is
// none.
func (d *Document) Resolve(v any) any {
	if r, ok := v.(Ref); ok {
		return d.Objects[r]
	}
	return v
}

// Dict is the dictionary that v is or refers to; that of a stream too. Empty
// where there is none.
func (d *Document) Dict(v any) Dict {
	switch v := d.Resolve(v).(type) {
	case Dict:
		return v
	case Stream:
		return v.Dict
	}
	return nil
}

// Array is the array that v is or refers to. Empty where there is none.
func (d *Document) Array(v any) Array {
	array, _ := d.Resolve(v).(Array)
	return array
}

// Stream is the stream that v is or refers to, and what it holds.
func (d *Document) Stream(v any) (Stream, []byte, error) {
	s, ok := d.Resolve(v).(Stream)
	if !ok {
		return s, nil, fmt.Errorf("%w: %v is no stream", ErrFormat, v)
	}
	data, err := s.Data()
	return s, data, err
}
