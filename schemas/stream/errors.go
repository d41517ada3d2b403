package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrConflict: somebody else wrote first; read again and decide again.
	ErrConflict = errors.New("somebody else wrote first")
	// ErrNotFound: there is no such key, record or object.
	ErrNotFound = errors.New("not found")
	// ErrFull: the store refuses to grow. Nothing was written; it takes writes
	// again when there is room.
	ErrFull = errors.New("the store is full")
)

// Codes of the broker that package jetstream has no name for
// (nats-server, server/errors.json).
const (
	codeAccountResources   jetstream.ErrorCode = 10002
	codeNoSuitablePeers    jetstream.ErrorCode = 10005
	codeClusterNotLeader   jetstream.ErrorCode = 10009
	codeUnavailable        jetstream.ErrorCode = 10008
	codeResources          jetstream.ErrorCode = 10023
	codeStorageResources   jetstream.ErrorCode = 10047
	codeStoreFailed        jetstream.ErrorCode = 10077 // with discard "new": the stream is at its size
	codeStreamOffline      jetstream.ErrorCode = 10118
	codeWrongLast          jetstream.ErrorCode = 10071
	codeWrongLastInFlight  jetstream.ErrorCode = 10164 // another write to the subject is under way
	codeMessageNotFound    jetstream.ErrorCode = 10037
	codeConsumerNotFound   jetstream.ErrorCode = 10014
	codeReplicasNotAllowed jetstream.ErrorCode = 10074
)

// code is the broker's error code in err, 0 if there is none.
func code(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// passing is whether the same call may work in a moment: nobody answered, or
// the cluster is choosing a leader.
func passing(err error) bool {
	switch code(err) {
	case codeUnavailable, codeClusterNotLeader, codeNoSuitablePeers, codeStreamOffline:
		return true
	case 0:
	default:
		return false
	}
	for _, e := range []error{
		context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrConnectionReconnecting,
		nats.ErrReconnectBufExceeded, nats.ErrStaleConnection, jetstream.ErrNoStreamResponse, jetstream.ErrJetStreamNotEnabled,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// meant turns the broker's words into ours.
func meant(err error) error {
	switch code(err) {
	case codeAccountResources, codeResources, codeStorageResources, codeStoreFailed:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case codeWrongLast, codeWrongLastInFlight:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case codeMessageNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}
