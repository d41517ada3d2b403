package notifier

import (
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	var none spread
	if got := none.share(50); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	var s spread
	for i := range 1000 {
		s.add(time.Duration(i+1) * time.Second)
	}
	for percent, want := range map[int]time.Duration{1: 10 * time.Second, 50: 500 * time.Second, 99: 990 * time.Second, 100: 1000 * time.Second} {
		got := s.share(percent)
		if off := float64(got-want) / float64(want); off < -0.006 || off > 0.006 {
			t.Errorf("%d %% within %v, want %v", percent, got, want)
		}
	}
	var quick spread
	quick.add(-time.Second) // a clock that was set back
	quick.add(300 * time.Microsecond)
	if got := quick.share(99); got != 0 {
		t.Errorf("less than a millisecond: %v", got)
	}
}
