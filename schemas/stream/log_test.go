package stream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

func entry(key, id string) stream.Entry {
	return stream.Entry{Key: key, ID: id, Type: "test", Data: []byte(id)}
}

// put appends, and ends the test if it cannot.
func put(t testing.TB, l *stream.Log, key, id string, after uint64) uint64 {
	t.Helper()
	seq, err := l.Append(t.Context(), entry(key, id), after)
	if err != nil {
		t.Fatalf("append %s: %v", id, err)
	}
	return seq
}

func ids(records []stream.Record) string {
	var all []string
	for _, r := range records {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestAppendIsChecked(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	one := put(t, s.Notices, "n1", "a", 0)
	if again := put(t, s.Notices, "n1", "a", 0); again != one {
		t.Errorf("the same again has sequence %d, want %d", again, one)
	}
	if _, err := s.Notices.Append(t.Context(), entry("n1", "b"), 0); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("a stale writer: %v, want ErrConflict", err)
	}
	put(t, s.Notices, "n2", "c", 0)
	two := put(t, s.Notices, "n1", "d", one)
	put(t, s.Notices, "n1", "e", two)
	if again := put(t, s.Notices, "n1", "d", one); again != two {
		t.Errorf("the same again, with another behind it, has sequence %d, want %d", again, two)
	}
	if _, err := s.Notices.Append(t.Context(), entry("n1", "f"), one); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("a stale writer: %v, want ErrConflict", err)
	}
	records, err := s.Notices.Read(t.Context(), "n1")
	if err != nil || ids(records) != "a d e" {
		t.Errorf("Read = %q, %v", ids(records), err)
	}
	if r := records[1]; r.Key != "n1" || r.Type != "test" || string(r.Data) != "d" || r.Seq != two || time.Since(r.Time) > time.Minute {
		t.Errorf("record = %+v", r)
	}
}

func TestAppendRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	for _, key := range []string{"", "a..b", ".a", "a.", "*", "a.>", "a b", "a\nb"} {
		if _, err := s.Desk.Append(t.Context(), entry(key, "x"), 0); err == nil {
			t.Errorf("key %q was taken", key)
		}
	}
}

// TestWritersOfOneKey lets writers race: each of their entries is there once,
// and none was written on top of what its writer had not read.
func TestWritersOfOneKey(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	const writers, each = 6, 10
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for i := range each {
				id := fmt.Sprint(w, "-", i)
				for {
					last, err := s.Ledger.Latest(t.Context(), "mail.e.0")
					if err != nil && !errors.Is(err, stream.ErrNotFound) {
						t.Error(err)
						return
					}
					e := entry("mail.e.0", id)
					e.Data = []byte(last.ID)
					if _, err = s.Ledger.Append(t.Context(), e, last.Seq); err == nil {
						break
					} else if !errors.Is(err, stream.ErrConflict) {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wait.Wait()
	records, err := s.Ledger.Read(t.Context(), "mail.e.0")
	if err != nil || len(records) != writers*each {
		t.Fatalf("%d records, %v; want %d", len(records), err, writers*each)
	}
	for i, r := range records {
		if i > 0 && string(r.Data) != records[i-1].ID {
			t.Errorf("record %d was written behind %q, not behind %q", i, r.Data, records[i-1].ID)
		}
	}
}

func TestAppendWhileTheBrokerRestarts(t *testing.T) {
	t.Parallel()
	s, server := noticetest.Server(t, embedded.Config{}, stream.Config{})
	var last uint64
	restarted := make(chan error, 1)
	for i := range 200 {
		if i == 50 {
			go func() { restarted <- server.Restart(context.Background()) }()
		}
		last = put(t, s.Notices, "n", fmt.Sprint(i), last)
	}
	if err := <-restarted; err != nil {
		t.Fatal(err)
	}
	records, err := s.Notices.Read(t.Context(), "n")
	if err != nil || len(records) != 200 {
		t.Fatalf("%d records, %v; want 200", len(records), err)
	}
	for i, r := range records {
		if r.ID != fmt.Sprint(i) {
			t.Fatalf("record %d is %s", i, r.ID)
		}
	}
}

func TestReadLatestLastKeys(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx := t.Context()
	if _, err := s.Ledger.Latest(ctx, "mail.e.0"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("Latest of nothing: %v, want ErrNotFound", err)
	}
	if last, err := s.Ledger.Last(ctx); last != 0 || err != nil {
		t.Errorf("Last of nothing = %d, %v", last, err)
	}
	if none, err := s.Ledger.Read(ctx, "mail.e.0"); len(none) != 0 || err != nil {
		t.Errorf("Read of nothing = %v, %v", none, err)
	}
	var want, last = "", uint64(0)
	for i := range 600 { // more than are read one by one, more than a page
		last = put(t, s.Ledger, "mail.e.0", fmt.Sprint(i), last)
		want += " " + fmt.Sprint(i)
	}
	put(t, s.Ledger, "mail.e.1", "x", 0)
	put(t, s.Ledger, "push.e.0", "y", 0)
	records, err := s.Ledger.Read(ctx, "mail.e.0")
	if " "+ids(records) != want || err != nil {
		t.Errorf("Read = %d records, %v", len(records), err)
	}
	records, err = s.Ledger.Read(ctx, "*.e.>")
	if len(records) != 602 || records[601].ID != "y" || err != nil {
		t.Errorf("Read of a pattern = %d records, %v", len(records), err)
	}
	if r, err := s.Ledger.Latest(ctx, "mail.e.0"); r.ID != "599" || r.Seq != last || err != nil {
		t.Errorf("Latest = %+v, %v", r, err)
	}
	if seq, err := s.Ledger.Last(ctx); seq != last+2 || err != nil {
		t.Errorf("Last = %d, %v", seq, err)
	}
	if keys, err := s.Ledger.Keys(ctx, "mail.>"); !slices.Equal(keys, []string{"mail.e.0", "mail.e.1"}) || err != nil {
		t.Errorf("Keys = %q, %v", keys, err)
	}
	if keys, err := s.Ledger.Keys(ctx, ""); len(keys) != 3 || err != nil {
		t.Errorf("Keys = %q, %v", keys, err)
	}
	if keys, err := s.Ledger.Keys(ctx, "sms.>"); len(keys) != 0 || err != nil {
		t.Errorf("Keys of nothing = %q, %v", keys, err)
	}
}

func TestOnlyTheLedgerForgets(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	for _, l := range []*stream.Log{s.Notices, s.Desk, s.Alerts, s.Dead} {
		put(t, l, "a.b.c", "1", 0)
		if err := l.Purge(t.Context(), "a.b.c"); err == nil {
			t.Error("purged")
		}
		if r, err := l.Latest(t.Context(), "a.b.c"); r.ID != "1" {
			t.Errorf("after a purge that was refused: %+v, %v", r, err)
		}
	}
	put(t, s.Ledger, "mail.e.0", "1", 0)
	put(t, s.Ledger, "mail.e.1", "2", 0)
	put(t, s.Ledger, "mail.f.0", "3", 0)
	if err := s.Ledger.Purge(t.Context(), "mail.e.*"); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.Ledger.Keys(t.Context(), ""); !slices.Equal(keys, []string{"mail.f.0"}) || err != nil {
		t.Errorf("Keys = %q, %v", keys, err)
	}
	put(t, s.Ledger, "mail.e.0", "4", 0) // as if it had never been
}

func TestAlertsKeepTheLast(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	one := put(t, s.Alerts, "production.delta-g.edi", "1", 0)
	two := put(t, s.Alerts, "production.delta-g.edi", "2", one)
	if _, err := s.Alerts.Append(t.Context(), entry("production.delta-g.edi", "3"), one); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("a stale writer: %v, want ErrConflict", err)
	}
	records, err := s.Alerts.Read(t.Context(), "production.*.edi")
	if len(records) != 1 || records[0].Seq != two || err != nil {
		t.Errorf("Read = %+v, %v", records, err)
	}
}

// TestEverythingIsThereAfterStopAndStart writes to each asset, stops the
// broker, starts another on the directory, and reads.
func TestEverythingIsThereAfterStopAndStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx := t.Context()
	job := stream.Job{Lane: "staff", Channel: "mail", Event: "e", Span: "0", ID: "j"}
	open := func() (*stream.Store, *embedded.Server) {
		server, err := embedded.Start(ctx, embedded.Config{Dir: dir, MaxStore: noticetest.Space})
		if err != nil {
			t.Fatal(err)
		}
		s, err := stream.Open(ctx, stream.Config{InProcess: server.InProcess()})
		if err != nil {
			t.Fatal(err)
		}
		return s, server
	}
	s, server := open()
	for _, l := range []*stream.Log{s.Notices, s.Desk, s.Alerts, s.Ledger, s.Dead} {
		put(t, l, "a.b.c", "1", 0)
	}
	for _, k := range []*stream.Keys{s.Subscribers, s.Accounts, s.Numbers} {
		if _, err := k.Create(ctx, "a.b", []byte("v"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Letters.Put(ctx, "n/1.pdf", []byte("%PDF")), s.Jobs.Push(ctx, job)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	server.Stop()

	s, server = open()
	defer server.Stop()
	defer s.Close()
	for _, l := range []*stream.Log{s.Notices, s.Desk, s.Alerts, s.Ledger, s.Dead} {
		if r, err := l.Latest(ctx, "a.b.c"); r.ID != "1" || err != nil {
			t.Errorf("%+v, %v", r, err)
		}
	}
	for _, k := range []*stream.Keys{s.Subscribers, s.Accounts, s.Numbers} {
		if p, err := k.Get(ctx, "a.b"); string(p.Value) != "v" || err != nil {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if data, err := s.Letters.Get(ctx, "n/1.pdf"); string(data) != "%PDF" || err != nil {
		t.Errorf("letter = %q, %v", data, err)
	}
	if j, err := s.Jobs.Take(ctx, []string{"staff"}, "mail", time.Second); j == nil || j.ID != "j" || err != nil {
		t.Errorf("job = %+v, %v", j, err)
	}
	if err := s.Health(ctx); err != nil {
		t.Errorf("Health: %v", err)
	}
}

// TestAppendForAWhile: an entry of the ledger may vanish before the others of
// its key, which go on.
func TestAppendForAWhile(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx, l := t.Context(), s.Ledger
	one, err := l.Append(ctx, stream.Entry{Key: "mail.e.plan", ID: "1", Type: "planned", Data: []byte("{}"), TTL: time.Second}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(ctx, stream.Entry{Key: "mail.e.000-255", ID: "2", Type: "taken", Data: []byte("{}")}, 0); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		keys, err := l.Keys(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) == 1 && keys[0] == "mail.e.000-255" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("entry %d is still there: %v", one, keys)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestReadWhilePurged: a reader of a key that is purged meanwhile reads what is
// left, and comes to an end.
func TestReadWhilePurged(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for round := range 10 {
		key := fmt.Sprint("mail.e.", round)
		last := uint64(0)
		for i := range 40 { // more than are read one by one
			last = put(t, s.Ledger, key, fmt.Sprint(round, "/", i), last)
		}
		var reading sync.WaitGroup
		for range 4 {
			reading.Go(func() {
				for left := 40; left > 0; {
					records, err := s.Ledger.Read(ctx, key)
					if err != nil {
						t.Errorf("read %s: %v", key, err)
						return
					}
					left = len(records)
				}
			})
		}
		if err := s.Ledger.Purge(ctx, key); err != nil {
			t.Error(err)
		}
		reading.Wait()
	}
}
