package feeds

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// sitemapMost is how many addresses a sitemap may have (sitemaps.org, "Sitemap
// index files").
const sitemapMost = 50_000

// A sitemap lists what there is to read (sitemaps.org protocol 0.9).
type sitemap struct {
	XMLName xml.Name    `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapAt `xml:"url"`
}

type sitemapAt struct {
	Address  string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

// sitePages are the pages that are always there.
var sitePages = []string{"/", "/services", "/notices", "/abonnements", "/formats"}

// sitemap lists our pages and notices, the newest first.
func (f *Feeds) sitemap(*http.Request) answer {
	var m sitemap
	states := f.Record.States()
	slices.SortStableFunc(states, func(a, b notice.State) int { return b.Published.Compare(a.Published) })
	newest := ""
	for _, st := range states {
		if last := publicly(st.Events); len(last) > 0 {
			newest = max(newest, stamp(last[len(last)-1].Time))
		}
	}
	for _, page := range sitePages {
		at := sitemapAt{Address: f.Public + page}
		if page == "/" || page == "/notices" {
			at.Modified = newest
		}
		m.URLs = append(m.URLs, at)
	}
	for _, code := range f.Words.Catalogue.Codes() {
		m.URLs = append(m.URLs, sitemapAt{Address: pages.ServicePage(f.Public, code)})
	}
	for _, st := range states {
		events := publicly(st.Events)
		if len(m.URLs) == sitemapMost {
			break
		}
		m.URLs = append(m.URLs, sitemapAt{f.Public + "/notices/" + st.ID, stamp(events[len(events)-1].Time)})
	}
	return document("application/xml; charset=utf-8", m)
}

// robots asks search engines to leave what is one reader's own, and what
// programs read, alone.
func (f *Feeds) robots(*http.Request) answer {
	const rules = "User-agent: *\nDisallow: /abonnements/\nDisallow: /api/\n\nSitemap: "
	return answer{mediaType: "text/plain; charset=utf-8", body: []byte(rules + f.Public + "/sitemap.xml\n")}
}

// formats is the page that tells people of all this.
func (f *Feeds) formats(r *http.Request) answer {
	v := pages.Formats{Public: f.Public}
	for _, code := range f.Words.Catalogue.Codes() {
		v.Services = append(v.Services, pages.ServiceChoice{Code: code, Label: f.name(code)})
	}
	slices.SortFunc(v.Services, func(a, b pages.ServiceChoice) int { return strings.Compare(a.Label, b.Label) })
	v.Chosen = v.Services[0]
	if code, err := f.Words.Catalogue.Find(r.URL.Query().Get(paramService)); err == nil {
		v.Chosen = pages.ServiceChoice{Code: code, Label: f.name(code)}
	}
	body, err := f.House.Render(pages.Page{Name: "formats", Title: "Flux, calendriers et données", Here: "/formats", Body: v})
	if err != nil {
		return f.failed("the page", err)
	}
	return answer{page: true, body: body}
}
