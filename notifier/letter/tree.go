package letter

import "douane.gouv.fr/crieur/notifier/letter/pdf"

// An element is a node of the structure tree: what a part of the letter is,
// for those who listen to it. Blocks enter the tree in reading order when they
// are made; what is inside a paragraph when it is drawn, so that it stands
// between the words around it.
type element struct {
	kind   string // a standard structure type, or "Artifact": not for listening
	attrs  string // attribute dictionary; of an artifact, its properties
	lang   string // where it is not the document's
	alt    string // what a picture says
	id     string
	parent *element
	inTree bool
	kids   []kid // in reading order
	ref    pdf.Ref
}

// A kid is what an element holds: an element, marked content of a page, or an
// annotation.
type kid struct {
	element    *element
	page, mark int
	link       *annotation
}

// An annotation is the area of a page that leads somewhere, or the seal's.
type annotation struct {
	page           int
	x, y           length // top left corner
	width, height  length
	link, contents string
	element        *element
	ref            pdf.Ref
	field          bool // it is no link but the seal's field
}

// Artifacts are furniture of the page.
var (
	layoutArtifact = &element{kind: "Artifact", attrs: "/Type/Layout"}
	headArtifact   = &element{kind: "Artifact", attrs: "/Type/Pagination/Subtype/Header/Attached[/Top]"}
	footArtifact   = &element{kind: "Artifact", attrs: "/Type/Pagination/Subtype/Footer/Attached[/Bottom]"}
)

// artifact is whether nobody is to hear of it.
func (e *element) artifact() bool { return e.kind == "Artifact" }

// add makes an element that is the next in its parent.
func (e *element) add(kind string) *element {
	child := e.inline(kind)
	child.enter()
	return child
}

// inline makes an element that enters the tree when it is drawn.
func (e *element) inline(kind string) *element { return &element{kind: kind, parent: e} }

// enter puts an element into its parent, if it is not there.
func (e *element) enter() {
	if e.parent == nil || e.inTree {
		return
	}
	e.parent.enter()
	e.inTree = true
	e.parent.kids = append(e.parent.kids, kid{element: e})
}
