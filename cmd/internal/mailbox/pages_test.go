package mailbox

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// get asks the pages of a mailbox.
func get(t testing.TB, m *Mailbox, path string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

const banner = "Boîte de démonstration\u00a0: aucun message ne part vers l’extérieur"

// TestPages walks every page and wants of each what a reader with a keyboard
// or a screen reader needs.
func TestPages(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	pages := []string{"/?avant=1", "/nowhere", "/messages/99"}
	if _, body := get(t, m, "/"); !strings.Contains(body, "Aucun message pour l’instant") {
		t.Errorf("empty box: %s", body)
	}
	send(t, addr, "dedouanement@transitaire.example", string(fixture(t, "note.eml")))
	send(t, addr, "a@b.example", "not a mail at all\r\n")
	send(t, addr, `"<script>"@b.example`, "Subject: <script>alert(1)</script>\r\n\r\n</pre><script>alert(1)</script>\r\n")
	pages = append(pages, "/", "/messages/1", "/messages/2", "/messages/3")
	for _, path := range pages {
		response, body := get(t, m, path)
		if !strings.Contains(strings.ReplaceAll(body, "&nbsp;", "\u00a0"), banner) {
			t.Errorf("%s: no banner", path)
		}
		if got := response.Header.Get("Content-Security-Policy"); got != pagePolicy {
			t.Errorf("%s: policy %q", path, got)
		}
		for _, fault := range inaccessible(t, body) {
			t.Errorf("%s: %s", path, fault)
		}
	}
}

// inaccessible lists what is wrong with a page's structure.
func inaccessible(t testing.TB, page string) (faults []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	count, ids, level := map[string]int{}, map[string]bool{}, 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		ids[attr(n, "id")] = true
		switch {
		case n.Data == "html" && attr(n, "lang") != "fr":
			faults = append(faults, "no language")
		case n.Data == "script":
			faults = append(faults, "a script")
		case n.Data == "th" && attr(n, "scope") == "":
			faults = append(faults, "a th without scope")
		case n.Data == "iframe" && (attr(n, "title") == "" || strings.Contains(attr(n, "sandbox"), "allow-s")):
			faults = append(faults, "a frame without title or sandbox")
		case len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6':
			if now := int(n.Data[1] - '0'); now > level+1 {
				faults = append(faults, "headings skip to "+n.Data)
			} else {
				level = now
			}
		}
	}
	for _, once := range []string{"h1", "main", "title", "header"} {
		if count[once] != 1 {
			faults = append(faults, fmt.Sprintf("%d %s", count[once], once))
		}
	}
	if count["caption"] != count["table"] || !ids["contenu"] {
		faults = append(faults, "a table without caption, or nowhere to skip to")
	}
	return faults
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestListPages(t *testing.T) {
	t.Parallel()
	m := &Mailbox{}
	for n := 1; n <= 2*perPage+1; n++ {
		m.messages = append(m.messages, Message{N: n, Subject: fmt.Sprintf("objet %d.", n), Received: noon})
	}
	for _, c := range []struct {
		path        string
		first, last int // newest and oldest message of the page
		older       string
	}{
		{"/", 201, 102, "?avant=102"},
		{"/?avant=102", 101, 2, "?avant=2"},
		{"/?avant=2", 1, 1, ""},
	} {
		_, body := get(t, m, c.path)
		first, last := fmt.Sprintf("objet %d.", c.first), fmt.Sprintf("objet %d.", c.last)
		if !strings.Contains(body, first) || strings.Index(body, first) > strings.Index(body, last) ||
			strings.Count(body, "objet ") != c.first-c.last+1 {
			t.Errorf("%s does not list %d to %d:\n%s", c.path, c.first, c.last, body)
		}
		if (c.older == "") != !strings.Contains(body, "anciens</a>") || !strings.Contains(body, c.older) {
			t.Errorf("%s does not lead to %q: %s", c.path, c.older, body[len(body)-300:])
		}
		if !strings.Contains(body, "8\u00a0août\u00a02023 à\u00a012h00") {
			t.Errorf("%s: no legal time", c.path)
		}
	}
}

func TestMessagePage(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	raw := string(fixture(t, "note.eml"))
	send(t, addr, "dedouanement@transitaire.example", raw)
	_, page := get(t, m, "/messages/1")
	for _, want := range []string{
		"<h1>Note aux opérateurs – interruption du 8 août 2023 de 9h00 à 17h00</h1>",
		"retour@crieur.example", "dedouanement@transitaire.example", "List-Unsubscribe-Post",
		"des services\u00a0: " + `<a href="https://crieur.example/meteo?service=delta-t">https://crieur.example/meteo?service=delta-t</a>.`,
		`<iframe src="1/html"`, `<a href="1/pieces/2" download>note du 1er août 2023.pdf</a>`,
		`<a href="1/source" download>`, "--outer--",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	response, body := get(t, m, "/messages/1/html")
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
		!strings.Contains(policy, "sandbox ") || strings.Contains(policy, "allow-scripts") {
		t.Errorf("HTML part under %q", policy)
	}
	if !strings.Contains(body, "<h1>Note aux opérateurs</h1>") || !strings.Contains(body, `src="pieces/1"`) ||
		response.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("HTML part: %s\n%s", response.Header.Get("Content-Type"), body)
	}
	for _, c := range []struct{ path, mediaType, name, body string }{
		{"/messages/1/pieces/1", "image/gif", "piece-1", "GIF89a"},
		{"/messages/1/pieces/2", "application/pdf", "note du 1er août 2023.pdf", "%PDF-1.7"},
		{"/messages/1/pieces/3", "text/calendar", "plage 8 août.ics", "BEGIN:VCALENDAR"},
		{"/messages/1/source", "message/rfc822", "message-000001.eml", raw},
	} {
		response, body := get(t, m, c.path)
		mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
		disposition, params, err := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
		if mediaType != c.mediaType || disposition != "attachment" || params["filename"] != c.name || err != nil || !strings.HasPrefix(body, c.body) {
			t.Errorf("%s: %v %.20q, want %v", c.path, response.Header, body, c)
		}
	}
}

func TestLost(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	send(t, addr, "a@b.example", letter("x", ""))
	send(t, addr, "a@b.example", letter("y", ""))
	if err := os.Remove(m.Messages()[1].Path); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/messages/0", "/messages/2", "/messages/x", "/messages/1/html",
		"/messages/1/pieces/0", "/messages/1/pieces/1", "/messages/1/pieces/x", "/messages/1/x", "/x"} {
		response, body := get(t, m, path)
		up := `href="` + strings.Repeat("../", strings.Count(path, "/")-1) + `style.css"`
		if response.StatusCode != http.StatusNotFound || !strings.Contains(body, "Page introuvable") || !strings.Contains(body, up) {
			t.Errorf("%s: %d, want 404 with %s", path, response.StatusCode, up)
		}
	}
}

func TestFrench(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2023-08-01T07:05:00Z": "1er\u00a0août\u00a02023 à\u00a09h05", // summer: two hours ahead
		"2023-12-31T23:30:00Z": "1er\u00a0janvier\u00a02024 à\u00a00h30",
		"2024-02-29T12:00:00Z": "29\u00a0février\u00a02024 à\u00a013h00",
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if got := when(instant); got != want || err != nil {
			t.Errorf("when(%s) = %q, %v, want %q", at, got, err, want)
		}
	}
	for n, want := range map[int64]string{0: "0\u00a0octet", 1: "1\u00a0octet", 999: "999\u00a0octets", 1499: "1\u00a0ko", 9300: "9\u00a0ko",
		999_600: "1,0\u00a0Mo", 26_214_400: "26,2\u00a0Mo"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "[{ }]",
		"rien":                        "[{rien }]",
		"(voir https://a.example/b).": "[{(voir  } {https://a.example/b https://a.example/b} {). }]",
		"https://a.example/?x=1&y=é, https://b.example": "[{ } {https://a.example/?x=1&y=é https://a.example/?x=1&y=é} {,  } {https://b.example https://b.example} { }]",
		"javascript:alert(1) ftp://x":                   "[{javascript:alert(1) ftp://x }]",
	} {
		if got := fmt.Sprint(links(text)); got != want {
			t.Errorf("links(%q) = %s, want %s", text, got, want)
		}
	}
}
