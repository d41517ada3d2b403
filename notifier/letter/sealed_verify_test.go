package letter

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier/letter/proof"
)

// TestVerifyFindsEveryBreachUnderSeal spoils what a sealed letter has besides:
// files that go with it, an emblem, and the seal's field.
func TestVerifyFindsEveryBreachUnderSeal(t *testing.T) {
	t.Parallel()
	head, err := ReadLetterhead(ownHead(t))
	if err != nil {
		t.Fatal(err)
	}
	doc := full()
	doc.Blocks = doc.Blocks[:len(doc.Blocks)-1]
	for _, test := range []struct {
		clause   string
		old, new string // old is a regular expression
	}{
		{"A 6.8", `/AF\[[^]]*\]`, ""},
		{"A 6.8", `/Names<</EmbeddedFiles<<[^>]*>>>>`, ""},
		{"A 6.8", `/EmbeddedFiles<</Names\[\(act\.json\) \d+ 0 R `, "/EmbeddedFiles<</Names["},
		{"A 6.8", `/AFRelationship/Source`, ""},
		{"A 6.8", `/AFRelationship/Source`, "/AFRelationship/Decoration"},
		{"A 6.8", `/Desc(<[^>]*>|\([^)]*\([^)]*\)?[^)]*\))`, ""},
		{"A 6.8", `/UF\([^)]*\)`, ""},
		{"A 6.8", `/F\(act\.json\)`, "/F(other.json)"},
		{"A 6.8", `/Type/Filespec`, ""},
		{"A 6.8", `/EF<<[^>]*>>`, ""},
		{"A 6.8", `/Subtype/application#2Fjson`, ""},
		{"A 6.8", `/Size \d+`, "/Size 1"},
		{"A 6.8", `/ModDate\([^)]*\)>>>>`, ">>>>"},
		{"A 6.4", `/SigFlags 3`, "/SigFlags 1"},
		{"A 6.4", `/SigFlags 3`, "/SigFlags 3/NeedAppearances true"},
		{"A 6.4", `/SigFlags 3`, "/SigFlags 3/XFA()"},
		{"A 6.4", `ETSI\.CAdES\.detached`, "adbe.pkcs7.detached"},
		{"A 6.4", `/Fields\[\d+ 0 R`, "/Fields["},
		{"A 6.3", `/FT/Sig`, "/FT/Btn"},
		{"A 6.3", `/F 132`, "/F 128"},
		{"A 6.3", `/F 132`, "/F 134"},
		{"A 6.3", `/Rect\[0 0 0 0\]`, "/Rect[0 0 0 0]/AP<<>>"},
		{"A 6.5", `/FT/Sig`, "/FT/Sig/AA<</E<</S/JavaScript>>>>"},
		{"A 6.2.10", `/ColorSpace/DeviceRGB`, "/ColorSpace/DeviceCMYK"},
		{"A 6.2.10", `/Width 120`, "/Width 121"},
		{"A 6.2.10", `/Subtype/Image`, "/Subtype/Image/SMask 1 0 R"},
		{"A 6.2.10", `/Subtype/Image`, "/Subtype/Form"},
		{"UA 7.3", `/Alt(<[^>]*>|\([^)]*\))`, ""},
		{"UA 7.3", `/BBox\[[^]]*\]`, ""},
		{"UA 7.18", `/TU(<[^>]*>|\([^)]*\))`, ""},
		{"UA 7.18", `/StructParent \d+/P \d+ 0 R/V`, "/P 3 0 R/V"},
		{"UA 7.18", `/S/Form/`, "/S/Link/"},
		{"UA 7.1 types", `/S/Form/`, "/S/Formula/"},
		{"UA 7.18", `/S/Form/`, "/S/Sect/"},
	} {
		t.Run(test.clause+" "+test.old+" "+test.new, func(t *testing.T) {
			t.Parallel()
			l := Letter{Document: doc, Notice: seedNotice, Act: seedNotice, Letterhead: head, mark: &seedMark, room: 1024}
			a, err := l.compose()
			if err != nil {
				t.Fatal(err)
			}
			spoil(t, a.file, regexp.MustCompile(test.old), test.new)
			blank := a.file.WriteBlank(a.root, a.info, a.signature)
			file, err := blank.Fill([]byte{0x30, 0})
			if err != nil {
				t.Fatal(err)
			}
			if err := Verify(file); !errors.Is(err, proof.ErrConformance) || !strings.Contains(err.Error(), test.clause) {
				t.Errorf("Verify says: %v", err)
			}
		})
	}
}
