package notifier

import (
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestMeter reads what was counted.
func TestMeter(t *testing.T) {
	t.Parallel()
	var m Meter
	l := m.lane("mail", "start")
	l.wrote(2*time.Millisecond, line{At: start.Add(3 * time.Second), Told: []Delivery{{Status: Sent}, {Status: Deferred}, {Status: "of another version"}}}, start)
	l.wrote(time.Hour*1000, line{At: start.Add(-time.Second), Told: []Delivery{{Status: Sent}}}, start)
	l.wrote(0, line{At: start, Told: []Delivery{{Status: Sent}}}, time.Time{}) // an event of no known time
	(*laneMeter)(nil).wrote(0, line{}, start)
	if m.lane("mail", "start") != l || m.lane("mail", "end") == l {
		t.Error("lanes are mixed up")
	}
	p := plan{channel: "mail", event: "e1", at: start}
	m.look(p, "mail.e1.000-127", 0, true)
	m.look(p, "mail.e1.128-255", 3, false)
	r := m.Read()
	if len(r.Lanes) != 2 || r.Deferred != 3 || r.Unfinished != 1 || !r.Oldest.Equal(start) {
		t.Fatalf("%+v", r)
	}
	for _, of := range r.Lanes {
		if of.Lane != notice.LaneStart {
			continue
		}
		if of.Told[Sent] != 3 || of.Told[Deferred] != 1 || of.Delay.Counts[0] != 1 || of.Delay.Counts[10] != 1 || of.Delay.Sum != 3*time.Second {
			t.Errorf("%+v", of)
		}
	}
	if last := len(HistogramBounds); r.Appends.Counts[2] != 1 || r.Appends.Counts[last] != 1 || r.Appends.Counts[0] != 1 {
		t.Errorf("appends %+v", r.Appends)
	}
	m.look(p, "mail.e1.000-127", 0, false)
	m.look(p, "mail.e1.128-255", 0, false)
	if r := m.Read(); r.Deferred != 0 || r.Unfinished != 0 || !r.Oldest.IsZero() {
		t.Errorf("when all is over: %+v", r)
	}
}

// BenchmarkMeter is what a mail's outcome costs.
func BenchmarkMeter(b *testing.B) {
	var m Meter
	l := m.lane("mail", "start")
	told := line{At: start, Told: []Delivery{{Status: Sent}}}
	for b.Loop() {
		l.wrote(time.Millisecond, told, start)
	}
}
