package e2e

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// capSpace is the namespace of alert messages.
const capSpace = "urn:oasis:names:tc:emergency:cap:1.2"

// An element is one of an XML document.
type element struct {
	name  xml.Name
	attrs []xml.Attr
	text  string
	kids  []*element
}

// readXML is a document's root.
func readXML(r io.Reader) (*element, error) {
	d := xml.NewDecoder(r)
	root := &element{}
	open := []*element{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name, attrs: t.Attr}
			top.kids, open = append(top.kids, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(root.kids) != 1 {
		return nil, fmt.Errorf("%d elements at the root", len(root.kids))
	}
	return root.kids[0], nil
}

// all are an element's children of a name.
func (e *element) all(name string) []*element {
	return slices.DeleteFunc(slices.Clone(e.kids), func(k *element) bool { return k.name.Local != name })
}

// get is the text of the first child of a name; "" where there is none.
func (e *element) get(name string) string {
	for _, k := range e.all(name) {
		return k.text
	}
	return ""
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// A capRow is what the standard says of one element: how often it may be there,
// and what it may hold.
type capRow struct {
	name string
	many string // "1", "?", "+" or "*"
	is   func(string) bool
	of   []capRow
}

// capTable is the standard's table of elements, in the order in which its
// schema wants them (CAP 1.2, sections 3.2 and 3.4).
var capTable = capRow{name: "alert", many: "1", of: []capRow{
	{"identifier", "1", capToken, nil}, {"sender", "1", capToken, nil}, {"sent", "1", capDate, nil},
	{"status", "1", oneOf("Actual Exercise System Test Draft"), nil},
	{"msgType", "1", oneOf("Alert Update Cancel Ack Error"), nil},
	{"source", "?", filled, nil}, {"scope", "1", oneOf("Public Restricted Private"), nil},
	{"restriction", "?", filled, nil}, {"addresses", "?", filled, nil}, {"code", "*", filled, nil}, {"note", "?", filled, nil},
	{"references", "?", capReferences, nil}, {"incidents", "?", filled, nil},
	{"info", "*", nil, []capRow{
		{"language", "?", regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`).MatchString, nil},
		{"category", "+", oneOf("Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other"), nil},
		{"event", "1", filled, nil},
		{"responseType", "*", oneOf("Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None"), nil},
		{"urgency", "1", oneOf("Immediate Expected Future Past Unknown"), nil},
		{"severity", "1", oneOf("Extreme Severe Moderate Minor Unknown"), nil},
		{"certainty", "1", oneOf("Observed Likely Possible Unlikely Unknown"), nil},
		{"audience", "?", filled, nil}, {"eventCode", "*", nil, capPair},
		{"effective", "?", capDate, nil}, {"onset", "?", capDate, nil}, {"expires", "?", capDate, nil},
		{"senderName", "?", filled, nil}, {"headline", "?", filled, nil}, {"description", "?", filled, nil}, {"instruction", "?", filled, nil},
		{"web", "?", capURI, nil}, {"contact", "?", filled, nil}, {"parameter", "*", nil, capPair},
		{"resource", "*", nil, []capRow{
			{"resourceDesc", "1", filled, nil}, {"mimeType", "1", regexp.MustCompile(`^\w+/[\w.+-]+$`).MatchString, nil},
			{"size", "?", regexp.MustCompile(`^[1-9]\d*$`).MatchString, nil}, {"uri", "?", capURI, nil}, {"derefUri", "?", filled, nil},
			{"digest", "?", regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString, nil}, // SHA-1
		}},
		{"area", "*", nil, []capRow{
			{"areaDesc", "1", filled, nil}, {"polygon", "*", filled, nil}, {"circle", "*", filled, nil}, {"geocode", "*", nil, capPair},
			{"altitude", "?", filled, nil}, {"ceiling", "?", filled, nil},
		}},
	}},
}}

var capPair = []capRow{{"valueName", "1", filled, nil}, {"value", "1", filled, nil}}

// capTime is the only form of time that the standard allows (section 3.3.2):
// with an offset, never with a Z, and UTC as -00:00.
var capTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$`)

func capDate(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err == nil && capTime.MatchString(text) && !strings.HasSuffix(text, "+00:00")
}

// capToken is what names a message or a sender: no spaces, commas, < or &.
func capToken(text string) bool { return filled(text) && !strings.ContainsAny(text, " \t\n,<&") }

func capURI(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

// capReferences are "sender,identifier,sent" of other messages.
func capReferences(text string) bool {
	for one := range strings.SplitSeq(text, " ") {
		parts := strings.Split(one, ",")
		if len(parts) != 3 || !capToken(parts[0]) || !capToken(parts[1]) || !capDate(parts[2]) {
			return false
		}
	}
	return text != ""
}

func filled(text string) bool { return strings.TrimSpace(text) != "" }

func oneOf(words string) func(string) bool {
	return func(text string) bool { return slices.Contains(strings.Fields(words), text) }
}

// capFaults is what is wrong with an alert message by the standard's table, and
// by those of its rules that no table says.
func capFaults(alert *element) []string {
	faults := capTable.faults(alert, "")
	refers := alert.get("references") != ""
	if t := alert.get("msgType"); (t == "Update" || t == "Cancel") != refers {
		faults = append(faults, fmt.Sprintf("a message of type %s with references %t", t, refers))
	}
	languages := map[string]bool{}
	for _, info := range alert.all("info") {
		if l := info.get("language"); languages[l] {
			faults = append(faults, "two of language "+l)
		}
		languages[info.get("language")] = true
		if expires := info.get("expires"); expires != "" && !before(alert.get("sent"), expires) {
			faults = append(faults, "it expires before it is sent")
		}
		if headline := info.get("headline"); len([]rune(headline)) > 160 {
			faults = append(faults, fmt.Sprintf("a headline of %d characters", len([]rune(headline))))
		}
	}
	return faults
}

func before(a, b string) bool {
	at, err := time.Parse(time.RFC3339, a)
	bt, err2 := time.Parse(time.RFC3339, b)
	return err == nil && err2 == nil && at.Before(bt)
}

func (row capRow) faults(e *element, at string) []string {
	var faults []string
	at += "/" + row.name
	say := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if e.name.Space != capSpace || e.name.Local != row.name {
		say("is %s of %s", e.name.Local, e.name.Space)
	}
	if row.of == nil {
		if len(e.kids) > 0 || !row.is(e.text) {
			say("may not hold %q", e.text)
		}
		return faults
	}
	if filled(e.text) {
		say("holds text: %q", strings.TrimSpace(e.text))
	}
	place := 0
	for _, kid := range e.kids {
		i := slices.IndexFunc(row.of, func(r capRow) bool { return r.name == kid.name.Local })
		switch {
		case i < 0:
			say("has an element %s", kid.name.Local)
			continue
		case i < place:
			say("has %s after %s", kid.name.Local, row.of[place].name)
		}
		place = max(place, i)
		faults = append(faults, row.of[i].faults(kid, at)...)
	}
	for _, r := range row.of {
		n := len(e.all(r.name))
		if n == 0 && (r.many == "1" || r.many == "+") || n > 1 && (r.many == "1" || r.many == "?") {
			say("has %d times %s", n, r.name)
		}
	}
	return faults
}
