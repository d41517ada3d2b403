package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// A Relay is the SMTP server that takes the mails.
type Relay struct {
	// URL is smtp://[user:password@]host[:port], with STARTTLS where the relay
	// offers it, or smtps:// for TLS from the first byte. Port 25, 587 with a
	// user, 465 with smtps. "?tls=required" refuses a relay without STARTTLS.
	URL  string
	HELO string // the name we give; the machine's if empty
	// Roots are the authorities trusted for TLS; the machine's if nil.
	Roots *x509.CertPool
	// Timeout is for one mail, from its first command to the reply to its
	// final dot. RFC 5321 section 4.5.3.2 would wait ten minutes for that
	// alone; a job's lease does not.
	Timeout time.Duration
}

// client makes a go-mail client, which holds the settings; the connections are
// ours, one each line (it serialises everything on its own).
func (r Relay) client(dial func(context.Context, string, string) (net.Conn, error)) (*mail.Client, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, fmt.Errorf("relay %q: write smtp://host:port", redacted(r.URL))
	}
	options := []mail.Option{
		mail.WithTimeout(r.Timeout), mail.WithoutNoop(), mail.WithoutRset(), mail.WithDialContextFunc(dial),
		mail.WithTLSConfig(r.tls(u.Hostname())),
	}
	policy, port := mail.TLSOpportunistic, 25
	if u.Query().Get("tls") == "required" {
		policy = mail.TLSMandatory
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, mail.WithOpportunisticSMTPAuth(mechanisms...), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
		port = 587
	}
	if u.Scheme == "smtps" {
		policy, port = mail.NoTLS, 465 // dial does it
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("relay %q: %w", redacted(r.URL), err)
		}
	}
	if r.HELO != "" {
		options = append(options, mail.WithHELO(r.HELO))
	}
	return mail.NewClient(u.Hostname(), append(options, mail.WithTLSPolicy(policy), mail.WithPort(port))...)
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

	pipelining, utf8 bool // what the relay offers
	dirty            bool // a transaction was left half way: RSET comes before the next
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
		return nil, err
	}
	c.pipelining, _ = c.session.Extension("PIPELINING")
	c.utf8, _ = c.session.Extension("SMTPUTF8")
	return c, nil
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
	}
}

func (c *connection) close() {
	if c.conn == nil {
		return
	}
	_ = c.conn.SetDeadline(time.Now().Add(5 * time.Second)) // for QUIT; a connection that is gone says so
	_ = c.client.CloseWithSMTPClient(c.session)             // the mails are told; a lost QUIT loses nothing
	c.cut()
}
