package bounce

import (
	"fmt"
	"strings"
	"testing"
)

const (
	event      = "01899c8e-1e40-7d3c-9a0e-6a1b5c7d9e2f"
	subscriber = "00ff1122334455667788990a0b0c0d0e"
)

var ours = Return{Secret: []byte("a secret of the house, long enough"), Mailbox: "notes@meteo.example"}

func TestReturnAddress(t *testing.T) {
	t.Parallel()
	if err := ours.Check(); err != nil {
		t.Fatal(err)
	}
	a := ours.Address(event, subscriber)
	local, domain, _ := strings.Cut(a, "@")
	if !strings.HasPrefix(local, "notes+") || domain != "meteo.example" || len(local) > localLimit || a != strings.ToLower(a) {
		t.Errorf("the address is %s, its local part of %d bytes", a, len(local))
	}
	want := Token{MarkOf(event), subscriber}
	for _, form := range []string{a, "<" + a + ">", strings.ToUpper(a), " " + a + "\r\n"} {
		if got, err := ours.Open(form); err != nil || got != want {
			t.Errorf("Open(%q) = %v, %v, want %v", form, got, err, want)
		}
	}
	if got := ours.Address(event, "nobody"); got != ours.Mailbox {
		t.Errorf("one who has no id: %s", got)
	}
}

// TestForged: what is changed, made by another house or made up is not opened.
func TestForged(t *testing.T) {
	t.Parallel()
	a := ours.Address(event, subscriber)
	other := ours
	other.Secret = []byte("a secret of another house, as long")
	forged := []string{
		"", "@", "+@", ours.Mailbox, "notes+@meteo.example", "notes+abc@meteo.example",
		other.Address(event, subscriber),
		strings.Replace(a, "@meteo.example", "@autre.example", 1),
		strings.Replace(a, "notes+", "retour+", 1),
		strings.Replace(a, "notes+", "notes+a", 1),
		a + "\r\nX: y", a[1:], strings.Repeat("a", 1<<16),
	}
	from, to := len("notes+"), strings.IndexByte(a, '@')
	for i := from; i < to; i++ {
		c := byte('a')
		if a[i] == c {
			c = 'b'
		}
		forged = append(forged, a[:i]+string(c)+a[i+1:])
	}
	for _, f := range forged {
		if got, err := ours.Open(f); err == nil {
			t.Errorf("Open(%.80q) = %v", f, got)
		}
	}
}

// TestReturnIsChecked: each fault of the settings is named.
func TestReturnIsChecked(t *testing.T) {
	t.Parallel()
	for mailbox, ok := range map[string]bool{
		"notes@meteo.example":                  true,
		strings.Repeat("a", 15) + "@b.example": true,
		strings.Repeat("a", 16) + "@b.example": false,
		"notes+x@meteo.example":                false,
		"Notes <notes@meteo.example>":          false,
		"notés@meteo.example":                  false,
		`"a b"@meteo.example`:                  false,
		"notes":                                false,
		"":                                     false,
	} {
		if err := (Return{Secret: ours.Secret, Mailbox: mailbox}).Check(); (err == nil) != ok {
			t.Errorf("Check of %q: %v", mailbox, err)
		}
	}
	if err := (Return{Mailbox: ours.Mailbox}).Check(); err == nil {
		t.Error("a house without a secret passes")
	}
}

func BenchmarkAddress(b *testing.B) {
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032x", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_ = ours.Address(event, ids[i%len(ids)])
	}
}
