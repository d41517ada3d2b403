package notice_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestLegalHours reads every hour of sixteen years as people write it. Those
// that clocks skip are refused, those that they show twice ask for an offset,
// and with one or without, what is read is written the same again.
func TestLegalHours(t *testing.T) {
	t.Parallel()
	skipped, twice := 0, 0
	wall := map[string]int{}
	last := time.Date(2036, 1, 1, 0, 0, 0, 0, notice.Legal)
	for at := time.Date(2020, 1, 1, 0, 0, 0, 0, notice.Legal); at.Before(last); at = at.Add(time.Hour) {
		wall[at.Format("2006-01-02T15:04")]++
		var with notice.Time
		if err := with.UnmarshalText([]byte(at.Format(time.RFC3339))); err != nil || !with.Equal(at) || with.String() != at.Format(time.RFC3339) {
			t.Fatalf("%s is read as %s, %v", at, with, err)
		}
	}
	for day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2036; day = day.Add(time.Hour) {
		text := day.Format("2006-01-02T15:04")
		var local notice.Time
		err := local.UnmarshalText([]byte(text))
		switch wall[text] {
		case 1:
			if err != nil || local.Format("2006-01-02T15:04") != text {
				t.Fatalf("%s is read as %s, %v", text, local, err)
			}
		case 0:
			skipped++
			if !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), "does not exist") {
				t.Errorf("%s, which clocks skip: %v", text, err)
			}
		case 2:
			twice++
			if !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), "+02:00") || !strings.Contains(err.Error(), "+01:00") {
				t.Errorf("%s, which clocks show twice: %v", text, err)
			}
		}
	}
	if skipped != 16 || twice != 16 {
		t.Errorf("%d hours skipped and %d shown twice in 16 years", skipped, twice)
	}
}

// TestClockChange: durations are real hours.
func TestClockChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start, end string
		hours      float64
	}{
		{"2023-03-25T22:00", "2023-03-26T06:00", 7},
		{"2023-10-28T22:00", "2023-10-29T06:00", 9},
		{"2023-10-29T02:30+02:00", "2023-10-29T02:30+01:00", 1},
		{"2023-08-08T09:00", "2023-08-08T17:00", 8},
	} {
		w := window(t, c.start, c.end)
		if got := w.End.Sub(w.Start.Time).Hours(); got != c.hours {
			t.Errorf("from %s to %s there are %v hours, want %v", c.start, c.end, got, c.hours)
		}
	}
}

func TestTimeText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want, says string }{
		{"2023-08-08T09:00", "2023-08-08T09:00:00+02:00", ""},
		{"2023-08-08T09:00:30", "2023-08-08T09:00:30+02:00", ""},
		{"2023-08-08T09:00:30.9", "2023-08-08T09:00:30+02:00", ""},
		{"2023-08-08T07:00Z", "2023-08-08T09:00:00+02:00", ""},
		{"2023-08-08T03:00:00-04:00", "2023-08-08T09:00:00+02:00", ""}, // Martinique
		{"2023-12-25T09:00", "2023-12-25T09:00:00+01:00", ""},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", ""},
		{"8 août 2023", "", "write local legal time as 2023-08-08T09:00"},
		{"2023-08-08", "", "is not a date and time"},
		{"2023-08-08 09:00", "", "is not a date and time"},
		{"2023-02-30T09:00", "", "is not a date and time"},
		{"2023-08-08T24:00", "", "is not a date and time"},
		{"0203-08-08T09:00", "", "check the year"},
		{"9999-12-31T23:59:59Z", "", "check the year"},
		{"", "", "is not a date and time"},
	} {
		var at notice.Time
		err := at.UnmarshalText([]byte(c.text))
		if c.says != "" {
			if !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q", c.text, err, c.says)
			}
			continue
		}
		if err != nil || at.String() != c.want || at.Nanosecond() != 0 {
			t.Errorf("%q is read as %s, %v; want %s", c.text, at, err, c.want)
		}
	}
}

func TestTimeJSON(t *testing.T) {
	t.Parallel()
	type doc struct {
		At notice.Time `json:"at,omitzero"`
	}
	nine := doc{instant(t, "09:00")}
	for text, want := range map[string]doc{
		`{"at":"2023-08-08T09:00"}`:               nine,
		`{"at":"2023-08-08T09:00:00\u002B02:00"}`: nine, // as some encoders write it
		`{"at":null}`:                   {},
		`{}`:                            {},
		`{"at":"0001-01-01T00:00:00Z"}`: {},
		`{"at":"2023-08-08T07:00:00.123456789Z"}`:  nine,
		`{"at" : "2023-08-08T09:00:00.999+02:00"}`: nine,
	} {
		var got doc
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.At.Equal(want.At.Time) {
			t.Errorf("%s is read as %s, %v; want %s", text, got.At, err, want.At)
		}
	}
	for _, text := range []string{`{"at":20230808}`, `{"at":true}`, `{"at":{}}`, `{"at":"neuf heures"}`} {
		var got doc
		if err := json.Unmarshal([]byte(text), &got); !errors.Is(err, notice.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if text, err := json.Marshal(nine); err != nil || string(text) != `{"at":"2023-08-08T09:00:00+02:00"}` {
		t.Errorf("9h00 is written %s, %v", text, err)
	}
	if text, err := json.Marshal(doc{}); err != nil || string(text) != `{}` {
		t.Errorf("no time is written %s, %v", text, err)
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	var d notice.Date
	if err := d.UnmarshalText([]byte("2023-08-08")); err != nil {
		t.Fatal(err)
	}
	if d.Year() != 2023 || d.Month() != time.August || d.Day() != 8 || d.Weekday() != time.Tuesday || d.String() != "2023-08-08" {
		t.Errorf("8 August 2023 is read as %s, a %s", d, d.Weekday())
	}
	if got := d.Start(); !got.Equal(time.Date(2023, 8, 7, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("the day starts at %s", got)
	}
	// Half past midnight in Paris is the day before in UTC.
	if got := notice.DateOf(time.Date(2023, 8, 7, 22, 30, 0, 0, time.UTC)); got != d {
		t.Errorf("at 22h30 UTC on the 7th it is %s in France", got)
	}
	spring := notice.DateOf(instant(t, "2024-04-01T12:00").Time)
	if got := d.Days(spring); got != 237 {
		t.Errorf("%d days from %s to %s", got, d, spring)
	}
	for written, fine := range map[string]bool{
		"08/08/2023": false, "0000-01-01": false, "0001-01-01": false, "1969-12-31": false, "1970-01-01": true,
		"9998-12-31": true, "9999-01-01": false,
	} {
		if err := d.UnmarshalText([]byte(written)); fine != (err == nil) || !fine && !errors.Is(err, notice.ErrInvalid) {
			t.Errorf("%s: %v", written, err)
		}
	}
	if err := d.UnmarshalText(nil); err != nil || !d.IsZero() || d.String() != "" {
		t.Errorf("no date is %q, %v", d, err)
	}
}
