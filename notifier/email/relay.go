package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// A Relay is the SMTP server that takes the mails.
type Relay struct {
	// URL is smtp://[user:password@]host[:port], with STARTTLS, or smtps:// for
	// TLS from the first byte. Port 25, 587 with a user, 465 with smtps. Behind a
	// "?" may stand, with "&" between: tls=offered takes a relay without STARTTLS,
	// which is taken by itself on this machine alone; tls=required refuses it
	// there too; connections=N opens at most
	// N at once, 16 if absent; rate=N sends at most N mails a second; backup uses
	// the relay while no other one is well. Limits are those of one process.
	URL  string
	HELO string // the name we give; the machine's if empty
	// Roots are the authorities trusted for TLS; the machine's if nil.
	Roots *x509.CertPool
	// Timeout is for one mail, from its first command to the reply to its
	// final dot. RFC 5321 section 4.5.3.2 would wait ten minutes for that
	// alone; a job's lease does not.
	Timeout time.Duration
}

// settings are what a relay's URL says.
type settings struct {
	host, user, password string
	port                 int
	smtps, required      bool // TLS from the first byte, or by STARTTLS in any case
	connections          int
	rate                 float64 // mails a second; 0 for no limit
	backup               bool
}

// settings reads the URL. An error names what is wrong, and no password.
func (r Relay) settings() (settings, error) {
	s := settings{port: 25, connections: 16}
	wrong := func(format string, args ...any) (settings, error) {
		return s, fmt.Errorf("relay %q: "+format, append([]any{redacted(r.URL)}, args...)...)
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return wrong("write smtp://host:port")
	}
	s.host = u.Hostname()
	s.required = !here(s.host)
	if u.User != nil {
		s.user, s.port = u.User.Username(), 587
		s.password, _ = u.User.Password()
	}
	if s.smtps = u.Scheme == "smtps"; s.smtps {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil {
			return wrong("port %q is no number", p)
		}
	}
	for name, values := range u.Query() {
		switch value := values[0]; name {
		case "tls":
			s.required = value == "required"
			if !s.required && value != "offered" {
				return wrong("tls=%s is not known: write tls=required or tls=offered", value)
			}
		case "connections":
			if s.connections, err = strconv.Atoi(value); err != nil || s.connections < 1 || s.connections > 1000 {
				return wrong("connections=%s is no number from 1 to 1000", value)
			}
		case "rate":
			if s.rate, err = strconv.ParseFloat(value, 64); err != nil || !(s.rate > 0 && s.rate <= 1e6) {
				return wrong("rate=%s is no number of mails a second", value)
			}
		case "backup":
			s.backup = true
		default:
			return wrong("%s is not known: there are tls, connections, rate and backup", name)
		}
	}
	return s, nil
}

// here is whether a host is this machine: what is said to it nobody overhears.
func here(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// client makes a go-mail client, which holds the settings; the connections are
// ours, one each line (it serialises everything on its own).
func (r Relay) client(dial func(context.Context, string, string) (net.Conn, error)) (*mail.Client, error) {
	s, err := r.settings()
	if err != nil {
		return nil, err
	}
	policy := mail.TLSOpportunistic
	switch {
	case s.smtps:
		policy = mail.NoTLS // dial does it
	case s.required:
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithTimeout(r.Timeout), mail.WithoutNoop(), mail.WithoutRset(), mail.WithDialContextFunc(dial),
		mail.WithTLSConfig(r.tls(s.host)), mail.WithTLSPolicy(policy), mail.WithPort(s.port),
	}
	if s.user != "" {
		options = append(options, mail.WithOpportunisticSMTPAuth(mechanisms...), mail.WithUsername(s.user), mail.WithPassword(s.password))
	}
	if r.HELO != "" {
		options = append(options, mail.WithHELO(r.HELO))
	}
	return mail.NewClient(s.host, options...)
}

// mechanisms are those by which we may sign in, best first. go-mail sends no
// password over a connection that is not encrypted, except to this machine; its
// own discovery would not see that smtps is.
var mechanisms = []mail.SMTPAuthType{
	mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthCramMD5, mail.SMTPAuthPlain, mail.SMTPAuthLogin,
}

// redacted is a URL without its password.
func redacted(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.Redacted()
	}
	return "(not a URL)"
}

// Check is nil where the relay answers and takes our greeting.
func (r Relay) Check(ctx context.Context) error {
	c, err := r.connect(ctx)
	if err != nil {
		return fmt.Errorf("relay %s: %w", redacted(r.URL), err)
	}
	c.close()
	return nil
}

// A connection is one session with the relay.
type connection struct {
	client  *mail.Client
	session *smtp.Client
	conn    net.Conn // kept, since go-mail forgets it where a greeting fails

	pipelining, utf8 bool     // what the relay offers
	dirty            bool     // a transaction was left half way: RSET comes before the next
	introduced       envelope // has gone with the text before

	relays *Relays // that counts this connection; nil for one of Check's
	post   *post
}

// connect opens a session: greeting, TLS, authentication.
func (r Relay) connect(ctx context.Context) (*connection, error) {
	c := &connection{}
	stop := func() bool { return true }
	client, err := r.client(func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := r.dial(dialling, network, address)
		if err == nil {
			c.conn = conn
			stop = context.AfterFunc(ctx, func() { conn.Close() }) // go-mail heeds it while dialling alone
		}
		return conn, err
	})
	if err != nil {
		return nil, err
	}
	c.client = client
	c.session, err = client.DialToSMTPClientWithContext(ctx)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.cut()
		return nil, r.hint(err)
	}
	c.pipelining, _ = c.session.Extension("PIPELINING")
	c.utf8, _ = c.session.Extension("SMTPUTF8")
	return c, nil
}

// hint says how to do without TLS, where that may be what is wrong: the network
// is well, and the relay has refused nothing.
func (r Relay) hint(err error) error {
	s, _ := r.settings() // connect has read them
	var failed net.Error
	var refused *textproto.Error
	if s.smtps || !s.required || errors.As(err, &failed) || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%w (a relay without STARTTLS is taken with ?tls=offered)", err)
}

func (r Relay) dial(ctx context.Context, network, address string) (net.Conn, error) {
	plain := net.Dialer{Timeout: 10 * time.Second}
	if u, err := url.Parse(r.URL); err == nil && u.Scheme == "smtps" {
		return (&tls.Dialer{NetDialer: &plain, Config: r.tls(u.Hostname())}).DialContext(ctx, network, address)
	}
	return plain.DialContext(ctx, network, address)
}

func (r Relay) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: r.Roots, MinVersion: tls.VersionTLS12}
}

// cut drops the connection without another word: QUIT would end a mail that
// was half written, and have it delivered.
func (c *connection) cut() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
		if c.relays != nil {
			c.relays.left(c.post)
		}
	}
}

func (c *connection) close() {
	if c.conn == nil {
		return
	}
	if c.introduced != (envelope{}) { // the relay waits for a text, and would take QUIT for one
		c.cut()
		return
	}
	_ = c.conn.SetDeadline(time.Now().Add(5 * time.Second)) // for QUIT; a connection that is gone says so
	_ = c.client.CloseWithSMTPClient(c.session)             // the mails are told; a lost QUIT loses nothing
	c.cut()
}
