package sink

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
)

// errDone ends a connection once what is queued has been sent, errCut before.
var (
	errDone = errors.New("done")
	errCut  = errors.New("cut")
)

// A conn is one client's connection.
type conn struct {
	sink   *Sink
	net    net.Conn
	number int64
	host   string
	r      *bufio.Reader
	w      *bufio.Writer

	hello  bool     // EHLO was accepted
	begun  bool     // MAIL was
	from   string   // its sender
	to     []string // recipients taken
	before []string // recipients of the message before
	served int      // messages accepted
	told   bool     // the reply to a message's end is queued
}

func newConn(s *Sink, c net.Conn, number int64) *conn {
	return &conn{sink: s, net: c, number: number, host: hostOf(c.RemoteAddr()),
		r: bufio.NewReaderSize(c, 64<<10), w: bufio.NewWriterSize(c, 4<<10)}
}

// serve answers until the client or the script has had enough.
func (c *conn) serve() {
	defer func() { c.sink.script.Load().leave(c) }()
	err := c.greet()
	for err == nil {
		// Replies leave before the client is waited for, but not while more
		// of its commands are here: a pipelined group is answered in one write.
		if c.r.Buffered() == 0 {
			if err = c.flush(); err != nil {
				return
			}
		}
		err = c.next()
	}
	if errors.Is(err, errDone) {
		_ = c.flush() // a client that is gone already is none of our business
	}
}

// next reads and answers one command.
func (c *conn) next() error {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if c.sink.config.NoPipelining && c.r.Buffered() > 0 {
		return errors.Join(c.fault("554 5.5.0 pipelining was not offered"), errDone)
	}
	return c.command(bytes.TrimRight(line, "\r\n"))
}

func (c *conn) command(line []byte) error {
	verb, args, _ := bytes.Cut(line, []byte(" "))
	switch at := Stage(strings.ToUpper(string(verb))); at {
	case Hello, "HELO":
		c.sink.counts.command(Hello)
		return c.onHello(at)
	case StartTLS:
		return c.obey(at, c.onStartTLS)
	case Auth:
		if c.sink.config.Auth {
			return c.obey(at, func() error { return c.reply("235 2.7.0 come in") })
		}
	case Mail:
		return c.onMail(args)
	case Rcpt:
		return c.onRcpt(args)
	case Data:
		return c.obey(at, c.onData)
	case Rset:
		return c.obey(at, func() error {
			c.abort()
			return c.reply("250 2.0.0 forgotten")
		})
	case Noop:
		return c.obey(at, func() error { return c.reply("250 2.0.0 noted") })
	case Quit:
		return c.obey(at, func() error {
			return errors.Join(c.reply("221 2.0.0 goodbye"), errDone)
		})
	}
	return c.fault("500 5.5.2 unknown command")
}

// obey counts a command and does what the script says of it, or else the usual.
func (c *conn) obey(at Stage, usual func() error) error {
	c.sink.counts.command(at)
	return c.perform(c.rule(at), usual)
}

// perform does what a rule says, or the usual where it says nothing.
func (c *conn) perform(rule *Rule, usual func() error) error {
	if rule == nil {
		return usual()
	}
	if !c.sink.sleep(rule.Delay) {
		return errCut
	}
	if rule.Cut != "" {
		return c.cut(rule.Cut)
	}
	if rule.Reply == "" {
		return usual()
	}
	return c.reply(rule.Reply)
}

// rule is what the script has for a stage and whoever the transaction is for.
func (c *conn) rule(at Stage) *Rule {
	script := c.sink.script.Load()
	if len(script.Rules) == 0 {
		return nil
	}
	to := c.to
	if at == Rset && len(to) == 0 {
		to = c.before
	}
	if len(to) == 0 {
		return script.find(at, triple{c.host, c.from, ""}, c.sink.config.Now)
	}
	for _, to := range to {
		if rule := script.find(at, triple{c.host, c.from, to}, c.sink.config.Now); rule != nil {
			return rule
		}
	}
	return nil
}

func (c *conn) greet() error {
	script := c.sink.script.Load()
	if limit := script.Connections; limit > 0 && c.sink.Connected() > limit {
		return c.reply("421 4.7.0 too many connections")
	}
	rule := c.rule(Connect)
	err := c.perform(rule, func() error { return c.reply("220 " + c.sink.config.Name + " ESMTP") })
	if err == nil && rule != nil && rule.Reply != "" {
		return errDone
	}
	return err
}

func (c *conn) onHello(verb Stage) error {
	rule := c.rule(Hello)
	return c.perform(rule, func() error {
		c.abort()
		c.hello = true
		lines := []string{c.sink.config.Name, "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 52428800"}
		if !c.sink.config.NoPipelining {
			lines = append(lines, "PIPELINING")
		}
		if c.sink.config.Auth {
			lines = append(lines, "AUTH PLAIN")
		}
		if _, secured := c.net.(*tls.Conn); c.sink.tls != nil && !secured {
			lines = append(lines, "STARTTLS")
		}
		if verb != Hello {
			lines = lines[:1]
		}
		last := len(lines) - 1
		for _, line := range lines[:last] {
			if err := c.reply("250-" + line); err != nil {
				return err
			}
		}
		return c.reply("250 " + lines[last])
	})
}

// onStartTLS goes on in TLS. What was sent before the handshake is not
// answered after it (RFC 3207 section 4.2).
func (c *conn) onStartTLS() error {
	if c.sink.tls == nil || c.r.Buffered() > 0 {
		return c.fault("503 5.5.1 not now")
	}
	if err := errors.Join(c.reply("220 2.0.0 go ahead"), c.flush()); err != nil {
		return err
	}
	if rule := c.rule(Handshake); rule != nil {
		return c.perform(rule, func() error { return errCut })
	}
	secured := tls.Server(c.net, c.sink.tls)
	if err := secured.Handshake(); err != nil {
		return err
	}
	c.net, c.hello = secured, false
	c.abort()
	c.r.Reset(secured)
	c.w.Reset(secured)
	return nil
}

func (c *conn) onMail(args []byte) error {
	c.sink.counts.command(Mail)
	limit := c.sink.script.Load().MessagesPerConnection
	if limit > 0 && c.served >= limit {
		return c.reply("421 4.7.0 too many messages on this connection")
	}
	if !c.hello || c.begun {
		return c.fault("503 5.5.1 out of order")
	}
	from, ok := path(args, "FROM:")
	if !ok {
		return c.fault("501 5.5.4 MAIL FROM:<address>")
	}
	c.from = from
	return c.perform(c.rule(Mail), func() error {
		c.begun = true
		return c.reply("250 2.1.0 sender noted")
	})
}

func (c *conn) onRcpt(args []byte) error {
	c.sink.counts.command(Rcpt)
	if !c.begun {
		return c.fault("503 5.5.1 out of order")
	}
	to, ok := path(args, "TO:")
	if !ok || to == "" {
		return c.fault("501 5.5.4 RCPT TO:<address>")
	}
	script := c.sink.script.Load()
	if no := script.capped(c, to, c.sink.config.Now()); no != "" {
		return c.reply(no)
	}
	rule := script.find(Rcpt, triple{c.host, c.from, to}, c.sink.config.Now)
	return c.perform(rule, func() error {
		c.to = append(c.to, to)
		return c.reply("250 2.1.5 recipient noted")
	})
}

// onData reads a message and answers its final dot.
func (c *conn) onData() error {
	if !c.begun || len(c.to) == 0 && !c.sink.script.Load().GoAhead {
		return c.fault("503 5.5.1 no recipient")
	}
	if err := c.reply("354 go ahead"); err != nil {
		return err
	}
	if c.r.Buffered() == 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	if rule := c.rule(Body); rule != nil {
		if _, err := c.r.Peek(1); err != nil {
			return err
		}
		return c.perform(rule, func() error { return c.fault("451 4.3.0 a rule at body needs a Cut") })
	}
	head, err := c.readMessage()
	if err != nil {
		return err
	}
	c.sink.counts.bytes.Add(head.size)
	if len(c.to) == 0 {
		c.abort()
		return c.reply("554 5.5.1 no valid recipients")
	}
	return c.onDot(head)
}

func (c *conn) onDot(head head) error {
	rule := c.rule(Dot)
	if rule == nil || rule.Cut != "" || rule.Reply == "" || rule.Reply[0] == '2' {
		cut := rule != nil && rule.Cut != ""
		if rule != nil && !c.sink.sleep(rule.Delay) {
			return errCut
		}
		c.served++
		c.sink.keep(c, head, cut)
	}
	c.before = append(c.before[:0], c.to...)
	c.abort()
	err := c.perform(rule, func() error { return c.reply("250 2.0.0 taken") })
	c.told = err == nil
	return err
}

// abort forgets the transaction.
func (c *conn) abort() { c.begun, c.to = false, c.to[:0] }

// reply queues one line. A 421 is the last.
func (c *conn) reply(line string) error {
	switch line[0] {
	case '4':
		c.sink.counts.temporary.Add(1)
	case '5':
		c.sink.counts.permanent.Add(1)
	}
	_, err := c.w.WriteString(line)
	if _, end := c.w.WriteString("\r\n"); err == nil {
		err = end
	}
	if err == nil && strings.HasPrefix(line, "421") {
		return errDone
	}
	return err
}

// fault answers a client that broke the protocol.
func (c *conn) fault(line string) error {
	c.sink.counts.faults.Add(1)
	return c.reply(line)
}

// flush sends what is queued, a round trip later.
func (c *conn) flush() error {
	if c.w.Buffered() == 0 {
		return nil
	}
	if !c.sink.sleep(c.sink.script.Load().RTT) {
		return errCut
	}
	c.sink.counts.roundTrips.Add(1)
	c.told = false
	return c.w.Flush()
}

// cut hangs up without another word, not even those that are queued. But the
// reply to the end of a message before is not held back by what follows it (RFC
// 2920 section 3.2): it has left.
func (c *conn) cut(how Cut) error {
	c.sink.counts.cuts.Add(1)
	if c.told {
		_ = c.flush() // who is gone already does not hear it
	}
	if tcp, ok := c.net.(*net.TCPConn); ok && how == RST {
		_ = tcp.SetLinger(0) // else it is a FIN
	}
	return errCut
}

// path is the address in "FROM:<a@b> PARAMETERS". A ">" inside a quoted local
// part does not end it.
func path(args []byte, prefix string) (string, bool) {
	if len(args) < len(prefix) || !strings.EqualFold(string(args[:len(prefix)]), prefix) {
		return "", false
	}
	rest := bytes.TrimLeft(args[len(prefix):], " ")
	quoted := false
	end := slices.IndexFunc(rest, func(b byte) bool {
		quoted = quoted != (b == '"')
		return b == '>' && !quoted
	})
	if end < 1 || rest[0] != '<' {
		return "", false
	}
	return string(rest[1:end]), true
}
