package house

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"douane.gouv.fr/crieur/schemas/stream"
)

// secretKey is where the store keeps what subscribers' ids and links are made
// with: all processes of a house share it, and whoever has a link keeps it.
const secretKey = "secret.house"

// keepSecret finds the house's secret, or makes the first one.
func (h *House) keepSecret(ctx context.Context) error {
	if len(h.Secret) > 0 {
		return nil
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return err
	}
	_, err := h.Store.Accounts.Create(ctx, secretKey, fresh, 0)
	if err != nil && !errors.Is(err, stream.ErrConflict) {
		return fmt.Errorf("keep the house's secret: %w", err)
	}
	pair, err := h.Store.Accounts.Get(ctx, secretKey)
	if err != nil {
		return fmt.Errorf("find the house's secret: %w", err)
	}
	h.Secret = pair.Value
	return nil
}

// TokenFile is where the first administrator's token is written.
func (h *House) TokenFile() string { return filepath.Join(h.Dir, "administrator.token") }

// Bootstrap makes the first account, where there is none, and writes its token
// to TokenFile, for its owner alone. It tells whether it did.
func (h *House) Bootstrap(ctx context.Context) (bool, error) {
	if !h.plays(RoleDesk) {
		return false, nil
	}
	token, err := h.Publisher.Bootstrap(ctx)
	if err != nil || token == "" {
		return false, err
	}
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		return false, fmt.Errorf("write the administrator's token: %w", err)
	}
	if err := os.WriteFile(h.TokenFile(), []byte(token+"\n"), 0o600); err != nil {
		return false, fmt.Errorf("write the administrator's token: %w", err)
	}
	return true, nil
}
