package stream_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx, k := t.Context(), s.Numbers
	if _, err := k.Get(ctx, "comint1.2023.notes"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("Get of nothing: %v, want ErrNotFound", err)
	}
	if _, err := k.Update(ctx, "comint1.2023.notes", []byte("x"), 7); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("Update of nothing: %v, want ErrConflict", err)
	}
	one, err := k.Create(ctx, "comint1.2023.notes", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Create(ctx, "comint1.2023.notes", []byte("1"), 0); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("Create again, with the same value: %v, want ErrConflict", err)
	}
	two, err := k.Update(ctx, "comint1.2023.notes", []byte("2"), one)
	if err != nil || two <= one {
		t.Fatalf("Update = %d, %v", two, err)
	}
	if _, err := k.Update(ctx, "comint1.2023.notes", []byte("2"), one); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("a stale writer with the same value: %v, want ErrConflict", err)
	}
	p, err := k.Get(ctx, "comint1.2023.notes")
	if err != nil || string(p.Value) != "2" || p.Revision != two || p.Key != "comint1.2023.notes" || time.Since(p.Created) > time.Minute {
		t.Errorf("Get = %+v, %v", p, err)
	}
	if _, err := k.Put(ctx, "comint1.2023.notes", []byte("3")); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := k.Delete(ctx, "comint1.2023.notes"); err != nil {
			t.Error(err)
		}
	}
	if _, err := k.Get(ctx, "comint1.2023.notes"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("Get of what was deleted: %v, want ErrNotFound", err)
	}
	if _, err := k.Create(ctx, "comint1.2023.notes", []byte("4"), 0); err != nil {
		t.Errorf("Create after Delete: %v", err)
	}
	for _, key := range []string{"", "a..b", "*", "a b"} {
		if _, err := k.Put(ctx, key, nil); err == nil {
			t.Errorf("key %q was taken", key)
		}
	}
}

func TestKeysExpire(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	rev, err := s.Accounts.Create(t.Context(), "session.a", []byte("x"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.Create(t.Context(), "session.b", []byte("x"), time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.Update(t.Context(), "session.a", []byte("y"), rev); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err := s.Accounts.Get(t.Context(), "session.b")
		if errors.Is(err, stream.ErrNotFound) {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("still there: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if p, err := s.Accounts.Get(t.Context(), "session.a"); string(p.Value) != "y" {
		t.Errorf("an updated key expired: %v", err)
	}
	if _, err := s.Accounts.Create(t.Context(), "session.b", []byte("z"), 0); err != nil {
		t.Errorf("Create after expiry: %v", err)
	}
}

// TestKeysRenew: a key that is renewed expires anew, and one that is erased by
// its revision goes only if it has that one.
func TestKeysRenew(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx, k := t.Context(), s.Subscribers
	one, err := k.Create(ctx, "pending.a", []byte("x"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	two, err := k.Renew(ctx, "pending.a", []byte("y"), one, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Renew(ctx, "pending.a", []byte("y"), one, time.Second); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("a stale writer: %v, want ErrConflict", err)
	}
	three, err := k.Create(ctx, "pending.b", []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]uint64{"pending.>": 2, "pending.a": 1, "000.>": 0} {
		if n, err := k.CountOf(ctx, filter); n != want || err != nil {
			t.Errorf("CountOf(%s) = %d, %v, want %d", filter, n, err, want)
		}
	}
	if err := k.Erase(ctx, "pending.b", one); err != nil {
		t.Error(err)
	}
	if _, err := k.Get(ctx, "pending.b"); err != nil {
		t.Errorf("erased by another's revision: %v", err)
	}
	if err := k.Erase(ctx, "pending.b", three); err != nil {
		t.Error(err)
	}
	if _, err := k.Get(ctx, "pending.b"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("erased it is %v", err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, err := k.Get(ctx, "pending.a"); errors.Is(err, stream.ErrNotFound) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("revision %d is still there", two)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestDeleteErases looks for the value in the files of the store.
func TestDeleteErases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, server := noticetest.Server(t, embedded.Config{Dir: dir}, stream.Config{})
	secret := []byte("somebody-at-example-dot-org")
	if _, err := s.Subscribers.Create(t.Context(), "00.a", secret, 0); err != nil {
		t.Fatal(err)
	}
	if !onDisk(t, dir, secret) {
		t.Fatal("the value is not on the disk before it is erased: this test looks at the wrong place")
	}
	if err := s.Subscribers.Delete(t.Context(), "00.a"); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, dir, secret) {
		t.Error("the value is still on the disk")
	}
	s.Close()
	server.Stop()
	if onDisk(t, dir, secret) {
		t.Error("the value is on the disk again after a stop")
	}
}

func onDisk(t *testing.T, dir string, text []byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // files come and go
		}
		data, _ := os.ReadFile(path)
		found = found || bytes.Contains(data, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestScan(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx := t.Context()
	for i := range 700 { // more than a page
		if _, err := s.Subscribers.Put(ctx, fmt.Sprintf("%02x.%d", i%8, i), []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Subscribers.Delete(ctx, "01.1"); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	count := func(p stream.Pair) error {
		counts[p.Key]++
		return nil
	}
	if err := s.Subscribers.Scan(ctx, nil, count); err != nil || len(counts) != 699 {
		t.Errorf("scanned %d keys, %v; want 699", len(counts), err)
	}
	clear(counts)
	err := s.Subscribers.Scan(ctx, []string{"01.*", "02.*"}, count)
	if err != nil || len(counts) != 88+87 || counts["01.1"] != 0 || counts["01.9"] != 1 || counts["02.2"] != 1 {
		t.Errorf("scanned %d keys of two shards, %v", len(counts), err)
	}
	clear(counts)
	if err := s.Subscribers.Scan(ctx, []string{"ff.*"}, count); err != nil || len(counts) != 0 {
		t.Errorf("scanned %d keys of an empty shard, %v", len(counts), err)
	}
	enough := errors.New("enough")
	if err := s.Subscribers.Scan(ctx, nil, func(stream.Pair) error { return enough }); err != enough {
		t.Errorf("Scan = %v, want the handler's error", err)
	}
}

// TestScanSeesWhatChanges changes every key, and adds one, while the scan is
// under way: each is seen, with its last value.
func TestScanSeesWhatChanges(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx := t.Context()
	const keys = 600
	for i := range keys {
		if _, err := s.Subscribers.Put(ctx, fmt.Sprintf("00.%d", i), []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	last, seen := map[string]string{}, 0
	err := s.Subscribers.Scan(ctx, []string{"00.*"}, func(p stream.Pair) error {
		last[p.Key] = string(p.Value)
		if seen++; seen <= keys {
			if _, err := s.Subscribers.Put(ctx, fmt.Sprintf("00.%d", seen), []byte("new")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(last) != keys+1 {
		t.Fatalf("scanned %d keys, %v; want %d", len(last), err, keys+1)
	}
	for i := range keys {
		if key := fmt.Sprintf("00.%d", i+1); last[key] != "new" {
			t.Errorf("%s was last seen as %q", key, last[key])
		}
	}
}

func TestScanAcrossARestart(t *testing.T) {
	t.Parallel()
	s, server := noticetest.Server(t, embedded.Config{}, stream.Config{})
	for i := range 600 {
		if _, err := s.Subscribers.Put(t.Context(), fmt.Sprintf("00.%d", i), []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	err := s.Subscribers.Scan(t.Context(), nil, func(p stream.Pair) error {
		if seen[p.Key]++; len(seen) == 10 {
			return server.Restart(t.Context())
		}
		return nil
	})
	if err != nil || len(seen) != 600 {
		t.Errorf("scanned %d keys, %v; want 600", len(seen), err)
	}
}

func TestLettersStay(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx := t.Context()
	if _, err := s.Letters.Get(ctx, "n/1.pdf"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("Get of nothing: %v, want ErrNotFound", err)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 40_000) // five chunks
	for name, data := range map[string][]byte{"n/1.pdf": []byte("%PDF"), "n/2.pdf": large, "o/1.pdf": nil} {
		for range 2 {
			if err := s.Letters.Put(ctx, name, data); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Letters.Put(ctx, name, []byte("other")); !errors.Is(err, stream.ErrConflict) {
			t.Errorf("Put of other bytes: %v, want ErrConflict", err)
		}
		if got, err := s.Letters.Get(ctx, name); !bytes.Equal(got, data) || err != nil {
			t.Errorf("Get(%s) = %d bytes, %v; want %d", name, len(got), err, len(data))
		}
	}
	if names, err := s.Letters.List(ctx, "n/"); fmt.Sprint(names) != "[n/1.pdf n/2.pdf]" || err != nil {
		t.Errorf("List = %q, %v", names, err)
	}
}
