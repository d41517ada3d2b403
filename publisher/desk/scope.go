package desk

import (
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// scopes says which scope each call needs; a test wants a row for every route.
// A call that has none is for tokens of all scopes alone. To know who one is,
// any token will do.
var scopes = map[string]publisher.Scope{
	"GET /api/health":                       publisher.ScopeRead,
	"POST /api/check":                       publisher.ScopeRead,
	"GET /api/notices":                      publisher.ScopeRead,
	"GET /api/notices/{id}":                 publisher.ScopeRead,
	"GET /api/notices/{id}/deliveries":      publisher.ScopeRead,
	"GET /api/numbers/void":                 publisher.ScopeRead,
	"GET /api/subscribers":                  publisher.ScopeRead,
	"GET /api/ledger/{name}":                publisher.ScopeRead,
	"GET /api/ledger/{event}/attempts":      publisher.ScopeRead, // with addresses also people: see attempts
	"GET /api/dead":                         publisher.ScopeRead,
	"POST /api/dead/revive":                 publisher.ScopePeople,
	"POST /api/notices":                     publisher.ScopeDraft,
	"PUT /api/notices/{id}/draft":           publisher.ScopeDraft,
	"POST /api/notices/{id}/submit":         publisher.ScopeDraft,
	"POST /api/notices/{id}/withdraw":       publisher.ScopeDraft,
	"POST /api/notices/{id}/return":         publisher.ScopeSign,
	"POST /api/notices/{id}/approve":        publisher.ScopeSign,
	"POST /api/notices/{id}/review":         publisher.ScopeSign,
	"POST /api/notices/{id}/acts/{type}":    publisher.ScopeAct,
	"POST /api/notices/{id}/held/{type}":    publisher.ScopeAct,
	"POST /api/notices/{id}/retract":        publisher.ScopeAct,
	"POST /api/subscribers":                 publisher.ScopePeople,
	"POST /api/subscribers/remove":          publisher.ScopePeople,
	"POST /api/subscribers/lift":            publisher.ScopePeople,
	"POST /api/subscribers/import":          publisher.ScopePeople,
	"GET /api/subscribers/export":           publisher.ScopePeople,
	"GET /api/subscribers/suppressed":       publisher.ScopePeople,
	"POST /api/ledger/history":              publisher.ScopePeople,
	"GET /api/accounts":                     publisher.ScopePeople,
	"POST /api/accounts":                    publisher.ScopePeople,
	"PUT /api/accounts/{id}":                publisher.ScopePeople,
	"DELETE /api/accounts/{id}":             publisher.ScopePeople,
	"POST /api/accounts/{id}/password":      publisher.ScopePeople,
	"GET /api/accounts/{id}/tokens":         publisher.ScopePeople,
	"POST /api/accounts/{id}/tokens":        publisher.ScopePeople,
	"DELETE /api/accounts/{id}/tokens":      publisher.ScopePeople,
	"DELETE /api/accounts/{id}/tokens/{no}": publisher.ScopePeople,
}

// free are the calls that any token may make.
var free = []string{"GET /api/me", "GET /api/openapi.json"}

// within lets those through whose token covers the scope of a call.
func within(pattern string, h handler) handler {
	return func(c call) (any, error) {
		if !slices.Contains(free, pattern) {
			if err := c.covers(scopes[pattern]); err != nil {
				return nil, err
			}
		}
		return h(c)
	}
}

// covers is nil where the caller's token covers a scope.
func (c call) covers(s publisher.Scope) error {
	if c.grant.Allows(s) {
		return nil
	}
	return fmt.Errorf("%w: the token does not cover the scope %q: make one that does", notice.ErrForbidden, s)
}
