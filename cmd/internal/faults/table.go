package faults

import (
	"time"

	"douane.gouv.fr/crieur/cmd/internal/sink"
)

// Table is all faults.
func Table() []Fault {
	var all []Fault
	for _, part := range [][]Fault{slow(), later(), never(), lost(), closed(), wrong()} {
		all = append(all, part...)
	}
	return all
}

// rule is a fault of one rule.
func rule(name string, r sink.Rule, want Seen) Fault {
	return Fault{Name: name, Relay: sink.Config{Behaviour: sink.Behaviour{Rules: []sink.Rule{r}}}, Want: want}
}

// once is a rule about the domain concerned that holds the first time.
func once(at sink.Stage, reply string) sink.Rule {
	return sink.Rule{At: at, To: domain, Times: 1, Reply: reply}
}

// always is one that holds for ever.
func always(at sink.Stage, reply string) sink.Rule {
	return sink.Rule{At: at, To: domain, Reply: reply}
}

var (
	sent    = Seen{Copies: 1, Ledger: "sent 250"}
	holding = Seen{Copies: 1, Ledger: "nothing, sent 250"}
)

// slow relays are waited for, and asked for no more than they can take.
func slow() []Fault {
	return []Fault{
		{Name: "nothing", Want: sent},
		{Name: "20 ms to the relay", Relay: sink.Config{Behaviour: sink.Behaviour{RTT: 20 * time.Millisecond}}, Want: sent},
		{Name: "PIPELINING not offered", Relay: sink.Config{NoPipelining: true}, Subscribers: 3, Want: sent},
		rule("slow reply to the dot", sink.Rule{At: sink.Dot, To: domain, Delay: 200 * time.Millisecond}, sent),
		{Name: "too many connections", Relay: sink.Config{Behaviour: sink.Behaviour{Connections: 1}}, Subscribers: 6, Want: sent},
		{Name: "421 after each message", Relay: sink.Config{Behaviour: sink.Behaviour{MessagesPerConnection: 1}}, Subscribers: 12, Want: sent},
		{Name: "2 messages a minute for a domain", Relay: sink.Config{Behaviour: sink.Behaviour{Caps: []sink.Cap{{Domain: domain, Messages: 2}}}},
			Subscribers: 3, Want: Seen{Copies: 1, Ledger: "deferred 450 4.7.1, sent 250"}},
		{Name: "1 connection for a domain", Relay: sink.Config{Behaviour: sink.Behaviour{Caps: []sink.Cap{{Domain: domain, Connections: 1}}}},
			Subscribers: 4, Lease: 500 * time.Millisecond, Want: sent, Or: "deferred broken, sent 250"},
	}
}

// later is what a relay takes when it is asked again.
func later() []Fault {
	greylist := sink.Greylist(5 * time.Minute)
	greylist.To = domain
	deferred := func(code string) Seen { return Seen{Copies: 1, Ledger: "deferred " + code + ", sent 250"} }
	return []Fault{
		rule("greylisting", greylist, deferred("451 4.7.1")),
		rule("450 at RCPT", once(sink.Rcpt, "450 4.2.1 mailbox busy"), deferred("450 4.2.1")),
		rule("452 at RCPT", once(sink.Rcpt, "452 4.2.2 mailbox full"), deferred("452 4.2.2")),
		rule("451 at RCPT that names a time", once(sink.Rcpt, "451 4.7.1 try again in 90 seconds"), deferred("451 4.7.1")),
		rule("451 at DATA", once(sink.Data, "451 4.3.0 not now"), deferred("451 4.3.0")),
		rule("451 at the dot", once(sink.Dot, "451 4.3.0 not now"), deferred("451 4.3.0")),
		rule("454 at the dot", once(sink.Dot, "454 4.7.0 too many messages"), deferred("454 4.7.0")),
		rule("421 at RCPT", once(sink.Rcpt, "421 4.3.2 shutting down"), sent),
		rule("421 at DATA", once(sink.Data, "421 4.3.2 shutting down"), sent),
		rule("421 at the dot", once(sink.Dot, "421 4.3.2 shutting down"), sent),
		rule("451 at RCPT for ever", always(sink.Rcpt, "451 4.3.0 not now"), Seen{Ledger: "deferred 451 4.3.0"}),
	}
}

// never is what no further attempt would change.
func never() []Fault {
	return []Fault{
		rule("550 5.1.1 at RCPT", always(sink.Rcpt, "550 5.1.1 no such user"), Seen{Ledger: "bounced 550 5.1.1", Suppressed: true}),
		rule("550 5.1.1 at the dot", always(sink.Dot, "550 5.1.1 no such user"), Seen{Ledger: "bounced 550 5.1.1", Suppressed: true}),
		rule("550 5.1.2 at RCPT", always(sink.Rcpt, "550 5.1.2 no such host"), Seen{Ledger: "bounced 550 5.1.2", Suppressed: true}),
		rule("552 5.2.2 at RCPT", always(sink.Rcpt, "552 5.2.2 mailbox full"), Seen{Ledger: "bounced 552 5.2.2"}),
		rule("552 5.2.2 at the dot", always(sink.Dot, "552 5.2.2 mailbox full"), Seen{Ledger: "bounced 552 5.2.2"}),
		rule("552 5.3.4 at the dot", always(sink.Dot, "552 5.3.4 message too big"), Seen{Ledger: "refused 552 5.3.4"}),
		rule("550 5.7.1 at RCPT", always(sink.Rcpt, "550 5.7.1 not welcome"), Seen{Ledger: "refused 550 5.7.1"}),
		rule("550 5.7.1 at the dot", always(sink.Dot, "550 5.7.1 looks like spam"), Seen{Ledger: "refused 550 5.7.1"}),
		rule("554 at DATA", always(sink.Data, "554 5.5.1 no"), Seen{Ledger: "refused 554 5.5.1"}),
	}
}

// lost is what nobody answered to. A start is sent once more, a reminder is not.
func lost() []Fault {
	cut := func(at sink.Stage, how sink.Cut) sink.Rule { return sink.Rule{At: at, To: domain, Times: 1, Cut: how} }
	reminder := func(f Fault) Fault { f.Act, f.Name = Reminder, f.Name+", of a reminder"; return f }
	hasty := func(f Fault) Fault { f.Patience = 100 * time.Millisecond; return f }
	after := rule("cut after the dot", cut(sink.Dot, sink.FIN), Seen{Copies: 2, Ledger: "unknown, sent 250"})
	once := Seen{Copies: 1, Ledger: "unknown"}
	late := hasty(rule("no reply to the dot in time", sink.Rule{At: sink.Dot, To: domain, Times: 1, Delay: 300 * time.Millisecond}, after.Want))
	afterOnce, lateOnce := reminder(after), reminder(late)
	afterOnce.Want, lateOnce.Want = once, once
	return []Fault{
		rule("cut at MAIL", sink.Rule{At: sink.Mail, Times: 1, Cut: sink.RST}, sent),
		rule("cut at RCPT", cut(sink.Rcpt, sink.RST), sent),
		rule("cut at DATA", cut(sink.Data, sink.FIN), sent),
		rule("cut before the dot", cut(sink.Body, sink.RST), Seen{Copies: 1, Ledger: "unknown, sent 250"}),
		after, afterOnce,
		rule("reset after the dot", cut(sink.Dot, sink.RST), after.Want),
		late, lateOnce,
	}
}

// closed relays take nothing from anybody: nobody is marked, and all goes out
// when they are open again.
func closed() []Fault {
	held := func(f Fault) Fault { f.Holds = true; return f }
	policy := "550 5.7.1 not from you"
	return []Fault{
		held(rule("421 at connecting", sink.Rule{At: sink.Connect, Reply: "421 4.3.2 not now"}, holding)),
		held(rule("cut at connecting", sink.Rule{At: sink.Connect, Cut: sink.RST}, holding)),
		held(rule("550 at EHLO", sink.Rule{At: sink.Hello, Reply: policy}, holding)),
		rule("421 at MAIL", sink.Rule{At: sink.Mail, Times: 2, Reply: "421 4.7.0 too many"}, sent),
		rule("451 at MAIL", sink.Rule{At: sink.Mail, Times: 2, Reply: "451 4.3.0 not now"}, sent),
		held(rule("550 at MAIL", sink.Rule{At: sink.Mail, Reply: policy}, holding)),
	}
}

// wrong is what an operator has to mend.
func wrong() []Fault {
	const user = "crieur:secret@"
	refused := rule("AUTH refused", sink.Rule{At: sink.Auth, Reply: "535 5.7.8 wrong password"}, holding)
	refused.Relay.Auth, refused.User, refused.Holds = true, user, true
	broken := rule("TLS handshake fails", sink.Rule{At: sink.Handshake, Cut: sink.RST}, holding)
	broken.Relay.StartTLS, broken.Holds = true, true
	return []Fault{
		{Name: "STARTTLS", Relay: sink.Config{StartTLS: true}, Query: "?tls=required", Want: sent},
		{Name: "STARTTLS missing where it is required", Query: "?tls=required", Holds: true, Want: Seen{Ledger: "nothing"}},
		{Name: "certificate of somebody else", Relay: sink.Config{StartTLS: true}, Distrust: true, Holds: true, Want: Seen{Ledger: "nothing"}},
		broken,
		{Name: "AUTH", Relay: sink.Config{Auth: true}, User: user, Want: sent},
		refused,
	}
}
