package email

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fake is a relay that takes everything, unless the test says otherwise.
type fake struct {
	listener net.Listener
	tls      *tls.Config // for STARTTLS, where it is offered
	work     sync.WaitGroup

	mu       sync.Mutex
	offers   []string                 // behind EHLO; guarded by mu
	says     func(line string) string // guarded by mu
	mails    []taken                  // guarded by mu
	commands []string                 // guarded by mu
	open     map[net.Conn]bool        // guarded by mu
}

// A taken is a mail that the relay took.
type taken struct {
	from, to string // as they were written
	data     string // as it came, without the protocol's dots
}

// What a test may say to a line instead of a reply. A line is a command, or
// "CONNECT", or "BODY" when a text has begun to come, or "." when it is here
// whole; the last two with the recipient behind them.
const (
	usual  = ""
	hangUp = "hang up"
	silent = "silent"
)

func newFake(t testing.TB, offers ...string) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{listener: l, offers: offers, open: map[net.Conn]bool{}}
	f.work.Go(f.accept)
	t.Cleanup(func() { f.close(); f.work.Wait() })
	return f
}

func (f *fake) url() string { return "smtp://" + f.listener.Addr().String() }

// close cuts whoever is there and takes nobody more.
func (f *fake) close() {
	f.listener.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		c.Close()
	}
}

func (f *fake) accept() {
	for {
		c, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		f.open[c] = true
		f.mu.Unlock()
		f.work.Go(func() {
			(&talk{fake: f, conn: c, r: bufio.NewReader(c)}).run()
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.open, c)
			c.Close()
		})
	}
}

func (f *fake) say(says func(line string) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.says = says
}

func (f *fake) taken() []taken {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mails)
}

// met is the commands that begin with a word.
func (f *fake) met(word string) (found []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.commands {
		if strings.HasPrefix(c, word) {
			found = append(found, c)
		}
	}
	return found
}

func (f *fake) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open)
}

// A talk is one connection.
type talk struct {
	*fake
	conn     net.Conn
	r        *bufio.Reader
	from, to string
}

func (k *talk) run() {
	for line, ok := "CONNECT", true; ok; {
		if ok = k.answer(line); ok {
			text, err := k.r.ReadString('\n')
			line, ok = strings.TrimRight(text, "\r\n"), err == nil
		}
	}
}

// answer says what the test wants to be said, or the usual; false at the end.
func (k *talk) answer(line string) bool {
	k.mu.Lock()
	k.commands = append(k.commands, line)
	says := k.says
	k.mu.Unlock()
	reply := usual
	if says != nil {
		reply = says(line)
	}
	switch reply {
	case usual:
		return k.usual(line)
	case hangUp:
		return false
	case silent:
		_, _ = k.r.ReadByte() // until the client has had enough
		return false
	}
	return k.reply(reply)
}

func (k *talk) reply(line string) bool {
	_, err := k.conn.Write([]byte(line + "\r\n"))
	return err == nil && !strings.HasPrefix(line, "421") && !strings.HasPrefix(line, "221")
}

func (k *talk) usual(line string) bool {
	verb, arg, _ := strings.Cut(line, " ")
	switch verb {
	case "CONNECT":
		return k.reply("220 relay.example ESMTP")
	case "EHLO":
		return k.reply(strings.Join(append([]string{"250-relay.example"}, k.lines()...), "\r\n"))
	case "MAIL":
		k.to = ""
		k.from, _, _ = strings.Cut(arg[len("FROM:"):], " ")
	case "RCPT":
		k.to = arg[len("TO:"):]
	case "DATA":
		if k.to == "" {
			return k.reply("503 5.5.1 nobody to take it")
		}
		return k.reply("354 go ahead") && k.data()
	case "QUIT":
		return k.reply("221 2.0.0 goodbye")
	case "STARTTLS":
		return k.reply("220 2.0.0 go ahead") && k.secure()
	case "AUTH":
		return k.reply("235 2.7.0 come in")
	}
	return k.reply("250 2.0.0 fine")
}

// lines are what EHLO is answered behind the first line.
func (k *talk) lines() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	lines := make([]string, 0, len(k.offers)+1)
	for _, o := range k.offers {
		if _, secured := k.conn.(*tls.Conn); o != "STARTTLS" || !secured {
			lines = append(lines, "250-"+o)
		}
	}
	return append(lines, "250 ENHANCEDSTATUSCODES")
}

func (k *talk) secure() bool {
	c := tls.Server(k.conn, k.tls)
	k.conn, k.r = c, bufio.NewReader(c)
	return c.Handshake() == nil
}

// data reads a mail and answers its dot.
func (k *talk) data() bool {
	if _, err := k.r.Peek(1); err != nil {
		return false
	}
	k.mu.Lock()
	says := k.says
	k.mu.Unlock()
	if says != nil && says("BODY "+k.to) == hangUp {
		if tcp, ok := k.conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return false
	}
	var b strings.Builder
	for {
		line, err := k.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			return k.dot(b.String())
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// dot takes the mail, unless the test wants it refused.
func (k *talk) dot(data string) bool {
	k.mu.Lock()
	says, line := k.says, ". "+k.to
	k.mu.Unlock()
	if says == nil || says(line) == usual || !strings.ContainsAny(says(line)[:1], "45") {
		k.mu.Lock()
		k.mails = append(k.mails, taken{k.from, k.to, data})
		k.mu.Unlock()
	}
	return k.answer(line)
}

// secured makes a fake that offers STARTTLS, with the pool that trusts it.
func secured(t testing.TB, offers ...string) (*fake, *x509.CertPool) {
	t.Helper()
	config, roots := certificate(t)
	f := newFake(t, append(offers, "STARTTLS")...)
	f.tls = config
	return f, roots
}

func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}
