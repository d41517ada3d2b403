package house

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// The roles that a process may play.
const (
	RoleDesk    = "desk"    // drafts, sign-off, acts, the clock
	RoleLetter  = "letter"  // makes letters
	RoleEmail   = "email"   // sends mails
	RolePush    = "push"    // writes ALERTS, serves the live stream
	RoleOutlook = "outlook" // the public pages
)

// Roles are all of them.
var Roles = []string{RoleDesk, RoleLetter, RoleEmail, RolePush, RoleOutlook}

// A Config says what a house is made of. An address to listen on is host:port;
// nothing listens where it is empty.
type Config struct {
	Words templates.Words // what is said, and of which services and bureaus
	Roles []string        // all if empty

	Dir         string // where the embedded broker, the mailbox and the first token lie
	MaxStore    int64  // bytes of the embedded broker; 0: four fifths of what the disk has
	NATS        string // URLs of a broker; the embedded one if empty
	Credentials string // file, for NATS

	Seal       seal.Sealer        // of the letters; they are unsigned without a Signer
	Letterhead *letter.Letterhead // nil: the letters look as the house's
	Theme      *pages.Theme       // nil: the pages look as the house's

	Operator pages.Operator // answers for the public pages

	SMTP   []string               // URLs of relays (email.Relay); the embedded mailbox if empty
	From   mail.Address           // who writes the mails
	DKIM   []email.Key            // sign the mails
	Limits map[string]email.Limit // of mail domains

	Returns Returns // of mails that cannot be delivered
	Push    Push    // notifications in browsers
	Identity

	Public    string // listens for the public
	Desk      string // listens for the bureau
	Readers   string // listens for downstream systems, with the embedded broker
	Metrics   string // listens for whoever watches over the house
	Mailbox   string // listens for whoever looks at the embedded mailbox
	PublicURL string // where the public finds us; made of Public if empty
	// Proxies are those in front of Public and Desk that say truly where a request comes
	// from (X-Forwarded-For): networks as 10.0.0.0/8. None if empty.
	Proxies []netip.Prefix

	// Lease is for how long a job is lent to a worker: what a killed one held
	// goes on after that. 5 s if 0.
	Lease time.Duration
	// FoldAfter is when an event that is over is folded (notifier.Notifier.Fold).
	FoldAfter time.Duration
	Clock     *Clock
	Secret    []byte // of subscribers' ids and links; kept in the store if empty
	Log       *slog.Logger
}

// Check says all that is wrong with the settings, by flag.
func (c Config) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, r := range c.Roles {
		if !slices.Contains(Roles, r) {
			wrong("--roles: %q is none of %s", r, strings.Join(Roles, ", "))
		}
	}
	if c.NATS != "" && c.Readers != "" {
		wrong("--readers: with --nats, the cluster's own servers listen for readers; leave it out")
	}
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http")) {
		wrong("--public-url: %q is not the address of a site: write https://host", c.PublicURL)
	}
	if c.FoldAfter != 0 && c.FoldAfter <= notifier.Lifetime {
		wrong("--fold-after: %s; an event may be told for %s, give it longer", c.FoldAfter, notifier.Lifetime)
	}
	if _, err := mail.ParseAddress(c.From.Address); err != nil {
		wrong("--from: %q is not a mail address", c.From.Address)
	}
	c.Returns.check(wrong)
	c.Identity.check(wrong)
	return errors.Join(errs...)
}

// plays is whether this process plays a role.
func (c Config) plays(role string) bool { return len(c.Roles) == 0 || slices.Contains(c.Roles, role) }
