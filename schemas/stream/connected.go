package stream

import (
	"context"

	"github.com/nats-io/nats.go"
)

// Watch tells f whether the broker is connected: at once, and each time that
// changes, until ctx ends. A broker that is connected may still have nothing
// to say, as a cluster without a leader; Last asks it.
func (s *Store) Watch(ctx context.Context, f func(connected bool)) {
	changes := s.nc.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED)
	defer s.nc.RemoveStatusListener(changes)
	connected := s.nc.IsConnected()
	f(connected)
	for {
		select {
		case <-changes:
		case <-ctx.Done():
			return
		}
		if now := s.nc.IsConnected(); now != connected {
			connected = now
			f(connected)
		}
	}
}
