package proof

import (
	"fmt"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// A reading is a letter's file, opened.
type reading struct {
	raw      []byte
	doc      *pdf.Document
	catalog  pdf.Dict
	pages    []*readPage
	fonts    map[pdf.Ref]*readFont
	elements []*readElement // all of the tree, in reading order
	strays   []string       // what the tree has that leads nowhere
}

// A readPage is one page.
type readPage struct {
	ref   pdf.Ref
	dict  pdf.Dict
	fonts map[pdf.Name]*readFont
	texts map[int]string // what is said at each mark
	seen  map[pdf.Operator]bool
	loose []string // what is wrong with its marks
}

// A readElement is an element of the structure tree.
type readElement struct {
	ref    pdf.Ref
	dict   pdf.Dict
	kind   string
	parent *readElement
	kids   []readKid
}

// A readKid is an element, marked content, or an object.
type readKid struct {
	element *readElement
	page    *readPage
	mark    int
	object  pdf.Ref
}

// open reads a letter's file.
func open(data []byte) (*reading, error) {
	doc, err := pdf.Read(data)
	if err != nil {
		return nil, err
	}
	r := &reading{raw: data, doc: doc, catalog: doc.Dict(doc.Trailer["Root"]), fonts: map[pdf.Ref]*readFont{}}
	for _, kid := range doc.Array(doc.Dict(r.catalog["Pages"])["Kids"]) {
		page, err := r.page(kid)
		if err != nil {
			return nil, err
		}
		r.pages = append(r.pages, page)
	}
	r.tree()
	return r, nil
}

// page reads a page and all that is said on it.
func (r *reading) page(v any) (*readPage, error) {
	p := &readPage{dict: r.doc.Dict(v), fonts: map[pdf.Name]*readFont{}, texts: map[int]string{}, seen: map[pdf.Operator]bool{}}
	p.ref, _ = v.(pdf.Ref)
	for name, font := range r.doc.Dict(r.doc.Dict(p.dict["Resources"])["Font"]) {
		var err error
		if p.fonts[name], err = r.font(font); err != nil {
			return nil, err
		}
	}
	_, content, err := r.doc.Stream(p.dict["Contents"])
	if err != nil {
		return nil, err
	}
	return p, p.scan(content)
}

// tree reads the structure tree. An element that is met again is not followed.
func (r *reading) tree() {
	seen := map[pdf.Ref]bool{}
	var walk func(v any, parent *readElement)
	walk = func(v any, parent *readElement) {
		ref, ok := v.(pdf.Ref)
		if !ok || seen[ref] {
			r.strays = append(r.strays, fmt.Sprintf("element %v is no object of its own", v))
			return
		}
		seen[ref] = true
		e := &readElement{ref: ref, dict: r.doc.Dict(ref), parent: parent}
		kind, _ := e.dict["S"].(pdf.Name)
		e.kind = string(kind)
		if parent != nil {
			parent.kids = append(parent.kids, readKid{element: e})
		}
		r.elements = append(r.elements, e)
		for _, kid := range r.list(e.dict["K"]) {
			r.kid(e, kid, walk)
		}
	}
	for _, kid := range r.list(r.doc.Dict(r.catalog["StructTreeRoot"])["K"]) {
		walk(kid, nil)
	}
}

// kid reads one kid of an element (ISO 32000-1, 14.7.4).
func (r *reading) kid(e *readElement, v any, walk func(any, *readElement)) {
	if mark, ok := v.(int); ok {
		r.mark(e, e.dict["Pg"], mark)
		return
	}
	switch dict := r.doc.Dict(v); dict["Type"] {
	case pdf.Name("MCR"):
		mark, _ := dict["MCID"].(int)
		r.mark(e, dict["Pg"], mark)
	case pdf.Name("OBJR"):
		object, _ := dict["Obj"].(pdf.Ref)
		e.kids = append(e.kids, readKid{object: object})
	default:
		walk(v, e)
	}
}

// mark gives an element a mark of a page, if the page has it.
func (r *reading) mark(e *readElement, page any, mark int) {
	for _, p := range r.pages {
		if _, ok := p.texts[mark]; ok && p.ref == page {
			e.kids = append(e.kids, readKid{page: p, mark: mark})
			return
		}
	}
	r.strays = append(r.strays, fmt.Sprintf("%s %s holds mark %d, which is not on its page", e.kind, e.ref, mark))
}

// list is the array that v is, or v alone, or nothing.
func (r *reading) list(v any) pdf.Array {
	if array := r.doc.Array(v); array != nil {
		return array
	}
	if v == nil {
		return nil
	}
	return pdf.Array{v}
}

// say is the text of an element and all below it.
func (e *readElement) say(b *strings.Builder) {
	for _, k := range e.kids {
		switch {
		case k.element != nil:
			k.element.say(b)
		case k.page != nil:
			b.WriteString(k.page.texts[k.mark])
		}
	}
}
