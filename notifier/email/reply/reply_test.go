package reply

import (
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code        int
		class       string
		ofRecipient bool
		want        notifier.Status
		hard        bool
	}{
		{421, "", true, notifier.Deferred, false},
		{452, "4.2.2", true, notifier.Deferred, false},
		{550, "5.1.1", true, notifier.Bounced, true},
		{550, "5.1.1", false, notifier.Bounced, true},
		{550, "5.1.2", true, notifier.Bounced, true},
		{553, "5.1.3", true, notifier.Bounced, true},
		{551, "5.1.6", true, notifier.Bounced, true},
		{556, "5.1.10", true, notifier.Bounced, true},
		{550, "5.1.0", false, notifier.Bounced, false},
		{550, "5.1.8", true, notifier.Refused, false},
		{552, "5.2.2", false, notifier.Bounced, false},
		{550, "5.7.1", true, notifier.Refused, false},
		{550, "5.7.515", false, notifier.Refused, false},
		{554, "", true, notifier.Bounced, false},
		{554, "", false, notifier.Refused, false},
		{552, "5.3.4", false, notifier.Refused, false},
	} {
		if got, hard := Judge(c.code, c.class, c.ofRecipient); got != c.want || hard != c.hard {
			t.Errorf("Judge(%d, %q, %v) = %s, %v, want %s, %v", c.code, c.class, c.ofRecipient, got, hard, c.want, c.hard)
		}
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"5.1.1 no such user":                 {"5.1.1", "no such user"},
		"5.1.1 no such user\n5.1.1 any more": {"5.1.1", "no such user\nany more"},
		"no such user 5.1.1":                 {"", "no such user 5.1.1"},
		"":                                   {"", ""},
	} {
		if class, rest := Class(text); class != want[0] || rest != want[1] {
			t.Errorf("Class(%q) = %q, %q, want %q", text, class, rest, want)
		}
	}
}

func TestCleanNamesNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, to, want string }{
		{"<Jean.Dupont@b.example>:\n unknown", "", "<…>: unknown"},
		{"JEAN.DUPONT: unknown", "<jean.dupont@b.example>", "…: unknown"},
		{"jean.duponts unknown", "jean.dupont@b.example", "jean.duponts unknown"},
		{`"a b"@c.example is none`, "@", "… is none"},
		{strings.Repeat("é", 150), "", strings.Repeat("é", 100)},
	} {
		if got := Clean(c.text, c.to); got != c.want {
			t.Errorf("Clean(%q, %q) = %q, want %q", c.text, c.to, got, c.want)
		}
	}
}
