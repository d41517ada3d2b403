package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
)

// rangeRoom is as wide as the widest range that a file of ours can have.
const rangeRoom = len("0 16777215 16777215 16777215")

// Signature is the dictionary of a signature that is still to be made: room
// bytes are kept free for it. What else it says is entries.
func Signature(entries string, room int) Object {
	return Object{Loose: true, Body: "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached" + entries +
		"/ByteRange[" + string(bytes.Repeat([]byte{' '}, rangeRoom)) + "]/Contents<" +
		string(bytes.Repeat([]byte{'0'}, 2*room)) + ">>>"}
}

// A Blank is a file that awaits its signature.
type Blank struct {
	file     []byte
	from, to int // of the hexadecimal digits
}

// WriteBlank is Write for a file with a Signature: the range that is to be
// signed is all of the file but the digits of the signature.
func (f File) WriteBlank(root, info, signature Ref) Blank {
	file, places := f.write(root, info)
	at := places[signature].at
	from := at + bytes.Index(file[at:], []byte("/Contents<")) + len("/Contents<")
	b := Blank{file, from, from + bytes.IndexByte(file[from:], '>')}
	span := at + bytes.Index(file[at:], []byte("/ByteRange[")) + len("/ByteRange[")
	copy(file[span:], fmt.Sprintf("0 %d %d %d", b.from-1, b.to+1, len(file)-b.to-1))
	return b
}

// Digest is the SHA-256 of what is to be signed.
func (b Blank) Digest() []byte { return around(b.file, b.from-1, b.to+1) }

func around(file []byte, from, to int) []byte {
	sum := sha256.New()
	sum.Write(file[:from])
	sum.Write(file[to:])
	return sum.Sum(nil)
}

// Fill puts the signature in its place.
func (b Blank) Fill(signature []byte) ([]byte, error) {
	if hex.EncodedLen(len(signature)) > b.to-b.from {
		return nil, fmt.Errorf("a signature of %d bytes, and room for %d", len(signature), hex.DecodedLen(b.to-b.from))
	}
	hex.Encode(b.file[b.from:], signature)
	return b.file, nil
}

// ErrUnsigned says that a file has no signature.
var ErrUnsigned = errors.New("the file is not signed")

// Signed is the signature of a file, and the digest of all the rest of it. A
// signature that leaves more out than itself is an error: ErrFormat.
func (d *Document) Signed(file []byte) (signature, digest []byte, err error) {
	root := d.Dict(d.Trailer["Root"])
	fields := d.Array(d.Dict(root["AcroForm"])["Fields"])
	if len(fields) == 0 {
		return nil, nil, ErrUnsigned
	}
	dict := d.Dict(d.Dict(fields[0])["V"])
	if len(fields) > 1 || dict["SubFilter"] != Name("ETSI.CAdES.detached") {
		return nil, nil, fmt.Errorf("%w: a signature of another kind", ErrFormat)
	}
	span, contents := d.Array(dict["ByteRange"]), dict["Contents"]
	var at [4]int
	for i := range at {
		ok := len(span) == len(at)
		if ok {
			at[i], ok = span[i].(int)
		}
		if !ok {
			return nil, nil, fmt.Errorf("%w: a signature without a range", ErrFormat)
		}
	}
	from, to := at[1], at[2]
	whole := at[0] == 0 && from >= 0 && from+2 <= to && to <= len(file) && to+at[3] == len(file)
	if !whole || file[from] != '<' || file[to-1] != '>' {
		return nil, nil, fmt.Errorf("%w: the signature is not of the whole file", ErrFormat)
	}
	padded, err := hex.DecodeString(string(file[from+1 : to-1]))
	if s, ok := contents.(String); err != nil || !ok || string(s) != string(padded) {
		return nil, nil, fmt.Errorf("%w: the range does not go around the signature", ErrFormat)
	}
	var cms asn1.RawValue
	rest, err := asn1.Unmarshal(padded, &cms)
	if err != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, nil, fmt.Errorf("%w: no signature, or more than one", ErrFormat)
	}
	return cms.FullBytes, around(file, from, to), nil
}
