package list

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestTable reads lists as spreadsheets and people write them.
func TestTable(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longestLine)
	for _, c := range []struct{ name, text, want string }{
		{"commas", "address,lang\na@b.fr,fr\n", "2 a@b.fr|fr"},
		{"semicolons, mark, line ends of Windows", "\ufeffAddress;Lang\r\na@b.fr;fr\r\n", "2 a@b.fr|fr"},
		{"no line end at the end", "address\na@b.fr", "2 a@b.fr"},
		{"empty lines and empty cells", "address;lang;;\n\n;;;\na@b.fr;;;\n  \nc@d.fr;en\n", "4 a@b.fr| / 6 c@d.fr|en"},
		{"quotation marks", "address,services\n\"a@b.fr\" ,\"Delta T, \"\"Delta G\"\"\"\n", "2 a@b.fr|Delta T, \"Delta G\""},
		{"a mark that nobody closed", "address,lang\n\"a@b.fr,fr\nc@d.fr,fr\n", "2! a quotation mark is not closed / 3 c@d.fr|fr"},
		{"something behind a mark", "address,lang\n\"a\"@b.fr,fr\nc@d.fr,fr\n", "2! something stands behind a closing quotation mark / 3 c@d.fr|fr"},
		{"another encoding", "address\nren\xe9@b.fr\nc@d.fr\n", "2! this is not UTF-8 / 3 c@d.fr"},
		{"too long a line, in the middle", "address\n" + long + "\nc@d.fr\n", "2! the line has more than 65536 bytes / 3 c@d.fr"},
		{"too long a line, the last", "address\nc@d.fr\n" + long + long, "2 c@d.fr / 3! the line has more than 65536 bytes"},
		{"the longest line", "address\n" + long[1:] + "\nc@d.fr\n", "2 " + long[1:] + " / 3 c@d.fr"},
		{"too few and too many cells", "address,lang\na@b.fr\na@b.fr,fr,x\n", "2 a@b.fr / 3 a@b.fr|fr|x"},
		{"nothing but a head", "address", ""},
	} {
		table, err := Open(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for {
			row, refused, err := table.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if refused != nil {
				got = append(got, strconv.Itoa(refused.Line)+"! "+refused.What)
				continue
			}
			got = append(got, strconv.Itoa(row.Line)+" "+strings.Join(row.Cells, "|"))
		}
		if text := strings.Join(got, " / "); text != c.want {
			t.Errorf("%s: %.200q, want %.200q", c.name, text, c.want)
		}
	}
	for text, says := range map[string]string{
		"":                         "the file is empty",
		"\xff\xfea\x00":            "save it as CSV UTF-8",
		"adresse\n":                `did you mean "address"?`,
		"a@b.fr;fr\n":              "the first line is a subscriber",
		"PK\x03\x04\x14\x00":       "a spreadsheet's own",
		"\xd0\xcf\x11\xe0\xa1\xb1": "a spreadsheet's own",
		"address;pr\xe9nom\n":      "the file is not UTF-8: save it as CSV UTF-8",
		"address;lang\ra@b.fr;fr":  "old Macintosh",
		"address\tlang\n":          "tabs stand between the cells",
		"\"address\n":              "line 1: a quotation mark",
		"address,,lang,address\n":  `there is no column ""`,
	} {
		if _, err := Open(strings.NewReader(text)); !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

// TestBefore: an address that stands twice is met again, however it is written.
func TestBefore(t *testing.T) {
	t.Parallel()
	table, err := Open(strings.NewReader("lang,address\nfr,a@b.fr\nfr,c@d.fr\nfr\nen, A@B.FR \nfr,\nfr,\nfr,a@b.fr\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for {
		if _, _, err := table.Next(); err != nil {
			break
		}
		got = append(got, table.Before)
	}
	if want := []int{0, 0, 0, 2, 0, 0, 5}; !slices.Equal(got, want) {
		t.Errorf("before: %v, want %v", got, want)
	}
}

// TestGuarded: no spreadsheet takes an address for a formula, and a list that
// went through one is what it was.
func TestGuarded(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "a@b.fr": "a@b.fr", "=1+1@b.fr": "'=1+1@b.fr", "+a@b.fr": "'+a@b.fr", "-a@b.fr": "'-a@b.fr", "'a@b.fr": "''a@b.fr", "'=a@b.fr": "''=a@b.fr", "a=@b.fr": "a=@b.fr",
	} {
		if got := Guarded(cell); got != want || Unguarded(got) != cell {
			t.Errorf("%q: %q, and back %q", cell, got, Unguarded(got))
		}
	}
	if got := Unguarded("'a@b.fr"); got != "'a@b.fr" {
		t.Errorf("a list made by hand: %q", got)
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a,b", `"a","b""c"`, `"`, `a,"b,c",`, ` "a" ,b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		cells, err := split(line, ',')
		if err != nil {
			return
		}
		if slices.ContainsFunc(cells, func(cell string) bool { return len(cell) > len(line) }) {
			t.Errorf("%q: %q", line, cells)
		}
	})
}
