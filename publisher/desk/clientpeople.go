package desk

import (
	"context"
	"net/url"

	"douane.gouv.fr/crieur/publisher"
)

func accountPath(account, below string) string {
	return "/api/accounts/" + url.PathEscape(account) + below
}

// ChangeAccount gives an account other rights.
func (c Client) ChangeAccount(ctx context.Context, a publisher.Account) error {
	_, err := ask[publisher.Account](ctx, c, request{method: "PUT", path: accountPath(a.ID, ""), body: a})
	return err
}

// ResetPassword gives an account a password to be changed at its first use.
func (c Client) ResetPassword(ctx context.Context, account string) (Password, error) {
	return ask[Password](ctx, c, request{method: "POST", path: accountPath(account, "/password")})
}

// NewToken makes a token of an account in all scopes; 0 days are DefaultDays.
func (c Client) NewToken(ctx context.Context, account string, days int) (Token, error) {
	return c.Issue(ctx, account, NewToken{Days: days})
}

// Issue makes a token of an account.
func (c Client) Issue(ctx context.Context, account string, t NewToken) (Token, error) {
	return ask[Token](ctx, c, request{method: "POST", path: accountPath(account, "/tokens"), body: t})
}

// Tokens are those of an account, without their secrets.
func (c Client) Tokens(ctx context.Context, account string) ([]publisher.Token, error) {
	return ask[[]publisher.Token](ctx, c, request{method: "GET", path: accountPath(account, "/tokens")})
}

// RevokeToken makes one token of an account worthless, by its id.
func (c Client) RevokeToken(ctx context.Context, account, id string) error {
	_, err := ask[any](ctx, c, request{method: "DELETE", path: accountPath(account, "/tokens/"+url.PathEscape(id))})
	return err
}

// RevokeTokens makes all tokens of an account worthless.
func (c Client) RevokeTokens(ctx context.Context, account string) error {
	_, err := ask[any](ctx, c, request{method: "DELETE", path: accountPath(account, "/tokens")})
	return err
}
