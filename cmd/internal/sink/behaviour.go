package sink

import (
	"cmp"
	"hash/fnv"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Behaviour is how the sink treats its clients.
type Behaviour struct {
	// RTT is waited before each flush of replies: commands that were pipelined
	// pay it once, commands sent one by one pay it each.
	RTT time.Duration
	// MessagesPerConnection is after how many messages MAIL is answered 421 and
	// the connection closed; 0 for no limit.
	MessagesPerConnection int
	// Connections is how many may be open; one more is greeted with 421. 0 for
	// no limit.
	Connections int
	// GoAhead answers DATA with 354 even when no recipient was taken, and the
	// dot with 554, as RFC 2920 section 3.1 allows when DATA was pipelined.
	GoAhead bool
	// Caps limit what goes to a domain. They are looked at before the rules.
	Caps []Cap
	// Rules are looked at in their order, at each stage; the first that
	// applies is obeyed. Where none does, everything is taken.
	Rules []Rule
}

// A Cap limits what is taken for a recipient's domain, as large mailbox
// providers do; it is met at RCPT.
type Cap struct {
	Domain      string        // "@" and the domain
	Messages    int           // taken in any Window; 0 for no limit
	Window      time.Duration // a minute if 0
	Connections int           // open at once that have named a recipient of the domain; 0 for no limit
}

// The replies of a Cap. The second ends the connection.
const (
	capMessages    = "450 4.7.1 too many messages for this domain, try again in 60 seconds"
	capConnections = "421 4.7.0 too many connections for this domain"
)

// A Stage is a moment of a connection.
type Stage string

// The stages.
const (
	Connect  Stage = "connect" // the greeting
	Hello    Stage = "EHLO"
	StartTLS Stage = "STARTTLS"
	// Handshake is that of TLS, after the reply to STARTTLS; Cut alone means
	// something here.
	Handshake Stage = "handshake"
	Auth      Stage = "AUTH"
	Mail      Stage = "MAIL"
	Rcpt      Stage = "RCPT"
	Data      Stage = "DATA"
	Body      Stage = "body" // the message has begun to come; Cut alone means something here
	Dot       Stage = "dot"  // the message is here whole
	Rset      Stage = "RSET" // of the recipients of the message before
	Noop      Stage = "NOOP"
	Quit      Stage = "QUIT"
)

// A Rule says what happens at a stage, to whom, and how often.
//
// Times and For count for each triple of client host, envelope sender and
// recipient, as greylisting does; before RCPT, the recipient of the triple is
// "" and To should be too.
type Rule struct {
	At    Stage
	To    string        // an address, or "@" and a domain; "" for everybody
	Share float64       // of recipients, told apart by a hash: always the same ones; 0 for all
	Times int           // passages it applies to, then never again; 0 for no end
	For   time.Duration // it applies until so long after the first passage; 0 for no end

	Delay time.Duration // waited before the reply, or before the cut
	Reply string        // instead of the usual one; after a 421 the connection is closed
	Cut   Cut           // the connection, and withhold the reply
}

// A Cut is how a connection ends without a word. At Dot the message has been
// accepted before, and is listed: the sender cannot know.
type Cut string

// The ways to hang up.
const (
	FIN Cut = "fin" // in order
	RST Cut = "rst" // as a crashed host does
)

// Greylist refuses each triple at RCPT until it comes again after a time.
func Greylist(wait time.Duration) Rule {
	return Rule{At: Rcpt, For: wait, Reply: "451 4.7.1 greylisted, please come again later"}
}

// A triple is what is known of a message in greylisting's terms.
type triple struct {
	host, from, to string
}

// A meeting is of a rule, by its place, with a triple.
type meeting struct {
	rule int
	triple
}

// passages are how often and since when.
type passages struct {
	times int
	since time.Time
}

// A script is a behaviour being played.
type script struct {
	Behaviour

	mu      sync.Mutex
	met     map[meeting]*passages  // guarded by mu
	taken   map[int][]time.Time    // messages let through, by cap; guarded by mu
	holding map[int]map[*conn]bool // connections let through, by cap; guarded by mu
}

// capped is what the caps say of another recipient; "" where it is let through.
func (s *script) capped(c *conn, to string, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, limit := range s.Caps {
		if !strings.HasSuffix(to, limit.Domain) {
			continue
		}
		since := now.Add(-cmp.Or(limit.Window, time.Minute))
		s.taken[i] = slices.DeleteFunc(s.taken[i], func(t time.Time) bool { return !t.After(since) })
		switch {
		case limit.Connections > 0 && !s.holding[i][c] && len(s.holding[i]) >= limit.Connections:
			return capConnections
		case limit.Messages > 0 && len(s.taken[i]) >= limit.Messages:
			return capMessages
		}
		s.taken[i] = append(s.taken[i], now)
		if s.holding[i] == nil {
			s.holding[i] = map[*conn]bool{}
		}
		s.holding[i][c] = true
	}
	return ""
}

// leave forgets a connection that has ended.
func (s *script) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, held := range s.holding {
		delete(held, c)
	}
}

// find is the first rule that applies, nil for none.
func (s *script) find(at Stage, who triple, now func() time.Time) *Rule {
	for i := range s.Rules {
		rule := &s.Rules[i]
		if rule.At == at && rule.concerns(who.to) && s.pass(i, who, now) {
			return rule
		}
	}
	return nil
}

// pass counts a passage if the rule has an end, and says whether it applies.
func (s *script) pass(i int, who triple, now func() time.Time) bool {
	rule := &s.Rules[i]
	if rule.Times == 0 && rule.For == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.met[meeting{i, who}]
	if p == nil {
		p = &passages{since: now()}
		s.met[meeting{i, who}] = p
	}
	if rule.Times > 0 && p.times >= rule.Times || rule.For > 0 && now().Sub(p.since) >= rule.For {
		return false
	}
	p.times++
	return true
}

// concerns says whether the rule is about a recipient.
func (r *Rule) concerns(to string) bool {
	if r.To != "" && r.To != to && !(r.To[0] == '@' && strings.HasSuffix(to, r.To)) {
		return false
	}
	if r.Share == 0 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(to)) // never fails
	// FNV's high bits differ little between short strings: stir before taking
	// 53 of them as a fraction.
	mixed := h.Sum64() * 0x9E3779B97F4A7C15
	return float64(mixed>>11)/(1<<53) < r.Share
}

// hostOf is the client, without its port.
func hostOf(addr net.Addr) string {
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return host
}
