package email

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier/channeltest"
)

// dkimpy verifies the signatures of the mail on its input, with the DNS given
// as an argument, and prints how many hold.
const dkimpy = `
import sys, json, dkim
records = json.loads(sys.argv[1])
def dns(name, timeout=5):
    return records.get(name.decode().rstrip('.'), '').encode()
for mail in sys.stdin.buffer.read().split(b'\0'):
    d = dkim.DKIM(mail, minkey=1024)
    n = sum(1 for name, _ in d.headers if name.lower() == b'dkim-signature')
    print(sum(1 for i in range(n) if dkim.DKIM(mail, minkey=1024).verify(idx=i, dnsfunc=dns)), n)
`

// TestDKIMPy has a verifier in another language look at the mail of every
// event: it holds, and not once a second link to leave is put in.
func TestDKIMPy(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // the system's, for which distributions package dkimpy
	if err := exec.Command(python, "-c", "import dkim, nacl").Run(); err != nil {
		t.Skip("python3-dkim and python3-nacl are not installed")
	}
	c := channel(t, "smtp://127.0.0.1")
	c.Keys = dkimKeys()
	records := map[string]string{}
	for _, k := range c.Keys {
		records[k.Selector+"._domainkey."+k.Domain] = record(t, k)
	}
	dns, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	var mails [][]byte
	var want []string
	for i, tale := range channeltest.Life(t) {
		mail := mailOf(t, c, tale, recipient(abonne(i)))
		forged := bytes.Replace(mail, []byte("\r\nList-Unsubscribe: "), []byte("\r\nList-Unsubscribe: <https://elsewhere.example/>\r\nList-Unsubscribe: "), 1)
		mails = append(mails, mail, forged)
		want = append(want, "2 2", "0 2")
	}
	cmd := exec.Command(python, "-c", dkimpy, string(dns))
	cmd.Stdin = bytes.NewReader(bytes.Join(mails, []byte{0}))
	out, err := cmd.CombinedOutput()
	if got := strings.Split(strings.TrimSpace(string(out)), "\n"); err != nil || strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
