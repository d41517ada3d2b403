package proof

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// Attached is what a file holds under a name that is within it; nil where there
// is no such file.
func Attached(file []byte, name string) ([]byte, error) {
	doc, err := pdf.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	catalog := doc.Dict(doc.Trailer["Root"])
	for _, v := range doc.Array(catalog["AF"]) {
		spec := doc.Dict(v)
		if uf, _ := spec["UF"].(pdf.String); pdf.TextOf(uf) == name {
			_, data, err := doc.Stream(doc.Dict(spec["EF"])["F"])
			return data, err
		}
	}
	return nil, nil
}

// mediaType is the form of a media type.
var mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)

// attachments wants every file within the file to say what it is, and what it
// is to the letter.
func (r *reading) attachments() []string {
	var b breaches
	associated := r.doc.Array(r.catalog["AF"])
	listed := r.doc.Array(r.doc.Dict(r.doc.Dict(r.catalog["Names"])["EmbeddedFiles"])["Names"])
	b.unless(len(listed) == 2*len(associated), "%d files listed, %d associated", len(listed)/2, len(associated))
	for i := 1; i < len(listed); i += 2 {
		b.unless(slices.Contains(associated, listed[i]), "file %v is not associated", listed[i-1])
	}
	for _, v := range associated {
		spec := r.doc.Dict(v)
		name, _ := spec["UF"].(pdf.String)
		description, _ := spec["Desc"].(pdf.String)
		b.unless(spec["Type"] == pdf.Name("Filespec") && name != "" && spec["F"] == name, "a file without a name")
		b.unless(description != "", "%s is not described", name)
		b.unless(spec["AFRelationship"] == pdf.Name("Source"), "%s is %v to the letter", name, spec["AFRelationship"])
		stream, data, err := r.doc.Stream(r.doc.Dict(spec["EF"])["F"])
		if err != nil {
			b.add("%s is not there", name)
			continue
		}
		media, _ := stream.Dict["Subtype"].(pdf.Name)
		params := r.doc.Dict(stream.Dict["Params"])
		typed := stream.Dict["Type"] == pdf.Name("EmbeddedFile") && mediaType.MatchString(string(media))
		b.unless(typed, "%s is of type %q", name, media)
		b.unless(params["Size"] == len(data), "%s: size %v of %d", name, params["Size"], len(data))
		b.unless(params["ModDate"] != nil, "%s has no date", name)
	}
	return b
}

// pictures wants a page's pictures to be red, green and blue, and opaque.
func (r *reading) pictures(b *breaches, v any) {
	all := r.doc.Dict(v)
	b.unless(v == nil || len(all) > 0, "pictures are named that are not there")
	for _, ref := range all {
		stream, data, err := r.doc.Stream(ref)
		width, _ := stream.Dict["Width"].(int)
		height, _ := stream.Dict["Height"].(int)
		plain := err == nil && stream.Dict["Subtype"] == pdf.Name("Image") && stream.Dict["ColorSpace"] == pdf.Name("DeviceRGB") &&
			stream.Dict["BitsPerComponent"] == 8 && stream.Dict["SMask"] == nil && stream.Dict["Mask"] == nil
		b.unless(plain && len(data) == 3*width*height, "%v is no plain picture", ref)
	}
}

// figures say what they show, and where they are.
func (r *reading) figures() []string {
	var b breaches
	for _, e := range r.elements {
		if e.kind != "Figure" {
			continue
		}
		alt, _ := e.dict["Alt"].(pdf.String)
		b.unless(strings.TrimSpace(pdf.TextOf(alt)) != "", "%s says nothing to those who do not see it", e.ref)
		b.unless(len(r.doc.Array(r.doc.Dict(e.dict["A"])["BBox"])) == 4, "%s does not say where it is", e.ref)
	}
	return b
}

// signatures wants at most one seal, of the whole file, in a field that takes
// no input. Whose it is, and whether it is whole, is not asked here.
func (r *reading) signatures() []string {
	var b breaches
	form := r.doc.Dict(r.catalog["AcroForm"])
	if form == nil {
		return nil
	}
	b.unless(form["SigFlags"] == 3, "a form that may be changed")
	b.unless(form["XFA"] == nil && form["NeedAppearances"] == nil, "a form of another kind (6.4.1)")
	_, _, err := r.doc.Signed(r.raw)
	b.unless(err == nil, "%v", err)
	return b
}

// widget is whether an annotation is the field of the form, as it may be.
func (r *reading) widget(v any) bool {
	a := r.doc.Dict(v)
	return a["Subtype"] == pdf.Name("Widget") && a["FT"] == pdf.Name("Sig") &&
		slices.Contains(r.doc.Array(r.doc.Dict(r.catalog["AcroForm"])["Fields"]), v)
}
