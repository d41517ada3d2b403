package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/publisher/desk"
)

// TestListsAndLedger goes the whole way: a list is taken, a notice published,
// and the administration keeps a proof of who was told.
func TestListsAndLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, "2023-08-01T15:00")
	who := s.people()
	at := []string{"--server", s.door("desk")}
	root := append(at, "--token", "@"+dir+"/administrator.token")
	duty := append(at[:2:2], "--token", who.duty)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ask := func(as []string, args ...string) string { t.Helper(); return want(t, append(args, as...)...) }

	list := file("liste.csv", "\ufeffAddress;Services;Lang\r\n"+
		"un@transitaire.example;Delta T;fr\r\n"+
		"deux@transitaire;;fr\r\n"+
		"deux@transitaire.example;delta-g h7;en\r\n"+
		"trois@transitaire.example;xyz;fr\r\n"+
		"\"quatre@transitaire.example;;fr\r\n")
	report := filepath.Join(t.TempDir(), "rapport.csv")
	for _, says := range []string{"2 added, 0 changed, 0 as they were, 3 refused", "0 added, 0 changed, 2 as they were, 3 refused"} {
		status, out, errs := crieur(t, append([]string{"subscribers", "import", list, "--report", report, "--consent", "salon 2023"}, root...)...)
		if status != statusInput || !strings.HasPrefix(out, says) || !strings.Contains(errs, "line 3, address: ") || !strings.Contains(errs, "line 6: a quotation mark") {
			t.Errorf("import: status %d: %s%s", status, out, errs)
		}
	}
	told, err := os.ReadFile(report)
	if err != nil || strings.Count(string(told), "\n") != 4 || !strings.Contains(string(told), "\n3;address;") || strings.Contains(string(told), "trois@") {
		t.Errorf("report: %s, %v", told, err)
	}
	if got := ask(root, "subscribers", "export", "-o", filepath.Join(dir, "out.csv")); !strings.Contains(got, "2 subscribers") {
		t.Errorf("export: %s", got)
	}
	if status, _, errs := crieur(t, append([]string{"subscribers", "export", "-o", filepath.Join(dir, "no.csv")}, duty...)...); status != statusInput || !strings.Contains(errs, "administrator") {
		t.Errorf("export by the duty officer: %d %s", status, errs)
	}
	if got := ask(root, "subscribers", "import", filepath.Join(dir, "out.csv"), "--json"); !strings.Contains(got, `"unchanged": 2`) {
		t.Errorf("what was exported, imported: %s", got)
	}

	want(t, append([]string{"publish", seedNotice, "--token", who.drafter, "--approve-token", who.signatory}, at...)...)
	var shown []desk.Told
	s.until("everybody is told", func() bool {
		status, out, _ := crieur(t, append([]string{"ledger", "show", "20000171", "--all", "--json"}, duty...)...)
		return status == 0 && json.Unmarshal([]byte(out), &shown) == nil && len(shown) == 1 && len(shown[0].Deliveries) == 1 && shown[0].Deliveries[0].Done
	})
	event := shown[0].Event
	text := ask(duty, "ledger", "show", event, "--all")
	for _, says := range []string{"published of notice", "(20000171)", "lane notice", "letter SHA-256 " + shown[0].Letter, "2 sent", "half within"} {
		if !strings.Contains(text, says) {
			t.Errorf("show says nothing of %q:\n%s", says, text)
		}
	}
	if strings.Contains(text, "@") || strings.Count(text, "  sent  ") != 2 {
		t.Errorf("show:\n%s", text)
	}
	if got := ask(root, "ledger", "history", "UN@transitaire.example"); !strings.Contains(got, "published of notice") || !strings.Contains(got, "sent") {
		t.Errorf("history: %s", got)
	}
	if got := ask(root, "ledger", "history", "personne@transitaire.example"); !strings.HasPrefix(got, "nothing") {
		t.Errorf("history of nobody: %s", got)
	}
	proof := filepath.Join(dir, "preuve.csv")
	sum := ask(root, "ledger", "export", event, "-o", proof, "--addresses")
	written, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	if out := string(written); !strings.HasPrefix(out, "event,"+event+",notice,") || !strings.Contains(out, "letter_sha256,"+shown[0].Letter) ||
		!strings.Contains(out, ",un@transitaire.example\n") || !strings.HasSuffix(out, "\nrows,2\n") || !strings.Contains(sum, "2 attempts, SHA-256 ") {
		t.Errorf("proof:\n%s%s", out, sum)
	}
	ask(duty, "ledger", "export", event, "-o", proof, "--json")
	if written, err = os.ReadFile(proof); err != nil || strings.Contains(string(written), "@") || !strings.HasSuffix(string(written), "{\"rows\":2}\n") {
		t.Errorf("proof as JSON:\n%s%v", written, err)
	}
	if got := ask(root, "subscribers", "erase", "deux@transitaire.example"); got != "erased\n" {
		t.Errorf("erase: %s", got)
	}
	if got := ask(root, "subscribers", "erase", "deux@transitaire.example"); !strings.HasPrefix(got, "nobody is subscribed") {
		t.Errorf("erase again: %s", got)
	}
	for _, args := range [][]string{{"subscribers", "erase", "deux"}, {"ledger", "history", "deux"}} { // a slip of the hand is no answer
		if status, out, errs := crieur(t, append(args, root...)...); status != statusInput || out != "" || !strings.Contains(errs, "this is not a mail address") {
			t.Errorf("%s: status %d: %s%s", args, status, out, errs)
		}
	}
	if status, _, errs := crieur(t, append([]string{"ledger", "export", "20000171", "-o", proof}, duty...)...); status != statusInput || !strings.Contains(errs, "crieur ledger show NOTICE names") {
		t.Errorf("the proof of a notice: status %d: %s", status, errs)
	}
	if got := ask(root, "dead", "list", "--json"); strings.TrimSpace(got) != "[]" {
		t.Errorf("dead: %s", got)
	}
	for whom, says := range map[string]string{"": "send {", "no id": "there is no such subscriber", "*": "there is no such subscriber"} {
		if status, _, errs := crieur(t, append([]string{"subscribers", "lift", whom}, root...)...); status != statusInput || !strings.Contains(errs, says) {
			t.Errorf("lifting %q: status %d: %s", whom, status, errs)
		}
	}
	if status, _, errs := crieur(t, append([]string{"dead", "revive", "no key"}, root...)...); status != statusInput || !strings.Contains(errs, "crieur dead list names what is") {
		t.Errorf("reviving nothing: status %d: %s", status, errs)
	}
	if got := ask(root, "subscribers", "count"); strings.TrimSpace(got) != "2" { // one, and the bureau
		t.Errorf("count after an erasure: %s", got)
	}
	if got := ask(root, "subscribers", "suppressed"); got != "" {
		t.Errorf("suppressed: %s", got)
	}
}

// TestFoldAfter refuses to fold what may still be told.
func TestFoldAfter(t *testing.T) {
	t.Parallel()
	status, _, errs := crieur(t, append([]string{"serve", "--store", t.TempDir(), "--fold-after", "48h"}, free...)...)
	if status != statusInput || !strings.Contains(errs, "--fold-after: 48h0m0s; an event may be told for 48h0m0s") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// TestImportGoesOn kills the service in the middle of a list.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, "2023-08-01T15:00")
	var text strings.Builder
	text.WriteString("address\n")
	const lines = 4000
	for i := range lines {
		fmt.Fprintf(&text, "abonne-%d@transitaire.example\n", i)
	}
	path := filepath.Join(t.TempDir(), "liste.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	desk := strings.TrimPrefix(s.door("desk"), "http://")
	done := make(chan string)
	go func() {
		_, out, errs := crieur(t, "subscribers", "import", path, "--server", "http://"+desk, "--token", "@"+dir+"/administrator.token")
		done <- out + errs
	}()
	s.until("some are taken", func() bool {
		n, err := s.administrator().Subscribers(t.Context())
		return err == nil && n.Subscribers > 200
	})
	s.kill()
	s = serve(t, dir, "2023-08-01T15:00", "--desk", desk)
	if said := <-done; !strings.Contains(said, " 0 refused") {
		t.Errorf("import: %s", said)
	}
	if n, err := s.administrator().Subscribers(t.Context()); err != nil || n.Subscribers != lines+1 { // and the bureau
		t.Errorf("%d subscribers, %v", n.Subscribers, err)
	}
}
