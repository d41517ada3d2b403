package embedded

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Readers see copies, which the broker itself keeps in step once they exist.
// Whether they do is looked at every mirrorEvery, and every mirrorSoon while
// there is nothing to copy yet: the house makes its streams after the start.
const (
	mirrorEvery = 2 * time.Second
	mirrorSoon  = 100 * time.Millisecond
)

// mirrors are the streams that readers see, as the broker's tools take them: an
// operator of a cluster makes them from the same files.
//
//go:embed NOTICES.json ALERTS.json
var mirrors embed.FS

var mirrored = []string{"NOTICES", "ALERTS"}

// mirror keeps the mirrors there until ctx ends.
func (s *Server) mirror(ctx context.Context) {
	nc, js, err := s.readers()
	if err != nil {
		s.log.Error("readers see nothing: no mirrors", "err", err)
		return
	}
	defer nc.Close()
	said := ""
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = mirrorEvery
		err := keepAll(ctx, js)
		switch {
		case errors.Is(err, errNoOrigin):
			wait = mirrorSoon
		case err != nil && err.Error() != said && ctx.Err() == nil:
			s.log.Warn("mirrors for readers not looked after, will retry", "err", err)
		}
		said = fmt.Sprint(err)
	}
}

// readers connects as the user who makes the mirrors, and waits for no server:
// one may just be restarting.
func (s *Server) readers() (*nats.Conn, jetstream.JetStream, error) {
	nc, err := nats.Connect("", nats.InProcessServer(s.InProcess()), nats.UserInfo("mirrors", ""), nats.Name("mirrors"),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(mirrorSoon))
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(nc)
	return nc, js, err
}

func keepAll(ctx context.Context, js jetstream.JetStream) error {
	var errs []error
	for _, name := range mirrored {
		ctx, cancel := context.WithTimeout(ctx, mirrorEvery)
		if err := keep(ctx, js, name); err != nil {
			errs = append(errs, fmt.Errorf("mirror %s: %w", name, err))
		}
		cancel()
	}
	return errors.Join(errs...)
}

// keep makes a mirror that is missing. One that is ahead of its origin, or
// older, copies a stream that is gone (a backup was restored): it is made anew.
func keep(ctx context.Context, js jetstream.JetStream, name string) error {
	// The mirror is asked first: its origin cannot be behind it afterwards.
	have, err := js.Stream(ctx, name)
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	there, err := origin(ctx, js, name)
	if err != nil {
		return err
	}
	if have != nil {
		copied := have.CachedInfo()
		if copied.State.LastSeq <= there.State.LastSeq && !copied.Created.Before(there.Created) {
			return nil
		}
		if err := js.DeleteStream(ctx, name); err != nil {
			return err
		}
	}
	config, err := mirrorConfig(name)
	if err == nil {
		_, err = js.CreateStream(ctx, config)
	}
	return err
}

func mirrorConfig(name string) (c jetstream.StreamConfig, err error) {
	text, err := mirrors.ReadFile(name + ".json")
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// errNoOrigin: the house has not made the stream yet.
var errNoOrigin = errors.New("there is nothing to copy yet")

// origin asks the house about its stream, by the way that mirrors go.
func origin(ctx context.Context, js jetstream.JetStream, name string) (*jetstream.StreamInfo, error) {
	c, err := mirrorConfig(name)
	if err != nil {
		return nil, err
	}
	msg, err := js.Conn().RequestWithContext(ctx, c.Mirror.External.APIPrefix+".STREAM.INFO."+name, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		jetstream.StreamInfo
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return nil, err
	}
	switch {
	case answer.Error == nil:
		return &answer.StreamInfo, nil
	case answer.Error.ErrorCode == jetstream.JSErrCodeStreamNotFound:
		return nil, errNoOrigin
	}
	return nil, answer.Error
}
