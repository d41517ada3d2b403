package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestWeb wants every row that is promised, from one short run.
func TestWeb(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"web", "--json", "-n", "50", "-rounds", "1", "-lap", "50ms", "-c", "4"}, &out); err != nil {
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
	for name, unit := range map[string]string{
		"outlook": "requests/s", "static": "requests/s", "outlook, gzip": "requests/s", "outlook, br": "requests/s", "outlook, zstd": "requests/s",
		"outlook, not modified": "requests/s", "outlook / static": "ratio", "outlook, p50": "ms", "outlook, p99": "ms",
		"listeners": "", "publish to first listener": "ms", "publish to last listener": "ms",
	} {
		if r := rows[name]; r.Unit != unit || r.Value <= 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := rows["outlook / static"]; r.Goal != "≥ 0.5" {
		t.Errorf("%+v", r)
	}
	if r := rows["nginx"]; r.Value == 0 && r.Note == "" {
		t.Errorf("without nginx its row says so: %+v", r)
	}
	if rows["publish to first listener"].Value > rows["publish to last listener"].Value {
		t.Error("the last hears before the first")
	}
}
