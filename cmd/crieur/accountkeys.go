package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// ChangeAccount gives an account other rights.
type ChangeAccount struct {
	ID    string        `arg:"" help:"The account."`
	Roles []notice.Role `help:"What it may do: drafter, signatory, duty, administrator." required:"" placeholder:"ROLE"`
	Rights
	Remote
}

// Run changes it, at once.
func (x ChangeAccount) Run(ctx context.Context) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	return c.ChangeAccount(ctx, publisher.Account{ID: x.ID, Roles: x.Roles, Bureau: x.Bureau, Delegate: x.Delegate})
}

// ResetPassword gives an account a password.
type ResetPassword struct {
	ID string `arg:"" help:"The account."`
	Remote
}

// Run prints the password, alone on its line. It is seen this once.
func (x ResetPassword) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	p, err := c.ResetPassword(ctx, x.ID)
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, p)
	}
	_, err = fmt.Fprintln(s.Out, p.Password)
	return err
}

// ListTokens lists the tokens of an account.
type ListTokens struct {
	ID string `arg:"" help:"The account."`
	Remote
}

// Run lists them: none opens anything by what is printed.
func (x ListTokens) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	all, err := c.Tokens(ctx, x.ID)
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, all)
	}
	for _, t := range all {
		used := "never used"
		if !t.Used.IsZero() {
			used = "used " + t.Used.Format("2006-01-02")
		}
		scopes := make([]string, len(t.Scopes))
		for i, one := range slices.Sorted(slices.Values(t.Scopes)) {
			scopes[i] = string(one)
		}
		fmt.Fprintf(s.Out, "%s  until %s  %-15s  %-24s %s\n", t.ID, t.Expires.Format("2006-01-02"), used, cmp.Or(strings.Join(scopes, ","), "all"), t.Label)
	}
	return nil
}
