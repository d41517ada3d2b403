package desk

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("d", 49) + "."
	domain := strings.Repeat(label, 3) + strings.Repeat("e", 36) + ".fr" // 189 bytes
	local := strings.Repeat("l", 64)
	for address, says := range map[string]string{
		"a@b.fr":                              "",
		"prenom.nom+notes@transit.example":    "",
		"=1+1@transit.example":                "",
		"rené@société.example":                "",
		"'o@transit.example":                  "",
		local + "@" + domain:                  "", // 254
		local + "@d" + domain:                 "254 are the most",
		local + "l@transit.example":           "64 are the most",
		"":                                    "no address",
		"abonne":                              "one to a line",
		"abonne@":                             "one to a line",
		"@transit.example":                    "one to a line",
		"abonne@localhost":                    "with its dot",
		"abonne@transit..example":             "one to a line",
		"abonne@.example":                     "one to a line",
		"abonne@transit.example.":             "one to a line",
		"abonne@-transit.example":             "as mails name it",
		"abonne@[192.0.2.1]":                  "as mails name it",
		"a_b@under_score.example":             "as mails name it",
		"a@" + strings.Repeat("d", 63) + ".f": "",
		"a@" + strings.Repeat("d", 64) + ".f": "as mails name it",
		"A B <a@transit.example>":             "one to a line",
		"a@transit.example, b@c.example":      "one to a line",
		"a@transit.example\r\nBcc: b@c.fr":    "one to a line",
		"\"a b\"@transit.example":             "one to a line",
		"a b@transit.example":                 "one to a line",
	} {
		err := CheckAddress(address)
		var v *notice.ValueError
		if says == "" && err != nil {
			t.Errorf("%q (%d bytes): %v", address, len(address), err)
		}
		if says != "" && (!errors.As(err, &v) || !strings.Contains(v.Remedy+" "+v.What, says)) {
			t.Errorf("%q: %v, want %q", address, err, says)
		}
	}
}

func TestCheckColumns(t *testing.T) {
	t.Parallel()
	for head, says := range map[string]string{
		"address": "",
		"zone daily address wants modes services lang": "",
		"adress":            `did you mean "address"?`,
		"address service":   `did you mean "services"?`,
		"address couleur":   "known: address, lang",
		"address lang lang": "stands there twice",
		"lang":              `"address" is missing`,
		"":                  `"address" is missing`,
	} {
		err := CheckColumns(strings.Fields(head))
		if (says == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), says) || !errors.Is(err, notice.ErrInvalid)) {
			t.Errorf("%q: %v, want %q", head, err, says)
		}
	}
}

func TestEntry(t *testing.T) {
	t.Parallel()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	head := strings.Split("address,lang,services,modes,wants,daily,zone", ",")
	for _, c := range []struct {
		cells []string
		want  Choice
		says  string // column, what, remedy
	}{
		{[]string{"a@b.fr", "", "", "", "", "", ""}, Choice{}, ""},
		{[]string{"a@b.fr", "EN", "delta-t delta-x", "edi DTI+", "Alerts", "alerts", "indian/reunion"},
			Choice{Lang: "en", Services: []string{"delta-t", "delta-x"}, Modes: []string{"edi", "dti-plus"}, Wants: []string{"alerts"}, Daily: []string{"alerts"}, Zone: "Indian/Reunion"}, ""},
		{[]string{"a@b.fr", "fr", "Delta T", "", "", "", "Europe/Paris"}, Choice{Services: []string{"delta-t"}}, ""},
		{[]string{"a@b.fr", "fr", "Delta T; DELTA-G;Delta X;", "", "", "", ""}, Choice{Services: []string{"delta-t", "delta-g", "delta-x"}}, ""},
		{[]string{"a@b.fr", "", "h7 delta-h7", "", "", "", ""}, Choice{Services: []string{"delta-h7"}}, ""},
		{[]string{"\u00a0a@b.fr\ufeff", "", "", "", "", "notices", ""}, Choice{Daily: []string{"notices"}}, ""},
		{[]string{"a@b.fr", "de", "", "", "", "", ""}, Choice{}, "lang: fr or en"},
		{[]string{"a@b.fr", "", "delta-tt", "", "", "", ""}, Choice{}, `services: did you mean "delta-t"?`},
		{[]string{"a@b.fr", "", "", "edi;fax", "", "", ""}, Choice{}, "modes: known: dti"},
		{[]string{"a@b.fr", "", "", "", "staff", "", ""}, Choice{}, "wants: notices, alerts"},
		{[]string{"a@b.fr", "", "", "", "alerts", "notices", ""}, Choice{}, "daily: add it to wants"},
		{[]string{"a@b.fr", "", "", "", "", "", "Indian/Reunon"}, Choice{}, `zone: did you mean "Indian/Reunion"?`},
		{[]string{"a@b.fr", "fr"}, Choice{}, ": give every column a cell"},
		{[]string{"a@b.fr", "fr", "", "", "", "", "", "x"}, Choice{}, ": give every column a cell"},
	} {
		e, refused := entry(known.Catalogue, head, Row{7, c.cells})
		if c.says != "" {
			if refused == nil || refused.Line != 7 || !strings.Contains(refused.Column+": "+refused.Remedy, c.says) {
				t.Errorf("%q: %+v, want %q", c.cells, refused, c.says)
			}
			continue
		}
		c.want.Address = "a@b.fr"
		if refused != nil || !reflect.DeepEqual(e.Choice, c.want) || e.Unsaid != nil {
			t.Errorf("%q: %+v, %+v", c.cells, e, refused)
		}
	}
	e, refused := entry(known.Catalogue, []string{"zone", "address"}, Row{2, []string{"", "a@b.fr"}})
	if refused != nil || strings.Join(e.Unsaid, " ") != "lang services modes wants daily" {
		t.Errorf("%+v, %+v", e, refused)
	}
}
