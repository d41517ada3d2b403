// Package pdf writes the objects of a PDF file, and reads them again.
//
// Package letter makes the objects, with Text and Date for their strings, and
// asks File for the bytes; Text and Verify of package letter read a file with
// Read. Both know of PDF what our letters need: one revision, object streams,
// deflate. A File gives the same bytes for the same objects. Read takes any
// bytes whatever and answers with an error, never a panic.
package pdf

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// A Ref names an indirect object by its number. The generation is always 0.
type Ref int

// String is how an object refers to another.
func (r Ref) String() string { return strconv.Itoa(int(r)) + " 0 R" }

// escapes are of what would end a string or hide its end.
var escapes = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`)

// Text is a text string (ISO 32000-1, 7.9.2.2): ASCII as it is, all else in
// UTF-16.
func Text(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return "(" + escapes.Replace(s) + ")"
	}
	wide := []byte{0xFE, 0xFF}
	for _, unit := range utf16.Encode([]rune(s)) {
		wide = append(wide, byte(unit>>8), byte(unit))
	}
	return "<" + strings.ToUpper(hex.EncodeToString(wide)) + ">"
}

// TextOf is what a text string says.
func TextOf(s String) string {
	wide, found := strings.CutPrefix(string(s), "\xFE\xFF")
	if !found {
		return string(s)
	}
	units := make([]uint16, 0, len(wide)/2)
	for i := 0; i+1 < len(wide); i += 2 {
		units = append(units, uint16(wide[i])<<8|uint16(wide[i+1]))
	}
	return string(utf16.Decode(units))
}

// Date is a date string, in universal time.
func Date(t time.Time) string { return t.UTC().Format("(D:20060102150405Z)") }
