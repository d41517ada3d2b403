package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// An Object is one indirect object.
type Object struct {
	// Body is the object's value; the dictionary of a stream, without its
	// length and filter. An object without a body is left out.
	Body string
	Data []byte // what the stream holds; nil where the object is no stream
	Open bool   // the stream is not deflated: tools search for it in the file, or it is already
	// Loose keeps an object without a stream out of the object stream: it is
	// found in the file as it stands.
	Loose bool
}

// A File is the objects of a file; number i is at index i-1.
type File []Object

// Add appends an object and returns its number.
func (f *File) Add(o Object) Ref {
	*f = append(*f, o)
	return Ref(len(*f))
}

// Reserve takes a number for an object that is set later.
func (f *File) Reserve() Ref { return f.Add(Object{}) }

// Set gives a reserved number its object.
func (f *File) Set(r Ref, o Object) { (*f)[r-1] = o }

// Write is the file: streams first, all other objects packed into one object
// stream, then the cross-reference stream. The file's identifier is made of
// its content.
func (f File) Write(root, info Ref) []byte {
	file, _ := f.write(root, info)
	return file
}

// write is Write, and where each object is.
func (f File) write(root, info Ref) ([]byte, []place) {
	w := writer{places: make([]place, len(f)+3)}
	w.out.Grow(32 << 10)
	w.small.Grow(16 << 10)
	w.out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	deflate := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(deflate)
	w.deflate = deflate

	for i, o := range f {
		switch {
		case o.Data != nil:
			w.stream(Ref(i+1), o)
		case o.Loose:
			w.places[i+1] = place{1, w.out.Len(), 0}
			fmt.Fprintf(&w.out, "%d 0 obj\n%s\nendobj\n", i+1, o.Body)
		}
	}
	pack := Ref(len(f) + 1)
	w.stream(pack, w.packed(pack, f))
	cross := pack + 1
	at := w.out.Len()
	w.places[cross] = place{1, at, 0}
	id := sha256.Sum256(w.out.Bytes())
	w.stream(cross, Object{
		Body: fmt.Sprintf("<</Type/XRef/Size %d/W[1 3 2]/Root %s/Info %s/ID[<%X><%[4]X>]>>", cross+1, root, info, id[:16]),
		Data: w.crossReferences(cross),
	})
	fmt.Fprintf(&w.out, "startxref\n%d\n%%%%EOF\n", at)
	return w.out.Bytes(), w.places
}

// deflaters are costly to make and hold nothing of the files they wrote.
var deflaters = sync.Pool{New: func() any {
	w, err := zlib.NewWriterLevel(nil, 1)
	if err != nil {
		panic(err) // no such level
	}
	return w
}}

// Deflate packs data that several files will hold.
func Deflate(data []byte) []byte {
	var packed bytes.Buffer
	deflate := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(deflate)
	deflate.Reset(&packed)
	_, _ = deflate.Write(data) // a buffer takes everything
	_ = deflate.Close()
	return packed.Bytes()
}

// A place is an entry of the cross-reference: kind 1, at an offset; kind 2, in
// an object stream with an index; kind 0, nowhere.
type place struct{ kind, at, index int }

// A writer writes one file.
type writer struct {
	out     bytes.Buffer
	places  []place // by object number
	deflate *zlib.Writer
	small   bytes.Buffer // what was deflated last
}

// stream writes an object with data, and remembers where.
func (w *writer) stream(r Ref, o Object) {
	w.places[r] = place{1, w.out.Len(), 0}
	data, filter := o.Data, ""
	if !o.Open {
		w.small.Reset()
		w.deflate.Reset(&w.small)
		_, _ = w.deflate.Write(data) // a buffer takes everything
		_ = w.deflate.Close()
		data, filter = w.small.Bytes(), "/Filter/FlateDecode"
	}
	fmt.Fprintf(&w.out, "%d 0 obj\n%s%s/Length %d>>\nstream\n", int(r), o.Body[:len(o.Body)-len(">>")], filter, len(data))
	w.out.Write(data)
	w.out.WriteString("\nendstream\nendobj\n")
}

// packed is the object stream that holds every object that is no stream.
func (w *writer) packed(pack Ref, f File) Object {
	index, bodies := make([]byte, 0, 2<<10), make([]byte, 0, 16<<10)
	n := 0
	for i, o := range f {
		if o.Data != nil || o.Loose || o.Body == "" {
			continue
		}
		w.places[i+1] = place{2, int(pack), n}
		index = strconv.AppendInt(index, int64(i+1), 10)
		index = append(index, ' ')
		index = strconv.AppendInt(index, int64(len(bodies)), 10)
		index = append(index, ' ')
		bodies = append(append(bodies, o.Body...), '\n')
		n++
	}
	return Object{
		Body: fmt.Sprintf("<</Type/ObjStm/N %d/First %d>>", n, len(index)),
		Data: append(index, bodies...),
	}
}

// crossReferences is a row an object, in the widths that Write declares.
func (w *writer) crossReferences(last Ref) []byte {
	rows := []byte{0, 0, 0, 0, 0xFF, 0xFF} // object 0 heads the free ones
	for _, p := range w.places[1 : last+1] {
		rows = append(rows, byte(p.kind), byte(p.at>>16), byte(p.at>>8), byte(p.at), byte(p.index>>8), byte(p.index))
	}
	return rows
}
