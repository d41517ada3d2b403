package house

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/door"
	"douane.gouv.fr/crieur/publisher/desk/door/oidc"
	"douane.gouv.fr/crieur/templates/bureau"
)

// Identity says who is let in at the desk.
type Identity struct {
	DeskURL string // where staff find the desk; made of Desk if empty
	Issuer  string // vouches for people (OIDC); nobody does if empty
	Label   string // of the issuer, on the button
	Client  string // our id at the issuer
	// ClientSecret is our secret there.
	ClientSecret string
	Claim        string // which claim says the roles
	// IssuerOnly says that nobody signs in with a password of ours.
	IssuerOnly bool
}

func (i Identity) check(wrong func(string, ...any)) {
	if u, err := url.Parse(i.DeskURL); i.DeskURL != "" && (err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") || strings.Trim(u.Path, "/") != "") {
		wrong("--desk-url: %q is not the address of a site: write https://host", i.DeskURL)
	}
	switch {
	case i.Issuer == "" && i.IssuerOnly:
		wrong("--local-accounts=false: nobody could sign in: name an issuer by --oidc-issuer")
	case i.Issuer != "":
		if err := i.provider("", nil).Check(); err != nil {
			wrong("%w", err)
		}
	}
}

func (i Identity) provider(site string, key []byte) *oidc.Provider {
	return &oidc.Provider{Issuer: i.Issuer, Label: i.Label, Client: i.Client, Secret: i.ClientSecret, Claim: i.Claim,
		Redirect: site + "/oidc/retour", Key: key, Now: time.Now}
}

// deskURL is where staff find the desk.
func (h *House) deskURL() string {
	if h.DeskURL != "" || h.Desk == "" {
		return strings.TrimSuffix(h.DeskURL, "/")
	}
	return "http://" + h.at(RoleDesk)
}

// openDoor makes the door to the bureau's pages.
func (h *House) openDoor(rooms bureau.House) *door.Door {
	d := &door.Door{Publisher: h.Publisher, House: rooms, Site: h.deskURL(), Proxies: h.Proxies, Shut: h.IssuerOnly}
	if h.Issuer != "" {
		d.OIDC = h.provider(d.Site, h.Secret)
	}
	if host, _, err := net.SplitHostPort(h.at(RoleDesk)); err == nil && h.DeskURL == "" && !net.ParseIP(host).IsLoopback() {
		h.Log.Warn("the desk is reached over plain http: passwords can be read on the way; put TLS before it and name it by --desk-url https://host")
	}
	return d
}

// TokenFile is where the first administrator's token is written.
func (h *House) TokenFile() string { return filepath.Join(h.Dir, "administrator.token") }

// Bootstrap makes the first account, where there is none, writes its token to
// TokenFile, for its owner alone, and gives its password, which is seen this
// once: "" where there are accounts.
func (h *House) Bootstrap(ctx context.Context) (password string, err error) {
	if !h.plays(RoleDesk) {
		return "", nil
	}
	token, err := h.Publisher.Bootstrap(ctx)
	if err != nil || token == "" {
		return "", err
	}
	if err := errors.Join(os.MkdirAll(h.Dir, 0o700), os.WriteFile(h.TokenFile(), []byte(token+"\n"), 0o600)); err != nil {
		return "", fmt.Errorf("write the administrator's token: %w", err)
	}
	return h.Publisher.ResetPassword(ctx, publisher.FirstAdministrator)
}
