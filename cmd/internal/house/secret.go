package house

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

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
