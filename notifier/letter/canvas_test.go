package letter

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestGeneratedIsNotMisread: a file that is not laid out as gofpdf's always
// were gives no pages, rather than wrong ones.
func TestGeneratedIsNotMisread(t *testing.T) {
	t.Parallel()
	c := newCanvas()
	c.page()
	c.text(marginX, marginTop, setting{font: 0, codes: []byte(`a(b)\`), size: 10 * point})
	good := c.generated()
	page, name := string(good.stream(4)), good.fontName(fontName(0))
	if good.err != nil || !strings.Contains(page, `(a\(b\)\\) Tj`) || !strings.Contains(page, "/"+name+" 10.00 Tf") {
		t.Fatalf("%s\nfont %s, %v", page, name, good.err)
	}
	for _, broken := range []struct{ old, new string }{
		{"startxref\n", "startxref "}, {"xref\n0", "xref 0"}, {"4 0 obj\n<</Length ", "4 0 obj\n<< /Length "},
		{"\nendstream\n", "\nendstreams\n"}, {"/BaseFont /font0\n", "/BaseFont /font9\n"},
		{"0000000", "x000000"}, {" 0 R\n", " 1 R\n"},
	} {
		data := bytes.ReplaceAll(good.data, []byte(broken.old), []byte(broken.new))
		g := generated{data: data}
		_, _ = g.stream(4), g.fontName(fontName(0))
		if bytes.Equal(data, good.data) || !errors.Is(g.err, errGenerated) {
			t.Errorf("%q for %q: %v", broken.new, broken.old, g.err)
		}
	}
}
