package embedded

import (
	"context"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A server whose disk refused a write freezes the stream: publishes time out
// without an error, and only a restart helps. So its health is looked at every
// watchEvery; between two restarts at least restartGap passes.
const (
	watchEvery = 2 * time.Second
	restartGap = 10 * time.Second
)

func (s *Server) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		what := s.illness()
		if what == "" || time.Since(last) < restartGap {
			continue
		}
		last = time.Now()
		s.log.Error("the broker is not well and is restarted", "err", what)
		if err := s.Restart(ctx); err != nil {
			s.log.Error("the broker did not start again, will retry", "err", err)
			continue
		}
		s.log.Info("the broker runs again")
	}
}

// illness is what the server says is wrong with it, "" if nothing is.
func (s *Server) illness() string {
	n := s.current()
	if n == nil {
		return "it is not running"
	}
	if h := n.Healthz(&server.HealthzOptions{}); h.Status == "error" {
		return h.Error
	}
	return ""
}
