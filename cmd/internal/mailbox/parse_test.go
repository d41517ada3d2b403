package mailbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is a message of testdata, with the line ends of the wire.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

func TestOpen(t *testing.T) {
	t.Parallel()
	v := open(fixture(t, "note.eml"))
	if v.Err != nil || v.Text == nil || v.HTML == nil || len(v.Files) != 3 {
		t.Fatalf("open: %v, text %v, HTML %v, %d files", v.Err, v.Text, v.HTML, len(v.Files))
	}
	want := []field{
		{"From", "Bureau COMINT1 (démo) <bureau@crieur.example>"},
		{"To", "dedouanement@transitaire.example"},
		{"Subject", "Note aux opérateurs – interruption du 8 août 2023 de 9h00 à 17h00"},
	}
	for i, f := range want {
		if v.Fields[i] != f {
			t.Errorf("field %d is %q, want %q", i, v.Fields[i], f)
		}
	}
	if len(v.Fields) != 9 {
		t.Errorf("%d fields, want 9: %q", len(v.Fields), v.Fields)
	}
	if got := v.Text.Decoded(); !strings.Contains(got, "mardi 8 août 2023 de 9h00 à 17h00.") || !strings.Contains(got, "?service=delta-t.") {
		t.Errorf("text is %q", got)
	}
	if got := string(v.HTML.Body); !strings.Contains(got, "<h1>Note aux opérateurs</h1>") {
		t.Errorf("HTML is %q", got)
	}
	for i, f := range []struct{ typ, name, begins string }{
		{"image/gif", "", "GIF89a"},
		{"application/pdf", "note du 1er août 2023.pdf", "%PDF-1.7"},
		{"text/calendar", "plage 8 août.ics", "BEGIN:VCALENDAR"},
	} {
		got := v.Files[i]
		if got.Type != f.typ || got.Name != f.name || !bytes.HasPrefix(got.Body, []byte(f.begins)) || got.Err != nil {
			t.Errorf("file %d is %s %q %.20q %v, want %v", i, got.Type, got.Name, got.Body, got.Err, f)
		}
	}
}

func TestOpenOdd(t *testing.T) {
	t.Parallel()
	nested := "Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
	for i := range 15 {
		nested += fmt.Sprintf("--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	many := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", maxParts+1) + "--b--\r\n"
	for _, c := range []struct {
		name, raw  string
		text, html string // what the parts begin with; "-" for no such part
		files      int
		err        string // in the view's error or in the text's
	}{
		{"empty", "", "-", "-", 0, "EOF"},
		{"no head", "no colon here\r\n\r\nbody", "-", "-", 0, "malformed"},
		{"no body", "Subject: x\r\n\r\n", "", "-", 0, ""},
		{"plain without type", "Subject: x\r\n\r\nhello", "hello", "-", 0, ""},
		{"unreadable type", "Content-Type: ;;;\r\n\r\nhello", "hello", "-", 0, ""},
		{"latin1", "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xe9t\xe9", "été", "-", 0, ""},
		{"unknown charset", "Content-Type: text/plain; charset=koi8-r\r\n\r\nok \xc1", "ok \uFFFD", "-", 0, ""},
		{"html alone", "Content-Type: text/html\r\n\r\n<p>hello", "-", "<p>hello", 0, ""},
		{"text attached", "Content-Disposition: attachment; filename=x.txt\r\n\r\nhello", "-", "-", 1, ""},
		{"damaged base64", "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8h!!!!", "hello!", "-", 0, "illegal base64"},
		{"damaged quoted-printable", "Content-Transfer-Encoding: Quoted-Printable\r\n\r\nok=C3=A9\x01", "oké", "-", 0, "invalid unescaped"},
		{"no last boundary", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello", "hello", "-", 0, "EOF"},
		{"no boundary", "Content-Type: multipart/mixed\r\n\r\nhello", "-", "-", 0, "boundary"},
		{"a message inside", "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx", "-", "-", 1, ""},
		{"too deep", nested, "-", "-", 1, "EOF"},
		{"too many parts", many, "x", "-", maxParts - 1, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := open([]byte(c.raw))
			text, html, fault := "-", "-", fmt.Sprint(v.Err)
			if v.Text != nil {
				text = v.Text.Decoded()
				fault += fmt.Sprint(v.Text.Err)
			}
			if v.HTML != nil {
				html = string(v.HTML.Body)
			}
			if text != c.text || html != c.html || len(v.Files) != c.files {
				t.Errorf("text %q, HTML %q, %d files; want %q, %q, %d", text, html, len(v.Files), c.text, c.html, c.files)
			}
			if faulty := strings.ReplaceAll(fault, "<nil>", "") != ""; faulty != (c.err != "") || !strings.Contains(fault, c.err) {
				t.Errorf("fault %q, want %q", fault, c.err)
			}
		})
	}
}

// FuzzOpen wants no panic, and no body larger than the message.
func FuzzOpen(f *testing.F) {
	f.Add(fixture(f, "note.eml"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v := open(raw)
		size := 0
		for _, p := range append(v.Files, v.Text, v.HTML) {
			if p != nil {
				size += len(p.Body)
			}
		}
		if size > len(raw) {
			t.Errorf("%d bytes in the parts of %d", size, len(raw))
		}
	})
}
