package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"douane.gouv.fr/crieur/publisher/desk"
)

// written is a file with a text.
func written(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "liste.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// importDesk is a desk that takes lists as answer says, by the number of the call.
func importDesk(t testing.TB, answer func(call int, w http.ResponseWriter)) (at []string, calls *atomic.Int64) {
	t.Helper()
	calls = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(int(calls.Add(1)), w)
	}))
	t.Cleanup(server.Close)
	return []string{"--server", server.URL, "--token", "t"}, calls
}

// takes answers that all lines are new.
func takes(n int) func(int, http.ResponseWriter) {
	return func(_ int, w http.ResponseWriter) { fmt.Fprintf(w, `{"added": %d}`, n) }
}

// fails answers as a desk does that cannot.
func fails(w http.ResponseWriter, status int, detail string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(desk.Problem{Status: status, Detail: detail})
}

// TestImportIsWrong: what was not begun is not said to stand, and what is
// wrong is said with its remedy.
func TestImportIsWrong(t *testing.T) {
	t.Parallel()
	at, calls := importDesk(t, takes(1))
	list := written(t, "address\na@b.fr\n")
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"a folder", []string{t.TempDir()}, "is a folder: name a CSV file"},
		{"begun behind the end", []string{list, "--from-line", "99"}, "the list ends at line 2"},
		{"a server that is no URL", []string{list, "--server", "127.0.0.1:8081"}, "write http://host:port"},
		{"a server without its scheme", []string{list, "--server", "bureau"}, "write http://host:port"},
	} {
		status, out, errs := crieur(t, append(append([]string{"subscribers", "import"}, at...), c.args...)...)
		if status != statusInput || !strings.Contains(errs, c.says) || strings.Contains(errs, "--from-line 2") || out != "" {
			t.Errorf("%s: status %d: %s%s", c.name, status, out, errs)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("the desk was asked %d times", calls.Load())
	}
}

// TestImportOfNothing: a desk that is none, or whose store is full, is not
// waited for before it has taken anything.
func TestImportOfNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		detail string
		exit   int
	}{
		{"no desk", http.StatusNotFound, "", statusInput},
		{"a wrong token", http.StatusUnauthorized, "not authenticated", statusInput},
		{"something is wrong", http.StatusInternalServerError, "its log says what", statusWorld},
	} {
		at, calls := importDesk(t, func(_ int, w http.ResponseWriter) {
			if c.detail == "" {
				http.Error(w, "404 page not found", c.status)
				return
			}
			fails(w, c.status, c.detail)
		})
		status, out, errs := crieur(t, append([]string{"subscribers", "import", written(t, "address\na@b.fr\n")}, at...)...)
		if status != c.exit || out != "" || !strings.Contains(errs, c.detail) || strings.Contains(errs, "before line") || calls.Load() != 1 {
			t.Errorf("%s: status %d, %d calls: %s%s", c.name, status, calls.Load(), out, errs)
		}
		if c.detail == "" && !strings.Contains(errs, "is --server the desk's address?") {
			t.Errorf("%s: %s", c.name, errs)
		}
	}
}

// TestImportWaits: a desk that has begun is waited for, and that is said.
func TestImportWaits(t *testing.T) {
	t.Parallel()
	text := "address\n" + strings.Repeat("a@b.fr\n", 2*portion)
	at, _ := importDesk(t, func(call int, w http.ResponseWriter) {
		if call == 2 {
			fails(w, http.StatusInternalServerError, "its log says what")
			return
		}
		takes(portion)(call, w)
	})
	status, out, errs := crieur(t, append([]string{"subscribers", "import", written(t, text)}, at...)...)
	if status != 0 || !strings.Contains(out, "2000 added") || !strings.Contains(errs, "line 1002: its log says what; trying again for 2m0s") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// TestImportDoubled says which addresses stand twice, but not all of them.
func TestImportDoubled(t *testing.T) {
	t.Parallel()
	at, _ := importDesk(t, takes(1))
	text := "address\na@b.fr\nA@B.FR\n" + strings.Repeat("a@b.fr\n", mostTold)
	status, out, errs := crieur(t, append([]string{"subscribers", "import", written(t, text)}, at...)...)
	if status != 0 || !strings.Contains(errs, "line 3, address: it stands on line 2 too") || strings.Count(errs, "stands on line") != mostTold ||
		!strings.Contains(out, "21 lines have an address that stands on an earlier line too") || strings.Contains(errs, "@") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// TestAmiss: of thousands who were not told the first are listed, and why the
// others were not.
func TestAmiss(t *testing.T) {
	t.Parallel()
	list := func(all bool) string {
		var out strings.Builder
		m := &amiss{all: all, out: &out}
		for i := range 5000 {
			a := desk.Attempt{Subscriber: fmt.Sprint("s", i), Status: "deferred", Code: "451", Reply: "4.3.0 later"}
			if i%1000 == 0 {
				a.Status, a.Code, a.Reply = "bounced", "550", fmt.Sprint("no mailbox ", i)
			}
			if err := m.show(a); err != nil {
				t.Fatal(err)
			}
		}
		m.sum()
		return out.String()
	}
	short := list(false)
	if n := strings.Count(short, "\n"); n != mostShown+1+5+1 || !strings.Contains(short, "and 4980 more: --all") ||
		!strings.Contains(short, "    4995 deferred 451 4.3.0 later\n    1 bounced 550") || !strings.HasSuffix(short, "and for 1 reason more\n") {
		t.Errorf("%d lines:\n%s", n, short)
	}
	if n := strings.Count(list(true), "\n"); n != 5000 {
		t.Errorf("--all: %d lines", n)
	}
}

// TestOutcomes: what has not begun is told from what goes on, and from what
// concerns nobody.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   desk.Delivery
		want string
	}{
		{desk.Delivery{Done: true}, "nobody to tell"},
		{desk.Delivery{}, "nobody told yet: where that stays so, the log of the process that sends says why"},
		{desk.Delivery{Counts: map[string]int{"sent": 2, "deferred": 1}}, "1 deferred, 2 sent, not done"},
	} {
		if got := outcomes(c.of); got != c.want {
			t.Errorf("%+v: %q, want %q", c.of, got, c.want)
		}
	}
}

// TestHelpSaysDefaults: what holds where a flag is absent stands in its help,
// once.
func TestHelpSaysDefaults(t *testing.T) {
	t.Parallel()
	for command, says := range map[string][]string{
		"serve":            {"crieur-data if absent", "127.0.0.1:8081 if absent", "168h if absent", "roles if absent", "--roles=ROLE,..."},
		"account add":      {"90 if absent", "For how many days"},
		"ledger show":      {"http://127.0.0.1:8081 if absent"},
		"subscribers add":  {"Which modes; all if absent"},
		"subscribers lift": {"http://127.0.0.1:8081 if absent"},
		"demo":             {"2s, none with --exit"},
	} {
		status, out, _ := crieur(t, append(strings.Fields(command), "--help")...)
		text := strings.Join(strings.Fields(out), " ")
		for _, s := range says {
			if !strings.Contains(text, s) {
				t.Errorf("%s --help says nothing of %q", command, s)
			}
		}
		if status != 0 || strings.Contains(text, ",...,...") || strings.Contains(text, "-1s") {
			t.Errorf("%s --help: status %d:\n%s", command, status, out)
		}
	}
}

// TestWrongCommand: a wrong command line is answered with where to read on.
func TestWrongCommand(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"subscribers lift": "crieur subscribers lift --help", "serve --bogus": "crieur serve --help", "ledger": "crieur ledger --help", "bogus": "(crieur --help",
	} {
		if status, _, errs := crieur(t, strings.Fields(line)...); status != statusInput || !strings.Contains(errs, says) {
			t.Errorf("%s: status %d: %s", line, status, errs)
		}
	}
}

// TestLogSpellsDurations: whoever reads the log at night counts no nanoseconds.
func TestLogSpellsDurations(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	logger(&text, false).Warn("will retry", "wait", importPatience)
	if !strings.Contains(text.String(), `"wait":"2m0s"`) {
		t.Error(text.String())
	}
}

// TestWriteWholeFolder: a file is not written over a folder, nor beside it.
func TestWriteWholeFolder(t *testing.T) {
	t.Parallel()
	at, _ := importDesk(t, func(_ int, w http.ResponseWriter) {})
	for path, says := range map[string]string{"-": "name one", t.TempDir(): "is a folder: name a file", filepath.Join(t.TempDir(), "none", "x.csv"): "there is no folder"} {
		if status, _, errs := crieur(t, append([]string{"subscribers", "export", "-o", path}, at...)...); status != statusInput || !strings.Contains(errs, says) {
			t.Errorf("%s: status %d: %s", path, status, errs)
		}
	}
}
