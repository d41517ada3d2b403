package pages

import (
	"html/template"
	"strings"
)

// Formats is the body of page "formats": what programs may read, and how.
type Formats struct {
	Public   string // the pages' own address
	Services []ServiceChoice
	Chosen   ServiceChoice // whose addresses are shown
}

// A ServiceChoice is one of the services that may be chosen.
type ServiceChoice struct{ Code, Label string }

// Webcal is the address by which calendar programs are called.
func (f Formats) Webcal(path string) template.URL {
	_, rest, _ := strings.Cut(f.Public, "://")
	return template.URL("webcal://" + rest + path)
}

// BadgeCode is what to copy into a page to show the badge of a service.
func (f Formats) BadgeCode() string {
	return `<a href="` + ServicePage(f.Public, f.Chosen.Code) + `"><img src="` + f.Public + `/services/` + f.Chosen.Code + `/badge.svg" height="24" alt="` + f.Chosen.Label + `` + nbsp + `: état du service en ligne"></a>`
}

// FrameCode is what to copy into a page to show the frame of a service.
func (f Formats) FrameCode() string {
	return `<iframe src="` + f.Public + `/services/` + f.Chosen.Code + `/cadre" title="` + f.Chosen.Label + `` + nbsp + `: état du service en ligne" width="320" height="300"></iframe>`
}

// ServicePage is where people read of a service.
func ServicePage(public, code string) string { return public + "/services/" + code }

// An Address is where a format lies; Open where it is whole, and not a pattern.
type Address struct {
	Name, URL string
	Open      bool
}

// addresses are some of them, from names each followed by its address.
func addresses(given ...string) []Address {
	var all []Address
	for i := 0; i+1 < len(given); i += 2 {
		all = append(all, Address{given[i], given[i+1], !strings.Contains(given[i+1], "{")})
	}
	return all
}
