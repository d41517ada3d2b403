package bounce

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email/reply"
)

// reports are what each file of testdata is read as.
var reports = map[string]Report{
	"postfix-unknown": {Status: notifier.Bounced, Code: "550 5.1.1", Hard: true, Reply: "<…>: Recipient address rejected: User unknown in local recipient table"},
	"gmail-nested":    {Status: notifier.Bounced, Code: "550 5.1.1", Hard: true, Reply: "The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550 5.1.1 unnecessary spaces."},
	"sendmail-full":   {Status: notifier.Bounced, Code: "552 5.2.2", Reply: "Over quota"},
	"exchange-base64": {Status: notifier.Bounced, Code: "550 5.1.10", Hard: true, Reply: "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"},
	"policy":          {Status: notifier.Refused, Code: "550 5.7.26", Reply: "This mail has been blocked because the sender is unauthenticated."},
	"expired":         {Status: notifier.Bounced, Code: "4.4.1", Reply: "connect to mail.transitaire.example[192.0.2.25]:25: Connection timed out"},
	"global":          {Status: notifier.Bounced, Code: "550 5.1.1", Hard: true, Reply: "… est inconnue ici"},
	"forwarded":       {Status: notifier.Bounced, Code: "550 5.1.1", Reply: "… has left"},
	"truncated":       {Status: notifier.Bounced, Code: "5.1.1", Hard: true},
	"qmail":           {Status: notifier.Bounced, Code: "5.1.1", Hard: true, Reply: "Sorry, no mailbox here by that name. (#5.1.1)"},
	"exim":            {Status: notifier.Bounced, Code: "550", Reply: "Unknown user …"},
	"plain-policy":    {Status: notifier.Refused, Code: "554 5.7.0", Reply: "Message blocked as spam by …>"},
	"delivered":       {Status: notifier.Delivered, Code: "2.0.0", Reply: "delivered to mailbox of …"},
	"several":         {Status: notifier.Delivered, Code: "2.1.5"},
	"delayed":         {},
	"relayed":         {},
	"exim-warning":    {},
	"vacation":        {},
	"autoreply":       {},
	"read-receipt":    {},
}

// kept are the files of testdata that a person must look at.
var kept = map[string]bool{"human": true, "complaint": true, "quoted-report": true, "wordless": true, "spam": true, "no-head": true}

func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(paths) != len(reports)+len(kept) {
		t.Fatalf("%d files in testdata, %d are known: %v", len(paths), len(reports)+len(kept), err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".eml")] = raw
	}
	return all
}

// TestParse reads every sample as it is, and with the line ends of the wire.
func TestParse(t *testing.T) {
	t.Parallel()
	for name, raw := range samples(t) {
		for _, form := range []string{string(raw), strings.ReplaceAll(string(raw), "\n", "\r\n")} {
			got, err := Parse([]byte(form))
			want, known := reports[name]
			if got != want || errors.Is(err, ErrUnread) != kept[name] || !known && !kept[name] {
				t.Errorf("%s is read as\n%+v, %v, want\n%+v", name, got, err, want)
			}
		}
	}
}

// TestClassesOfStatus: what a report says of an address decides, and only what
// says that there is none is for good.
func TestClassesOfStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, said string
		want         notifier.Status
		code         string
		hard         bool
	}{
		{"5.1.1", "", notifier.Bounced, "5.1.1", true},
		{"5.1.2", "smtp; 550 no such host", notifier.Bounced, "550 5.1.2", true},
		{"5.0.0", "smtp; 550 5.1.1 no such user", notifier.Bounced, "550 5.1.1", true},
		{"5.0.0", "smtp; 550 user unknown", notifier.Bounced, "550", false},
		{"5.0.0", "smtp; 550 rejected by policy", notifier.Refused, "550 5.7.0", false},
		{"5.1.1", "smtp; 550 5.7.1 who are you", notifier.Refused, "550 5.7.1", false},
		{"5.2.2", "smtp; 552 mailbox full", notifier.Bounced, "552 5.2.2", false},
		{"5.3.4", "smtp; 552 too big", notifier.Refused, "552 5.3.4", false},
		{"5.4.4", "x-local; host 5.1.1.1 not found", notifier.Bounced, "5.4.4", false},
		{"5.6.0", "", notifier.Refused, "5.6.0", false},
		{"4.4.7", "smtp; 400 4.4.7 expired", notifier.Bounced, "400 4.4.7", false},
		{"4.7.1", "smtp; 451 4.7.1 greylisted", notifier.Refused, "451 4.7.1", false},
		{"4.2.2", "smtp; 452 4.2.2 full", notifier.Bounced, "452 4.2.2", false},
		{"", "", notifier.Bounced, "", false},
	} {
		text := "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: " + c.status + "\nDiagnostic-Code: " + c.said + "\n"
		got, ok := readStatus(text)
		if !ok || got.Status != c.want || got.Code != c.code || got.Hard != c.hard {
			t.Errorf("status %q, %q is read as %+v, %v, want %+v", c.status, c.said, got, ok, c)
		}
	}
}

var anAddress = func(text string) bool { return reply.Clean(text, "") != text }

func FuzzParse(f *testing.F) {
	for _, raw := range samples(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Parse(raw)
		switch {
		case err != nil && (got != Report{} || !errors.Is(err, ErrUnread)):
			t.Errorf("%+v with %v", got, err)
		case got.Status == "" && got != Report{}:
			t.Errorf("nothing became of it: %+v", got)
		case got.Hard && got.Status != notifier.Bounced:
			t.Errorf("dead, and not bounced: %+v", got)
		case got.Status != "" && got.Status != notifier.Bounced && got.Status != notifier.Refused && got.Status != notifier.Delivered:
			t.Errorf("became %q", got.Status)
		case len(got.Reply) > reply.Longest, !utf8.ValidString(got.Reply), anAddress(got.Reply):
			t.Errorf("the reply is %q", got.Reply)
		case len(got.Code) > len("550 5.123.456"):
			t.Errorf("the code is %q", got.Code)
		}
	})
}
