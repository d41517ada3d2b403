package main

import (
	"context"
	"fmt"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Account keeps the people of the desk.
type Account struct {
	Add    AddAccount    `cmd:"" help:"Make an account, and its first token."`
	Token  NewToken      `cmd:"" help:"Make another token of an account."`
	Revoke RevokeTokens  `cmd:"" help:"Make all tokens of an account worthless."`
	Remove RemoveAccount `cmd:"" help:"Remove an account with its tokens."`
	List   ListAccounts  `cmd:"" help:"List the accounts."`
}

// AddAccount makes one.
type AddAccount struct {
	ID     string        `arg:"" help:"Lower-case letters, digits and hyphens; no one's name."`
	Roles  []notice.Role `help:"What it may do: drafter, signatory, duty, administrator." required:"" placeholder:"ROLE,..."`
	Bureau string        `help:"Whose notices; every bureau's if absent." placeholder:"CODE"`
	Days   int           `help:"How long its token opens." default:"90" placeholder:"DAYS"`
	Remote
}

// Run makes the account and prints its token, which is seen this once.
func (x AddAccount) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	if err := c.AddAccount(ctx, publisher.Account{ID: x.ID, Roles: x.Roles, Bureau: x.Bureau}); err != nil {
		return err
	}
	return NewToken{x.ID, x.Days, x.Remote}.Run(ctx, s)
}

// NewToken makes a token.
type NewToken struct {
	ID   string `arg:"" help:"The account."`
	Days int    `help:"How long it opens." default:"90" placeholder:"DAYS"`
	Remote
}

// Run prints the token, alone on its line.
func (x NewToken) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	t, err := c.NewToken(ctx, x.ID, x.Days)
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
	ID string `arg:"" help:"The account."`
	Remote
}

// Run revokes.
func (x RevokeTokens) Run(ctx context.Context) error {
	c, err := x.client()
	if err != nil {
		return err
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
