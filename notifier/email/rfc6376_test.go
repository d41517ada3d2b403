package email

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

var (
	bTag   = regexp.MustCompile(`(;\s*b=)[^;]*`)
	blanks = regexp.MustCompile(`[ \t]+`)
)

// rfc6376 is whether every key's signature of a mail holds: a second verifier,
// after the text of RFC 6376 alone (sections 3.4.2, 3.4.4, 3.7 and 5.4.2), for
// relaxed/relaxed.
func rfc6376(t *testing.T, mail []byte, keys []Key) bool {
	t.Helper()
	head, body, ok := strings.Cut(string(mail), "\r\n\r\n")
	if !ok {
		t.Fatal("no body")
	}
	var fields []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if n := len(fields); n > 0 && strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			fields[n-1] += line // unfolded
		} else {
			fields = append(fields, line)
		}
	}
	held := 0
	for _, field := range fields {
		if name, value, _ := strings.Cut(field, ":"); strings.EqualFold(name, "DKIM-Signature") && holds(t, fields, field, tags(value), body, keys) {
			held++
		}
	}
	return held == len(keys)
}

func tags(value string) map[string]string {
	all := map[string]string{}
	for tag := range strings.SplitSeq(value, ";") {
		name, value, _ := strings.Cut(tag, "=")
		all[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), "")
	}
	return all
}

func relaxed(field string) string {
	name, value, _ := strings.Cut(field, ":")
	return strings.ToLower(strings.TrimSpace(name)) + ":" + strings.TrimSpace(blanks.ReplaceAllString(value, " "))
}

func relaxedBody(body string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		b.WriteString(strings.TrimRight(blanks.ReplaceAllString(line, " "), " ") + "\r\n")
	}
	return strings.TrimRight(b.String(), "\r\n") + "\r\n"
}

func holds(t *testing.T, fields []string, own string, tag map[string]string, body string, keys []Key) bool {
	t.Helper()
	if tag["c"] != "relaxed/relaxed" || tag["v"] != "1" || tag["l"] != "" {
		t.Fatalf("a signature of another kind: %v", tag)
	}
	if sum := sha256.Sum256([]byte(relaxedBody(body))); base64.StdEncoding.EncodeToString(sum[:]) != tag["bh"] {
		return false
	}
	var text strings.Builder
	used := map[int]bool{}
	for name := range strings.SplitSeq(tag["h"], ":") {
		for i := len(fields) - 1; i >= 0; i-- { // from the bottom up
			if n, _, _ := strings.Cut(fields[i], ":"); !used[i] && strings.EqualFold(n, name) {
				used[i] = true
				text.WriteString(relaxed(fields[i]) + "\r\n")
				break
			}
		}
	}
	text.WriteString(relaxed(bTag.ReplaceAllString(own, "$1")))
	sum := sha256.Sum256([]byte(text.String()))
	signature, err := base64.StdEncoding.DecodeString(tag["b"])
	if err != nil {
		return false
	}
	for _, k := range keys {
		if k.Selector != tag["s"] || k.Domain != tag["d"] {
			continue
		}
		switch public := k.Signer.Public().(type) {
		case ed25519.PublicKey:
			return ed25519.Verify(public, sum[:], signature)
		case *rsa.PublicKey:
			return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
		}
	}
	return false
}
