package outlook

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// What a reader wants to see: some services alone, and another zone's times
// beside legal time. It stands in the address; a reader who asks for it has it
// kept in a cookie of our own, which says nothing else. What an address says
// itself always holds, so that one that is passed on shows everybody the same.
const (
	fieldZone   = "fuseau"
	fieldKept   = "retenu" // ours: what was put in from the cookie
	everything  = "tous"   // the value of fieldService that stands for no filter
	cookieName  = "choix"
	cookieYear  = 365 * 24 * time.Hour
	formSize    = 16 << 10 // bytes
	actionField = "faire"
	forgetting  = "oublier"
)

// A wanted is what a reader wants to see.
type wanted struct {
	codes    []string // services and groups, as they were chosen, in order
	services []string // those they stand for; none: all
	unknown  []string // names that are neither
}

// wantedIn reads it from an address or a form.
func (s *Site) wantedIn(values url.Values) wanted {
	var w wanted
	for _, value := range values[fieldService] {
		for name := range strings.SplitSeq(value, ",") {
			if name == "" || name == everything {
				continue
			}
			code, services, err := s.Catalogue.Choose(name)
			if err != nil {
				w.unknown = append(w.unknown, name)
				continue
			}
			w.codes, w.services = append(w.codes, code), append(w.services, services...)
		}
	}
	slices.Sort(w.codes)
	slices.Sort(w.services)
	w.codes, w.services = slices.Compact(w.codes), slices.Compact(w.services)
	return w
}

// shows is whether a service is to be shown.
func (w wanted) shows(service string) bool {
	return len(w.services) == 0 || slices.Contains(w.services, service)
}

// query is the part of an address that asks for it.
func (w wanted) query() url.Values {
	q := url.Values{}
	if len(w.codes) > 0 {
		q[fieldService] = w.codes
	}
	return q
}

// own puts into a question what the reader's browser keeps, where the address
// leaves it open: pages follow from addresses alone.
func (s *Site) own(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		next(w, s.withKept(r))
	}
}

// withKept is a question with what the browser keeps in it.
func (s *Site) withKept(r *http.Request) *http.Request {
	values := r.URL.Query()
	forged := values.Has(fieldKept)
	values.Del(fieldKept)
	kept, zone := s.keptIn(r)
	put := false
	if zone.Code != "" && !values.Has(fieldZone) {
		values.Set(fieldZone, zone.Code)
		put = true
	}
	bare := !values.Has(fieldService) && !values.Has("le") && !values.Has("at") && !values.Has("connu")
	if inFrench(r.URL.Path) == "/" && bare && len(kept.services) > 0 {
		values[fieldService] = kept.codes
		values.Set(fieldKept, "1")
		put = true
	}
	if !put && !forged {
		return r
	}
	again := r.Clone(r.Context())
	again.URL.RawQuery = values.Encode()
	return again
}

// keptIn is what the browser keeps; what it should not have is nothing.
func (s *Site) keptIn(r *http.Request) (wanted, templates.Zone) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return wanted{}, templates.Zone{}
	}
	values, err := url.ParseQuery(cookie.Value)
	if err != nil {
		return wanted{}, templates.Zone{}
	}
	return s.wantedIn(values), zoneOf(values)
}

// zoneOf is the zone that an address asks for; an unknown one is none.
func zoneOf(values url.Values) templates.Zone {
	zone, _ := templates.ZoneOf(values.Get(fieldZone))
	return zone
}

// keep has a browser keep what its reader wants to see, or forget it.
func (s *Site) keep(w http.ResponseWriter, r *http.Request) {
	if http.NewCrossOriginProtection().Check(r) != nil {
		s.notKept(w, r, http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, formSize)
	if err := r.ParseForm(); err != nil {
		s.notKept(w, r, http.StatusBadRequest)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	cookie := &http.Cookie{
		Name: cookieName, Path: "/", MaxAge: int(cookieYear / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(s.Public, "https:"),
	}
	want, zone := s.wantedIn(r.PostForm), zoneOf(r.PostForm)
	if len(want.unknown) > 0 {
		http.Redirect(w, r, local(r, "/?"+url.Values{fieldService: r.PostForm[fieldService]}.Encode()), http.StatusSeeOther)
		return
	}
	values := want.query()
	if zone.Code != "" {
		values.Set(fieldZone, zone.Code)
	}
	if r.PostForm.Get(actionField) == forgetting || len(values) == 0 {
		values, cookie.MaxAge = nil, -1
	}
	cookie.Value = values.Encode()
	http.SetCookie(w, cookie)
	http.Redirect(w, r, local(r, "/"), http.StatusSeeOther)
}

// notKept says that a choice was not kept: it came from elsewhere, or was not
// that of our form.
func (s *Site) notKept(w http.ResponseWriter, r *http.Request, status int) {
	s.house().Write(w, r, pages.Page{Name: "not-kept", Status: status, Title: "Choix non retenu", Private: true})
}

// choice is what the météo says of what its reader wants to see; disturbed are
// the services that are.
func (s *Site) choice(values url.Values, want wanted, disturbed []string) pages.Choice {
	c := pages.Choice{
		Services: len(want.services), Codes: want.codes, Kept: values.Has(fieldKept), Here: "/", Unknown: want.unknown,
		Boxes: pages.FormOf(s.Catalogue, templates.Choices{Services: want.codes}).Groups,
	}
	if len(want.codes) > 0 {
		c.Here = "/?" + want.query().Encode()
		c.Names = templates.Names(s.Catalogue, want.services)
	}
	for code := range s.Catalogue.Services {
		if !want.shows(code) {
			c.Hidden++
			if slices.Contains(disturbed, code) {
				c.HiddenDisturbed++
			}
		}
	}
	for code, g := range s.Catalogue.Groups {
		c.Groups = append(c.Groups, pages.Shortcut{Label: g.Label, Address: "/?" + url.Values{fieldService: {code}}.Encode(), Here: slices.Equal(want.codes, []string{code})})
	}
	slices.SortFunc(c.Groups, func(a, b pages.Shortcut) int { return strings.Compare(a.Label, b.Label) })
	return c
}

// tells is whether any of the services that a notice concerns is to be shown.
func (w wanted) tells(concerned []string) bool {
	return len(w.services) == 0 || slices.ContainsFunc(concerned, w.shows)
}
