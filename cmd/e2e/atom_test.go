package e2e

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
)

const atomSpace = "http://www.w3.org/2005/Atom"

// atomFaults is what is wrong with a feed by RFC 4287, and what a reader of
// other people's does not find in it.
func atomFaults(text []byte) []string {
	root, err := readXML(bytes.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if root.name.Space != atomSpace || root.name.Local != "feed" || root.attr("lang") == "" {
		say("the root is %v in language %q", root.name, root.attr("lang"))
	}
	faults = append(faults, atomCommon(root, "feed")...) // section 4.1.1
	if n := links(root, "self"); n != 1 {
		say("%d links to itself", n)
	}
	ids := map[string]bool{}
	entries := root.all("entry")
	for i, e := range entries {
		name := fmt.Sprintf("entry %d", i)
		faults = append(faults, atomCommon(e, name)...) // section 4.1.2
		faults = append(faults, atomEntry(e, name)...)
		if ids[e.get("id")] {
			say("%s: two of id %s", name, e.get("id"))
		}
		ids[e.get("id")] = true
		if i > 0 && entries[i-1].get("updated") < e.get("updated") {
			say("%s is newer than the one before", name)
		}
	}
	if len(feed.Items) != len(entries) || feed.FeedType != "atom" || feed.UpdatedParsed == nil {
		say("a reader finds %d of %d entries in a feed of type %q", len(feed.Items), len(entries), feed.FeedType)
	}
	for _, item := range feed.Items {
		if item.Title == "" || item.Link == "" || item.PublishedParsed == nil || item.UpdatedParsed == nil || len(item.Categories) < 3 {
			say("a reader finds in an entry %+v", item)
		}
	}
	return faults
}

// atomCommon are the faults of what feeds and entries have in common.
func atomCommon(e *element, name string) []string {
	var faults []string
	say := func(format string, args ...any) { faults = append(faults, name+": "+fmt.Sprintf(format, args...)) }
	for _, once := range []string{"id", "title", "updated"} {
		if n := len(e.all(once)); n != 1 || strings.TrimSpace(e.get(once)) == "" {
			say("%d times %s, %q", n, once, e.get(once))
		}
	}
	if id, err := url.Parse(e.get("id")); err != nil || id.Scheme != "tag" { // RFC 4151
		say("id %q", e.get("id"))
	}
	for _, date := range append(e.all("updated"), e.all("published")...) {
		if _, err := time.Parse(time.RFC3339, date.text); err != nil {
			say("date %q", date.text)
		}
	}
	if len(e.all("author")) == 0 {
		say("no author")
	}
	for _, author := range e.all("author") {
		if author.get("name") == "" {
			say("an author without name")
		}
	}
	if links(e, "alternate") != 1 {
		say("%d alternate links", links(e, "alternate"))
	}
	for _, link := range e.all("link") {
		if to, err := url.Parse(link.attr("href")); err != nil || !to.IsAbs() {
			say("a link to %q", link.attr("href"))
		}
	}
	known := strings.Fields("author category contributor generator icon id link logo rights subtitle title updated entry content published source summary archive")
	for _, kid := range e.kids {
		if !slices.Contains(known, kid.name.Local) || kid.name.Space == "" {
			say("an element %v", kid.name)
		}
	}
	return faults
}

// atomEntry are the faults of an entry alone.
func atomEntry(e *element, name string) []string {
	var faults []string
	for _, category := range e.all("category") {
		if category.attr("term") == "" {
			faults = append(faults, name+": a category without term")
		}
	}
	if len(e.all("content")) == 0 && len(e.all("summary")) == 0 {
		faults = append(faults, name+": says nothing")
	}
	if c := e.all("content"); len(c) > 1 || len(c) == 1 && (c[0].attr("type") != "html" || strings.TrimSpace(c[0].text) == "") {
		faults = append(faults, name+": its content is not HTML")
	}
	return faults
}

// links counts those of a relation.
func links(e *element, rel string) int {
	n := 0
	for _, link := range e.all("link") {
		if link.attr("rel") == rel {
			n++
		}
	}
	return n
}
