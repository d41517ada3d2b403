package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Queue holds jobs until they are done: a consumer for each lane and channel,
// made when it is first asked for, shared by all processes.
type Queue struct {
	store *Store

	mu    sync.Mutex
	lanes map[string]jetstream.Consumer // by durable name
	wake  map[string]chan struct{}      // by channel: closed when a job arrives
}

// Job is work on one span of one event for one channel.
type Job struct {
	Lane    string `json:"lane"`
	Channel string `json:"channel"`
	Event   string `json:"event"`
	Span    string `json:"span"`
	ID      string `json:"id"`
	Data    []byte `json:"data,omitempty"`
}

// Taken is a job that is ours until AckWait passes without a word from us.
type Taken struct {
	Job
	Attempt int // 1 the first time

	queue *Queue
	msg   jetstream.Msg
	seq   uint64
}

const liveJobs = "live.job."

// Push puts a job into its lane. The same ID within two minutes is one job;
// later it may be two, which the job's ledger tells apart. ErrFull: nothing
// was put.
func (q *Queue) Push(ctx context.Context, j Job) error {
	name, err := subject("job.", strings.Join([]string{j.Lane, j.Channel, j.Event, j.Span}, "."))
	if err != nil {
		return err
	}
	if strings.Count(name, ".") != 4 {
		return fmt.Errorf("push job %s: a lane, channel, event or span has a dot in it", name)
	}
	msg := nats.NewMsg(name)
	msg.Data = j.Data
	_, err = q.store.publish(ctx, write{stream: "JOBS", msg: msg, id: j.ID})
	return err
}

// Take looks at the lanes in the order given and takes one job, the first that
// is there; it waits for one up to wait and returns nil when none came. It
// never holds a second one. A job that is given up by its worker, or was put
// back for later, is seen within a fifth of AckWait.
func (q *Queue) Take(ctx context.Context, lanes []string, channel string, wait time.Duration) (*Taken, error) {
	end := time.NewTimer(wait)
	defer end.Stop()
	look := time.NewTicker(q.store.ackWait / 5)
	defer look.Stop()
	for {
		arrived := q.Arrived(channel) // before we look, so that none slips between
		t, err := q.look(ctx, lanes, channel)
		if t != nil {
			return t, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-end.C:
			return nil, err
		case <-arrived:
		case <-look.C:
		}
	}
}

// look asks one lane after the other. A lane that does not answer ends the
// round: a lower one must not be served before it.
func (q *Queue) look(ctx context.Context, lanes []string, channel string) (*Taken, error) {
	for _, lane := range lanes {
		t, err := q.takeFrom(ctx, lane, channel)
		if err != nil {
			return nil, fmt.Errorf("take job of lane %s: %w", lane, err)
		}
		if t != nil {
			return t, nil
		}
	}
	return nil, nil
}

func (q *Queue) takeFrom(ctx context.Context, lane, channel string) (*Taken, error) {
	consumer, err := q.consumer(ctx, lane, channel)
	if err != nil {
		return nil, err
	}
	batch, err := consumer.FetchNoWait(1)
	if err != nil {
		return nil, err
	}
	if m := <-batch.Messages(); m != nil {
		return q.taken(m)
	}
	if err := batch.Error(); err != nil {
		q.drop(lane, channel) // the broker may not know it any more
		return nil, err
	}
	return nil, nil
}

func (q *Queue) taken(m jetstream.Msg) (*Taken, error) {
	meta, err := m.Metadata()
	tokens := strings.Split(m.Subject(), ".")
	if err != nil || len(tokens) != 5 {
		return nil, errors.Join(fmt.Errorf("read job %s", m.Subject()), err)
	}
	return &Taken{
		Job: Job{
			Lane: tokens[1], Channel: tokens[2], Event: tokens[3], Span: tokens[4],
			ID: m.Headers().Get(jetstream.MsgIDHeader), Data: m.Data(),
		},
		Attempt: int(meta.NumDelivered), queue: q, msg: m, seq: meta.Sequence.Stream,
	}, nil
}

// consumer is the durable consumer of a lane and channel, made at first use.
// MaxDeliver and MaxAckPending are unlimited: a killed worker is not a failed
// job, and jobs put back for later must not stop a lane. BackOff would override
// AckWait.
func (q *Queue) consumer(ctx context.Context, lane, channel string) (jetstream.Consumer, error) {
	name := lane + "_" + channel
	q.mu.Lock()
	defer q.mu.Unlock()
	if c := q.lanes[name]; c != nil {
		return c, nil
	}
	var made jetstream.Consumer
	err := persist(ctx, func(ctx context.Context) (err error) {
		made, err = q.store.js.CreateOrUpdateConsumer(ctx, "JOBS", jetstream.ConsumerConfig{
			Durable:       name,
			FilterSubject: "job." + lane + "." + channel + ".>",
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       q.store.ackWait,
			MaxDeliver:    -1,
			MaxAckPending: -1,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	q.lanes[name] = made
	return made, nil
}

// drop lets the consumer be made again at its next use.
func (q *Queue) drop(lane, channel string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.lanes, lane+"_"+channel)
}

// listen wakes those who wait for a job: the broker repeats the head of each
// one that it stored, outside of the stream's own subjects.
func (q *Queue) listen() error {
	_, err := q.store.nc.Subscribe(liveJobs+">", func(m *nats.Msg) {
		tokens := strings.Split(m.Subject, ".") // live.job.<lane>.<channel>...
		if len(tokens) < 4 {
			return
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		if c := q.wake[tokens[3]]; c != nil {
			close(c)
			delete(q.wake, tokens[3])
		}
	})
	if err != nil {
		return fmt.Errorf("listen for jobs: %w", err)
	}
	return nil
}

// Arrived is closed when the next job for the channel arrives.
func (q *Queue) Arrived(channel string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.wake[channel]
	if c == nil {
		c = make(chan struct{})
		q.wake[channel] = c
	}
	return c
}

// Pending is how many jobs are neither done nor dropped.
func (q *Queue) Pending(ctx context.Context) (pending uint64, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		info, err := q.store.streams["JOBS"].Info(ctx)
		if err == nil {
			pending = info.State.Msgs
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count jobs: %w", err)
	}
	return pending, nil
}

// Extend keeps the job for another AckWait.
func (t *Taken) Extend(context.Context) error { return t.msg.InProgress() }

// Done removes the job. It is told also when ctx has ended: what was done must
// not be done again. An error leaves open whether the broker knows; the job may
// come again.
func (t *Taken) Done(ctx context.Context) error { return t.finish(ctx) }

// Retry puts the job back; it comes again after delay.
func (t *Taken) Retry(_ context.Context, delay time.Duration) error {
	if err := t.msg.NakWithDelay(delay); err != nil {
		return fmt.Errorf("put back job %s: %w", t.ID, err)
	}
	return nil
}

// Dropped is what DEAD holds of a job that was given up.
type Dropped struct {
	Job
	Reason  string `json:"reason"`
	Attempt int    `json:"attempt"`
}

// droppedType is the entry's type on DEAD.
const droppedType = "dropped"

// ReadDropped decodes a record of DEAD.
func ReadDropped(r Record) (Dropped, error) {
	var d Dropped
	if err := json.Unmarshal(r.Data, &d); err != nil {
		return d, fmt.Errorf("read dead job %s: %w", r.Key, err)
	}
	return d, nil
}

// Drop gives the job up: it is copied to DEAD, with the reason, and removed.
// The reason must hold no address.
func (t *Taken) Drop(ctx context.Context, reason string) error {
	data, err := json.Marshal(Dropped{Job: t.Job, Reason: reason, Attempt: t.Attempt})
	if err != nil {
		return err
	}
	e := Entry{
		Key: strings.Join([]string{t.Channel, t.Event, t.Span}, "."), ID: fmt.Sprintf("%s/%d", t.ID, t.seq),
		Type: droppedType, Data: data,
	}
	for {
		last, err := t.queue.store.Dead.Latest(ctx, e.Key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if last.ID == e.ID {
			break // dropped before; the broker had not heard that it is removed
		}
		_, err = t.queue.store.Dead.Append(ctx, e, last.Seq)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return t.finish(ctx)
}

func (t *Taken) finish(ctx context.Context) error {
	if err := acknowledge(ctx, t.msg); err != nil {
		return fmt.Errorf("remove job %s: %w", t.ID, err)
	}
	return nil
}
