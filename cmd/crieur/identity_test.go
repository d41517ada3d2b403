package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var firstPassword = regexp.MustCompile(`first account administrator, password (\S+) `)

// TestFirstAccount starts a house that knows nobody, comes in with what it
// prints, and keeps the people from the command line.
func TestFirstAccount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, "2023-08-01T10:00")
	m := firstPassword.FindStringSubmatch(s.said())
	if m == nil {
		t.Fatalf("no password is printed:\n%s", s.said())
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	resp, err := client.PostForm(s.door("desk")+"/connexion", url.Values{"identifiant": {"administrator"}, "mot-de-passe": {m[1]}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/compte/mot-de-passe" {
		t.Errorf("%d at %s", resp.StatusCode, resp.Request.URL)
	}
	as := []string{"--server", s.door("desk"), "--token", "@" + filepath.Join(dir, "administrator.token")}
	key := strings.TrimSpace(want(t, append([]string{"account", "add", "adjoint", "--roles", "drafter", "--bureau", "comint1", "--delegate", "--scopes", "read", "--label", "essai"}, as...)...))
	if status, _, errs := crieur(t, "draft", filepath.Join("..", "..", "schemas", "examples", "2023-08-08", "notice.yaml"), "--server", s.door("desk"), "--token", key); status != statusInput || !strings.Contains(errs, `does not cover the scope "draft"`) {
		t.Errorf("a key to read drafts: %d %s", status, errs)
	}
	if text := want(t, append([]string{"account", "password", "adjoint"}, as...)...); len(strings.TrimSpace(text)) != 23 {
		t.Errorf("%q", text)
	}
	listed := want(t, append([]string{"account", "tokens", "adjoint"}, as...)...)
	if !strings.Contains(listed, "essai") || !strings.Contains(listed, "read") || strings.Contains(listed, key) {
		t.Errorf("%s", listed)
	}
	want(t, append([]string{"account", "revoke", "adjoint", strings.Fields(listed)[0]}, as...)...)
	if left := want(t, append([]string{"account", "tokens", "adjoint"}, as...)...); left != "" {
		t.Errorf("%s", left)
	}
	want(t, append([]string{"account", "change", "adjoint", "--roles", "duty"}, as...)...)
	if all := want(t, append([]string{"account", "list"}, as...)...); !strings.Contains(all, "duty") {
		t.Errorf("%s", all)
	}
	s.kill()
	again := serve(t, dir, "2023-08-01T10:00")
	if firstPassword.MatchString(again.said()) || strings.Contains(again.said(), m[1]) {
		t.Errorf("it is printed again:\n%s", again.said())
	}
}

// TestWrongIdentity is how an issuer is named wrongly.
func TestWrongIdentity(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, args := range map[string][]string{
		"nobody could sign in":      {"--local-accounts=false"},
		"--oidc-client is missing":  {"--oidc-issuer", "https://id.example", "--oidc-secret-file", secret},
		"--oidc-secret-file":        {"--oidc-issuer", "https://id.example", "--oidc-client", "crieur"},
		"not an issuer's address":   {"--oidc-issuer", "http://id.example", "--oidc-client", "crieur", "--oidc-secret-file", secret},
		"not the address of a site": {"--desk-url", "desk.example"},
	} {
		status, _, errs := crieur(t, append([]string{"serve", "--store", t.TempDir()}, args...)...)
		if status != statusInput || !strings.Contains(errs, says) {
			t.Errorf("%q: %d %s", args, status, errs)
		}
	}
}
