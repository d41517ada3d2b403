package email

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/channeltest"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A part is a leaf of a mail, decoded.
type part struct {
	mediaType string
	params    map[string]string
	file      string
	text      string
}

// parts are the leaves of a mail, in order, with the types of what holds them
// before each.
func parts(t *testing.T, header map[string][]string, body io.Reader) []part {
	t.Helper()
	get := func(name string) string { return strings.Join(header[name], "") }
	mediaType, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		t.Fatalf("content type %q: %v", get("Content-Type"), err)
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		all := []part{{mediaType: mediaType}}
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, parts(t, p.Header, p)...)
		}
	}
	switch get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	default:
		t.Errorf("%s is encoded as %q", mediaType, get("Content-Transfer-Encoding"))
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	_, disposition, _ := mime.ParseMediaType(get("Content-Disposition"))
	return []part{{mediaType, params, disposition["filename"], string(text)}}
}

// mailOf is the mail of a tale to somebody, as it goes over the wire.
func mailOf(t *testing.T, c *Channel, tale notifier.Tale, to notifier.Recipient) []byte {
	t.Helper()
	m, err := c.Compose(t.Context(), tale)
	if err != nil {
		t.Fatal(err)
	}
	to.Event = tale.Event.ID
	text, err := c.Mail(m, to)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMails takes the mail of every event apart.
func TestMails(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	to := recipient(abonne(1))
	own := c.LeaveURL(to.ID)
	for _, tale := range channeltest.Life(t) {
		act := tale.Event.Act.Type()
		parsed, err := mail.ReadMessage(bytes.NewReader(mailOf(t, c, tale, to)))
		if err != nil {
			t.Fatal(err)
		}
		all := parts(t, parsed.Header, parsed.Body)
		var types []string
		for _, p := range all {
			types = append(types, p.mediaType)
		}
		rule, _ := notice.RuleOf(act)
		var want []string
		if tale.Letter != nil || rule.Amends {
			want = append(want, "multipart/mixed")
		}
		want = append(want, "multipart/alternative", "text/plain", "text/html")
		if tale.Letter != nil {
			want = append(want, "application/pdf")
		}
		if rule.Amends {
			want = append(want, "text/calendar")
		}
		if !slices.Equal(types, want) {
			t.Errorf("%s is made of %v, want %v", act, types, want)
		}
		for _, p := range all {
			switch p.mediaType {
			case "text/plain", "text/html":
				links := regexp.MustCompile(`https://crieur\.example/abonnements/[^\s"<]*`).FindAllString(p.text, -1)
				if len(links) != 2 || links[0] != own+"/preferences" || links[1] != own || p.params["charset"] != "UTF-8" || strings.Contains(p.text, leaveMark) {
					t.Errorf("%s, %s: links %q, %v", act, p.mediaType, links, p.params)
				}
				if drill := strings.Contains(p.text, "EXERCICE"); drill != tale.State.Notice.Exercise {
					t.Errorf("%s, %s: says EXERCICE %v", act, p.mediaType, drill)
				}
			case "application/pdf":
				if p.text != string(tale.Letter) || p.file != "note-20000171.pdf" {
					t.Errorf("%s: the letter came as %q, %q", act, p.file, p.text)
				}
			case "text/calendar":
				if p.params["method"] != "PUBLISH" || p.params["charset"] != "UTF-8" || p.file != "note-20000171.ics" || !strings.HasPrefix(p.text, "BEGIN:VCALENDAR\r\n") {
					t.Errorf("%s: the calendar came as %v %q", act, p.params, p.text)
				}
			}
		}
	}
}

// TestBothInOne: who has not heard of the start is told both.
func TestBothInOne(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	to := recipient(abonne(1))
	for _, tale := range channeltest.Life(t) {
		to.Started = false
		plain := mailOf(t, c, tale, to)
		to.Started = true
		both := mailOf(t, c, tale, to)
		if end := tale.Event.Act.Type() == notice.TypeEnded; bytes.Equal(plain, both) == end {
			t.Errorf("%s: the two wordings are the same: %v", tale.Event.Act.Type(), !end)
		}
	}
}

// TestWire: what goes over the wire is what every relay takes.
func TestWire(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	c.Public = "https://" + strings.Repeat("un-nom-bien-long.", 12) + "crieur.example"
	for i, tale := range channeltest.Life(t) {
		if tale.Letter != nil {
			tale.Letter = bytes.Repeat([]byte("\x00\r\n.\r\n\xff"), 1000+i)
		}
		text := string(mailOf(t, c, tale, recipient(abonne(i))))
		if strings.ContainsFunc(text, func(r rune) bool { return r > '~' || r < ' ' && r != '\r' && r != '\n' && r != '\t' }) {
			t.Errorf("%s: not only ASCII", tale.Event.Act.Type())
		}
		bare := strings.ReplaceAll(text, "\r\n", "")
		if strings.ContainsAny(bare, "\r\n") || !strings.HasSuffix(text, "\r\n") {
			t.Errorf("%s: a line does not end in CRLF", tale.Event.Act.Type())
		}
		head, body, _ := strings.Cut(text, "\r\n\r\n")
		for line := range strings.SplitSeq(text, "\r\n") {
			if strings.HasPrefix(line, ".") {
				t.Errorf("%s: a line begins with a dot: %.80s", tale.Event.Act.Type(), line)
			}
			if len(line) > 998 || len(line) > 76 && strings.Contains(body, line) && !strings.HasPrefix(line, "Content-") {
				t.Errorf("%s: a line of %d: %.80s", tale.Event.Act.Type(), len(line), line)
			}
		}
		if strings.Contains(head, "multipart") && !strings.Contains(head, "Content-Transfer-Encoding: 7bit\r\n") {
			t.Errorf("%s: it does not say that it is ASCII:\n%s", tale.Event.Act.Type(), head)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	to := recipient(abonne(1))
	tale := channeltest.Life(t)[0]
	m, err := mail.ReadMessage(bytes.NewReader(mailOf(t, c, tale, to)))
	if err != nil {
		t.Fatal(err)
	}
	to.Event = tale.Event.ID
	for name, want := range map[string]string{
		"From":                     "=?utf-8?q?Douane_=E2=80=93_m=C3=A9t=C3=A9o_des_services?= <notes@crieur.example>",
		"To":                       "<abonne-1@transitaire.example>",
		"Date":                     "Tue, 08 Aug 2023 09:00:00 +0200",
		"Message-Id":               "<" + c.messageID(to.Key()) + ">",
		"Mime-Version":             "1.0",
		"Auto-Submitted":           "auto-generated",
		"List-Id":                  "Notes aux operateurs <notes.crieur.example>",
		"List-Unsubscribe":         "<" + c.LeaveURL(to.ID) + ">",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"List-Help":                "<https://crieur.example/>",
		"List-Archive":             "<https://crieur.example/>",
		"X-Auto-Response-Suppress": "All",
		"Content-Language":         "fr",
	} {
		if got := m.Header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	known := slices.Collect(maps.Keys(m.Header))
	for _, name := range []string{"User-Agent", "X-Mailer", "Sender", "Bcc"} {
		if slices.Contains(known, name) {
			t.Errorf("there is a header %s", name)
		}
	}
	var decoder mime.WordDecoder
	if subject, err := decoder.DecodeHeader(m.Header.Get("Subject")); err != nil || subject != "Interruption prévue – Delta T, ICS-Delta P, Delta G et 4 autres – mardi 8 août 2023, 9h00-17h00" {
		t.Errorf("subject %q, %v", subject, err)
	}
}

// TestIdentities: one Message-ID for one message, one thread for a notice and
// a reader, and nothing in either that names anybody.
func TestIdentities(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	ids, threads := map[string]bool{}, map[string]bool{}
	life := channeltest.Life(t)
	for _, tale := range life {
		for i := range 3 {
			to := recipient(abonne(i))
			to.ID = fmt.Sprintf("%032x", i)
			m, err := mail.ReadMessage(bytes.NewReader(mailOf(t, c, tale, to)))
			if err != nil {
				t.Fatal(err)
			}
			id, thread := m.Header.Get("Message-Id"), m.Header.Get("References")
			if ids[id] || ids[thread] || strings.Contains(id+thread, "abonne") || !strings.HasSuffix(id, "@crieur.example>") {
				t.Errorf("Message-ID %s, References %s", id, thread)
			}
			ids[id], threads[thread] = true, true
		}
	}
	if len(ids) != 3*len(life) || len(threads) != 3*2 { // two notices
		t.Errorf("%d messages in %d threads", len(ids), len(threads))
	}
}

// TestSameBytes: composed and written again, a mail is the same; readers differ
// in their heads and in their link alone.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	tale := channeltest.Life(t)[0]
	first := mailOf(t, c, tale, recipient(abonne(1)))
	for range 30 {
		if !bytes.Equal(mailOf(t, c, tale, recipient(abonne(1))), first) {
			t.Fatal("the same mail has other bytes")
		}
	}
	other := recipient(abonne(2))
	other.ID = "ffffffffffffffffffffffffffffffff"
	second := mailOf(t, c, tale, other)
	without := func(text []byte, to notifier.Recipient) string {
		_, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
		return strings.ReplaceAll(string(body), string(appendEncoded(nil, []byte(c.LeaveURL(to.ID)))), "")
	}
	if without(first, recipient(abonne(1))) != without(second, other) {
		t.Errorf("two readers' mails differ in more than their link:\n%s\n%s", without(first, recipient(abonne(1))), without(second, other))
	}
	if bytes.Contains(second, []byte(recipient(abonne(1)).ID)) {
		t.Error("somebody else's link is in it")
	}
}

// TestEncoded: a link of any length and any bytes comes out as it was put in,
// on lines that every relay takes.
func TestEncoded(t *testing.T) {
	t.Parallel()
	for _, link := range []string{
		"https://crieur.example/abonnements/x", "https://é.example/?a=b&c=d e", strings.Repeat(".", 300), strings.Repeat("a.", 300), strings.Repeat("=", 200), "",
	} {
		for cut := range min(len(link), 90) {
			text := appendEncoded(nil, []byte(link[cut:]))
			got, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(text)))
			if err != nil || string(got) != link[cut:] {
				t.Fatalf("%q came out as %q, %v", link[cut:], got, err)
			}
			for line := range strings.SplitSeq(string(text), "\r\n") {
				if len(line) > 76 || strings.HasPrefix(line, ".") {
					t.Errorf("a line %q", line)
				}
			}
		}
	}
}

// TestMailbox: what stands in commands is the address itself, whichever way it
// was found.
func TestMailbox(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"a@b.example": "<a@b.example>", "A.b_c+d-e@x-y.example": "<A.b_c+d-e@x-y.example>", `"a b"@c.example`: `<"a b"@c.example>`,
		"é@c.example": "<é@c.example>", "o'neil@c.example": "<o'neil@c.example>", "Nom <a@b.example>": "<a@b.example>",
		"a..b@c.example": "", ".a@c.example": "", "a.@c.example": "", "a@@b.example": "", "a@b@c.example": "", "a b@c.example": "", "": "", "a@": "", "@b": "",
		"a@b.example\r\nRCPT TO:<c@d.example>": "",
	} {
		got, err := mailbox(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is written %q, %v, want %q", address, got, err, want)
		}
	}
}
