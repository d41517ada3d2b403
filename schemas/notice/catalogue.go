package notice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// A Catalogue is the list of everything a notice may be about (services.yaml).
type Catalogue struct {
	Version  string             `json:"-"`                // a hash of its text, which an approval binds
	Extends  bool               `json:"extends,omitzero"` // adds to the embedded catalogue, and its entries win
	Modes    map[string]Mode    `json:"modes"`
	Groups   map[string]Group   `json:"groups,omitzero"`
	Services map[string]Service `json:"services"`
}

// A Service is an online service (téléservice).
type Service struct {
	Label     string   `json:"label"`               // as it is written to the public: "Delta T"
	Aliases   []string `json:"aliases,omitzero"`    // other usual spellings
	Group     string   `json:"group,omitzero"`      // "delta-x": said in one phrase with the others of it
	Member    string   `json:"member,omitzero"`     // its own word in that phrase: "Import"
	Parent    string   `json:"parent,omitzero"`     // the service it is a part of
	Modes     []string `json:"modes"`               // how traders reach it
	DependsOn []string `json:"depends_on,omitzero"` // services without which it does not work, or not as it should
	Sheet     string   `json:"sheet,omitzero"`      // its fallback sheet, by its number
	Fallback  string   `json:"fallback,omitzero"`   // the online service that stands in, where it is not paper
}

// A Mode is a way in which traders reach a service.
type Mode struct {
	Label string `json:"label"`          // "DTI+"
	Under string `json:"under,omitzero"` // the mode with which it is struck and freed
}

// A Group says how services are named together: "Delta X Import et Export".
type Group struct {
	Label   string   `json:"label"` // the stem
	Aliases []string `json:"aliases,omitzero"`
}

// Codes are the codes of all services, in order.
func (c Catalogue) Codes() []string { return slices.Sorted(maps.Keys(c.Services)) }

// ModeCodes are the codes of all modes: a mode before those under it, else by code.
func (c Catalogue) ModeCodes() []string {
	codes := slices.Collect(maps.Keys(c.Modes))
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.family(a), c.family(b)), cmp.Compare(len(c.Modes[a].Under), len(c.Modes[b].Under)), cmp.Compare(a, b))
	})
	return codes
}

// family is the mode itself or the one it is under.
func (c Catalogue) family(mode string) string { return cmp.Or(c.Modes[mode].Under, mode) }

// Members are the codes of a group's services, in order.
func (c Catalogue) Members(group string) []string {
	return slices.DeleteFunc(c.Codes(), func(code string) bool { return c.Services[code].Group != group })
}

// Find understands a service's name in any usual spelling: its code, label or
// an alias, whatever the case, the spaces, hyphens and dots. A name that could
// mean several is refused with the choices. The error is a *ValueError.
func (c Catalogue) Find(name string) (string, error) {
	if _, ok := c.Services[name]; ok {
		return name, nil
	}
	for _, code := range c.Codes() {
		s := c.Services[code]
		if slices.ContainsFunc(s.names(code), func(known string) bool { return fold(known) == fold(name) }) {
			return code, nil
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.Groups)) {
		g := c.Groups[code]
		if slices.ContainsFunc(append([]string{code, g.Label}, g.Aliases...), func(known string) bool { return fold(known) == fold(name) }) {
			return "", &ValueError{fmt.Sprintf("%q names several services", name), "say which: " + strings.Join(c.Members(code), ", ")}
		}
	}
	return "", &ValueError{fmt.Sprintf("service %q is not in the catalogue", name), suggest(name, c.Codes(), "known: "+strings.Join(c.Codes(), ", "))}
}

// fold keeps the letters, digits and plus signs of a name, in lower case.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '@' { // Delt@
			return 'a'
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '+' {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// FindMode understands a mode's code or label.
func (c Catalogue) FindMode(name string) (string, error) {
	for _, code := range c.ModeCodes() {
		if fold(code) == fold(name) || fold(c.Modes[code].Label) == fold(name) {
			return code, nil
		}
	}
	return "", &ValueError{fmt.Sprintf("mode %q is not known", name), suggest(name, c.ModeCodes(), "known: "+strings.Join(c.ModeCodes(), ", "))}
}

// modesOf are the modes of a service that a notice strikes: those named and
// those under them, or all where none is named.
func (c Catalogue) modesOf(service string, named []string) []string {
	has := c.Services[service].Modes
	if len(named) == 0 {
		return has
	}
	return slices.DeleteFunc(slices.Clone(has), func(mode string) bool {
		return !slices.Contains(named, mode) && !slices.Contains(named, c.Modes[mode].Under)
	})
}

// Check says what is wrong with a catalogue: names that no subject can carry,
// references that lead nowhere, two services of one name.
func (c Catalogue) Check() Problems {
	var ps Problems
	for _, code := range c.ModeCodes() {
		ps = append(ps, c.checkMode(code)...)
	}
	names := map[string]string{} // whose they are, by folded name
	for _, code := range c.Codes() {
		ps = append(ps, c.checkService(code)...)
		for _, name := range c.Services[code].names(code) {
			if other := names[fold(name)]; other != "" && other != code {
				ps = append(ps, problem(fmt.Sprintf("%q is also a name of %s", name, other), "keep it at one of them", "services", code, "aliases"))
			}
			names[fold(name)] = code
		}
	}
	return ps
}

// names are all by which a service is understood.
func (s Service) names(code string) []string { return append([]string{code, s.Label}, s.Aliases...) }

func (c Catalogue) checkMode(code string) Problems {
	var ps Problems
	if !token(code) {
		ps = append(ps, problem(fmt.Sprintf("%q cannot be a code", code), tokenRemedy, "modes", code))
	}
	if under := c.Modes[code].Under; under != "" && (c.Modes[under].Label == "" || c.Modes[under].Under != "") {
		ps = append(ps, problem(fmt.Sprintf("there is no top mode %q", under), "name one that is under none", "modes", code, "under"))
	}
	return ps
}

func (c Catalogue) checkService(code string) Problems {
	var ps Problems
	add := func(what, remedy, field string) {
		ps = append(ps, problem(what, remedy, "services", code, field))
	}
	s := c.Services[code]
	if !token(code) {
		add(fmt.Sprintf("%q cannot be a code", code), tokenRemedy, "")
	}
	if s.Label == "" {
		add("a service needs a label", "write it as the public reads it", "label")
	}
	if len(s.Modes) == 0 {
		add("a service needs its modes", "known: "+strings.Join(c.ModeCodes(), ", "), "modes")
	}
	for _, mode := range s.Modes {
		if _, ok := c.Modes[mode]; !ok {
			add(fmt.Sprintf("mode %q is not known", mode), suggest(mode, c.ModeCodes(), "known: "+strings.Join(c.ModeCodes(), ", ")), "modes")
		}
	}
	if _, ok := c.Groups[s.Group]; s.Group != "" && (!ok || s.Member == "") {
		add(fmt.Sprintf("group %q is not known or the service has no word in it", s.Group), "declare the group, and give a member", "group")
	}
	refers := func(field string, others ...string) {
		for _, other := range others {
			if _, ok := c.Services[other]; other != "" && !ok {
				add(fmt.Sprintf("service %q is not in the catalogue", other), suggest(other, c.Codes(), "add it"), field)
			} else if other == code {
				add(code+" refers to itself", "name another service, or none", field)
			}
		}
	}
	refers("depends_on", s.DependsOn...)
	refers("parent", s.Parent)
	refers("fallback", s.Fallback)
	if c.Services[s.Parent].Parent != "" {
		add(s.Parent+" is itself a part", "name the whole", "parent")
	}
	return ps
}

// Parts are the codes of the services that are parts of one, in order.
func (c Catalogue) Parts(whole string) []string {
	return slices.DeleteFunc(c.Codes(), func(code string) bool { return c.Services[code].Parent != whole })
}

// WithParts are the services named and those struck and freed with them.
func (c Catalogue) WithParts(services []string) []string {
	var all []string
	for _, service := range services {
		for _, one := range append([]string{service}, c.Parts(service)...) {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// Dependents are the services that hang on some others, directly or through
// one that does, each with the names of what it hangs on. Of those that are
// settled nothing is said, nor of what hangs on nothing else.
func (c Catalogue) Dependents(struck, settled []string) map[string][]string {
	found := map[string][]string{}
	reached := slices.Compact(slices.Sorted(slices.Values(struck)))
	for i := 0; i < len(reached); i++ {
		for _, code := range c.Codes() {
			if !slices.Contains(c.Services[code].DependsOn, reached[i]) || slices.Contains(struck, code) || slices.Contains(settled, code) {
				continue
			}
			if found[code] == nil {
				reached = append(reached, code)
			}
			found[code] = append(found[code], reached[i])
		}
	}
	return found
}

// Over is a catalogue with another one's entries below its own.
func (c Catalogue) Over(base Catalogue) Catalogue {
	c.Modes = over(c.Modes, base.Modes)
	c.Groups = over(c.Groups, base.Groups)
	c.Services = over(c.Services, base.Services)
	return c
}

func over[V any](own, base map[string]V) map[string]V {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, own)
	return all
}

const tokenRemedy = "use lower-case letters, digits and hyphens"

// problem is an error at a place of a document.
func problem(what, remedy string, at ...string) Problem {
	return Problem{Severity: SeverityError, Pointer: pointer(at...), What: what, Remedy: remedy}
}

// token is whether a code can stand in a subject and in an address.
func token(code string) bool {
	return code != "" && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// pointer writes a JSON Pointer (RFC 6901).
func pointer(at ...string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var b strings.Builder
	for _, a := range at {
		b.WriteString("/" + escape.Replace(a))
	}
	return b.String()
}
