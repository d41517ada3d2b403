package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// plain is the text of a page without markup and links.
func plain(page []byte) string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(page), " ")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

// get asks a server for a path.
func getPath(t *testing.T, address string) (int, string, []byte) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), body
}

// TestExport copies a site, serves the copy by a plain file server from a
// folder below its root, follows every link of it, and compares what stands
// there with the site.
func TestExport(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "2023-08-01T15:00")
	who := s.people()
	want(t, "publish", seedNotice, "--server", s.door("desk"), "--token", who.drafter, "--approve-token", who.signatory)
	s.until("the letter is there", func() bool {
		_, _, page := getPath(t, s.door("public page")+"/notices")
		m := regexp.MustCompile(`/notices/[0-9a-f-]{36}`).Find(page)
		status, _, _ := getPath(t, s.door("public page")+string(m)+"/1.pdf")
		return m != nil && status == http.StatusOK
	})
	site, root := s.door("public page"), t.TempDir()
	dir := filepath.Join(root, "copie")
	said := want(t, "export", "-o", dir, "--site", site, "--live", "https://meteo.example", "--compress")
	if strings.Contains(said, "not to be had") {
		t.Errorf("%s", said)
	}
	seen := checkCopy(t, site, root)
	for _, name := range []string{"index.html", "notices/index.html", "style.css", "icon.svg", "api/outlook.json", "api/notices.json"} {
		if !seen["/copie/"+name] {
			t.Errorf("nothing leads to %s", name)
		}
	}
	for _, pattern := range []string{"notices/*/1.pdf", "notices/????????-*/index.html", "api/notices/*.json", "index.html.gz", "index.html.br", "index.html.zst", "style.css.gz"} {
		if found, _ := filepath.Glob(filepath.Join(dir, pattern)); len(found) != 1 {
			t.Errorf("%s: %v", pattern, found)
		}
	}
	checkVariant(t, filepath.Join(dir, "index.html"))
	checkAgain(t, dir, site)
}

// checkCopy follows every link of a copy.
func checkCopy(t *testing.T, site, root string) map[string]bool {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(root)))
	t.Cleanup(server.Close)
	c := &copier{site: mustURL(t, server.URL)}
	seen := map[string]bool{}
	banner := regexp.MustCompile(`( Copie du .*? sur le site d’origine ?\.| Copie du .*?\d+h\d\d)`)
	for todo := []string{"/copie/index.html", "/copie/api/notices.json", "/copie/api/outlook.json"}; len(todo) > 0; todo = todo[1:] {
		path := todo[0]
		if seen[path] {
			continue
		}
		seen[path] = true
		status, mediaType, body := getPath(t, server.URL+path)
		if status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
			continue
		}
		if !strings.HasPrefix(mediaType, "text/html") {
			if _, _, live := getPath(t, site+original(path)); !bytes.Equal(live, body) && !strings.HasPrefix(path, "/copie/api/outlook") { // which tells the second
				t.Errorf("%s is not what the site has at %s", path, original(path))
			}
			continue
		}
		copied := plain(body)
		if !strings.Contains(copied, "Copie du ") {
			t.Errorf("%s does not say that it is a copy:\n%.600s", path, body)
		}
		live := ""
		for range 3 { // the minute may end between the two
			_, _, page := getPath(t, site+original(path))
			if live = plain(page); minuteless(live) == minuteless(banner.ReplaceAllString(copied, "")) {
				break
			}
		}
		if got := minuteless(banner.ReplaceAllString(copied, "")); got != minuteless(live) {
			t.Errorf("%s says\n%s\nthe site says\n%s", path, got, minuteless(live))
		}
		for _, m := range attribute.FindAllSubmatch(body, -1) {
			link := string(m[2])
			if strings.HasPrefix(link, site) {
				t.Errorf("%s leads to the site that was copied: %s", path, link)
			}
			if strings.Contains(string(m[1]), "action") && !strings.HasPrefix(link, "https://meteo.example/") {
				t.Errorf("%s: a form leads to %s", path, link)
			}
			if u, ok := c.resolve(path, link); ok && !strings.Contains(string(m[1]), "action") {
				todo = append(todo, u.Path)
			}
		}
	}
	return seen
}

// minuteless is a text without the minutes of its times: the house's clock
// runs.
func minuteless(text string) string {
	return regexp.MustCompile(`15h\d\d`).ReplaceAllString(text, "15h")
}

// original is where the site has what stands at a path of the copy.
func original(path string) string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/copie"), "/index.html")
	if strings.HasPrefix(path, "/api/") {
		path = strings.TrimSuffix(path, ".json")
	}
	for _, param := range counting {
		before, value, ok := strings.Cut(path+"/", "/"+param+"-")
		if ok && strings.Count(value, "/") == 1 {
			return cmp.Or(before, "/") + "?" + param + "=" + strings.TrimSuffix(value, "/")
		}
	}
	return cmp.Or(path, "/")
}

// checkVariant unpacks the compressed copy of a file.
func checkVariant(t *testing.T, path string) {
	t.Helper()
	packed, err := os.Open(path + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	file, readErr := os.ReadFile(path)
	if err != nil || readErr != nil || !bytes.Equal(text, file) {
		t.Errorf("%s.gz is another file: %v %v", path, err, readErr)
	}
}

// checkAgain exports once more: what has not changed stays untouched, what is
// gone is removed, and nothing that is somebody else's.
func checkAgain(t *testing.T, dir, site string) {
	t.Helper()
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
			err = os.Chtimes(path, long, long)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "google123.html")
	if err := os.WriteFile(theirs, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "style.css")); err != nil {
		t.Fatal(err)
	}
	want(t, "export", "-o", dir, "--site", site, "--live", "https://meteo.example") // without copies that are compressed
	for _, path := range files {
		info, err := os.Stat(path)
		switch name, ext := filepath.Base(path), filepath.Ext(path); {
		case slices.Contains([]string{".gz", ".br", ".zst"}, ext):
			if err == nil {
				t.Errorf("%s is still there", path)
			}
		case err != nil:
			t.Error(err)
		case name == "1.pdf" || name == "icon.svg" || strings.Contains(path, "api/notices"):
			if !info.ModTime().Equal(long) {
				t.Errorf("%s has been written, and is the same", path)
			}
		case name == "style.css" && info.Size() == 0:
			t.Errorf("%s is empty", path)
		}
	}
	if _, err := os.Stat(theirs); err != nil {
		t.Error(err)
	}
	if status, _, errs := crieur(t, "export", "-o", filepath.Dir(dir), "--site", site); status != statusInput || !strings.Contains(errs, "is not empty") {
		t.Errorf("into a folder of somebody else's: status %d: %s", status, errs)
	}
}

// TestExportSurvives: where the site fails, the copy stays as it is.
func TestExportSurvives(t *testing.T) {
	t.Parallel()
	fails := ""
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == fails:
			http.Error(w, "no", http.StatusServiceUnavailable)
		case r.URL.Path == "/", r.URL.Path == "/a":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, `<header class="fr-header">`+"\n"+`<a href="/a">a</a> <a href="/lost">b</a> <a href="/l.pdf">c</a> <a href="/../../x">d</a> <a href="/?le=1">e</a>
<a href="/a?page=2#fin">f</a> <a href="//elsewhere.example/">g</a> <form action="/a"></form><a href="/abonnements">h</a>`)
		case r.URL.Path == "/abonnements":
			t.Error("what needs an answer is asked for")
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	dir := filepath.Join(t.TempDir(), "copie")
	said := want(t, "export", "-o", dir, "--site", site.URL, "--live", "https://meteo.example")
	if !strings.Contains(said, "/lost") || !strings.Contains(said, "3 files") {
		t.Errorf("%s", said)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{`href="a/index.html"`, `href="https://meteo.example/lost"`, `href="https://meteo.example/l.pdf"`, `href="https://meteo.example/?le=1"`,
		`href="a/page-2/index.html#fin"`, `href="//elsewhere.example/"`, `action="https://meteo.example/a"`, `href="https://meteo.example/abonnements"`} {
		if !strings.Contains(string(page), link) {
			t.Errorf("no %s in\n%s", link, page)
		}
	}
	for _, fails = range []string{"/a", "/"} {
		if status, _, errs := crieur(t, "export", "-o", dir, "--site", site.URL); status != statusWorld {
			t.Errorf("%s fails: status %d: %s", fails, status, errs)
		}
		if again, err := os.ReadFile(filepath.Join(dir, "index.html")); err != nil || !bytes.Equal(again, page) {
			t.Errorf("%s fails: the copy is another one: %v", fails, err)
		}
	}
	if status, _, errs := crieur(t, "export", "-o", dir, "--site", "meteo.example"); status != statusInput || !strings.Contains(errs, "--site") {
		t.Errorf("status %d: %s", status, errs)
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestExportEvery: an export that goes on takes up what changes, also after
// the site was away, and ends without a fault.
func TestExportEvery(t *testing.T) {
	t.Parallel()
	var state atomic.Int32
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := state.Load()
		if r.URL.Path != "/" || n == 1 {
			http.Error(w, "no", map[bool]int{true: http.StatusServiceUnavailable, false: http.StatusNotFound}[n == 1])
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "état "+strconv.Itoa(int(n)))
	}))
	defer site.Close()
	dir := filepath.Join(t.TempDir(), "copie")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var errs lines
	go func() {
		done <- Export{Out: dir, Site: site.URL, Every: 5 * time.Millisecond}.Run(ctx, Streams{Out: io.Discard, Err: &errs})
	}()
	wait := func(what string, is func() bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for tick := time.Tick(2 * time.Millisecond); !is(); {
			select {
			case <-tick:
			case err := <-done:
				t.Fatalf("it has ended: %v", err)
			case <-late:
				t.Fatal("not within 20 s: " + what)
			}
		}
	}
	has := func(text string) bool {
		page, err := os.ReadFile(filepath.Join(dir, "index.html"))
		return err == nil && string(page) == text
	}
	wait("the first state", func() bool { return has("état 0") })
	state.Store(1)
	wait("it says that the site fails", func() bool { return errs.has("the copy stays as it is") })
	if !has("état 0") {
		t.Error("the copy did not stay")
	}
	state.Store(2)
	wait("the last state", func() bool { return has("état 2") })
	stop()
	if err := <-done; err != nil {
		t.Errorf("told to end: %v", err)
	}
}

// lines are what a command says while it runs.
type lines struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}
