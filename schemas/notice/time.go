package notice

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // legal time must not depend on the machine's zone files
)

// Legal is the legal time of metropolitan France.
var Legal = func() *time.Location {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // tzdata is linked in
	}
	return paris
}()

// A Time is an instant, written in documents as local legal time
// ("2023-08-08T09:00") or with an offset, which settles an ambiguity. It is
// always encoded with its offset, to the second.
type Time struct{ time.Time }

// At is the Time of an instant, to the second.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.Truncate(time.Second).In(Legal)}
}

// String is legal time as it is written in documents, with its offset. No time
// at all is written in UTC: local mean time of the year 1 has an offset to the
// second, which RFC 3339 cannot say, and would not be read back as no time.
func (t Time) String() string {
	if t.IsZero() {
		return t.UTC().Format(time.RFC3339)
	}
	return t.In(Legal).Format(time.RFC3339)
}

// MarshalText writes legal time with its offset (RFC 3339).
func (t Time) MarshalText() ([]byte, error) {
	return []byte(t.String()), nil
}

// MarshalJSON writes MarshalText's form; without it the embedded time's would win.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON reads what UnmarshalText reads, as a JSON text: other people's
// encoders write the + of an offset as \u002B.
func (t *Time) UnmarshalJSON(b []byte) error {
	var text *string
	if err := json.Unmarshal(b, &text); err != nil {
		return &ValueError{fmt.Sprintf("%s is not a time", b), "write it as \"2023-08-08T09:00\""}
	}
	if text == nil { // null, which says nothing
		return nil
	}
	return t.UnmarshalText([]byte(*text))
}

// UnmarshalText reads local legal time or RFC 3339. A local time that the
// change to summer time skips is refused, and so is one that the change to
// winter time repeats: it needs an offset.
func (t *Time) UnmarshalText(b []byte) error {
	s := string(b)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, s); err == nil {
			*t = At(at)
			return t.sensible(at.Year(), s)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if wall, err := time.Parse(layout, s); err == nil {
			return cmp.Or(t.setLocal(wall, s), t.sensible(wall.Year(), s))
		}
	}
	return &ValueError{fmt.Sprintf("%q is not a date and time", s), "write local legal time as 2023-08-08T09:00"}
}

// No notice speaks of other years. Legal time was not told in whole minutes
// before 1911, and RFC 3339 has four digits for a year.
const firstYear, lastYear = 1970, 9998

func (t Time) sensible(year int, written string) error {
	if t.IsZero() {
		return nil
	}
	return sensible(year, written)
}

func sensible(year int, written string) error {
	if year >= firstYear && year <= lastYear {
		return nil
	}
	return &ValueError{written + " cannot be meant", "check the year"}
}

func (t *Time) setLocal(wall time.Time, written string) error {
	switch found := instants(wall); len(found) {
	case 1:
		*t = At(found[0])
		return nil
	case 0:
		return &ValueError{written + " does not exist in legal time: clocks are put forward that night", "give the hour before or after the change"}
	default:
		return &ValueError{written + " exists twice in legal time: clocks are put back that night",
			fmt.Sprintf("write %s for the first or %s for the second", found[0].Format(time.RFC3339), found[1].Format(time.RFC3339))}
	}
}

// instants are those at which the clocks of France show the wall time: one,
// none or two, in order.
func instants(wall time.Time) []time.Time {
	var found []time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(Legal).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(Legal)
		same := at.Format(time.DateTime) == wall.Format(time.DateTime)
		if same && (len(found) == 0 || !found[0].Equal(at)) {
			found = append(found, at)
		}
	}
	return found
}

// A Date is a day of the calendar, written 2023-08-01.
type Date struct{ day time.Time } // midnight UTC

// DateOf is the day that legal time shows at an instant.
func DateOf(at time.Time) Date {
	y, m, d := at.In(Legal).Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// IsZero is whether no date was given.
func (d Date) IsZero() bool { return d.day.IsZero() }

// Year, Month, Day and Weekday are the calendar's.
func (d Date) Year() int             { return d.day.Year() }
func (d Date) Month() time.Month     { return d.day.Month() }
func (d Date) Day() int              { return d.day.Day() }
func (d Date) Weekday() time.Weekday { return d.day.Weekday() }

// Start is the first instant of the day in legal time.
func (d Date) Start() time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, Legal)
}

// Days counts the days from d to other.
func (d Date) Days(other Date) int { return int(other.day.Sub(d.day).Hours() / 24) }

// String writes 2023-08-01, or nothing for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.day.Format(time.DateOnly)
}

// MarshalText writes String's form.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2023-08-01, or nothing for no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	day, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return &ValueError{fmt.Sprintf("%q is not a date", b), "write it as 2023-08-01"}
	}
	d.day = day
	return sensible(day.Year(), string(b))
}

// A Window is when something is planned to happen (plage horaire). Its end
// may be unknown; it may be said that it can last longer.
type Window struct {
	Start          Time `json:"start"`
	End            Time `json:"end,omitzero"`
	MayExtendUntil Time `json:"may_extend_until,omitzero"`
}

// latest is the instant past which the window is overdue; zero for never: an
// end that is not known cannot have passed.
func (w Window) latest() time.Time {
	if !w.End.IsZero() && w.MayExtendUntil.After(w.End.Time) {
		return w.MayExtendUntil.Time
	}
	return w.End.Time
}

func (w Window) equal(other Window) bool {
	return w.Start.Equal(other.Start.Time) && w.End.Equal(other.End.Time) && w.MayExtendUntil.Equal(other.MayExtendUntil.Time)
}
