package push

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestMain lets this program be the listeners' side too: ten thousand of them
// and their server would need more open files than one process may have.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "listeners" {
		n, err := strconv.Atoi(os.Args[3])
		if err == nil {
			err = listeners(os.Args[2], n)
		}
		fmt.Fprintln(os.Stderr, "listeners:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// listeners are n connections to a server. They print "ready", and then, when
// all have heard an event, the times at which the median, the 99th of a hundred
// and the last of them had, in nanoseconds.
func listeners(address string, n int) error {
	heard := make(chan int64, n)
	if err := connect(address, n, heard); err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		times := make([]int64, n)
		for i := range times {
			times[i] = <-heard
		}
		slices.Sort(times)
		fmt.Println(times[n/2], times[n*99/100], times[n-1])
	}
}

// connect makes n connections, fifty at a time.
func connect(address string, n int, heard chan<- int64) error {
	var all sync.WaitGroup
	errs := make(chan error, n)
	few := make(chan struct{}, 50)
	for range n {
		all.Go(func() {
			few <- struct{}{}
			defer func() { <-few }()
			conn, err := net.Dial("tcp", address)
			if err == nil {
				_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: crieur\r\n\r\n")
			}
			if err != nil {
				errs <- err
				return
			}
			lines := bufio.NewReaderSize(conn, 512)
			if err := find(lines, "retry:"); err != nil {
				errs <- err
				return
			}
			go func() {
				for find(lines, "id: ") == nil {
					heard <- time.Now().UnixNano()
				}
			}()
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// find reads up to a line that begins so.
func find(lines *bufio.Reader, prefix string) error {
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if bytes.HasPrefix(line, []byte(prefix)) {
			return nil
		}
	}
}

// BenchmarkListeners: listeners in another process, over TCP, are told of an
// event; the time runs from before its append, synced, to the listener.
func BenchmarkListeners(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { benchmarkListeners(b, n) })
	}
}

func benchmarkListeners(b *testing.B, n int) {
	s := newStudio(b, nil)
	before := memory()
	ctx, stop := context.WithCancel(b.Context())
	cmd := exec.CommandContext(ctx, os.Args[0], "listeners", s.server.Listener.Addr().String(), strconv.Itoa(n))
	cmd.Stderr = b.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait() // it was killed: its error says so
	defer stop()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" || s.Listening() != n {
		b.Fatalf("%q, %d listen", lines.Text(), s.Listening())
	}
	each := (memory() - before) / float64(n)

	var sum [3]float64
	for i := 0; b.Loop(); i++ {
		at := time.Now().UnixNano()
		s.append(start, fmt.Sprint("n", i), s.about("ecs"))
		var times [3]int64
		if !lines.Scan() {
			b.Fatal("the listeners have left")
		}
		if _, err := fmt.Sscan(lines.Text(), &times[0], &times[1], &times[2]); err != nil {
			b.Fatal(err)
		}
		for j := range sum {
			sum[j] += float64(times[j]-at) / 1e6
		}
	}
	b.ReportMetric(each, "B/listener")
	for j, name := range []string{"ms/median", "ms/p99", "ms/last"} {
		b.ReportMetric(sum[j]/float64(b.N), name)
	}
}

// memory is what the process holds for heap and stacks, in bytes.
func memory() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}

// BenchmarkPast: the alerts of one event, after many notices of one service.
func BenchmarkPast(b *testing.B) {
	const n = 2000
	h := newHouse(b)
	var seq uint64
	for i := range n {
		at := start.AddDate(0, 0, i)
		id := fmt.Sprint("n", i)
		h.append(at, id, h.seed())
		seq = h.append(at, id, endNow(at))
	}
	if err := h.record.Wait(b.Context(), seq); err != nil {
		b.Fatal(err)
	}
	b.Run("fold-all", func(b *testing.B) {
		for b.Loop() {
			states, e := h.record.AsOf(seq)
			for _, span := range states[len(states)-1].Spans {
				key := notice.Alert{Environment: "production", Service: span.Service, Mode: span.Mode, Source: seq}
				_ = notice.AlertFor(states, key, e.Time)
			}
		}
	})
	b.Run("move-on", func(b *testing.B) {
		p := past{record: h.record}
		p.to(seq)
		for b.Loop() {
			p.seq-- // the last event comes once more
			p.numbers[p.last.Notice]--
			p.to(seq)
			if got := len(p.alerts()); got != seedKeys {
				b.Fatalf("%d alerts", got)
			}
		}
	})
	b.Run("from-the-start", func(b *testing.B) {
		for b.Loop() {
			p := past{record: h.record}
			p.to(seq)
		}
	})
}
