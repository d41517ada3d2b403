package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// An asset is one stream of the broker. All of them, in one table, are what
// the house keeps; key-value buckets and object stores are streams whose names
// and subjects the broker's own tools know (nats kv, nats object).
type asset struct {
	name, holds string
	subjects    []string
	share       int64 // of the space for everything, in thousandths
	maxMessage  int32 // bytes; what is larger is a mistake of ours
	set         func(*jetstream.StreamConfig)
}

// FoldAfter is for how long an event stays on LEDGER line by line before it
// is folded into one object of PROOFS.
const FoldAfter = 7 * 24 * time.Hour

const (
	kib = 1 << 10
	mib = 1 << 20

	// spaceUnlimited is shared out where the account sets no limit: enough for
	// a million subscribers, their ledger and ten years of letters.
	spaceUnlimited = 64 << 30
	// ledgerAge is 13 months: a year, and the month in which it is asked for.
	ledgerAge = 396 * 24 * time.Hour
	// proofAge with FoldAfter makes ledgerAge: what was folded is forgotten
	// when it would have been.
	proofAge = ledgerAge - FoldAfter
	// dedupeWindow bounds what the broker remembers of ids, in memory and in
	// the time a restart takes. Nothing relies on it beyond retryFor.
	dedupeWindow = 2 * time.Minute
)

// assets is the table. A share is reserved: bulk (SUBSCRIBERS, JOBS, LETTERS,
// DEAD) is refused when its own is used up, and takes nothing from NOTICES,
// ALERTS and LEDGER. What is left of the thousand is for what is yet to come;
// the mirrors that readers see have an account, and a part of the disk, of
// their own.
func assets() []asset {
	return []asset{
		{"NOTICES", "the record of what was published, never deleted", []string{"notice.>"}, 150, 1 * mib, forGood},
		{"DESK", "drafting, review and sign-off: the audit trail", []string{"desk.>"}, 100, 1 * mib, forGood},
		{"ALERTS", "the state of each service and mode, complete in each message", []string{"alert.>"}, 25, 1 * mib, lastOnly},
		{"LEDGER", "the outcome of every delivery", []string{"ledger.>"}, 200, 1 * mib, func(c *jetstream.StreamConfig) {
			c.MaxAge, c.DenyDelete, c.AllowMsgTTL = ledgerAge, true, true
		}},
		{"DEAD", "jobs given up, with the reason", []string{"dead.>"}, 25, 1 * mib, forGood},
		{"JOBS", "work for the channels", []string{"job.>"}, 50, 256 * kib, func(c *jetstream.StreamConfig) {
			c.Retention = jetstream.WorkQueuePolicy
			c.RePublish = &jetstream.RePublish{Source: "job.>", Destination: liveJobs + ">", HeadersOnly: true}
		}},
		{"KV_SUBSCRIBERS", "subscriptions with their address: the only personal data of the public", keysOf("SUBSCRIBERS"), 100, 16 * kib, lastOfKey},
		{"KV_ACCOUNTS", "accounts, sessions and tokens by their hash", keysOf("ACCOUNTS"), 25, 16 * kib, lastOfKey},
		{"KV_NUMBERS", "references and outage ids", keysOf("NUMBERS"), 25, 256 * kib, lastOfKey},
		{"OBJ_LETTERS", "signed letters, never deleted", []string{"$O.LETTERS.C.>", "$O.LETTERS.M.>"}, 100, 256 * kib, forGood},
		{"OBJ_PROOFS", "who was told of events that are over: what LEDGER held of each", []string{"$O.PROOFS.C.>", "$O.PROOFS.M.>"}, 100, 256 * kib, func(c *jetstream.StreamConfig) {
			c.MaxAge, c.DenyDelete = proofAge, true
		}},
	}
}

func keysOf(bucket string) []string { return []string{"$KV." + bucket + ".>"} }

func forGood(c *jetstream.StreamConfig) { c.DenyDelete, c.DenyPurge = true, true }

func lastOnly(c *jetstream.StreamConfig) {
	c.MaxMsgsPerSubject, c.DenyDelete, c.DenyPurge = 1, true, true
}

func lastOfKey(c *jetstream.StreamConfig) {
	c.MaxMsgsPerSubject, c.AllowMsgTTL, c.AllowRollup = 1, true, true
}

// config is the asset as the broker wants it. Direct reads stay off: on three
// nodes they are answered by whoever is near, and are stale.
func (a asset) config(replicas int, space int64) jetstream.StreamConfig {
	c := jetstream.StreamConfig{
		Name:        a.name,
		Description: a.holds,
		Subjects:    a.subjects,
		Storage:     jetstream.FileStorage,
		Replicas:    replicas,
		MaxBytes:    space / 1000 * a.share,
		MaxMsgSize:  a.maxMessage,
		Discard:     jetstream.DiscardNew, // refuse, never freeze, never forget
		Duplicates:  dedupeWindow,
	}
	a.set(&c)
	return c
}

// lay gives the Store its parts; build makes the broker have them.
func (s *Store) lay() {
	s.Notices = &Log{s, "NOTICES", "notice.", "application/cloudevents+json"}
	s.Desk = &Log{s, "DESK", "desk.", "application/json"}
	s.Alerts = &Log{s, "ALERTS", "alert.", "application/cloudevents+json"}
	s.Ledger = &Log{s, "LEDGER", "ledger.", "application/json"}
	s.Dead = &Log{s, "DEAD", "dead.", "application/json"}
	s.Subscribers = &Keys{s, "KV_SUBSCRIBERS", "$KV.SUBSCRIBERS."}
	s.Accounts = &Keys{s, "KV_ACCOUNTS", "$KV.ACCOUNTS."}
	s.Numbers = &Keys{s, "KV_NUMBERS", "$KV.NUMBERS."}
	s.Letters = &Objects{s, "LETTERS"}
	s.Proofs = &Objects{s, "PROOFS"}
	s.Jobs = &Queue{store: s, lanes: map[string]jetstream.Consumer{}, wake: map[string]chan struct{}{}}
}

// build creates or updates every asset, all at once: each costs the disk a few
// syncs, and they do not wait for one another.
func (s *Store) build(ctx context.Context) error {
	replicas := 1
	if s.nc.ConnectedClusterName() != "" {
		replicas = 3
	}
	space, err := s.space(ctx, replicas)
	if err != nil {
		return err
	}
	all := assets()
	made := make([]jetstream.Stream, len(all))
	errs := make([]error, len(all))
	var wait sync.WaitGroup
	for i, a := range all {
		wait.Go(func() {
			errs[i] = s.insist(ctx, "create stream "+a.name, func(ctx context.Context) error {
				var err error
				made[i], err = s.create(ctx, a.config(replicas, space))
				return err
			})
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i, a := range all {
		s.streams[a.name] = made[i]
	}
	return s.Jobs.listen()
}

// create makes a stream, or updates it where it differs.
func (s *Store) create(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	made, err := s.js.CreateStream(ctx, want)
	if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return made, err
	}
	return s.js.UpdateStream(ctx, want)
}

// space is what the assets may take on each node, in bytes.
func (s *Store) space(ctx context.Context, replicas int) (int64, error) {
	var limit int64
	err := s.insist(ctx, "ask the broker for its limits", func(ctx context.Context) error {
		info, err := s.js.AccountInfo(ctx)
		if err != nil {
			return err
		}
		limit = info.Limits.MaxStore
		return nil
	})
	if err != nil {
		return 0, err
	}
	if limit <= 0 {
		return spaceUnlimited, nil
	}
	return limit / int64(replicas), nil
}

// subject is a key below a prefix, after a look at whether the broker could
// take it: an empty token or a wildcard would match what nobody meant.
func subject(prefix, key string) (string, error) {
	tokens := strings.Split(key, ".")
	bad := func(t string) bool { return t == "" || strings.ContainsAny(t, "*> \t\r\n") }
	if slices.ContainsFunc(tokens, bad) {
		return "", fmt.Errorf("%q is not a key: tokens with dots between them", key)
	}
	return prefix + key, nil
}
