package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

// follow collects what Follow delivers until the test has ended.
func follow(t *testing.T, l *stream.Log, after uint64, filter string) <-chan stream.Record {
	t.Helper()
	records := make(chan stream.Record, 1000)
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		err := l.Follow(ctx, after, filter, func(r stream.Record) error {
			records <- r
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return records
}

func next(t *testing.T, records <-chan stream.Record) stream.Record {
	t.Helper()
	select {
	case r := <-records:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("no record came")
		return stream.Record{}
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	for i := range 5 {
		put(t, s.Notices, fmt.Sprint("n", i), fmt.Sprint(i), 0)
	}
	all, later, some := follow(t, s.Notices, 0, ""), follow(t, s.Notices, 3, ""), follow(t, s.Notices, 0, "n4")
	for i := range 5 {
		if r := next(t, all); r.ID != fmt.Sprint(i) || r.Seq != uint64(i+1) || r.Pending != uint64(4-i) {
			t.Errorf("record %d = %+v", i, r)
		}
	}
	if r := next(t, later); r.ID != "3" {
		t.Errorf("the first behind 3 is %+v", r)
	}
	put(t, s.Notices, "n5", "5", 0)
	put(t, s.Notices, "n4", "6", 5)
	for _, want := range []string{"4", "6"} {
		if r := next(t, some); r.ID != want || r.Pending != 0 {
			t.Errorf("filtered record = %+v, want %s", r, want)
		}
	}
	if r := next(t, all); r.ID != "5" {
		t.Errorf("live record = %+v", r)
	}
}

func TestFollowEndsWithTheError(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	put(t, s.Desk, "n", "1", 0)
	enough := errors.New("enough")
	err := s.Desk.Follow(t.Context(), 0, "", func(stream.Record) error { return enough })
	if err != enough {
		t.Errorf("Follow = %v, want the handler's error", err)
	}
}

func TestFollowAcrossRestarts(t *testing.T) {
	t.Parallel()
	s, server := noticetest.Server(t, embedded.Config{}, stream.Config{})
	records := follow(t, s.Desk, 0, "")
	var last uint64
	for i := range 3 {
		last = put(t, s.Desk, "n", fmt.Sprint(i, "a"), last)
		if r := next(t, records); r.Seq != last {
			t.Fatalf("record %d, want %d", r.Seq, last)
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		last = put(t, s.Desk, "n", fmt.Sprint(i, "b"), last)
		start := time.Now()
		if r := next(t, records); r.Seq != last {
			t.Fatalf("record %d, want %d", r.Seq, last)
		}
		t.Log("followed again after", time.Since(start))
	}
}

func TestWorkKeepsTheOrder(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	for i := range 5 {
		put(t, s.Notices, fmt.Sprint("n", i), fmt.Sprint(i), 0)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var seen []string
	fails := map[string]int{"1": 3, "3": 1}
	err := s.Notices.Work(ctx, "plan", func(_ context.Context, r stream.Record) error {
		seen = append(seen, r.ID)
		if fails[r.ID] > 0 {
			fails[r.ID]--
			return errors.New("not yet")
		}
		if r.ID == "4" {
			cancel() // and the record is acknowledged all the same
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Work = %v", err)
	}
	if want := "[0 1 1 1 1 2 3 3 4]"; fmt.Sprint(seen) != want {
		t.Errorf("seen %v, want %s", seen, want)
	}
	if seq, err := s.Notices.Worked(t.Context(), "plan"); seq != 5 || err != nil {
		t.Errorf("Worked = %d, %v; want 5", seq, err)
	}
	if seq, err := s.Notices.Worked(t.Context(), "nobody"); seq != 0 || err != nil {
		t.Errorf("Worked of nobody = %d, %v", seq, err)
	}
}

// TestWorkIsShared lets two work under one name, with handlers that take longer
// than AckWait: no record is handled twice or beside another.
func TestWorkIsShared(t *testing.T) {
	t.Parallel()
	s, _ := noticetest.Server(t, embedded.Config{}, stream.Config{AckWait: 150 * time.Millisecond})
	for i := range 4 {
		put(t, s.Notices, fmt.Sprint("n", i), fmt.Sprint(i), 0)
	}
	ctx, cancel := context.WithCancel(t.Context())
	busy, seen := make(chan struct{}, 1), make(chan string, 100)
	done := make(chan struct{}, 2)
	for range 2 {
		go func() {
			_ = s.Notices.Work(ctx, "plan", func(_ context.Context, r stream.Record) error {
				select {
				case busy <- struct{}{}:
				default:
					t.Errorf("record %s beside another", r.ID)
				}
				time.Sleep(400 * time.Millisecond) // the work
				<-busy
				seen <- r.ID
				return nil
			})
			done <- struct{}{}
		}()
	}
	for want := range 4 {
		if id := <-seen; id != fmt.Sprint(want) {
			t.Errorf("handled %s, want %d", id, want)
		}
	}
	cancel()
	<-done
	<-done
	if len(seen) > 0 {
		t.Errorf("%d records were handled twice", len(seen))
	}
}

func TestWorkAcrossARestart(t *testing.T) {
	t.Parallel()
	s, server := noticetest.Server(t, embedded.Config{}, stream.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	seen, done := make(chan stream.Record, 100), make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Desk.Work(ctx, "plan", func(_ context.Context, r stream.Record) error {
			seen <- r
			return nil
		})
	}()
	one := put(t, s.Desk, "n", "1", 0)
	next(t, seen)
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, s.Desk, "n", "2", one)
	start := time.Now()
	for r := next(t, seen); r.ID != "2"; r = next(t, seen) {
	}
	t.Log("worked again after", time.Since(start))
	cancel()
	<-done
}
