package outlook

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// void are the elements that have no end tag.
var void = map[string]bool{"meta": true, "link": true, "input": true, "br": true, "wbr": true, "path": true, "circle": true}

// unbalanced is the first tag of a page that has no partner; "" for none.
func unbalanced(page string) string {
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(open, " ")
		case html.StartTagToken:
			if name := z.Token().Data; !void[name] {
				open = append(open, name)
			}
		case html.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				return "</" + name + ">"
			}
			open = open[:len(open)-1]
		}
	}
}

// A walk is what is found in a page.
type walk struct {
	faults []string
	count  map[string]int
	ids    map[string]bool
	links  []string
	refers []string // ids that attributes refer to
	level  int      // of the last heading
}

// inaccessible lists what is wrong with a page's structure.
func inaccessible(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{count: map[string]int{}, ids: map[string]bool{}}
	if tag := unbalanced(page); tag != "" {
		w.faults = append(w.faults, "not balanced: "+tag)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			w.visit(n)
		}
	}
	for _, once := range []string{"h1", "main", "title", "header", "footer"} {
		if w.count[once] != 1 {
			w.faults = append(w.faults, fmt.Sprintf("%d %s", w.count[once], once))
		}
	}
	for _, id := range w.refers {
		if !w.ids[id] {
			w.faults = append(w.faults, "nothing has the id "+id)
		}
	}
	return w.faults
}

func (w *walk) visit(n *html.Node) {
	w.count[n.Data]++
	say := func(fault string) { w.faults = append(w.faults, fault) }
	if id := attr(n, "id"); id != "" {
		if w.ids[id] {
			say("two of id " + id)
		}
		w.ids[id] = true
	}
	for _, key := range []string{"aria-labelledby", "aria-describedby", "for"} {
		w.refers = append(w.refers, strings.Fields(attr(n, key))...)
	}
	switch {
	case n.Data == "html" && attr(n, "lang") != "fr" && attr(n, "lang") != "en":
		say("no language")
	case n.Data == "script" && attr(n, "type") != "application/ld+json" && (!strings.HasPrefix(attr(n, "src"), "/") || n.FirstChild != nil) || attr(n, "style") != "":
		say("a script or a style that the policy forbids")
	case n.Data == "th" && attr(n, "scope") == "":
		say("a th without scope")
	case n.Data == "table" && attr(n, "class") == "stack" && (n.FirstChild.NextSibling == nil || n.FirstChild.NextSibling.Data != "caption"):
		say("a table without caption")
	case n.Data == "a":
		w.link(n)
	case len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6':
		level := int(n.Data[1] - '0')
		if level > w.level+1 {
			say("headings skip to " + n.Data)
		}
		w.level = level
	}
}

func (w *walk) link(n *html.Node) {
	href := attr(n, "href")
	if strings.TrimSpace(textOf(n)) == "" || href == "" {
		w.faults = append(w.faults, "a link without words or address: "+href)
	}
	if id, ok := strings.CutPrefix(href, "#"); ok {
		w.refers = append(w.refers, id)
	}
	w.links = append(w.links, href)
}

// links are the addresses to which a page leads.
func links(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range root.Descendants() {
		if n.Data == "a" || n.Data == "link" {
			found = append(found, attr(n, "href"))
		}
	}
	return found
}

// spoken is a page's text without what is hidden from a screen reader.
func spoken(t testing.TB, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return flat(textOf(root))
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case attr(c, "aria-hidden") != "true" && c.Data != "head":
			b.WriteString(textOf(c))
			if attr(c, "class") != "whole" && c.Data != "a" && c.Data != "strong" && c.Data != "time" && c.Data != "sup" {
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
