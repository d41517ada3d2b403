package proof

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// xmpTime is how XMP writes universal time.
const xmpTime = "2006-01-02T15:04:05Z"

// Namespaces of XMP.
const (
	nsA         = "http://www.aiim.org/pdfa/ns/id/"
	nsUA        = "http://www.aiim.org/pdfua/ns/id/"
	nsDC        = "http://purl.org/dc/elements/1.1/"
	nsXMP       = "http://ns.adobe.com/xap/1.0/"
	nsPDF       = "http://ns.adobe.com/pdf/1.3/"
	nsExtension = "http://www.aiim.org/pdfa/ns/extension/"
)

// metadata wants XMP that makes both claims, describes the vocabulary of the
// second, and agrees with the information dictionary.
func (r *reading) metadata() []string {
	var b breaches
	stream, data, err := r.doc.Stream(r.catalog["Metadata"])
	if err != nil {
		return []string{"none"}
	}
	b.unless(stream.Dict["Type"] == pdf.Name("Metadata") && stream.Dict["Subtype"] == pdf.Name("XML"), "of another type")
	b.unless(stream.Dict["Filter"] == nil, "packed: tools search for it in the file")
	says, err := properties(data)
	if err != nil {
		b.add("%v", err)
		return b
	}
	b.unless(says[nsA+"part"] == "3" && says[nsA+"conformance"] == "A", "claims PDF/A-%s%s", says[nsA+"part"], says[nsA+"conformance"])
	b.unless(says[nsUA+"part"] == "1", "claims PDF/UA-%s", says[nsUA+"part"])
	b.unless(strings.Contains(says[nsExtension+"schemas"], nsUA), "the vocabulary of PDF/UA is not described (6.6.2.3)")
	b.unless(says[nsDC+"title"] != "", "no title (UA 7.1)")
	info := r.doc.Dict(r.doc.Trailer["Info"])
	for _, same := range []struct {
		key      pdf.Name
		property string
	}{
		{"Title", nsDC + "title"}, {"Author", nsDC + "creator"}, {"Subject", nsDC + "description"},
		{"Keywords", nsPDF + "Keywords"}, {"Creator", nsXMP + "CreatorTool"}, {"Producer", nsPDF + "Producer"},
		{"CreationDate", nsXMP + "CreateDate"}, {"ModDate", nsXMP + "ModifyDate"},
	} {
		value, _ := info[same.key].(pdf.String)
		text := pdf.TextOf(value)
		if strings.HasSuffix(string(same.key), "Date") {
			text = xmpDate(text)
		}
		b.unless(text == says[same.property], "%s is %q, in XMP %q", same.key, text, says[same.property])
	}
	return b
}

// xmpDate is a date string as XMP writes it.
func xmpDate(date string) string {
	at, err := time.Parse("D:20060102150405Z", date)
	if err != nil {
		return date
	}
	return at.Format(xmpTime)
}

// properties are the properties of all descriptions by their full names, each
// as the text in it.
func properties(data []byte) (map[string]string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	says := map[string]string{}
	var path []string
	const property = 3 // xmpmeta, RDF, Description, property
	for {
		token, err := d.Token()
		if err == io.EOF {
			return says, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Space+t.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > property {
				says[path[property]] += strings.Trim(string(t), " \n")
			}
		}
	}
}
