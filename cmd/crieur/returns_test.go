package main

import (
	"net"
	"strings"
	"testing"
)

// TestWrongReturns: what is wrong with the ways by which mails come back is said
// by flag.
func TestWrongReturns(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"--bounces notes", statusInput, "--bounces: "},
		{"--bounces a.mailbox.of.a.long.name@meteo.example", statusInput, "leaves no room"},
		{"--bounce-maildir retours", statusInput, "--bounce-maildir: nothing comes back without a mailbox: name it by --bounces"},
		{"--bounce-listen 127.0.0.1:0", statusInput, "--bounce-listen: nothing comes back"},
		{"--bounces notes@meteo.example --bounce-listen 2525", statusInput, "--bounce-listen: \"2525\" is not an address to listen on"},
		{"--canary personne", statusInput, "--canary: \"personne\" is not a mail address"},
		{"--bounces notes@meteo.example --bounce-listen " + taken.Addr().String(), statusWorld, "name another address by --bounce-listen"},
	} {
		args := strings.Fields("serve --max-store 1073741824 --public= --desk= --mailbox= --readers= --store " + t.TempDir() + " " + c.args)
		if status, _, errs := crieur(t, args...); status != c.status || !strings.Contains(lastLine(errs), c.says) {
			t.Errorf("%s: status %d: %s", c.args, status, errs)
		}
	}
}
