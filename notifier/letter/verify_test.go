package letter

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/proof"
)

// TestVerifyFindsEveryBreach spoils a letter in one place at a time. The
// clause that must complain is named.
func TestVerifyFindsEveryBreach(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		clause   string // or words of the complaint
		old, new string // old is a regular expression
	}{
		// the fifteen that a reference validator was tried with
		{"UA 7.18", `/Contents(<[^>]*>|\([^)]*\))/StructParent`, "/StructParent"},
		{"UA 7.18", `/StructParent \d+/P`, "/P"},
		{"UA 7.2", `/Lang\(fr\)`, ""},
		{"A 6.2.11", `/Widths\[\d+`, "/Widths[333"},
		{"A 6.2.11", `/ToUnicode \d+ 0 R`, ""},
		{"A 6.3", `/F 4/Border`, "/F 0/Border"},
		{"UA 7.1 types", `/S/LBody`, "/S/Paragraph"},
		{"UA 7.4", `/S/H1/`, "/S/H2/"},
		{"UA 7.9", `/ID\(note-2\)`, ""},
		{"A 6.7.2", `/DisplayDocTitle true`, "/DisplayDocTitle false"},
		{"A 6.6", `<pdfuaid:part>1`, "<pdfuaid:part>2"},
		{"A 6.2.3", `/OutputIntents\[[^]]*\]`, ""},
		{"UA 7.18", `/S/Link/P`, "/S/Span/P"},
		{"A 6.6", `<pdfaExtension:schemas>(?s:.*)</pdfaExtension:schemas>`, ""},
		{"UA 7.1 content", `/Tabs/S`, ""},

		{"A 6.6", `<pdfaid:part>3`, "<pdfaid:part>2"},
		{"A 6.6", `<pdfaid:conformance>A`, "<pdfaid:conformance>B"},
		{"A 6.6", `<dc:title>.*</dc:title>`, ""},
		{"A 6.6", `/CreationDate\(D:2023`, "/CreationDate(D:2024"},
		{"A 6.6", `/Author<[^>]*>`, "/Author(X)"},
		{"A 6.6", `/Metadata \d+ 0 R`, ""},
		{"A 6.7.2", `/MarkInfo<</Marked true>>`, ""},
		{"A 6.7.2", `/StructTreeRoot \d+ 0 R`, ""},
		{"UA 7.1 tree", `/ParentTree \d+ 0 R`, ""},
		{"UA 7.1 tree", `/Nums\[0\[\d+ 0 R`, "/Nums[0[1 0 R"},
		{"UA 7.1 tree", `/K\[0 \]`, "/K[]"},
		{"UA 7.1 tree", `/K\[0 \]`, "/K[999 ]"},
		{"UA 7.1 tree", `/S/H1/P \d+ 0 R`, "/S/H1/P 1 0 R"},
		{"UA 7.1 types", `/S/LI/`, "/S/P/"},
		{"UA 7.1 types", `/ParentTreeNextKey`, "/RoleMap<</P/Span>>/ParentTreeNextKey"},
		{"UA 7.1 content", `/P <</MCID 1>> BDC\n`, "/P <<>> BDC\n"},
		{"UA 7.1 content", `/P <</MCID 1>> BDC\n`, "/P <</MCID 0>> BDC\n"},
		{"UA 7.1 content", `/Artifact <</Type/Layout>> BDC`, "/Furniture BMC"},
		{"UA 7.1 content", `EMC\n`, ""},
		{"UA 7.2", `/Lang\(fr\)`, "/Lang(fr FR)"},
		{"UA 7.5", `/O/Table/Scope/Column`, "/O/Table"},
		{"UA 7.1 types", `/S/TD/`, "/S/P/"},
		{"UA 7.6", `/O/List/ListNumbering/Disc`, "/O/List"},
		{"UA 7.9", `\(note-2\) \d+`, "(note-2) 1"},
		{"UA 7.18", `<</Type/OBJR[^>]*>>`, ""},
		{"A 6.3", `/Subtype/Link`, "/Subtype/Text"},
		{"A 6.3", `/F 4/Border`, "/F 6/Border"},
		{"A 6.5", `/S/URI/URI`, "/S/Launch/URI"},
		{"A 6.5", `/Type/Catalog`, "/Type/Catalog/OpenAction<</S/JavaScript>>"},
		{"A 6.2.2", `0\.000 0\.000 0\.569 rg`, "1 0 0 0 k"},
		{"A 6.2.10", `/Type/Page/Parent`, "/Type/Page/Group<</S/Transparency>>/Parent"},
		{"A 6.2.10", `/Font<<`, "/XObject<<>>/Font<<"},
		{"A 6.2.10", `/Resources \d+ 0 R`, ""},
		{"A 6.1.13", `/Author<`, "/Author<" + strings.Repeat("00", 40000)},
		{"A 6.2.11", `/Flags 4/`, "/Flags 32/"},
		{"A 6.2.11", `/FontFile2 \d+ 0 R`, ""},
		{"A 6.2.11", `/BaseFont/[A-Z]{6}\+`, "/BaseFont/"},
		{"A 6.2.11", `/Subtype/TrueType`, "/Subtype/Type1"},
		{"A 6.2.11", `<65> ?<0065>|<65><0065>`, "<65><0000>"},
		{"draws nothing for code", `\(Nous vous`, "(Nous~vous"},
		{"A 6.2.11", `/FirstChar \d+`, "/FirstChar 31"},
		{"A 6.2.3", `/N 3`, "/N 4"},
		{"A 6.2.3", `GTS_PDFA1`, "GTS_PDFX"},
	} {
		t.Run(test.clause+" "+test.old+" "+test.new, func(t *testing.T) {
			t.Parallel()
			a, err := Letter{Document: full()}.compose()
			if err != nil {
				t.Fatal(err)
			}
			spoil(t, a.file, regexp.MustCompile(test.old), test.new)
			if err := Verify(a.file.Write(a.root, a.info)); !errors.Is(err, proof.ErrConformance) || !strings.Contains(err.Error(), test.clause) {
				t.Errorf("Verify says: %v", err)
			}
		})
	}
}

// spoil replaces the first of something in the objects of a file.
func spoil(t *testing.T, file pdf.File, old *regexp.Regexp, put string) {
	t.Helper()
	for i, o := range file {
		if at := old.FindStringIndex(o.Body); at != nil {
			file[i].Body = o.Body[:at[0]] + put + o.Body[at[1]:]
			return
		}
		if at := old.FindIndex(o.Data); at != nil {
			file[i].Data = slices.Concat(o.Data[:at[0]], []byte(put), o.Data[at[1]:])
			return
		}
	}
	t.Fatalf("no %s in the letter", old)
}
