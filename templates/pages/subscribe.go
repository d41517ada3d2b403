package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Form is what somebody who subscribes, or changes a subscription, fills in.
// The names of its fields are those of the constants.
type Form struct {
	Address string // as it was typed
	Groups  []OptionGroup
	Modes   []Option
	Notices bool
	Alerts  bool
	Daily   string // one of the values of FieldDaily
	Lang    string
	Zone    string
	Wrong   []FormFault
	Push    bool // there is a page for notifications too
}

// The form's fields.
const (
	FieldAddress = "adresse"
	FieldService = "service"
	FieldMode    = "mode"
	FieldWant    = "recevoir" // WantNotices, WantAlerts
	FieldDaily   = "rythme"   // "", DailyNotices, DailyAll
	FieldLang    = "langue"   // "", "en"
	FieldZone    = "fuseau"   // a code of templates.Zones
)

// Values of the form's fields.
const (
	WantNotices  = "notes"
	WantAlerts   = "alertes"
	DailyNotices = "notes"
	DailyAll     = "tout"
)

// A FormFault is something wrong with a field.
type FormFault struct {
	Field string
	Kind  FaultKind
}

// A FaultKind says what is wrong with a field.
type FaultKind string

// The faults of a form.
const (
	AddressMissing FaultKind = "address missing"
	AddressTwo     FaultKind = "address two"    // several, or with a name
	AddressLong    FaultKind = "address long"   // for a mail system
	AddressDomain  FaultKind = "address domain" // what stands behind the at sign
	AddressBad     FaultKind = "address bad"
	WantsMissing   FaultKind = "wants missing"
	NoSuchPair     FaultKind = "no such pair"   // none of the services has one of the modes
	NoSuchChoice   FaultKind = "no such choice" // one that the page does not offer
)

// An Option is a box to tick.
type Option struct {
	Field, Value, Label string
	On                  bool
}

// An OptionGroup is boxes under one heading; without one they stand by
// themselves.
type OptionGroup struct {
	Label   string
	Options []Option
}

// FormOf is a form with some choices made.
func FormOf(c notice.Catalogue, chosen templates.Choices) Form {
	f := Form{Notices: chosen.Notices, Alerts: chosen.Alerts, Lang: chosen.Lang, Zone: chosen.Zone, Groups: serviceOptions(c, chosen.Services)}
	for _, code := range c.ModeCodes() {
		f.Modes = append(f.Modes, Option{FieldMode, code, c.Modes[code].Label, slices.Contains(chosen.Modes, code)})
	}
	switch {
	case chosen.DailyAlerts:
		f.Daily = DailyAll
	case chosen.DailyNotices:
		f.Daily = DailyNotices
	}
	return f
}

// serviceOptions are all services to choose from: those by themselves, then
// group by group, each in the order of the alphabet.
func serviceOptions(c notice.Catalogue, chosen []string) []OptionGroup {
	option := func(code, label string) Option {
		return Option{FieldService, code, label, slices.Contains(chosen, code)}
	}
	var single OptionGroup
	groups := map[string]*OptionGroup{}
	for code, g := range c.Groups {
		groups[code] = &OptionGroup{Label: g.Label, Options: []Option{option(code, "Tout "+g.Label)}}
	}
	for _, code := range c.Codes() {
		s := c.Services[code]
		if g := groups[s.Group]; g != nil {
			g.Options = append(g.Options, option(code, cmp.Or(s.Member, s.Label)))
			continue
		}
		single.Options = append(single.Options, option(code, s.Label))
	}
	byLabel := func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }
	slices.SortFunc(single.Options, func(a, b Option) int { return byLabel(a.Label, b.Label) })
	all := []OptionGroup{single}
	for _, g := range groups {
		all = append(all, *g)
	}
	slices.SortFunc(all[1:], func(a, b OptionGroup) int { return byLabel(a.Label, b.Label) })
	return append(all, withdrawn(c, chosen)...)
}

// withdrawn are services that somebody chose and the catalogue has no more:
// nobody is to ask for all by leaving out what is not shown.
func withdrawn(c notice.Catalogue, chosen []string) []OptionGroup {
	g := OptionGroup{Label: "Services retirés"}
	for _, code := range chosen {
		_, service := c.Services[code]
		if _, group := c.Groups[code]; !service && !group {
			g.Options = append(g.Options, Option{FieldService, code, code, true})
		}
	}
	if len(g.Options) == 0 {
		return nil
	}
	return []OptionGroup{g}
}

// Fault is what is wrong with a field; "" for nothing.
func (f Form) Fault(field string) FaultKind {
	for _, w := range f.Wrong {
		if w.Field == field {
			return w.Kind
		}
	}
	return ""
}

// Anchor is the id of a field's first control, where its fault is mended.
func (f Form) Anchor(field string) string {
	switch {
	case field == FieldWant:
		return FieldWant + "-" + WantNotices
	case field == FieldDaily:
		return FieldDaily + "-aussitot"
	case field == FieldMode && len(f.Modes) > 0:
		return FieldMode + "-" + f.Modes[0].Value
	case field == FieldService && len(f.Groups) > 0 && len(f.Groups[0].Options) > 0:
		return FieldService + "-" + f.Groups[0].Options[0].Value
	}
	return field
}

// status is that of a page with a form.
func (f Form) status() int {
	if len(f.Wrong) > 0 {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// SignUp is the page where somebody subscribes.
func SignUp(f Form) Page {
	return Page{Name: "subscribe", Status: f.status(), Title: "Recevoir les notes et les alertes par courriel", Here: "/abonnements", Private: len(f.Wrong) > 0, Body: f}
}

// Asked is the answer to everybody who asks for something: it says nothing of
// who is subscribed. They look for a mail of this sender; "" says none.
func Asked(sender string) Page {
	return Page{Name: "asked", Title: "Consultez votre messagerie", Here: "/abonnements", Private: true, Body: sender}
}

// TooMany is the answer to who asks too often.
func TooMany() Page {
	return Page{Name: "too-many", Status: http.StatusTooManyRequests, Title: "Trop de demandes", Here: "/abonnements", Private: true}
}

// Trouble is the answer while the store cannot be reached.
func Trouble() Page {
	return Page{Name: "trouble", Status: http.StatusServiceUnavailable, Title: "Un instant", Private: true}
}

// A Confirmation is the body of page "confirm".
type Confirmation struct {
	Purpose     string // as in notifier.Purpose
	Known       bool   // the address is subscribed already
	Choices     []templates.Choice
	Until       time.Time
	Done        bool
	Preferences string // the address of the subscriber's own page
}

// Confirm is the page where somebody confirms, or has confirmed.
func Confirm(c Confirmation) Page {
	title := map[string]string{"subscribe": "Confirmer l’abonnement", "retry": "Reprendre l’envoi", "return": "Reprendre l’abonnement"}[c.Purpose]
	switch {
	case c.Done:
		title = "C’est confirmé"
	case c.Known && c.Purpose == "subscribe":
		title = "Confirmer le changement"
	}
	return Page{Name: "confirm", Title: title, Private: true, Body: c}
}

// Stale is the answer to a link that confirms nothing any more, or never did.
func Stale() Page {
	return Page{Name: "stale", Status: http.StatusNotFound, Title: "Ce lien n’est plus valable", Private: true}
}

// Preferences is the body of page "preferences": what a subscriber may change.
type Preferences struct {
	Form
	Address string
	Since   time.Time
	Saved   bool
	Leave   string // the page to leave
	Rest    Rest
}

// A Rest says that an address is left in peace; zero where it is not.
type Rest struct {
	Since, Until time.Time // Until is zero where somebody must confirm the address again
	Dead         bool      // it is said not to exist
	Full         bool      // its mailbox was full
}

// Own is the page of a subscriber's preferences.
func Own(p Preferences) Page {
	title := "Votre abonnement"
	return Page{Name: "preferences", Status: p.status(), Title: title, Private: true, Body: p}
}

// Nobody is the answer to a subscriber's own link when there is no subscription
// any more.
func Nobody() Page {
	return Page{Name: "nobody", Status: http.StatusNotFound, Title: "Cet abonnement n’existe plus", Private: true}
}

// Erase is the page where a subscriber is erased at once, or has been.
func Erase(done bool) Page {
	title := "Tout effacer"
	if done {
		title = "Tout est effacé"
	}
	return Page{Name: "erase", Title: title, Private: true, Body: done}
}
