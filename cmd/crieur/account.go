package main

import (
	"context"
	"fmt"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Account keeps the people of the desk.
type Account struct {
	Add    AddAccount    `cmd:"" help:"Make an account, and its first token."`
	Change ChangeAccount `cmd:"" help:"Give an account other roles, another bureau, or the right to be delegated to."`

	Password ResetPassword `cmd:"" help:"Give an account a password for the desk's pages, to be changed at its first use."`
	Token    NewToken      `cmd:"" help:"Make another token of an account."`
	Tokens   ListTokens    `cmd:"" help:"List the tokens of an account: what for, until when, last used when."`
	Revoke   RevokeTokens  `cmd:"" help:"Make one token of an account worthless, or all."`
	Remove   RemoveAccount `cmd:"" help:"Remove an account with its tokens and sessions."`
	List     ListAccounts  `cmd:"" help:"List the accounts."`
}

// AddAccount makes one.
type AddAccount struct {
	ID    string        `arg:"" help:"Lower-case letters, digits and hyphens; no one's name."`
	Roles []notice.Role `help:"What it may do: drafter, signatory, duty, administrator." required:"" placeholder:"ROLE"`
	Rights
	TokenTerms
	Remote
}

// Rights are what an account may do besides its roles.
type Rights struct {
	Bureau   string `help:"Whose notices; every bureau's if absent." placeholder:"CODE"`
	Delegate bool   `help:"A signatory may delegate to it."`
}

// TokenTerms are those of a token.
type TokenTerms struct {
	Days   int               `help:"For how many days the token opens." default:"90" placeholder:"DAYS"`
	Label  string            `help:"What the token is for." placeholder:"TEXT"`
	Scopes []publisher.Scope `help:"What the token opens: read, draft, sign, act, people; all that its account may, if absent." placeholder:"SCOPE"`
}

// Run makes the account and prints its token, which is seen this once.
func (x AddAccount) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	if err := c.AddAccount(ctx, publisher.Account{ID: x.ID, Roles: x.Roles, Bureau: x.Bureau, Delegate: x.Delegate}); err != nil {
		return err
	}
	return NewToken{x.ID, x.TokenTerms, x.Remote}.Run(ctx, s)
}

// NewToken makes a token.
type NewToken struct {
	ID string `arg:"" help:"The account."`
	TokenTerms
	Remote
}

// Run prints the token, alone on its line.
func (x NewToken) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	t, err := c.Issue(ctx, x.ID, desk.NewToken{Days: x.Days, Label: x.Label, Scopes: x.Scopes})
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, t)
	}
	_, err = fmt.Fprintln(s.Out, t.Token)
	return err
}

// RevokeTokens takes tokens back.
type RevokeTokens struct {
	ID    string `arg:"" help:"The account."`
	Token string `arg:"" optional:"" help:"The token's id, as account tokens lists it; all if absent." name:"token-id"`
	Remote
}

// Run revokes.
func (x RevokeTokens) Run(ctx context.Context) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	if x.Token != "" {
		return c.RevokeToken(ctx, x.ID, x.Token)
	}
	return c.RevokeTokens(ctx, x.ID)
}

// RemoveAccount removes one.
type RemoveAccount struct {
	ID string `arg:"" help:"The account."`
	Remote
}

// Run removes.
func (x RemoveAccount) Run(ctx context.Context) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	return c.RemoveAccount(ctx, x.ID)
}

// ListAccounts lists them.
type ListAccounts struct{ Remote }

// Run lists.
func (x ListAccounts) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	all, err := c.Accounts(ctx)
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, all)
	}
	for _, a := range all {
		roles := make([]string, len(a.Roles))
		for i, r := range a.Roles {
			roles[i] = string(r)
		}
		fmt.Fprintf(s.Out, "%-20s %-12s %s\n", a.ID, a.Bureau, strings.Join(roles, ", "))
	}
	return nil
}
