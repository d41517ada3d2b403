package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A target is what readers ask for, again and again. They are as light as they
// can be, so that the machine is the servers': a request ready to be written,
// an answer of which only the status and the length are looked at.
type target struct {
	name, addr, path string
	head             string // more header fields, each with its line end
}

// Laps are how long answers took to come.
type laps struct {
	took  []time.Duration
	lap   time.Duration // how long was measured
	cpu   time.Duration // what it took the house's process
	bytes int           // of an answer's body
}

func (l laps) rate() float64 { return float64(len(l.took)) / l.lap.Seconds() }

func (l laps) perCPU() float64 {
	return float64(len(l.took)) / max(l.cpu, 10*time.Millisecond).Seconds()
}

// percentile is in milliseconds.
func (l laps) percentile(p int) float64 {
	sorted := slices.Sorted(slices.Values(l.took))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*p/100, len(sorted)-1)].Seconds() * 1000
}

// ask has some readers ask for a while, each as soon as it has its answer.
func (t target) ask(ctx context.Context, connections int, lap time.Duration) (laps, error) {
	request := []byte("GET " + t.path + " HTTP/1.1\r\nHost: " + t.addr + "\r\n" + t.head + "\r\n")
	readers := make([]*reader, connections)
	defer func() {
		for _, r := range readers {
			if r != nil {
				_ = r.conn.Close()
			}
		}
	}()
	for i := range readers {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.addr)
		if err != nil {
			return laps{}, err
		}
		readers[i] = &reader{conn: conn, in: bufio.NewReaderSize(conn, 32<<10), request: request}
		if err := readers[i].one(); err != nil { // whoever comes first has the page made
			return laps{}, err
		}
	}
	all := laps{bytes: readers[0].length}
	errs := make([]error, connections)
	var asking sync.WaitGroup
	began := time.Now()
	for i, r := range readers {
		asking.Go(func() { errs[i] = r.until(ctx, began.Add(lap)) })
	}
	asking.Wait()
	all.lap = time.Since(began)
	for _, r := range readers {
		all.took = append(all.took, r.took...)
	}
	return all, errors.Join(errs...)
}

// A reader has one connection.
type reader struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	took    []time.Duration
	length  int // of the last body
}

func (r *reader) until(ctx context.Context, end time.Time) error {
	for began := time.Now(); began.Before(end) && ctx.Err() == nil; {
		if err := r.one(); err != nil {
			return err
		}
		now := time.Now()
		r.took = append(r.took, now.Sub(began))
		began = now
	}
	return ctx.Err()
}

// one asks once and reads the answer.
func (r *reader) one() error {
	if _, err := r.conn.Write(r.request); err != nil {
		return err
	}
	r.length = 0
	for first := true; ; first = false {
		line, err := r.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch {
		case first && !bytes.Contains(line, []byte(" 200 ")) && !bytes.Contains(line, []byte(" 304 ")):
			return fmt.Errorf("answer %q", line)
		case len(line) <= 2:
			_, err = r.in.Discard(r.length)
			return err
		case len(line) > 15 && bytes.EqualFold(line[:15], []byte("Content-Length:")):
			if r.length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return err
			}
		}
	}
}

// pageWith waits for the front page to have a text.
func pageWith(ctx context.Context, addr, text string) (page []byte, err error) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	err = until(ctx, 20*time.Millisecond, func() (bool, error) {
		_, page, err = fetchPage(ctx, addr)
		return err == nil && strings.Contains(string(page), text), nil
	})
	return page, err
}

// tagOf is the front page's entity tag.
func tagOf(ctx context.Context, addr string) (string, error) {
	head, _, err := fetchPage(ctx, addr)
	return head.Get("ETag"), err
}

func fetchPage(ctx context.Context, addr string) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.Header, body, err
}
