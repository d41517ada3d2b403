package letter

import (
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// A meta is what the file says of itself, twice: in the information dictionary
// and in XMP, which must agree (ISO 19005-3, 6.6.2.3).
type meta struct {
	title, author, subject, lang string
	identifier, keywords         string
	date                         time.Time
}

// producer makes no difference between versions: it would be a difference
// between letters.
const producer = "crieur"

// xmpTime is how XMP writes universal time.
const xmpTime = "2006-01-02T15:04:05Z"

// metaOf gives the file a title that tells it from other notices: that is what
// a window or a search shows of it.
func metaOf(l Letter) meta {
	doc := l.Document
	trim := func(s string) string { return strings.Trim(s, " ") }
	title, subject := trim(doc.Title), trim(doc.Subject)
	if subject != "" {
		title += "\u00a0: " + subject
	}
	return meta{
		title: title, author: trim(strings.Join(doc.Authority, " ")), subject: subject, lang: doc.Lang, date: doc.Date.UTC(),
		identifier: l.Reference, keywords: strings.Trim(l.Reference+", "+l.Outage, ", "),
	}
}

// info is the information dictionary.
func (m meta) info() string {
	body := "<</Title" + pdf.Text(m.title) + "/Creator" + pdf.Text(producer) + "/Producer" + pdf.Text(producer)
	if m.author != "" {
		body += "/Author" + pdf.Text(m.author)
	}
	if m.subject != "" {
		body += "/Subject" + pdf.Text(m.subject)
	}
	if m.keywords != "" {
		body += "/Keywords" + pdf.Text(m.keywords)
	}
	if !m.date.IsZero() {
		body += "/CreationDate" + pdf.Date(m.date) + "/ModDate" + pdf.Date(m.date)
	}
	return body + ">>"
}

// xmp is the same as XML, with the claims to PDF/A-3a and PDF/UA-1. The second
// claim's vocabulary is unknown to PDF/A: it is described after it.
func (m meta) xmp() string {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + "\n" +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"` +
		` xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">` + "\n")
	fmt.Fprintf(&b, `<dc:format>application/pdf</dc:format><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>`, m.lang)
	fmt.Fprintf(&b, `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`, escapesXML.Replace(m.title))
	if m.author != "" {
		fmt.Fprintf(&b, `<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>`, escapesXML.Replace(m.author))
	}
	if m.subject != "" {
		fmt.Fprintf(&b, `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>`, escapesXML.Replace(m.subject))
	}
	if m.identifier != "" {
		fmt.Fprintf(&b, `<dc:identifier>%s</dc:identifier>`, escapesXML.Replace(m.identifier))
	}
	if m.keywords != "" {
		fmt.Fprintf(&b, `<pdf:Keywords>%s</pdf:Keywords>`, escapesXML.Replace(m.keywords))
	}
	if !m.date.IsZero() {
		at := m.date.Format(xmpTime)
		fmt.Fprintf(&b, "\n<xmp:CreateDate>%[1]s</xmp:CreateDate><xmp:ModifyDate>%[1]s</xmp:ModifyDate><xmp:MetadataDate>%[1]s</xmp:MetadataDate>", at)
	}
	fmt.Fprintf(&b, "\n<xmp:CreatorTool>%[1]s</xmp:CreatorTool><pdf:Producer>%[1]s</pdf:Producer>\n", producer)
	b.WriteString(claims)
	return b.String()
}

var escapesXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// claims says what the file is. Whoever changes a claim changes the law the
// file is under: Verify first.
const claims = `<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Part of PDF/UA</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`
