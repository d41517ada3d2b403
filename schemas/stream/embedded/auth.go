package embedded

import (
	"github.com/nats-io/nats-server/v2/server"
)

// doorman decides by the way somebody came: a connection in memory can only be
// the program's own, and one over TCP never is, whatever it calls itself.
type doorman struct {
	users  []*server.User
	server *server.Server // the users' accounts are looked up here
}

// Check puts a connection into its account.
func (d *doorman) Check(c server.ClientAuthentication) bool {
	name := "reader"
	if addr := c.RemoteAddress(); addr != nil && addr.Network() == "pipe" {
		name = "house"
		if c.GetOpts().Username == "mirrors" {
			name = "mirrors"
		}
	}
	for _, u := range d.users {
		if u.Username != name {
			continue
		}
		account, err := d.server.LookupAccount(u.Account.Name)
		if err != nil {
			return false
		}
		c.RegisterUser(&server.User{Username: name, Account: account, Permissions: u.Permissions})
		return true
	}
	return false
}
