package main

import (
	"cmp"
	"net/url"
	"os"
	"strings"

	"douane.gouv.fr/crieur/cmd/internal/house"
)

// Identity is who is let in at the desk.
type Identity struct {
	DeskURL        string `help:"Where staff find the desk: https://host. Over https its cookies are bound to it." placeholder:"URL"`
	OIDCIssuer     string `help:"Let in whom this issuer vouches for (OpenID Connect)." name:"oidc-issuer" placeholder:"URL"`
	OIDCLabel      string `help:"How staff call the issuer, on the button; its host if absent." name:"oidc-label" placeholder:"NAME"`
	OIDCClient     string `help:"Our id at the issuer, which sends people back to DESK-URL/oidc/retour." name:"oidc-client" placeholder:"ID"`
	OIDCSecretFile string `help:"File with our secret at the issuer." name:"oidc-secret-file" type:"existingfile" placeholder:"FILE"`
	OIDCRolesClaim string `help:"The claim that says who may do what: crieur:drafter, crieur:signatory@comint1." name:"oidc-roles-claim" default:"roles" placeholder:"CLAIM"`
	LocalAccounts  bool   `help:"Let people sign in with a password of the house's own." default:"true" negatable:""`
}

// into reads the secret and sets what the house is told.
func (i Identity) into(c *house.Config) error {
	c.Identity = house.Identity{DeskURL: i.DeskURL, Issuer: i.OIDCIssuer, Label: i.OIDCLabel, Client: i.OIDCClient, Claim: i.OIDCRolesClaim, IssuerOnly: !i.LocalAccounts}
	if u, err := url.Parse(i.OIDCIssuer); err == nil {
		c.Label = cmp.Or(c.Label, u.Hostname())
	}
	if i.OIDCSecretFile == "" {
		return nil
	}
	text, err := os.ReadFile(i.OIDCSecretFile)
	c.ClientSecret = strings.TrimSpace(string(text))
	return asInput(err)
}
