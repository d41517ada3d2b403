package notice

import "time"

// Holiday is the name of a public holiday of metropolitan France (Code du
// travail, article L3133-1), or "".
func (d Date) Holiday() string {
	if name := fixedHolidays[[2]int{int(d.Month()), d.Day()}]; name != "" {
		return name
	}
	return movingHolidays[easter(d.Year()).Days(d)]
}

var fixedHolidays = map[[2]int]string{
	{1, 1}: "1er janvier", {5, 1}: "1er mai", {5, 8}: "8 mai", {7, 14}: "14 juillet",
	{8, 15}: "Assomption", {11, 1}: "Toussaint", {11, 11}: "11 novembre", {12, 25}: "Noël",
}

// movingHolidays are those that follow Easter, by the days since.
var movingHolidays = map[int]string{1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}

// easter is Easter Sunday of a year (Gregorian; the algorithm is Butcher's).
func easter(year int) Date {
	golden, century := year%19, year/100
	leaps := century - century/4 - (8*century+13)/25
	moon := (leaps + 19*golden + 15) % 30
	moon -= moon / 28 * (1 - moon/28*(29/(moon+1))*((21-golden)/11))
	weekday := (year + year/4 + moon + 2 - century + century/4) % 7
	fromMarch := moon - weekday
	month := 3 + (fromMarch+40)/44
	return Date{time.Date(year, time.Month(month), fromMarch+28-31*(month/4), 0, 0, 0, 0, time.UTC)}
}

// idle says why people may not be at work on a day, or "".
func (d Date) idle() string {
	switch name := d.Holiday(); {
	case name != "":
		return "a public holiday (" + name + ")"
	case d.Weekday() == time.Saturday, d.Weekday() == time.Sunday:
		return "a " + d.Weekday().String()
	}
	return ""
}
