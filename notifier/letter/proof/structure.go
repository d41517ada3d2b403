package proof

import (
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// marked wants the file to say that it has a structure to be trusted, and a
// title to be shown.
func (r *reading) marked() []string {
	var b breaches
	mark := r.doc.Dict(r.catalog["MarkInfo"])
	b.unless(mark["Marked"] == true, "not marked")
	b.unless(mark["Suspects"] == nil || mark["Suspects"] == false, "suspect")
	b.unless(r.doc.Dict(r.catalog["StructTreeRoot"]) != nil, "no structure tree")
	b.unless(r.doc.Dict(r.catalog["ViewerPreferences"])["DisplayDocTitle"] == true, "the window does not show the title (UA 7.1)")
	return b
}

// tagged wants all content in the structure, or said to be an artifact.
func (r *reading) tagged() []string {
	var b breaches
	b.unless(len(r.pages) > 0, "no pages")
	for i, p := range r.pages {
		for _, what := range p.loose {
			b.add("page %d: %s", i+1, what)
		}
		b.unless(p.dict["Tabs"] == pdf.Name("S"), "page %d: links are not in the order of the structure (UA 7.18.3)", i+1)
	}
	return b
}

// wellGrown follows the tree both ways: down by kids, up by the parent tree.
func (r *reading) wellGrown() []string {
	b := breaches(slices.Clone(r.strays))
	root, _ := r.catalog["StructTreeRoot"].(pdf.Ref)
	holder := map[*readPage]map[int]pdf.Ref{}
	for _, e := range r.elements {
		above := root
		if e.parent != nil {
			above = e.parent.ref
		}
		b.unless(e.dict["P"] == above, "%s %s has another parent", e.kind, e.ref)
		b.unless(len(e.kids) > 0 || e.kind == "TD" || e.kind == "TH", "%s %s is empty", e.kind, e.ref)
		for _, k := range e.kids {
			if k.page == nil {
				continue
			}
			if holder[k.page] == nil {
				holder[k.page] = map[int]pdf.Ref{}
			}
			b.unless(holder[k.page][k.mark] == 0, "mark %d of a page belongs twice", k.mark)
			holder[k.page][k.mark] = e.ref
		}
	}
	parents := r.parents()
	for i, p := range r.pages {
		key, _ := p.dict["StructParents"].(int)
		marks := r.doc.Array(parents[key])
		b.unless(len(marks) == len(p.texts), "page %d: %d marks, %d parents", i+1, len(p.texts), len(marks))
		for mark := range p.texts {
			up := mark < len(marks) && holder[p][mark] != 0 && marks[mark] == holder[p][mark]
			b.unless(up, "page %d: mark %d does not lead to its element", i+1, mark)
		}
	}
	return b
}

// parents is the parent tree.
func (r *reading) parents() map[int]any {
	nums := r.doc.Array(r.doc.Dict(r.doc.Dict(r.catalog["StructTreeRoot"])["ParentTree"])["Nums"])
	parents := map[int]any{}
	for i := 0; i+1 < len(nums); i += 2 {
		if key, ok := nums[i].(int); ok {
			parents[key] = nums[i+1]
		}
	}
	return parents
}

// mayHold says which elements may stand where. "" is the root, "*" any text.
var mayHold = map[string][]string{
	"":          {"Document"},
	"Document":  {"P", "H1", "H2", "L", "Table", "Note", "Sect", "Form", "Figure"},
	"Figure":    {},
	"Form":      {},
	"Sect":      {"P"},
	"P":         {"Link", "Reference", "Span"},
	"H1":        {"Link", "Reference", "Span"},
	"H2":        {"Link", "Reference", "Span"},
	"L":         {"LI"},
	"LI":        {"Lbl", "LBody"},
	"LBody":     {"Link", "Reference", "Span"},
	"Lbl":       {},
	"Note":      {"Lbl", "Link", "Reference", "Span"},
	"Table":     {"TR"},
	"TR":        {"TH", "TD"},
	"TH":        {"Link", "Reference", "Span"},
	"TD":        {"Link", "Reference", "Span"},
	"Link":      {"Reference", "Span"},
	"Reference": {"Span"},
	"Span":      {},
}

// types wants standard structure types, each in its place.
func (r *reading) types() []string {
	var b breaches
	b.unless(r.doc.Dict(r.catalog["StructTreeRoot"])["RoleMap"] == nil, "types of another's making")
	b.unless(len(r.elements) > 0, "no elements")
	for _, e := range r.elements {
		above := ""
		if e.parent != nil {
			above = e.parent.kind
		}
		b.unless(slices.Contains(mayHold[above], e.kind), "%q in %q", e.kind, above)
	}
	return b
}

// languageTag is the form of BCP 47, not its registry.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// language decides with which voice a letter is read.
func (r *reading) language() []string {
	var b breaches
	lang, _ := r.catalog["Lang"].(pdf.String)
	b.unless(languageTag.MatchString(string(lang)), "the document's language is %q", lang)
	for _, e := range r.elements {
		if lang, ok := e.dict["Lang"].(pdf.String); ok {
			b.unless(languageTag.MatchString(string(lang)), "%s: language %q", e.kind, lang)
		}
	}
	return b
}

// headings begin with the first level and skip none.
func (r *reading) headings() []string {
	var b breaches
	level := 0
	for _, e := range r.elements {
		if len(e.kind) == 2 && e.kind[0] == 'H' && e.kind[1] >= '1' && e.kind[1] <= '6' {
			next := int(e.kind[1] - '0')
			b.unless(next <= level+1, "level %d below level %d", next, level)
			level = next
		}
	}
	b.unless(level > 0, "none")
	return b
}

// tables have rows of one length, and a heading for every cell.
func (r *reading) tables() []string {
	var b breaches
	for _, e := range r.elements {
		if e.kind != "Table" {
			continue
		}
		columns, headed := -1, false
		for i, row := range e.kids {
			if row.element == nil {
				continue
			}
			b.unless(columns < 0 || columns == len(row.element.kids), "%s: rows of different lengths", e.ref)
			columns = len(row.element.kids)
			for k, cell := range row.element.kids {
				scope := r.scope(cell.element)
				headed = headed || i == 0 && scope == "Column"
				b.unless(headed || k > 0 || scope == "Row", "%s: a cell that no heading names", e.ref)
			}
		}
	}
	return b
}

// scope is what a heading is for: a column or a row; "" for other cells.
func (r *reading) scope(cell *readElement) string {
	if cell == nil || cell.kind != "TH" {
		return ""
	}
	scope, _ := r.doc.Dict(cell.dict["A"])["Scope"].(pdf.Name)
	return string(scope)
}

// lists say how their items are labelled, and label them so.
func (r *reading) lists() []string {
	var b breaches
	for _, e := range r.elements {
		switch e.kind {
		case "L":
			b.unless(r.doc.Dict(e.dict["A"])["ListNumbering"] != nil, "%s does not say how it is labelled", e.ref)
		case "LI":
			b.unless(len(e.kids) == 2 && e.kids[1].element != nil && e.kids[1].element.kind == "LBody", "%s: an item without label and body", e.ref)
		}
	}
	return b
}

// footnotes have an identifier each, by which they can be found.
func (r *reading) footnotes() []string {
	var b breaches
	names := r.doc.Array(r.doc.Dict(r.doc.Dict(r.catalog["StructTreeRoot"])["IDTree"])["Names"])
	ids := map[pdf.String]any{}
	for i := 0; i+1 < len(names); i += 2 {
		if id, ok := names[i].(pdf.String); ok {
			ids[id] = names[i+1]
		}
	}
	for _, e := range r.elements {
		if e.kind == "Note" {
			id, _ := e.dict["ID"].(pdf.String)
			b.unless(id != "" && ids[id] == e.ref, "note %s cannot be found by an identifier of its own", e.ref)
		}
	}
	return b
}

// annotations allows links and the seal's field alone, and wants them printed.
func (r *reading) annotations() []string {
	const hidden, printed = 1<<0 | 1<<1 | 1<<5 | 1<<8, 1 << 2
	var b breaches
	for i, p := range r.pages {
		for _, v := range r.doc.Array(p.dict["Annots"]) {
			a := r.doc.Dict(v)
			flags, _ := a["F"].(int)
			b.unless(a["Subtype"] == pdf.Name("Link") || r.widget(v), "page %d: a %v", i+1, a["Subtype"])
			b.unless(flags&printed != 0 && flags&hidden == 0, "page %d: flags %d", i+1, flags)
			b.unless(a["AP"] == nil && a["P"] == p.ref, "page %d: a link of another page", i+1)
		}
	}
	return b
}

// links wants every link described, and held by a Link of the structure.
func (r *reading) links() []string {
	var b breaches
	holders := map[pdf.Ref]*readElement{}
	for _, e := range r.elements {
		objects := 0
		for _, k := range e.kids {
			if k.object != 0 {
				holders[k.object] = e
				objects++
			}
		}
		b.unless((e.kind == "Link" || e.kind == "Form") == (objects > 0), "%s %s has %d annotations", e.kind, e.ref, objects)
	}
	parents := r.parents()
	for i, p := range r.pages {
		for _, v := range r.doc.Array(p.dict["Annots"]) {
			ref, _ := v.(pdf.Ref)
			a := r.doc.Dict(v)
			contents, _ := a["Contents"].(pdf.String)
			if r.widget(v) {
				contents, _ = a["TU"].(pdf.String)
			}
			b.unless(strings.TrimSpace(pdf.TextOf(contents)) != "", "page %d: link %s is not described", i+1, ref)
			key, ok := a["StructParent"].(int)
			held := ok && holders[ref] != nil && parents[key] == holders[ref].ref && (holders[ref].kind == "Form") == r.widget(v)
			b.unless(held, "page %d: link %s is not in the structure", i+1, ref)
		}
	}
	return b
}
