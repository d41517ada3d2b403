package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/templates/pages"
)

// A copier walks over a site by its links, one request after another, as any
// reader could: what it finds is what the public sees.
type copier struct {
	site, live *url.URL
	dir        string // where the copy lies
	at         time.Time
	before     map[string]mark    // what lies in the folder
	found      map[string]*copied // by address: path, and query where it counts
	order      []string           // addresses as they were found
	missing    []string           // links that lead nowhere
}

// A copied is what stands at an address. name is "" for what is not copied.
type copied struct {
	name string
	page bool
	mark mark
	body []byte // nil: what lies there is the same
}

// alive is what a copy cannot do: it needs somebody who answers. Links to it
// lead to the site itself.
var alive = []string{"/abonnements", "/api/events", "/choix", "/healthz", "/readyz"}

// beginnings are where a walk begins; a site need not have the last three.
var beginnings = []string{"/", "/sitemap.xml", "/robots.txt", "/api/outlook", "/api/notices"}

// counting are the parameters of the query that name another page, of which
// there are so many and no more; one at a time is followed.
var counting = []string{"page", "service", "annee"}

// mostFound bounds a walk, in addresses.
const mostFound = 100_000

var (
	attribute = regexp.MustCompile(`(\s(?:href|src|action)=")([^"]*)(")`)
	location  = regexp.MustCompile(`<loc>\s*([^<\s]+)\s*</loc>`)
	next      = regexp.MustCompile(`<([^>]+)>; rel="next"`)
	loaded    = regexp.MustCompile(`url\(\s*["']?([^"')]+)["']?\s*\)`)
)

// crawl finds all that there is to be copied.
func (c *copier) crawl(ctx context.Context) error {
	for _, address := range beginnings {
		c.add(address)
	}
	for i := 0; i < len(c.order); i++ {
		if len(c.order) > mostFound {
			return fmt.Errorf("%s has more than %d addresses: it has no end", c.site, mostFound)
		}
		address := c.order[i]
		if err := c.visit(ctx, address); err != nil {
			return fmt.Errorf("copy %s: %w", address, err)
		}
	}
	return nil
}

// add notes an address that is to be visited.
func (c *copier) add(address string) {
	if _, known := c.found[address]; !known {
		c.found[address] = &copied{}
		c.order = append(c.order, address)
	}
}

// visit gets what stands at an address and notes its links.
func (c *copier) visit(ctx context.Context, address string) error {
	known := c.found[address]
	resp, err := c.get(ctx, address)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode == http.StatusNotModified:
		known.name = nameFor(address, "")
		known.mark = c.before[known.name]
		return c.again(resp.Header, known)
	case resp.StatusCode >= 500 && path.Ext(address) != ".pdf", resp.StatusCode >= 400 && address == "/": // a letter may be still being made
		return fmt.Errorf("the site answers %s", resp.Status)
	case resp.StatusCode >= 400:
		if !slices.Contains(beginnings, address) {
			c.missing = append(c.missing, address)
		}
		return nil
	case resp.StatusCode != http.StatusOK, mediaType == "text/event-stream", strings.Contains(resp.Header.Get("Cache-Control"), "no-store"):
		return nil
	}
	if known.body, err = io.ReadAll(resp.Body); err != nil {
		return err
	}
	known.name, known.page = nameFor(address, mediaType), mediaType == "text/html"
	known.mark.Type = mediaType
	if known.page {
		c.links(address, known.body)
		return nil
	}
	known.mark.Tag = resp.Header.Get("ETag")
	c.loads(address, mediaType, known.body)
	c.lists(resp.Header, known)
	return nil
}

// lists notes what is listed elsewhere than in pages: in the site map, which
// names the site as readers find it, and in the API's list of notices.
func (c *copier) lists(head http.Header, found *copied) {
	for _, list := range []struct {
		links *regexp.Regexp
		in    string
	}{{location, string(found.body)}, {next, head.Get("Link")}} {
		for _, m := range list.links.FindAllStringSubmatch(list.in, -1) {
			if u, err := url.Parse(html.UnescapeString(m[1])); err == nil {
				c.follow(&url.URL{Path: u.Path, RawQuery: u.RawQuery})
			}
		}
	}
	var notices []struct{ ID string }
	if strings.HasPrefix(found.name, "api/notices") && json.Unmarshal(found.body, &notices) == nil {
		for _, n := range notices {
			c.follow(&url.URL{Path: "/api/notices/" + n.ID})
		}
	}
}

// loads notes what a style sheet loads: fonts and images lie beside it.
func (c *copier) loads(address, mediaType string, sheet []byte) {
	if mediaType != "text/css" {
		return
	}
	for _, m := range loaded.FindAllSubmatch(sheet, -1) {
		if u, ok := c.resolve(address, string(m[1])); ok {
			c.follow(u)
		}
	}
}

// again has a list that has not changed say once more what it lists.
func (c *copier) again(head http.Header, known *copied) error {
	body, err := os.ReadFile(filepath.Join(c.dir, filepath.FromSlash(known.name)))
	if err != nil {
		return err
	}
	c.lists(head, &copied{name: known.name, body: body})
	if path.Ext(known.name) == ".css" {
		c.loads("/"+known.name, "text/css", body)
	}
	return nil
}

// get asks for an address; for what lies here already and is copied as it is,
// only whether it has changed.
func (c *copier) get(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.site.String()+address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "crieur-export")
	req.Header.Set("Accept-Encoding", "identity")
	name := nameFor(address, "")
	if _, err := os.Stat(filepath.Join(c.dir, filepath.FromSlash(name))); err == nil && c.before[name].Tag != "" {
		req.Header.Set("If-None-Match", c.before[name].Tag)
	}
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(req)
}

// links notes the links of a page.
func (c *copier) links(address string, page []byte) {
	for _, m := range attribute.FindAllSubmatch(page, -1) {
		if u, ok := c.resolve(address, string(m[2])); ok && !strings.Contains(string(m[1]), "action") {
			c.follow(u)
		}
	}
}

// resolve is where a link of a page leads; false where it leaves the site or
// stays on the page.
func (c *copier) resolve(address, link string) (*url.URL, bool) {
	link = html.UnescapeString(link)
	u, err := url.Parse(link)
	if err != nil || strings.HasPrefix(link, "#") {
		return nil, false
	}
	base, err := url.Parse(c.site.String() + address)
	if err != nil {
		return nil, false
	}
	u = base.ResolveReference(u)
	return u, u.Scheme == c.site.Scheme && u.Host == c.site.Host
}

// follow notes where a link leads, if it is worth copying.
func (c *copier) follow(u *url.URL) {
	if address, ok := addressOf(u); ok {
		c.add(address)
	}
}

// addressOf is the address that a link names, false where it is not copied: a
// copy has no answers, and no page for each of the questions that a reader can
// ask.
func addressOf(u *url.URL) (string, bool) {
	for _, prefix := range alive {
		if u.Path == prefix || strings.HasPrefix(u.Path, prefix+"/") {
			return "", false
		}
	}
	local := strings.TrimPrefix(path.Clean("/"+u.Path), "/")
	if local != "" && !filepath.IsLocal(filepath.FromSlash(local)) || strings.ContainsAny(u.Path, "\x00\\") {
		return "", false
	}
	query := u.Query()
	query.Del("v") // a version: the name stays
	address := (&url.URL{Path: "/" + local}).EscapedPath()
	switch len(query) {
	case 0:
		return address, true
	case 1:
		for name, values := range query {
			if slices.Contains(counting, name) && len(values) == 1 && filepath.IsLocal(values[0]) && !strings.ContainsAny(values[0], "/\\") {
				return address + "?" + query.Encode(), true
			}
		}
	}
	return "", false
}

// extensions are those of files whose address has none.
var extensions = map[string]string{
	"application/json": ".json", "application/atom+xml": ".atom", "text/calendar": ".ics", "text/csv": ".csv", "image/svg+xml": ".svg", "application/pdf": ".pdf",
}

// nameFor is the file that holds what stands at an address: a page is its
// folder's index, since others stand below it. Without a media type it is that
// of what is no page.
func nameFor(address, mediaType string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := strings.TrimPrefix(u.Path, "/")
	for param, values := range u.Query() { // one at most
		name = path.Join(name, param+"-"+values[0])
	}
	switch {
	case mediaType == "text/html" && path.Ext(name) != ".html":
		return path.Join(name, "index.html")
	case path.Ext(name) == "" && mediaType == "" && strings.HasPrefix(address, "/api/"):
		return name + ".json"
	case path.Ext(name) == "":
		return name + extensions[mediaType]
	}
	return name
}

// files are what was found, pages with their links led to files and marked as
// a copy.
func (c *copier) files() ([]exported, error) {
	copied := pages.Copied{At: c.at, Site: c.live.String() + "/"}
	var all []exported
	for _, address := range c.order {
		found := c.found[address]
		if found.name == "" {
			continue
		}
		body := found.body
		if found.page {
			var err error
			if body, err = copied.Mark(c.relink(address, found)); err != nil {
				return nil, err
			}
		}
		all = append(all, exported{found.name, body, found.mark})
	}
	return all, nil
}

// relink leads a page's links to the files of the copy, and those to what is
// not copied to the site itself.
func (c *copier) relink(address string, found *copied) []byte {
	return attribute.ReplaceAllFunc(found.body, func(whole []byte) []byte {
		m := attribute.FindSubmatch(whole)
		u, ok := c.resolve(address, string(m[2]))
		if !ok {
			return whole
		}
		link := c.live.String() + u.RequestURI()
		if to := c.copy(u); to != "" && !strings.Contains(string(m[1]), "action") {
			link = relative(found.name, to)
			if v := u.Query().Get("v"); v != "" {
				link += "?v=" + url.QueryEscape(v)
			}
		}
		if u.Fragment != "" {
			link += "#" + u.EscapedFragment()
		}
		return []byte(string(m[1]) + html.EscapeString(link) + string(m[3]))
	})
}

// copy is the file that a link leads to; "" where it is not copied.
func (c *copier) copy(u *url.URL) string {
	address, ok := addressOf(u)
	if found := c.found[address]; ok && found != nil {
		return found.name
	}
	return ""
}

// relative is the way from one file to another.
func relative(from, to string) string {
	way, err := filepath.Rel(filepath.FromSlash(path.Dir(from)), filepath.FromSlash(to))
	if err != nil {
		return "/" + to // names are local: it does not happen
	}
	return (&url.URL{Path: filepath.ToSlash(way)}).EscapedPath()
}
