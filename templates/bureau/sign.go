package bureau

import (
	"html/template"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/compare"
)

// A Paper is the body of "paper": all there is to know of one notice, and what
// its reader may do with it.
type Paper struct {
	Brief
	Bureau   string
	Facts    []Glance
	Reason   string // of the amendment in hand
	Authors  []string
	Troubles []Trouble // of the text in hand
	Remarks  []Remark  // with which it came back
	Letter   *Letter
	History  []Past
	Entries  int    // of the private record
	Broken   int    // the first entry whose chain does not hold; 0: it is whole
	Public   string // address of the public page; "" for none
	Told     *Told  // how far telling of the last event has come
	Running  bool   // there is an alert
	May      May
	Order    string // ids of the commands of the page's forms
	Seen     int
	Typed    Typed
	Wrong    []Slip
}

// Fault is what is wrong with a field; "" for nothing.
func (p Paper) Fault(field string) string { return faultOf(p.Wrong, field) }

func faultOf(all []Slip, field string) string {
	for _, f := range all {
		if f.Field == field {
			return f.Text
		}
	}
	return ""
}

// May says what the reader of a paper may do with it now.
type May struct {
	Edit, Submit, Sign, TakeBack, Withdraw, Review, Amend bool
	// Own is whether a signatory has written the text himself: he signs it in an
	// emergency alone.
	Own bool
}

// A Glance is a fact at a glance.
type Glance struct {
	Name  string
	Lines []string
}

// A Trouble is a problem of the text, in French.
type Trouble struct {
	Error        bool
	Field        string // as people call it; "" for the whole text
	What, Remedy string
	New          bool // it was not there when the page was shown
}

// A Remark is what a signatory wants changed.
type Remark struct{ Field, Text string }

// A Letter is the letter as it is read on a page.
type Letter struct {
	templates.Document
	PDF string // its address
}

// Body is what the letter says between its head and its signature.
func (l Letter) Body() template.HTML { return templates.HTML(l.Document, 3) }

// A Past is one thing that happened to a notice.
type Past struct {
	Number    int // of the entry; 0 for what stands on the public record alone
	Type      string
	Act       notice.Type // what was told the public
	Who       string
	Under     string // in whose place it was signed, in words
	Roles     []notice.Role
	Time      time.Time
	As        notice.Type // drafted: what it is to be
	Reason    string
	Emergency string
	At        time.Time // approved: the moment of publication
	Later     bool      // that is not at once
	Remarks   []Remark
	Warnings  []Trouble // signed all the same
	Numbers   []string  // voided
	Version   string    // where the text of then is read; "" for none
	PDF       string    // its letter
	Published string    // the letter that left; "" for none
}

// Shown are the paragraphs that have changed, each with the one before and the
// one after it; one without pieces stands for those between.
func (c Changes) Shown() []compare.Passage {
	near := func(i int) bool { return i >= 0 && i < len(c.Passages) && c.Passages[i].Changed() }
	var all []compare.Passage
	for i, p := range c.Passages {
		switch {
		case near(i-1) || near(i) || near(i+1):
			all = append(all, p)
		case len(all) == 0 || len(all[len(all)-1].Pieces) > 0:
			all = append(all, compare.Passage{})
		}
	}
	return all
}

// A Version is the body of "version": a text of the notice as it was.
type Version struct {
	ID, Title string
	Past      Past
	Letter    *Letter
	Changes   *Changes // since the version before
	Troubles  []Trouble
}

// Changes are what has changed since another text.
type Changes struct {
	Since    string // the words that say since when
	At       time.Time
	Who      string
	Fields   []compare.Difference
	Passages []compare.Passage
	Others   []Step // other texts to compare with
}

// Changed is how many paragraphs of the letter are not as they were.
func (c Changes) Changed() int {
	n := 0
	for _, p := range c.Passages {
		if p.Changed() {
			n++
		}
	}
	return n
}

// A Signature is the body of "signature": what a signatory signs.
type Signature struct {
	Brief
	Facts     []Glance
	Reason    string // of an amendment: readers see it
	Authors   []string
	Under     string // in whose place the reader signs, in words
	Signs     string // who the letter says signs it, and under which power
	Own       bool   // the reader has written it
	Unasked   bool   // nobody has submitted it
	Alert     string // why the page is shown again; "" for the first time
	Troubles  []Trouble
	Changes   *Changes
	Letter    *Letter
	Subject   string // of the mail
	Words     template.HTML
	Push      [2]string
	Reach     []Reach
	Spots     []Spot
	Order     string
	Give      string // id of the command that returns it
	Seen      int
	Token     string // of the reader's session
	Hash      string
	Warned    []string // the warnings that are shown
	Typed     Typed
	Wrong     []Slip
	Remarking bool // the form to return it is open
}

// Fault is what is wrong with a field; "" for nothing.
func (s Signature) Fault(field string) string { return faultOf(s.Wrong, field) }

// Blocked is whether the text has errors: it cannot be signed.
func (s Signature) Blocked() bool {
	for _, t := range s.Troubles {
		if t.Error {
			return true
		}
	}
	return false
}

// Urgent is whether the reader may sign in an emergency alone.
func (s Signature) Urgent() bool { return s.Own || s.Unasked }

// Rows are the remarks of the form, with three empty ones.
func (s Signature) Rows() []Row {
	var rows []Row
	fields, texts := s.Typed["champ"], s.Typed["remarque"]
	for i := range max(len(texts), 3) {
		row := Row{Number: i + 1}
		if i < len(fields) {
			row.Pointer = fields[i]
		}
		if i < len(texts) {
			row.Text = texts[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// A Row is a remark as it is typed.
type Row struct {
	Number        int
	Pointer, Text string
}

// A Spot is a field to which a remark can be made.
type Spot struct{ Pointer, Field string }
