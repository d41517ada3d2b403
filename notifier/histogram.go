package notifier

import (
	"sync/atomic"
	"time"
)

// HistogramBounds are up to where each bucket of a Histogram reaches; the last
// bucket has no bound. From one write to the disk to the time that an event is
// worth telling.
var HistogramBounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 48 * time.Hour,
}

// A Histogram counts durations by length. Its zero value is ready.
type Histogram struct {
	counts [len(HistogramBounds) + 1]atomic.Uint64
	sum    atomic.Int64 // nanoseconds
}

func (h *Histogram) observe(d time.Duration) {
	d = max(0, d) // a clock was set back
	i := 0
	for i < len(HistogramBounds) && d > HistogramBounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(int64(d))
}

// A HistogramReading is what a Histogram shows at an instant.
type HistogramReading struct {
	Counts [len(HistogramBounds) + 1]uint64 // by bucket, each without those before it
	Sum    time.Duration
}

func (h *Histogram) read() HistogramReading {
	r := HistogramReading{Sum: time.Duration(h.sum.Load())}
	for i := range h.counts {
		r.Counts[i] = h.counts[i].Load()
	}
	return r
}
