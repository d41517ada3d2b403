package embedded

import (
	"strings"
	"testing"
)

// TestDiskFull asks for room where the system says that there is none.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	_, err := room(Config{Dir: "/proc"})
	if err == nil || !strings.Contains(err.Error(), "the disk of /proc is full: 0 MiB free, 64 needed") {
		t.Errorf("a disk without a free byte: %v", err)
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all, err := room(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ asked, want int64 }{{1 << 20, 1 << 20}, {1 << 62, all}} {
		got, err := room(Config{Dir: dir, MaxStore: c.asked})
		if err != nil || got/2 > c.want || got < c.want/2 { // others use the disk meanwhile
			t.Errorf("asked for %d bytes: %d, %v; want about %d", c.asked, got, err, c.want)
		}
	}
}

// TestSync: every acknowledged write is on disk, before and after a restart.
func TestSync(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Config{Dir: t.TempDir(), MaxStore: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for range 2 {
		if c := s.current().JetStreamConfig(); c == nil || !c.SyncAlways {
			t.Errorf("not every write is synced: %+v", c)
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIllness: a server that is gone is found ill, one that runs is not.
func TestIllness(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Config{Dir: t.TempDir(), MaxStore: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if what := s.illness(); what != "" {
		t.Errorf("a server that runs is ill: %s", what)
	}
	s.Stop()
	if s.illness() == "" {
		t.Error("a stopped server is well")
	}
}
