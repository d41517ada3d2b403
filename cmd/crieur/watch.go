package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// Watch follows the events as a reader on NATS.
type Watch struct {
	NATS        string   `help:"The broker, as readers reach it." name:"nats" default:"nats://127.0.0.1:4222" placeholder:"URL"`
	Credentials string   `help:"Credentials for --nats." type:"existingfile" placeholder:"FILE"`
	Service     []string `help:"Only what concerns these services, by code." placeholder:"SERVICE"`
	All         bool     `help:"Begin with the first event there is, not with the next one."`
	JSON        bool     `help:"Print each event as a CloudEvent, a line each."`
}

// Run prints events until it is told to end.
func (w Watch) Run(ctx context.Context, s Streams) error {
	finding, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	store, err := stream.OpenReader(finding, stream.Config{URL: w.NATS, Credentials: w.Credentials, Name: "crieur watch", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	var after uint64
	if !w.All {
		if after, err = store.Notices.Last(ctx); err != nil {
			return err
		}
	}
	states := map[string]notice.State{}
	err = store.Notices.Follow(ctx, 0, "", func(r stream.Record) error {
		var e notice.Event
		if err := json.Unmarshal(r.Data, &e); err != nil {
			return nil // an event of a later version
		}
		states[r.Key] = states[r.Key].With(e)
		if r.Seq <= after || !w.concerns(states[r.Key]) {
			return nil
		}
		return w.print(s, r, states[r.Key], e)
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (w Watch) concerns(s notice.State) bool {
	return len(w.Service) == 0 || slices.ContainsFunc(s.Scope, func(line notice.Scope) bool {
		return slices.ContainsFunc(line.Services, func(code string) bool { return slices.Contains(w.Service, code) })
	})
}

func (w Watch) print(s Streams, r stream.Record, state notice.State, e notice.Event) error {
	if w.JSON {
		_, err := fmt.Fprintf(s.Out, "%s\n", r.Data)
		return err
	}
	_, err := fmt.Fprintf(s.Out, "%s  %-16s %s\n", notice.At(e.Time), e.Act.Type(), reference(state))
	return err
}
