package templates

import (
	"fmt"
	"html/template"
	"strings"
)

// A mailWriter writes blocks as mail programs show them: tables and styles in
// place, classes for what changes in the dark alone.
type mailWriter struct{ strings.Builder }

func (w *mailWriter) put(format string, args ...any) { fmt.Fprintf(w, format, args...) }

const mailParagraph = ` style="margin:0 0 16px"`

func (w *mailWriter) block(b Block) {
	switch b.Kind {
	case Heading:
		w.put("<h2%s style=\"margin:28px 0 12px;font-size:18px;line-height:1.3\">%s</h2>\n", lang(b), mailRuns(b.Runs))
	case List:
		w.put("<ul%s style=\"margin:0 0 16px;padding:0 0 0 24px\">\n", lang(b))
		for _, item := range b.Items {
			w.put("<li style=\"margin:0 0 4px\">%s</li>\n", mailRuns(item))
		}
		w.put("</ul>\n")
	case Table:
		w.table(b)
	case Callout:
		w.put("<table role=\"presentation\" width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:collapse\"><tr>"+
			"<td class=\"call\"%s style=\"padding:12px 16px;border-left:4px solid #6a6af4;background:#f0f0fb;color:#161616\">%s</td></tr></table>\n", lang(b), mailRuns(b.Runs))
	default:
		w.put("<p%s%s>%s</p>\n", lang(b), mailParagraph, mailRuns(b.Runs))
	}
}

const (
	mailName = " class=\"name\" style=\"padding:8px 12px;border:1px solid #bbbbbb;background:#f0f0fb;color:#161616;text-align:left;vertical-align:top;font-size:15px;overflow-wrap:normal"
	mailWhat = " class=\"what\" style=\"padding:8px 12px;border:1px solid #bbbbbb;background:#ffffff;color:#161616;text-align:left;vertical-align:top;font-size:15px\""
)

// grid opens a table of data. One without a caption says by itself what it is,
// to who does not see it.
func (w *mailWriter) grid(name string) {
	label := ""
	if name != "" {
		label = fmt.Sprintf(" aria-label=%q", template.HTMLEscapeString(name))
	}
	w.put("<table class=\"grid\"%s width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 20px;border-collapse:collapse;border:1px solid #bbbbbb\">\n", label)
}

// facts is the table of the facts at a glance.
func (w *mailWriter) facts(d Document) {
	if len(d.Facts) == 0 {
		return
	}
	w.grid(heading(d, "facts"))
	for _, f := range d.Facts {
		var what strings.Builder
		for i, line := range f.Lines {
			if i == 0 {
				what.WriteString(string(mailRuns(line)))
			} else {
				fmt.Fprintf(&what, "<div style=\"margin:4px 0 0\">%s</div>", mailRuns(line))
			}
		}
		w.row(f.Name, what.String())
	}
	w.put("</table>\n")
}

func (w *mailWriter) row(name, what string) {
	w.put("<tr><th scope=\"row\" width=\"34%%\"%s\">%s</th><td%s>%s</td></tr>\n", mailName, template.HTMLEscapeString(name), mailWhat, what)
}

// broad is how many columns a table may have on a telephone.
const broad = 3

// table is a table; one with many columns is shown row by row, that it fits.
func (w *mailWriter) table(b Block) {
	w.grid("")
	if b.Caption != "" {
		w.put("<caption style=\"padding:0 0 8px;text-align:left;font-weight:bold\">%s</caption>\n", template.HTMLEscapeString(b.Caption))
	}
	if len(b.Head) > broad {
		for _, row := range b.Rows {
			w.put("<tr><th scope=\"rowgroup\" colspan=\"2\"%s\">%s</th></tr>\n", mailName, mailRuns(row[0]))
			for i, cell := range row[1:] {
				w.row(b.Head[i+1], string(mailRuns(cell)))
			}
		}
		w.put("</table>\n")
		return
	}
	w.put("<tr>")
	for _, head := range b.Head {
		w.put("<th scope=\"col\"%s\">%s</th>", mailName, template.HTMLEscapeString(head))
	}
	w.put("</tr>\n")
	for _, row := range b.Rows {
		w.put("<tr><th scope=\"row\"%s\">%s</th>", mailName, mailRuns(row[0]))
		for _, cell := range row[1:] {
			w.put("<td%s>%s</td>", mailWhat, mailRuns(cell))
		}
		w.put("</tr>\n")
	}
	w.put("</table>\n")
}

// mailRuns are runs in a mail: no anchors, which mail programs rewrite.
func mailRuns(runs []Run) template.HTML {
	w := htmlWriter{plain: true}
	w.runs(runs)
	return template.HTML(w.String())
}
