package compare

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// marked is a comparison in one line: [-gone-]{+added+}.
func marked(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		switch p.Fate {
		case Added:
			b.WriteString("{+" + p.Text + "+}")
		case Lost:
			b.WriteString("[-" + p.Text + "-]")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ was, is, want string }{
		{"", "", ""},
		{"un mot", "un mot", "un mot"},
		{"", "un mot", "{+un mot+}"},
		{"un mot", "", "[-un mot-]"},
		{"de 9h00 à 17h00 inclus", "de 9h00 à 18h30 inclus", "de 9h00 à [-17h00 -]{+18h30 +}inclus"},
		{"le mardi 8 août", "le 8 août", "le [-mardi -]8 août"},
	} {
		if got := marked(Texts(c.was, c.is)); got != c.want {
			t.Errorf("Texts(%q, %q) = %q, want %q", c.was, c.is, got, c.want)
		}
	}
}

// TestTextsAreWhole: whatever is compared, what is kept and added is the text
// as it is, what is kept and gone the text as it was.
func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("mot ", 3000)
	for _, c := range [][2]string{{"a b c d", "b x d a"}, {" a  b ", "a b"}, {long + "x", "y " + long}, {strings.Repeat("a ", 3000), strings.Repeat("b ", 3000)}} {
		var was, is string
		for _, p := range Texts(c[0], c[1]) {
			if p.Fate != Added {
				was += p.Text
			}
			if p.Fate != Lost {
				is += p.Text
			}
		}
		if was != c[0] || is != c[1] {
			t.Errorf("comparing %.20q with %.20q loses something", c[0], c[1])
		}
	}
}

func example(t testing.TB) (notice.Notice, templates.Words) {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, ps := schemas.Check(raw, known.Catalogue, known.Bureaus)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	return n, templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	n, words := example(t)
	before, err := words.Letter(n)
	if err != nil {
		t.Fatal(err)
	}
	n.Windows = slices.Clone(n.Windows)
	if err := n.Windows[0].End.UnmarshalText([]byte("2023-08-08T18:30")); err != nil {
		t.Fatal(err)
	}
	n.Advice, n.Signatory.Name = nil, "Une autre"
	after, err := words.Letter(n)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, p := range Letters(before, after) {
		if p.Changed() {
			changed = append(changed, marked(p.Pieces))
		}
	}
	all := strings.Join(changed, "\n")
	for _, want := range []string{"[-17h00", "{+18h30", "[-Michel BARON-]", "{+Une autre+}"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not in\n%s", want, all)
		}
	}
	for _, p := range Letters(before, before) {
		if p.Changed() {
			t.Errorf("nothing has changed, and yet: %s", marked(p.Pieces))
		}
	}
}

// TestEveryField: no field of a notice changes unseen.
func TestEveryField(t *testing.T) {
	t.Parallel()
	var want, got []string
	for f := range reflect.TypeFor[notice.Notice]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		want = append(want, name)
	}
	for _, f := range fieldTexts {
		got = append(got, f.name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	n, words := example(t)
	name := func(pointer string) string { return pointer }
	if all := Fields(words.Catalogue, name, n, n); len(all) > 0 {
		t.Errorf("nothing has changed, and yet: %v", all)
	}
	other := n
	other.Modes, other.Messages = []string{"edi"}, notice.Messages{notice.Create: notice.Discouraged}
	other.Windows = []notice.Window{{Start: n.Windows[0].Start}}
	other.Fallback.Authorised = false
	got := map[string]string{}
	for _, d := range Fields(words.Catalogue, name, n, other) {
		got[d.Pointer] = d.Was + " > " + d.Is
	}
	for pointer, want := range map[string]string{
		"/modes":    "EDI et DTI > EDI",
		"/windows":  "> à compter du mardi 8 août 2023 à 9h00",
		"/fallback": "autorisée, ",
		"/messages": "déconseillé",
	} {
		if said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(got[pointer]); !strings.Contains(said, want) {
			t.Errorf("%s: %q does not say %q", pointer, said, want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d fields: %v", len(got), got)
	}
}

// TestEveryChangeIsSeen changes each field of a full notice in turn.
func TestEveryChangeIsSeen(t *testing.T) {
	t.Parallel()
	n, words := example(t)
	value := reflect.ValueOf(&n).Elem()
	for i := range value.NumField() {
		var none notice.Notice
		full := reflect.ValueOf(&none).Elem()
		full.Field(i).Set(value.Field(i))
		if full.Field(i).IsZero() {
			continue
		}
		if all := Fields(words.Catalogue, func(p string) string { return p }, notice.Notice{}, none); len(all) != 1 {
			t.Errorf("%s: %d differences", value.Type().Field(i).Name, len(all))
		}
	}
}
