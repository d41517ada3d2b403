package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

// figures are the rows of one run, by name.
func figures(t *testing.T, args ...string) map[string]Row {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), append([]string{args[0], "--json"}, args[1:]...), &out); err != nil {
		t.Fatal(err)
	}
	rows := map[string]Row{}
	for d := json.NewDecoder(&out); d.More(); {
		var r Row
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		rows[r.Name] = r
	}
	return rows
}

// atMost wants rows to be there with a value up to a goal. How long something
// takes is not looked at: the machine is shared.
func atMost(t *testing.T, rows map[string]Row, goals map[string]float64) {
	t.Helper()
	for name, goal := range goals {
		if r, ok := rows[name]; !ok || r.Value > goal {
			t.Errorf("%s: %v (there: %v), want %v at most", name, r.Value, ok, goal)
		}
	}
}

// TestKill kills broker, planner and sender a few times.
func TestKill(t *testing.T) {
	t.Parallel()
	rows := figures(t, "kill", "-n", "12", "-subscribers", "300", "-lease", "1s") // longer than a busy machine stalls
	atMost(t, rows, map[string]float64{"lost": 0, "foreign Message-IDs": 0, "told, and not so in the ledger": 0, "duplicates per kill and connection": 1})
	if rows["kills"].Value != 12 || rows["mails"].Value < 300 {
		t.Errorf("%v kills, %v mails", rows["kills"].Value, rows["mails"].Value)
	}
}

// TestOvertake publishes an end while thousands of starts are on their way.
func TestOvertake(t *testing.T) {
	t.Parallel()
	rows := figures(t, "overtake", "-n", "5000")
	atMost(t, rows, map[string]float64{"starts after the end": 0, "not told of the end": 0, "told twice": 0})
	if told := rows["told the end after the start"].Value + rows["told both in one"].Value; told != 5000 {
		t.Errorf("%v were told of the end", told)
	}
	if rows["told both in one"].Value == 0 {
		t.Error("the end came when everybody had been told of the start")
	}
}

// TestMillion is a small one, of an alert and of a notice with its letter.
func TestMillion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"million", "-n", "3000"}, {"million", "-n", "500", "-letter"}} {
		rows := figures(t, args...)
		atMost(t, rows, map[string]float64{"told twice": 0, "sender memory": 150})
		for _, name := range []string{"plan", "first mail", "last mail", "mails/s", "restart"} {
			if rows[name].Value <= 0 {
				t.Errorf("%v: %s: %+v", args, name, rows[name])
			}
		}
	}
}
