package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sample() (f File, root, info Ref) {
	root, info = f.Reserve(), f.Reserve()
	unused := f.Reserve()
	data := f.Add(Object{Body: "<</Kind/Test>>", Data: []byte(strings.Repeat("some data ", 100))})
	open := f.Add(Object{Body: "<<>>", Data: []byte("to be seen"), Open: true})
	f.Set(root, Object{Body: fmt.Sprintf("<</Type/Catalog/Data %s/Open %s/None %s/Rest[1 -2.5 true false null(a\\)b)<FEFF00E9>/N#20m]>>", data, open, unused)})
	f.Set(info, Object{Body: "<</Title" + Text("Été (1) \\") + "/Author" + Text("a(b)c\\") + "/Date" + Date(time.Date(2023, 8, 1, 9, 0, 0, 0, time.FixedZone("", 7200))) + ">>"})
	return f, root, info
}

func TestWrittenAndRead(t *testing.T) {
	t.Parallel()
	file := func() []byte { f, root, info := sample(); return f.Write(root, info) }()
	d, err := Read(file)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	catalog, info := d.Dict(d.Trailer["Root"]), d.Dict(d.Trailer["Info"])
	want := Array{1, -2.5, true, false, nil, String("a)b"), String("\xFE\xFF\x00\xE9"), Name("N m")}
	if got := d.Array(catalog["Rest"]); !reflect.DeepEqual(got, want) {
		t.Errorf("read %#v, want %#v", got, want)
	}
	title, author := TextOf(info["Title"].(String)), TextOf(info["Author"].(String))
	if title != `Été (1) \` || author != `a(b)c\` || info["Date"] != String("D:20230801070000Z") {
		t.Errorf("read %q, %q, %q", title, author, info["Date"])
	}
	if _, data, err := d.Stream(catalog["Data"]); err != nil || string(data) != strings.Repeat("some data ", 100) {
		t.Errorf("data %.20q, %v", data, err)
	}
	if s, data, err := d.Stream(catalog["Open"]); err != nil || string(data) != "to be seen" || s.Dict["Filter"] != nil {
		t.Errorf("open data %q, %v", data, err)
	}
	if d.Resolve(catalog["None"]) != nil || !bytes.Contains(file, []byte("to be seen")) || bytes.Contains(file, []byte("some data")) {
		t.Error("an object without a body, or a stream that is not as it should be")
	}
	if _, _, err := d.Stream(catalog["Rest"]); !errors.Is(err, ErrFormat) {
		t.Errorf("an array as a stream: %v", err)
	}
}

// TestIdentifier: the same content has the same one, other content another.
func TestIdentifier(t *testing.T) {
	t.Parallel()
	id := func(change string) any {
		f, root, info := sample()
		f.Add(Object{Body: "<<>>", Data: []byte(change)})
		d, err := Read(f.Write(root, info))
		if err != nil {
			t.Fatal(err)
		}
		return d.Trailer["ID"].(Array)[0]
	}
	if id("a") != id("a") || id("a") == id("b") {
		t.Error("the identifier does not follow the content")
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	f, root, info := sample()
	file := f.Write(root, info)
	for name, spoilt := range map[string][]byte{
		"nothing":           nil,
		"another header":    append([]byte("%PDX-1.7"), file[8:]...),
		"cut off":           file[:len(file)-20],
		"objects moved":     append([]byte("%PDF-1.7\n\n"), file[9:]...),
		"another length":    bytes.Replace(file, []byte("/Length 10>>"), []byte("/Length 11>>"), 1),
		"another number":    bytes.Replace(file, []byte("\n5 0 obj"), []byte("\n6 0 obj"), 1),
		"cross-reference":   bytes.Replace(file, []byte("/W[1 3 2]"), []byte("/W[1 2 3]"), 1),
		"no object stream":  bytes.Replace(file, []byte("/Type/ObjStm"), []byte("/Type/ObjStx"), 1),
		"too many packed":   bytes.Replace(file, []byte("/N 2/"), []byte("/N 9/"), 1),
		"a filter we lack":  bytes.Replace(file, []byte("/Filter/FlateDecode"), []byte("/Filter/JlateDecode"), 2),
		"startxref nowhere": bytes.Replace(file, []byte("startxref\n"), []byte("startxref\n9"), 1),
	} {
		if bytes.Equal(spoilt, file) {
			t.Errorf("%s: not spoilt", name)
		}
		d, err := Read(spoilt)
		if err == nil {
			_, _, err = d.Stream(d.Dict(d.Trailer["Root"])["Data"])
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	var got []string
	note := func(op Operator, operands []any) error {
		got = append(got, fmt.Sprintf("%s%v", op, operands))
		return nil
	}
	if err := Operations([]byte("BT /F1 12 Tf % comment\n(a\\(b) Tj ET\n0.5 0 0 rg f*"), note); err != nil {
		t.Fatal(err)
	}
	if want := "BT[] Tf[F1 12] Tj[a(b] ET[] rg[0.5 0 0] f*[]"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	stop := errors.New("stop")
	if err := Operations([]byte("f f"), func(Operator, []any) error { return stop }); err != stop {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"(a", "<a", "<zz>", "[1", "<</a", "<<1 2>>", ")", "/#zz", strings.Repeat("[", 60)} {
		if err := Operations([]byte(bad), note); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzRead: no bytes make it panic.
func FuzzRead(f *testing.F) {
	file, root, info := sample()
	f.Add(file.Write(root, info))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Read(data)
		if err != nil {
			return
		}
		for r := range d.Objects {
			_, _, _ = d.Stream(r)
			_, _ = d.Dict(r), d.Array(r)
		}
	})
}
