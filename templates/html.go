package templates

import (
	"fmt"
	"html/template"
	"strings"
)

// HTML is what a Document says: its blocks, with headings of a level from 2 to
// 6, the facts at a glance, its text, its notes and its summary.
func HTML(d Document, level int) template.HTML {
	w := htmlWriter{level: level}
	for _, b := range d.Blocks {
		w.block(b)
	}
	w.facts(d.Facts)
	for _, b := range d.Text {
		w.block(b)
	}
	w.notes(d.Notes)
	for _, b := range d.Summary {
		w.block(b)
	}
	return template.HTML(w.String())
}

// An htmlWriter writes blocks and runs; whatever text they hold is escaped.
type htmlWriter struct {
	strings.Builder
	level int
	plain bool // for mails: no anchors, which clients rewrite
}

func (w *htmlWriter) put(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *htmlWriter) block(b Block) {
	switch b.Kind {
	case Heading:
		w.element(fmt.Sprintf("h%d%s", w.level, lang(b)), "", b.Runs)
	case List:
		w.put("<ul%s>\n", lang(b))
		for _, item := range b.Items {
			w.element("li", "", item)
		}
		w.put("</ul>\n")
	case Table:
		w.table(b)
	case Callout:
		w.put("%s", w.open("div", "fr-callout"))
		w.element("p", "fr-callout__text", b.Runs)
		w.put("</div>\n")
	default:
		w.element("p"+lang(b), "", b.Runs)
	}
}

// lang is the attribute that says in what language a block is, where that is
// not the page's (WCAG 2.2, 3.1.2).
func lang(b Block) string {
	if b.Lang == "" {
		return ""
	}
	return fmt.Sprintf(" lang=%q", b.Lang)
}

// facts are the facts at a glance, an item each.
func (w *htmlWriter) facts(all []Fact) {
	if len(all) == 0 {
		return
	}
	w.put("<ul>\n")
	for _, f := range all {
		w.put("<li>%s"+nbsp+": ", template.HTMLEscapeString(f.Name))
		for i, line := range f.Lines {
			if i > 0 {
				w.put("<br>")
			}
			w.runs(line)
		}
		w.put("</li>\n")
	}
	w.put("</ul>\n")
}

// open is a start tag, with a class where there is one.
func (w *htmlWriter) open(tag, class string) string {
	if class == "" {
		return "<" + tag + ">"
	}
	return fmt.Sprintf("<%s class=%q>", tag, class)
}

func (w *htmlWriter) element(tag, class string, runs []Run) {
	w.put("%s", w.open(tag, class))
	w.runs(runs)
	name, _, _ := strings.Cut(tag, " ")
	w.put("</%s>\n", name)
}

func (w *htmlWriter) table(b Block) {
	if w.plain || b.Caption == "" {
		w.put("%s<table>\n", w.open("div", "fr-table"))
	} else { // who scrolls by keyboard must reach it
		w.put("<div class=\"fr-table\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>\n", template.HTMLEscapeString(b.Caption))
	}
	if b.Caption != "" {
		w.put("<caption>%s</caption>\n", template.HTMLEscapeString(b.Caption))
	}
	w.put("<thead><tr>")
	for _, h := range b.Head {
		w.put("<th scope=\"col\">%s</th>", template.HTMLEscapeString(h))
	}
	w.put("</tr></thead>\n<tbody>\n")
	for _, row := range b.Rows {
		w.put("<tr>")
		for i, cell := range row {
			tag := "td"
			if i == 0 {
				tag = `th scope="row"`
			}
			w.put("<%s>", tag)
			w.runs(cell)
			w.put("</%s>", tag[:2])
		}
		w.put("</tr>\n")
	}
	w.put("</tbody>\n</table></div>\n")
}

func (w *htmlWriter) runs(runs []Run) {
	for _, r := range runs {
		w.run(r)
	}
}

func (w *htmlWriter) run(r Run) {
	text := template.HTMLEscapeString(r.Text)
	if r.Link != "" {
		text = fmt.Sprintf(`<a href="%s">%s</a>`, template.HTMLEscapeString(r.Link), text)
	}
	if r.Note > 0 && !w.plain {
		text = fmt.Sprintf(`<a href="#note-%d" aria-label="Note %d">%s</a>`, r.Note, r.Note, text)
	}
	for _, style := range []struct {
		on  bool
		tag string
	}{{r.Raised, "sup"}, {r.Struck, "del"}, {r.Underline && r.Link == "", "u"}, {r.Italic, "em"}, {r.Bold, "strong"}} {
		if style.on {
			text = "<" + style.tag + ">" + text + "</" + style.tag + ">"
		}
	}
	w.put("%s", text)
}

func (w *htmlWriter) notes(notes []Note) {
	if len(notes) == 0 {
		return
	}
	w.put("<ol>\n")
	for i, n := range notes {
		w.put("<li id=\"note-%d\">", i+1)
		w.runs(n.Runs)
		w.put("</li>\n")
	}
	w.put("</ol>\n")
}
