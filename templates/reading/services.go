package reading

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A name is one by which a service, a group or a mode is known.
type name struct {
	key     string
	look    string // as a scanner sees it
	service string // its code, or
	group   string
}

// namesOf are all names of a catalogue, the longest first.
func namesOf(c notice.Catalogue) []name {
	var all []name
	for _, code := range c.Codes() {
		s := c.Services[code]
		for _, n := range append([]string{code, s.Label}, s.Aliases...) {
			all = append(all, name{key: key(n), look: looks.Replace(key(n)), service: code})
		}
	}
	for code, g := range c.Groups {
		for _, n := range append([]string{code, g.Label}, g.Aliases...) {
			all = append(all, name{key: key(n), look: looks.Replace(key(n)), group: code})
		}
	}
	slices.SortFunc(all, func(a, b name) int {
		return cmp.Or(len(b.key)-len(a.key), strings.Compare(a.key+a.service, b.key+b.service))
	})
	return all
}

// A list is what a phrase names.
type list struct {
	codes   []string
	unknown []string // words that name nothing
	vague   []string // groups of which it is not said which
}

var (
	listWord = regexp.MustCompile(`[^\s,;/()&:.]+|[,;/()&]`)
	listGlue = regexp.MustCompile(`^(?:,|;|/|\(|\)|&|et|ou|ainsi|que|ni|le|la|les|l|de|du|des|d|a|au|aux|en|ligne|services?|teleservices?|applications?|applicatifs?|outils?|modules?|plateformes?|tele|suivants?|douaniers?|informatiques?|dans|sur|leurs?|notamment)$`)
)

// servicesIn are the services that a phrase names: "les services en ligne
// Delta T, Delta X Import et Export et ECS".
func servicesIn(phrase string, c notice.Catalogue, names []name) list {
	var found list
	words := listWord.FindAllString(plainKeepPlus(phrase), -1)
	var strange []string
	flush := func() {
		if len(strange) > 0 {
			found.unknown = append(found.unknown, strings.Join(strange, " "))
			strange = nil
		}
	}
	for i := 0; i < len(words); {
		n, size := nameAt(words[i:], names)
		switch {
		case n.group != "":
			flush()
			members, more := membersAt(words[i+size:], c, n.group)
			if len(members) == 0 {
				members = c.Members(n.group)
				found.vague = append(found.vague, c.Groups[n.group].Label)
			}
			found.add(members...)
			i += size + more
		case n.service != "":
			flush()
			found.add(n.service)
			i += size
		case listGlue.MatchString(words[i]):
			flush()
			i++
		default:
			strange = append(strange, words[i])
			i++
		}
	}
	flush()
	return found
}

// plainKeepPlus is a folded phrase whose apostrophes end words.
func plainKeepPlus(phrase string) string { return strings.ReplaceAll(plainly(phrase), "'", " ") }

func (l *list) add(codes ...string) {
	for _, code := range codes {
		if !slices.Contains(l.codes, code) {
			l.codes = append(l.codes, code)
		}
	}
}

// maxNameWords is of how many words a name may be.
const maxNameWords = 7

// nameAt is the longest name that words begin with, and of how many words it
// is. A group wins over its members, since one phrase may name several.
func nameAt(words []string, names []name) (best name, size int) {
	keys := ""
	for i, w := range words[:min(len(words), maxNameWords)] {
		k := key(w)
		if k == "" { // a comma ends a name, a slash may be part of one
			if w != "/" {
				break
			}
			continue
		}
		keys += k
		at := slices.IndexFunc(names, func(n name) bool { return n.key == keys })
		if at < 0 && len(keys) >= minSpelt {
			look := looks.Replace(keys)
			at = slices.IndexFunc(names, func(n name) bool { return n.look == look })
		}
		if at < 0 {
			continue
		}
		if n := names[at]; best.group == "" || n.group != "" || !strings.HasPrefix(n.service, best.group) {
			best, size = n, i+1
		}
	}
	return best, size
}

// membersAt are the members of a group that words go on with: "Import et
// Export", "Import/Export".
func membersAt(words []string, c notice.Catalogue, group string) (codes []string, size int) {
	for i := 0; i < len(words); i++ {
		member := slices.IndexFunc(c.Members(group), func(code string) bool { return key(c.Services[code].Member) == key(words[i]) })
		switch {
		case member >= 0:
			codes, size = append(codes, c.Members(group)[member]), i+1
		case !strings.Contains(" et / & , ( ) ou ", " "+words[i]+" "):
			return codes, size
		}
	}
	return codes, size
}

var modeWords = regexp.MustCompile(`[a-z0-9]+ ?(?:\+|plus\b)?`)

// modesIn are the modes that a phrase names, in its order.
func modesIn(phrase string, c notice.Catalogue) (codes []string) {
	plain := plainly(phrase)
	for _, word := range modeWords.FindAllString(plain, -1) {
		word = strings.ReplaceAll(strings.ReplaceAll(word, " ", ""), "plus", "+")
		code, err := c.FindMode(word)
		if err != nil {
			code, err = c.FindMode(strings.TrimSuffix(word, "+"))
		}
		if err == nil && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// nearestName is the label of the service that a name is most like, or "".
func nearestName(unknown string, c notice.Catalogue) string {
	byName := map[string]string{}
	var all []string
	for _, code := range c.Codes() {
		s := c.Services[code]
		for _, n := range append([]string{code, s.Label}, s.Aliases...) {
			byName[key(n)] = s.Label
			all = append(all, key(n))
		}
	}
	return byName[notice.Nearest(key(unknown), all)]
}
