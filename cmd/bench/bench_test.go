package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestMain lets the benches start this very program as one of their parts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && parts[os.Args[1]] != nil {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestLetter wants every row that is promised, from one short run.
func TestLetter(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"letter", "--json", "--rounds", "1"}, &out); err != nil {
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
		"unsigned": "ms", "signed": "ms", "signed per core": "letters/s", "unsigned size": "KB", "process start to signed file": "ms",
	} {
		if r := rows[name]; r.Unit != unit || r.Value <= 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := rows["unsigned"]; r.Of != "plain gofpdf" || r.Ratio < 2 {
		t.Errorf("%+v", r)
	}
	if rows["unsigned size"].Value > 22 || rows["signed size"].Value > 50 {
		t.Errorf("sizes: %+v, %+v", rows["unsigned size"], rows["signed size"])
	}
}

func TestUnknownBench(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), nil, os.Stdout); err == nil {
		t.Error("a bench without a name")
	}
}
