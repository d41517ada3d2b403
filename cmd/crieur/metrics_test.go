package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/publisher/desk"
)

// TestMetrics publishes a notice to two subscribers and reads the figures as
// Prometheus does.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "2023-08-01T15:00", "--metrics", "127.0.0.1:0")
	figures := func() map[string]float64 {
		t.Helper()
		text, err := fetch(t.Context(), s.door("metrics")+"/metrics")
		if err != nil {
			t.Fatal(err)
		}
		return readFigures(t, string(text))
	}
	before := figures()
	for name, value := range map[string]float64{"crieur_healthy": 1, "crieur_alarms": 0, "crieur_deferred": 0, "crieur_dead_jobs": 0, "crieur_live_listeners": 0,
		`crieur_events_unplanned{channel="email"}`: 0, "crieur_letter_seconds_count": 0} {
		if got, ok := before[name]; !ok || got != value {
			t.Errorf("at first %s %v, want %v", name, got, value)
		}
	}
	who := s.people()
	for _, address := range []string{"un@transitaire.example", "deux@transitaire.example"} {
		if _, err := s.administrator().Subscribe(t.Context(), desk.Subscription{Address: address}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "publish", seedNotice, "--server", s.door("desk"), "--token", who.drafter, "--approve-token", who.signatory)
	const told = `crieur_told_total{channel="email",lane="notice",status="sent"}`
	s.until("both are told", func() bool { return figures()[told] == 2 && figures()["crieur_events_unfinished"] == 0 })
	after := figures()
	for name, value := range map[string]float64{
		`crieur_events_planned_total{channel="email"}`:                              1,
		`crieur_events_planned_total{channel="letter"}`:                             1,
		`crieur_jobs_total{channel="email",lane="notice",result="done"}`:            1,
		`crieur_told_delay_seconds_count{channel="email",lane="notice"}`:            2,
		`crieur_told_delay_seconds_bucket{channel="email",lane="notice",le="+Inf"}`: 2,
		`crieur_told_total{channel="email",lane="notice",status="bounced"}`:         0,
		"crieur_letter_seconds_count":                                               1,
		"crieur_subscribers":                                                        before["crieur_subscribers"] + 2,
		"crieur_oldest_unfinished_seconds":                                          0,
	} {
		if got, ok := after[name]; !ok || got != value {
			t.Errorf("%s %v, want %v", name, got, value)
		}
	}
	if after[`crieur_connects_total{channel="email"}`] < 1 || after["crieur_ledger_append_seconds_sum"] <= 0 || after["crieur_start_time_seconds"] < 1.6e9 {
		t.Errorf("figures %v", after)
	}
}

var (
	helpLine   = regexp.MustCompile(`^# HELP (crieur_[a-z_]+) \S.*\.$`)
	typeLine   = regexp.MustCompile(`^# TYPE (crieur_[a-z_]+) (counter|gauge|histogram)$`)
	sampleLine = regexp.MustCompile(`^((crieur_[a-z_]+)(?:\{([a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})?) (\S+)$`)
	personal   = regexp.MustCompile(`@|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-`)
)

// readFigures reads the text format strictly: every sample stands below the
// head of its family, no series comes twice, buckets only grow.
func readFigures(t *testing.T, text string) map[string]float64 {
	t.Helper()
	figures := map[string]float64{}
	var family, kind string
	var bucket float64
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := helpLine.FindStringSubmatch(line); m != nil {
			family, kind = m[1], ""
			continue
		}
		if m := typeLine.FindStringSubmatch(line); m != nil && m[1] == family {
			kind = m[2]
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil || kind == "" || m[2] != family && !(kind == "histogram" && strings.HasPrefix(m[2], family+"_")) {
			t.Fatalf("not a sample of %s: %s", family, line)
		}
		value, err := strconv.ParseFloat(m[4], 64)
		if _, twice := figures[m[1]]; err != nil || twice || kind == "counter" && !strings.HasSuffix(m[2], "_total") {
			t.Errorf("%s: %v, twice: %v", line, err, twice)
		}
		if strings.HasSuffix(m[2], "_bucket") {
			if value < bucket {
				t.Errorf("%s: less than the bucket before", line)
			}
			if bucket = value; strings.Contains(line, "+Inf") {
				bucket = 0
			}
		}
		if !strings.HasPrefix(line, "crieur_build_info") && personal.MatchString(line) {
			t.Errorf("a name or an id: %s", line)
		}
		figures[m[1]] = value
	}
	return figures
}
