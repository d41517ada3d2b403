package letter

import (
	"fmt"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// An assembly is the objects of a letter's file.
type assembly struct {
	*drawing
	file       pdf.File
	root, info pdf.Ref
	signature  pdf.Ref // 0 where the letter is not sealed
	pageRefs   []pdf.Ref
}

// assemble makes the file around what was drawn. What an archive and a screen
// reader want of it is named where it is written; Verify looks for all of it.
func assemble(l Letter, d *drawing) *assembly {
	a, doc := &assembly{drawing: d}, l.Document
	a.root, a.info = a.file.Reserve(), a.file.Reserve()
	pages := a.file.Reserve()
	for range d.pages {
		a.pageRefs = append(a.pageRefs, a.file.Reserve())
	}
	a.annotations()
	structure := a.structure()
	a.putPages(pages, a.pictures(l.Letterhead))
	more := a.attach(l) + a.form(l.mark, l.room)

	m := metaOf(l)
	a.file.Set(a.info, pdf.Object{Body: m.info()})
	xmp := a.file.Add(pdf.Object{Body: "<</Type/Metadata/Subtype/XML>>", Data: []byte(m.xmp()), Open: true})
	profile := a.file.Add(pdf.Object{Body: "<</N 3>>", Data: srgb()})
	intent := a.file.Add(pdf.Object{Body: fmt.Sprintf(
		"<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile %s>>", profile)})
	a.file.Set(a.root, pdf.Object{Body: fmt.Sprintf(
		"<</Type/Catalog/Pages %s/Lang%s/MarkInfo<</Marked true>>/ViewerPreferences<</DisplayDocTitle true>>"+
			"/StructTreeRoot %s/Metadata %s/OutputIntents[%s]%s>>", pages, pdf.Text(doc.Lang), structure, xmp, intent, more)})
	return a
}

// putPages writes the pages. Each names the fonts they share itself: an archive
// takes no inherited ones (ISO 19005-3, 6.2.2).
func (a *assembly) putPages(pages pdf.Ref, pictures string) {
	var fonts, kids strings.Builder
	for i, font := range a.fonts() {
		fmt.Fprintf(&fonts, "/%s %s", a.fontNames[i], font)
	}
	resources := a.file.Add(pdf.Object{Body: "<</Font<<" + fonts.String() + ">>" + pictures + ">>"})
	for i, ref := range a.pageRefs {
		contents := a.file.Add(pdf.Object{Body: "<<>>", Data: a.pages[i]})
		body := fmt.Sprintf("<</Type/Page/Parent %s/Resources %s/Contents %s/StructParents %d/Tabs/S", pages, resources, contents, i)
		var links strings.Builder
		for _, link := range a.links {
			if link.page == i {
				links.WriteString(link.ref.String() + " ")
			}
		}
		if links.Len() > 0 {
			body += "/Annots[" + links.String() + "]"
		}
		a.file.Set(ref, pdf.Object{Body: body + ">>"})
		kids.WriteString(ref.String() + " ")
	}
	a.file.Set(pages, pdf.Object{Body: fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 %s %s]>>",
		len(a.pageRefs), kids.String(), coordinate(pageWidth), coordinate(pageHeight))})
}

// annotations writes the links. Each is printed, described, and knows its
// element by a key of the parent tree, which goes on behind the pages.
func (a *assembly) annotations() {
	for i, link := range a.links {
		if link.field {
			link.ref = a.file.Reserve() // form writes it
			continue
		}
		link.ref = a.file.Add(pdf.Object{Body: fmt.Sprintf(
			"<</Type/Annot/Subtype/Link/F 4/Border[0 0 0]/Rect[%s %s %s %s]/Contents%s/StructParent %d/P %s/A<</S/URI/URI%s>>>>",
			coordinate(link.x), coordinate(pageHeight-link.y-link.height),
			coordinate(link.x+link.width), coordinate(pageHeight-link.y),
			pdf.Text(link.contents), len(a.pageRefs)+i, a.pageRefs[link.page], pdf.Text(link.link))})
	}
}

// coordinate is a length in the file, to the hundredth of a point.
func coordinate(l length) string {
	hundredths := (int(l) + 5) / 10
	digits := strconv.Itoa(hundredths%100 + 100)[1:]
	return strconv.Itoa(hundredths/100) + "." + digits
}

// structure writes the structure tree and what leads from pages into it.
func (a *assembly) structure() pdf.Ref {
	root := a.file.Reserve()
	a.number(a.drawing.root)
	var ids []string
	a.putElement(a.drawing.root, root, &ids)
	var parents strings.Builder
	for page, marks := range a.marks {
		fmt.Fprintf(&parents, "%d[", page)
		for _, e := range marks {
			parents.WriteString(e.ref.String() + " ")
		}
		parents.WriteString("]")
	}
	for i, link := range a.links {
		fmt.Fprintf(&parents, "%d %s ", len(a.pageRefs)+i, link.element.ref)
	}
	tree := a.file.Add(pdf.Object{Body: "<</Nums[" + parents.String() + "]>>"})
	body := fmt.Sprintf("<</Type/StructTreeRoot/K %s/ParentTree %s/ParentTreeNextKey %d",
		a.drawing.root.ref, tree, len(a.pageRefs)+len(a.links))
	if len(ids) > 0 {
		body += "/IDTree<</Names[" + strings.Join(ids, " ") + "]>>"
	}
	a.file.Set(root, pdf.Object{Body: body + ">>"})
	return root
}

// number gives every element its object before any is written: they refer to
// each other both ways.
func (a *assembly) number(e *element) {
	e.ref = a.file.Reserve()
	for _, k := range e.kids {
		if k.element != nil {
			a.number(k.element)
		}
	}
}

// putElement writes an element and all below it; ids grows by the entries of
// those that have one.
func (a *assembly) putElement(e *element, parent pdf.Ref, ids *[]string) {
	body := fmt.Sprintf("<</Type/StructElem/S/%s/P %s", e.kind, parent)
	if e.lang != "" {
		body += "/Lang" + pdf.Text(e.lang)
	}
	if e.alt != "" {
		body += "/Alt" + pdf.Text(e.alt)
	}
	if e.attrs != "" {
		body += "/A<<" + e.attrs + ">>"
	}
	if e.id != "" {
		body += "/ID" + pdf.Text(e.id)
		*ids = append(*ids, pdf.Text(e.id)+" "+e.ref.String())
	}
	page, kids := -1, ""
	for _, k := range e.kids {
		switch {
		case k.element != nil:
			a.putElement(k.element, e.ref, ids)
			kids += k.element.ref.String() + " "
		case k.link != nil:
			kids += fmt.Sprintf("<</Type/OBJR/Obj %s/Pg %s>>", k.link.ref, a.pageRefs[k.link.page])
		case page < 0 || page == k.page:
			page = k.page
			kids += strconv.Itoa(k.mark) + " "
		default:
			kids += fmt.Sprintf("<</Type/MCR/Pg %s/MCID %d>>", a.pageRefs[k.page], k.mark)
		}
	}
	if page >= 0 {
		body += "/Pg " + a.pageRefs[page].String()
	}
	if kids != "" {
		body += "/K[" + kids + "]"
	}
	a.file.Set(e.ref, pdf.Object{Body: body + ">>"})
}
