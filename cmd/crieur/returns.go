package main

import "douane.gouv.fr/crieur/cmd/internal/house"

// Returns say what becomes of mails that cannot be delivered.
type Returns struct {
	Bounces       string `help:"Mailbox that mails come back to: name@domain, whose server hands name+anything to it too. Each mail gets an address of its own; without it they come back to --from, and nobody reads them here." placeholder:"ADDRESS"`
	BounceMaildir string `help:"Read what comes back from this maildir; what is for a person stays in it, flagged." type:"path" placeholder:"DIR"`
	BounceListen  string `help:"Let the relay deliver what comes back here, over SMTP (4 MiB a mail); not for the open Internet." placeholder:"HOST:PORT"`
	Canary        string `help:"Subscribe this address to everything and watch that its mails arrive: they come in by the maildir or the relay too." placeholder:"ADDRESS"`
}

func (r Returns) into(c *house.Config) {
	c.Returns = house.Returns{Mailbox: r.Bounces, Folder: r.BounceMaildir, Listen: r.BounceListen, Canary: r.Canary}
}
