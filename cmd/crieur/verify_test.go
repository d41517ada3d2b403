package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/notifier/letter/seal/sealtest"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A keyring is what a bureau seals with, on disk.
type keyring struct {
	*sealtest.Root
	dir, trust string
	flags      []string
}

func newKeyring(t *testing.T, rsaBits int) keyring {
	t.Helper()
	k := keyring{Root: sealtest.NewRoot(t), dir: t.TempDir()}
	key, chain := k.PEMKey("Bureau COMINT1", rsaBits)
	k.trust = k.put(t, "trust.pem", k.PEM())
	k.flags = []string{"--sign-key", k.put(t, "key.pem", key), "--sign-cert", k.put(t, "chain.pem", chain)}
	return k
}

func (k keyring) put(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(k.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sealed is the seed's letter as crieur letter seals it.
func (k keyring) sealed(t *testing.T, args ...string) []byte {
	t.Helper()
	path := filepath.Join(k.dir, "sealed.pdf")
	want(t, append(append([]string{"letter", seedNotice, "-o", path}, k.flags...), args...)...)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// verified is what crieur verify finds, by check.
func (k keyring) verified(t *testing.T, file []byte, args ...string) (int, map[string]Finding) {
	t.Helper()
	status, out, errs := crieur(t, append([]string{"verify", k.put(t, "letter.pdf", file), "--json"}, args...)...)
	var all []Finding
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs)
	}
	found := map[string]Finding{}
	for _, f := range all {
		found[f.Check] = f
	}
	return status, found
}

func TestVerifyWhole(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 8, 1, 13, 0, 0, 0, time.UTC)
	for name, bits := range map[string]int{"P-256": 0, "RSA": 2048} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeyring(t, bits)
			file := k.sealed(t, "--tsa", k.TSA(at, nil))
			status, found := k.verified(t, file, "--trust", k.trust)
			if status != statusDone || len(found) != 7 || len(file) > 50<<10 {
				t.Errorf("status %d, %d bytes, %+v", status, len(file), found)
			}
			for check, says := range map[string]string{
				"signer": "CN=Bureau COMINT1", "time": "mardi 1er\u00a0août 2023 à 15h00", "notice": "maintenance 20000171 of comint1",
			} {
				if f := found[check]; !f.OK || !strings.Contains(f.Says, says) {
					t.Errorf("%+v, want %q", f, says)
				}
			}
		})
	}
}

// TestVerifyFaults: each thing that may be wrong with a letter is found, and
// nothing else is blamed.
func TestVerifyFaults(t *testing.T) {
	t.Parallel()
	k, stranger := newKeyring(t, 0), newKeyring(t, 0)
	file := k.sealed(t)
	unsigned := filepath.Join(k.dir, "unsigned.pdf")
	want(t, "letter", seedNotice, "-o", unsigned)
	plain, err := os.ReadFile(unsigned)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(file)
	flipped[bytes.Index(file, []byte("<dc:title>"))+60] ^= 1
	for name, test := range map[string]struct {
		file  []byte
		trust string
		blame []string
	}{
		"whole":            {file, k.trust, nil},
		"another's seal":   {file, stranger.trust, []string{"trust"}},
		"never sealed":     {plain, k.trust, []string{"integrity"}},
		"altered":          {flipped, k.trust, []string{"integrity", "format"}},
		"other words":      {resealed(t, k, func(l *letter.Letter) { l.Document.Subject += " Et NSTI." }), k.trust, []string{"words"}},
		"a word more":      {resealed(t, k, func(l *letter.Letter) { l.Document.Blocks = append(l.Document.Blocks, l.Document.Blocks[0]) }), k.trust, []string{"words"}},
		"no notice":        {resealed(t, k, func(l *letter.Letter) { l.Notice = nil }), k.trust, []string{"notice"}},
		"no notice at all": {resealed(t, k, func(l *letter.Letter) { l.Notice = []byte(`{"kind":"party"}`) }), k.trust, []string{"notice"}},
		"a strange act":    {resealed(t, k, func(l *letter.Letter) { l.Act = []byte(`{"type":"party"}`) }), k.trust, []string{"notice"}},
		"cut off":          {file[:len(file)/2], k.trust, []string{"integrity", "notice", "format"}},
		"no PDF":           {[]byte("bonjour"), k.trust, []string{"integrity", "notice", "format"}},
	} {
		status, found := k.verified(t, test.file, "--trust", test.trust)
		wrong := 0
		for check, f := range found {
			blamed := strings.Contains(" "+strings.Join(test.blame, " ")+" ", " "+check+" ")
			if f.OK == blamed {
				t.Errorf("%s: %+v", name, f)
			}
			if !f.OK {
				wrong++
			}
		}
		if (status == statusDone) != (len(test.blame) == 0) || wrong != len(test.blame) {
			t.Errorf("%s: status %d, %d wrong", name, status, wrong)
		}
	}
}

// resealed is the seed's letter spoilt before it was sealed by the right key.
func resealed(t *testing.T, k keyring, spoil func(*letter.Letter)) []byte {
	t.Helper()
	words, err := HouseFiles{}.load()
	if err != nil {
		t.Fatal(err)
	}
	attached, _, err := letter.Attached(k.sealed(t))
	if err != nil {
		t.Fatal(err)
	}
	var n notice.Notice
	if err := json.Unmarshal(attached, &n); err != nil {
		t.Fatal(err)
	}
	l := letter.Letter{Notice: attached}
	if l.Document, err = words.Letter(n); err != nil {
		t.Fatal(err)
	}
	spoil(&l)
	key, err := os.ReadFile(filepath.Join(k.dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	chain, err := os.ReadFile(filepath.Join(k.dir, "chain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := seal.NewKey(key, chain)
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.Sealed(t.Context(), seal.Sealer{Signer: signer}, letter.Mark{By: "Bureau COMINT1", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// published waits until the site tells of its one notice, and gives its id.
func (s *service) published(site string) string {
	s.t.Helper()
	var list []life
	s.until("the notice is on the site", func() bool {
		body, err := fetch(s.t.Context(), site+"/api/notices")
		return err == nil && json.Unmarshal(body, &list) == nil && len(list) == 1
	})
	return list[0].ID
}

// original waits for the letter of a version, and gives its bytes.
func (s *service) original(site, id, version string) (file []byte) {
	s.t.Helper()
	s.until("letter "+version+" is on the site", func() (is bool) {
		var err error
		file, err = fetch(s.t.Context(), site+"/notices/"+id+"/"+version+".pdf")
		return err == nil
	})
	return file
}

// TestVerifyStanding asks a running house what became of its letters, and packs
// them for the archives.
func TestVerifyStanding(t *testing.T) {
	t.Parallel()
	k := newKeyring(t, 0)
	stamps := k.TSA(time.Date(2023, 8, 1, 13, 0, 0, 0, time.UTC), nil)
	s := serve(t, t.TempDir(), "2023-08-01T15:00", append(k.flags, "--tsa", stamps)...)
	who := s.people()
	at := func(token string) []string { return []string{"--server", s.door("desk"), "--token", token} }
	want(t, append([]string{"publish", seedNotice, "--approve-token", who.signatory}, at(who.drafter)...)...)
	site := s.door("public page")
	id := s.published(site)
	original := func(version string) []byte { return s.original(site, id, version) }
	first := original("1")
	status, found := k.verified(t, first, "--trust", k.trust, "--site", site)
	if status != statusDone || found["standing"].Says != "version 1 holds: the notice is announced" {
		t.Errorf("announced: status %d, %+v", status, found)
	}
	stranger := k.sealed(t)
	if status, found := k.verified(t, stranger, "--trust", k.trust, "--site", site); status != statusInput || found["standing"].OK {
		t.Errorf("not of the house: %+v", found)
	}

	want(t, append([]string{"cancel", "20000171", "--reason", "la maintenance n’est plus nécessaire"}, at(who.signatory)...)...)
	second := original("2")
	status, found = k.verified(t, first, "--trust", k.trust, "--site", site)
	if status != statusInput || !strings.Contains(found["standing"].Says, "version 2 of the notice, cancelled on") {
		t.Errorf("replaced: status %d, %+v", status, found)
	}
	status, found = k.verified(t, second, "--trust", k.trust, "--site", site)
	if status != statusDone || found["standing"].Says != "version 2 holds: the notice is cancelled" {
		t.Errorf("the cancellation: status %d, %+v", status, found)
	}
	if gone := httptest.NewServer(http.NotFoundHandler()); true {
		defer gone.Close()
		if status, found := k.verified(t, second, "--trust", k.trust, "--site", gone.URL); status != statusInput || found["standing"].OK {
			t.Errorf("a site that does not know it: %+v", found)
		}
	}
	checkArchive(t, site, map[string][]byte{id + "/1.pdf": first, id + "/2.pdf": second})
}

// TestVerifyEnd asks for the letter of an end of alert: the same bytes each
// time, sealed, and in force when the announcement is not any more.
func TestVerifyEnd(t *testing.T) {
	t.Parallel()
	k := newKeyring(t, 0)
	stamps := k.TSA(time.Date(2023, 8, 8, 7, 0, 0, 0, time.UTC), nil)
	s := serve(t, t.TempDir(), "2023-08-08T08:59:58", append(k.flags, "--tsa", stamps)...)
	who := s.people()
	at := func(token string) []string { return []string{"--server", s.door("desk"), "--token", token} }
	want(t, append([]string{"publish", seedNotice, "--approve-token", who.signatory}, at(who.drafter)...)...)
	s.until("it has started", func() bool {
		return strings.Contains(want(t, append([]string{"show", "20000171"}, at(who.drafter)...)...), "started")
	})
	want(t, append([]string{"end", "20000171", "--fallback", "now"}, at(who.duty)...)...)
	site := s.door("public page")
	id := s.published(site)
	end := s.original(site, id, "2")
	if again := s.original(site, id, "2"); !bytes.Equal(again, end) {
		t.Error("the letter of the end is another one each time")
	}
	text, err := letter.Text(end)
	text = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
	if err != nil || !strings.Contains(text, "Objet : Fin d’alerte – Interruption temporaire") || !strings.Contains(text, "La procédure de secours n’est plus autorisée") {
		t.Errorf("%v: %s", err, text)
	}
	if status, found := k.verified(t, end, "--trust", k.trust, "--site", site); status != statusDone {
		t.Errorf("the end: status %d, %+v", status, found)
	}
	verifyExtract(t, k, site)
	first := s.original(site, id, "1")
	if status, found := k.verified(t, first, "--trust", k.trust, "--site", site); status != statusInput || found["standing"].OK {
		t.Errorf("the announcement, after the end: status %d, %+v", status, found)
	}
}

// checkArchive packs what a site has published, and wants the originals in it.
func checkArchive(t *testing.T, site string, originals map[string][]byte) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "archive")
	if said := want(t, "archive", "-o", dir, "--site", site); !strings.Contains(said, "1 notice, 2 letters") {
		t.Errorf("%s", said)
	}
	var items []Item
	manifest, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err == nil {
		err = json.Unmarshal(manifest, &items)
	}
	if err != nil || len(items) != 1 || items[0].Reference != "20000171" || len(items[0].Letters) != 2 {
		t.Fatalf("%+v, %v", items, err)
	}
	for name, file := range originals {
		if kept, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(kept, file) {
			t.Errorf("%s is not the original: %v", name, err)
		}
	}
	events, err := os.ReadFile(filepath.Join(dir, items[0].Events))
	if err != nil || bytes.Count(events, []byte("\n")) != 2 || !bytes.Contains(events, []byte("crieur.cancelled.")) {
		t.Errorf("%v: %s", err, events)
	}
	check := exec.Command("sha256sum", "--strict", "-c", sumsFile)
	check.Dir = dir
	if out, err := check.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != 4 {
		t.Errorf("%v: %s", err, out)
	}
	if status, _, errs := crieur(t, "archive", "-o", dir, "--site", site); status != statusInput {
		t.Errorf("into the same folder: status %d: %s", status, errs)
	}
}

// TestSealFlags: what cannot seal is refused before anything runs.
func TestSealFlags(t *testing.T) {
	t.Parallel()
	k, other := newKeyring(t, 0), newKeyring(t, 0)
	for _, test := range []struct {
		says string
		args []string
	}{
		{"--sign-cert is missing", k.flags[:2]},
		{"--sign-key is missing", k.flags[2:]},
		{"--sign-key is missing", []string{"--tsa", "http://127.0.0.1:1"}},
		{"of another key", append(k.flags[:2:2], other.flags[2:]...)},
		{"no private key", []string{"--sign-key", k.trust, "--sign-cert", k.trust}},
		{"--tsa", append(k.flags[:4:4], "--tsa", "ftp://x")},
	} {
		out := filepath.Join(k.dir, "none.pdf")
		for _, command := range [][]string{{"letter", seedNotice, "-o", out}, {"serve", "--store", filepath.Join(k.dir, "store")}} {
			status, _, errs := crieur(t, append(command, test.args...)...)
			if status != statusInput || !strings.Contains(errs, test.says) {
				t.Errorf("%v: status %d: %s", test.args, status, errs)
			}
		}
	}
}

// TestLetterheadFlag: a folder that is no letterhead is refused before anything
// runs.
func TestLetterheadFlag(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, test := range map[string]struct{ file, says string }{
		"empty":     {"README", "none of regular.ttf"},
		"no colour": {"colour.txt", "colour.txt: \"bleu\" is no colour"},
	} {
		head := filepath.Join(dir, name)
		if err := os.Mkdir(head, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(head, test.file), []byte("bleu\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range [][]string{{"letter", seedNotice, "-o", filepath.Join(dir, "none.pdf")}, {"serve", "--store", filepath.Join(dir, "store")}} {
			if status, _, errs := crieur(t, append(command, "--letterhead", head)...); status != statusInput || !strings.Contains(errs, test.says) {
				t.Errorf("%s: status %d: %s", name, status, errs)
			}
		}
	}
}

// TestDemoLettersAreSpecimens: a demonstration's letters say what they are.
func TestDemoLettersAreSpecimens(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	want(t, append([]string{"demo", "--exit", "-o", dir}, free...)...)
	file := filepath.Join(dir, "20000171-1.pdf")
	said := want(t, "verify", file, "--trust", filepath.Join(dir, specimenFile))
	if !strings.Contains(said, "SPÉCIMEN") || strings.Count(said, "\n") != 7 {
		t.Errorf("%s", said)
	}
	pdf, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := letter.Text(pdf)
	if err != nil || !strings.Contains(text, "\nSPÉCIMEN") || !strings.Contains(text, templates.Moment(time.Date(2023, 8, 1, 13, 30, 0, 0, time.UTC))[:10]) {
		t.Errorf("%v: %s", err, text)
	}
	if status, _, _ := crieur(t, "verify", file); status != statusInput {
		t.Errorf("trusted by everybody: status %d", status)
	}
}

// verifyExtract asks for an extract of the record: sealed, an archive's
// document, made anew from what goes with it, and still true.
func verifyExtract(t *testing.T, k keyring, site string) {
	t.Helper()
	for _, question := range []string{"le=2023-08-08T08:59:30", "du=2023-08-01T00:00&au=2023-08-08T08:59:30"} {
		extract, err := fetch(t.Context(), site+"/extrait.pdf?service=delta-g&mode=edi&"+question)
		if err != nil {
			t.Fatal(err)
		}
		status, found := k.verified(t, extract, "--trust", k.trust, "--site", site)
		if status != statusDone || !found["extract"].OK || found["standing"].Says != "the record says the same" {
			t.Errorf("%s: status %d, %+v", question, status, found)
		}
		forged := bytes.Replace(extract, []byte("EXT-"), []byte("EXT+"), 1)
		if status, found := k.verified(t, forged, "--trust", k.trust); status != statusInput || found["integrity"].OK {
			t.Errorf("forged: status %d, %+v", status, found)
		}
	}
}
