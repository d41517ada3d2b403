package notifier

import (
	"math"
	"slices"
	"time"
)

// A spread is how many durations there were of each length, to one per cent:
// a million of them take no more room than a thousand.
type spread struct {
	counts map[int]int // by step
	all    int
}

// step is by what one length is longer than the next shorter that is told from
// it.
const step = 1.01

// add counts a duration; less than a millisecond is none.
func (s *spread) add(d time.Duration) {
	if s.counts == nil {
		s.counts = map[int]int{}
	}
	at := 0
	if ms := d.Milliseconds(); ms > 0 {
		at = 1 + int(math.Round(math.Log(float64(ms))/math.Log(step)))
	}
	s.counts[at]++
	s.all++
}

// share is within what so many per cent of the durations lie; 0 where there
// are none.
func (s *spread) share(percent int) time.Duration {
	var steps []int
	for at := range s.counts {
		steps = append(steps, at)
	}
	slices.Sort(steps)
	seen := 0
	for _, at := range steps {
		if seen += s.counts[at]; 100*seen >= percent*s.all {
			if at == 0 {
				return 0
			}
			return time.Duration(math.Round(math.Pow(step, float64(at-1)))) * time.Millisecond
		}
	}
	return 0
}
