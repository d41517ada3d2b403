package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// free are the flags for addresses that nobody else has.
var free = []string{"--public", "127.0.0.1:0", "--desk", "127.0.0.1:0", "--mailbox", "127.0.0.1:0", "--readers", "127.0.0.1:0"}

// TestDemoExit plays the story and leaves.
func TestDemoExit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	said := want(t, append([]string{"demo", "--exit", "-o", dir}, free...)...)
	rest := said
	for _, step := range []string{"redaction: draft", "redaction: submit", "signature: approve", "PUBLISHED", "letter", "mail", "REMINDED", "STARTED", "permanence: end", "ENDED"} {
		_, after, found := strings.Cut(rest, step)
		if !found {
			t.Fatalf("%q is not said, or not in its turn:\n%s", step, said)
		}
		rest = after
	}
	if n := strings.Count(said, "  mail     "); n != 10 {
		t.Errorf("%d mails are told:\n%s", n, said)
	}
	if pdf, err := os.ReadFile(filepath.Join(dir, "20000171-1.pdf")); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("the letter that is named: %v", err)
	}
	if mails, err := filepath.Glob(filepath.Join(dir, "mailbox", "*.eml")); err != nil || len(mails) != 10 {
		t.Errorf("%d mails are kept: %v", len(mails), err)
	}
}

// A screen is what a terminal shows, while somebody writes on it.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestDemoStaysUp looks at the pages once the story is over, and leaves.
func TestDemoStaysUp(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	var out, errs screen
	status := make(chan int)
	go func() {
		status <- run(ctx, append([]string{"demo", "--pace", "0", "-o", filepath.Join(t.TempDir(), "demo")}, free...), Streams{strings.NewReader(""), &out, &errs})
	}()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(out.String(), "The story is over"); {
		if time.Now().After(deadline) {
			t.Fatalf("the story is not over:\n%s\n%s", out.String(), errs.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
	site := regexp.MustCompile(`public page +(\S+)`).FindStringSubmatch(out.String())[1]
	box := regexp.MustCompile(`mailbox +(\S+)`).FindStringSubmatch(out.String())[1]
	for at, words := range map[string][]string{
		"2023-08-08T08:50": {"annoncé", "mardi 8 août 2023 de 9h00 à 17h00"},
		"2023-08-08T09:05": {"interrompu", "procédure de secours", "création d’une déclaration", "validation d’une déclaration anticipée"},
		"2023-08-08T14:31": {"disponible"},
	} {
		page := strings.ReplaceAll(get(t, site+"/?le="+at), "\u00a0", " ")
		for _, word := range words {
			if !strings.Contains(strings.ToLower(page), word) {
				t.Errorf("the page of %s does not say %q", at, word)
			}
		}
	}
	if page := get(t, box); strings.Count(page, "transitaire.example") != 4 {
		t.Errorf("the mailbox shows:\n%s", page)
	}
	leave()
	if got := <-status; got != 0 {
		t.Errorf("status %d: %s", got, errs.String())
	}
}

func get(t testing.TB, address string) string {
	t.Helper()
	body, err := fetch(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
