package pages

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Choice is what the reader of the météo wants to see.
type Choice struct {
	Services        int      // how many are chosen; 0: all
	Codes           []string // services and groups, as they were chosen
	Names           []string // of those services
	Kept            bool     // the browser keeps it, and the address does not say it
	Here            string   // the address that says it
	Hidden          int      // how many services are not shown
	HiddenDisturbed int      // and are interrupted or degraded
	Unknown         []string // names that were asked for and are none
	Boxes           []OptionGroup
	Groups          []Shortcut
}

// A Shortcut is a link to what has a name.
type Shortcut struct {
	Label, Address string
	Here           bool // it is what is shown
}

// An Index is the body of page "services".
type Index struct {
	At     time.Time
	Groups []ServiceGroup
}

// A ServiceGroup is services under one heading; those of no group have no label.
type ServiceGroup struct {
	ID, Label string
	Rows      []Row
}

// A Service is the body of page "service": all there is to say of one.
type Service struct {
	Code, Label string
	Aliases     []string
	Modes       []string
	At          time.Time
	Zone        templates.Zone
	Rows        []Row
	Sheet       string   // its fallback sheet, by its number
	Fallback    *Related // the online service that stands in
	DependsOn   []Related
	Dependents  []Related
	Parts       []Related // what it is a part of, or what is a part of it
	Announced   []Notice
	History     []Outage // newest first
	More        bool     // there are earlier ones
	Figures     Figures
	WrongPeriod string // a period that was asked for and is none
}

// A Related service, and how it is.
type Related struct {
	Code, Label string
	Effect      notice.Effect // the worst of its modes
	Overdue     bool
}

// An Outage is what a notice did to a service in one window.
type Outage struct {
	Notice  Notice
	Modes   []string
	Effect  notice.Effect
	Start   time.Time
	Planned time.Time // the end that was planned when the window was announced; zero: none
	Last    time.Time // as last said
	Over    time.Time // zero: it is not
	Running bool
	Overdue bool
	Resumed bool // an end was taken back
}

// Figures say how a service did over a period.
type Figures struct {
	From, To time.Time
	Since    time.Time // nothing is known of before
	Periods  []PeriodLink
	Modes    []ModeFigures
	File     string // the address of the same for a spreadsheet
}

// A PeriodLink leads to the figures of a period.
type PeriodLink struct {
	Period, Address string
	Here            bool
}

// The periods that are no years.
const (
	LastMonth = "30-jours"
	LastYear  = "12-mois"
)

// Label names the period.
func (p PeriodLink) Label() string {
	switch p.Period {
	case LastMonth:
		return "30 derniers jours"
	case LastYear:
		return "12 derniers mois"
	}
	return "année " + p.Period
}

// ModeFigures are those of one mode, or of several that have the same.
type ModeFigures struct {
	Modes []string
	notice.Availability
}

// A NoService is the body of page "no-service".
type NoService struct {
	Name string
	Near []Shortcut
}

// figureColumns are the figures, in the order of the file's columns.
var figureColumns = []struct {
	name string
	of   func(string, notice.Availability) string
}{
	{"service", func(code string, _ notice.Availability) string { return code }},
	{"mode", func(_ string, a notice.Availability) string { return a.Mode }},
	{"debut", func(_ string, a notice.Availability) string { return a.From.String() }},
	{"fin", func(_ string, a notice.Availability) string { return a.To.String() }},
	{"disponibilite_pourcent", func(_ string, a notice.Availability) string { return percentage(a) }},
	{"interruption_programmee_min", func(_ string, a notice.Availability) string { return minutes(a.Planned) }},
	{"interruption_non_programmee_min", func(_ string, a notice.Availability) string { return minutes(a.Unplanned) }},
	{"dont_fin_prevue_depassee_min", func(_ string, a notice.Availability) string { return minutes(a.Overdue) }},
	{"fonctionnement_degrade_min", func(_ string, a notice.Availability) string { return minutes(a.Degraded) }},
	{"procedure_de_secours_min", func(_ string, a notice.Availability) string { return minutes(a.Fallback) }},
	{"interruptions", func(_ string, a notice.Availability) string { return strconv.Itoa(a.Outages) }},
	{"preavis_median_min", func(_ string, a notice.Availability) string { return orNone(a.Median()) }},
	{"preavis_minimal_min", func(_ string, a notice.Availability) string { return orNone(a.Shortest()) }},
}

// FigureColumns are the headings of the file of figures.
func FigureColumns() []string {
	var names []string
	for _, c := range figureColumns {
		names = append(names, c.name)
	}
	return names
}

// FigureRow is one service and mode in the file of figures.
func FigureRow(code string, a notice.Availability) []string {
	var row []string
	for _, c := range figureColumns {
		row = append(row, c.of(code, a))
	}
	return row
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d.Round(time.Minute) / time.Minute)) }

func orNone(d time.Duration, ok bool) string {
	if !ok {
		return ""
	}
	return minutes(d)
}

// percentage is the share of time in which a service was not interrupted, to
// two places and never more than it was; "" where there is none.
func percentage(a notice.Availability) string {
	share, ok := a.Share()
	if !ok {
		return ""
	}
	hundredths := int(math.Floor(share*10000 + 1e-9))
	return fmt.Sprintf("%d,%02d", hundredths/100, hundredths%100)
}

// lasting says a duration: "45 min", "8 h 30 min", "6 j 18 h".
func lasting(d time.Duration) string {
	all := int(d.Round(time.Minute) / time.Minute)
	days, hours, rest := all/(24*60), all/60%24, all%60
	if days < 3 {
		days, hours = 0, all/60
	} else {
		rest = 0
	}
	var parts []string
	for _, p := range []struct {
		n    int
		unit string
	}{{days, "j"}, {hours, "h"}, {rest, "min"}} {
		if p.n > 0 {
			parts = append(parts, strconv.Itoa(p.n)+nbsp+p.unit)
		}
	}
	if len(parts) == 0 {
		return "0" + nbsp + "min"
	}
	return strings.Join(parts, nbsp)
}

// inHours says a sum of time in hours, that sums compare: "162 h 30 min".
func inHours(d time.Duration) string {
	all := int(d.Round(time.Minute) / time.Minute)
	switch {
	case all < 60:
		return strconv.Itoa(all) + nbsp + "min"
	case all%60 == 0:
		return strconv.Itoa(all/60) + nbsp + "h"
	}
	return strconv.Itoa(all/60) + nbsp + "h" + nbsp + strconv.Itoa(all%60) + nbsp + "min"
}

// ahead says how long beforehand planned interruptions were announced.
func ahead(a notice.Availability) string {
	median, ok := a.Median()
	if !ok {
		return "sans objet"
	}
	shortest, _ := a.Shortest()
	if len(a.Ahead) == 1 {
		return warning(shortest)
	}
	return "médiane" + nbsp + ": " + warning(median) + "\u202f; le plus court" + nbsp + ": " + warning(shortest)
}

func warning(d time.Duration) string {
	if d <= 0 {
		return "aucun"
	}
	return lasting(d)
}

// outcome says how an outage ended, against what had been announced.
func outcome(o Outage) string {
	if o.Over.IsZero() || o.Running {
		switch {
		case o.Effect == notice.Closed:
			return "service fermé"
		case o.Overdue:
			return "en cours, fin prévue dépassée"
		}
		return "en cours"
	}
	if o.Planned.IsZero() {
		return "aucune fin n’avait été annoncée"
	}
	switch d := o.Over.Sub(o.Planned).Round(time.Minute); {
	case d < 0:
		return lasting(-d) + " plus tôt que prévu"
	case d > 0:
		return lasting(d) + " plus tard que prévu"
	}
	return "à l’heure prévue"
}
