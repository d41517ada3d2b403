package templates

import (
	"fmt"
	"slices"
	"time"
)

// A Zone is where readers live whose clocks do not show French legal time.
type Zone struct {
	Code     string // of the IANA time zone database
	Label    string // where: "Royaume-Uni"
	English  string // the same in English
	location *time.Location
}

// Zones are those that readers may ask for beside legal time.
var Zones = func() []Zone {
	zones := []Zone{
		{Code: "Europe/London", Label: "Royaume-Uni", English: "UK"},
		{Code: "America/Guadeloupe", Label: "Guadeloupe", English: "Guadeloupe"},
		{Code: "America/Martinique", Label: "Martinique", English: "Martinique"},
		{Code: "America/Cayenne", Label: "Guyane", English: "French Guiana"},
		{Code: "America/Miquelon", Label: "Saint-Pierre-et-Miquelon", English: "Saint Pierre and Miquelon"},
		{Code: "Indian/Reunion", Label: "La Réunion", English: "Réunion"},
		{Code: "Indian/Mayotte", Label: "Mayotte", English: "Mayotte"},
		{Code: "Pacific/Noumea", Label: "Nouvelle-Calédonie", English: "New Caledonia"},
		{Code: "Pacific/Tahiti", Label: "Polynésie française", English: "French Polynesia"},
	}
	for i := range zones {
		var err error
		if zones[i].location, err = time.LoadLocation(zones[i].Code); err != nil {
			panic(fmt.Sprintf("templates: %v", err)) // package notice links the zone files in
		}
	}
	return zones
}()

// ZoneOf is the zone of a code.
func ZoneOf(code string) (Zone, bool) {
	i := slices.IndexFunc(Zones, func(z Zone) bool { return z.Code == code })
	if i < 0 {
		return Zone{}, false
	}
	return Zones[i], true
}

// Moment is an instant by the zone's clocks: "mardi 8 août 2023 à 8h00".
func (z Zone) Moment(t time.Time) string { return momentIn(t, z.location) }

// Period is a stretch of time by the zone's clocks, with its preposition.
func (z Zone) Period(start, end time.Time) string {
	preposition, rest := periodIn(start, end, z.location)
	return preposition + " " + rest
}
