package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// benchWeb measures the public side: the météo against a static file of the
// same size, of the same process and of nginx, and the live stream with very
// many listeners.
func benchWeb(flags *flag.FlagSet) measure {
	listeners := flags.Int("n", 10_000, "how many listen to the live stream")
	rounds := flags.Int("rounds", 5, "how often each thing is measured, in turn")
	lap := flags.Duration("lap", 2*time.Second, "how long each measurement takes")
	connections := flags.Int("c", 64, "how many readers ask at once, each over a connection that it keeps")
	quick := flags.Bool("quick", false, "a tenth of all that")
	return func(ctx context.Context) ([]Row, error) {
		if *quick {
			*listeners, *rounds, *lap = max(1, *listeners/10), 1, *lap/10
		}
		w, err := newWeb(ctx)
		if err != nil {
			return nil, err
		}
		defer w.close()
		rows, err := w.pages(ctx, *rounds, *connections, *lap)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, w.said())
		}
		more, err := w.live(ctx, *listeners, *rounds)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, w.said())
		}
		return append(rows, more...), nil
	}
}

// A web is a house that shows pages, as a process of its own beside its broker,
// with an alert that is on; it serves a folder of files too. The readers are
// this process.
type web struct {
	*rig
	house  *child
	public string    // host:port
	static string    // host:port of the folder, by the same process
	nginx  string    // host:port of the folder, by nginx; "" where there is none
	server *exec.Cmd // nginx
	folder string
	last   notice.Event // the last one of the alert that is on
}

// staticFile is the météo as a file of the folder.
const staticFile = "meteo.html"

func newWeb(ctx context.Context) (*web, error) {
	r, err := newRig(ctx, 5*time.Second, "")
	if err != nil {
		return nil, err
	}
	w := &web{rig: r, folder: filepath.Join(r.dir, "folder")}
	if err := w.open(ctx); err != nil {
		err = fmt.Errorf("%w\n%s", err, w.said())
		w.close()
		return nil, err
	}
	return w, nil
}

// open starts the alert, the house, and nginx, and writes the page to the
// folder as soon as it shows the alert.
func (w *web) open(ctx context.Context) error {
	if err := os.Mkdir(w.folder, 0o755); err != nil {
		return err
	}
	started, put, err := w.paper.start(ctx)
	if err == nil {
		err = put(ctx)
	}
	if err != nil {
		return err
	}
	w.last = started
	for _, addr := range []*string{&w.public, &w.static} {
		port, err := freePort()
		if err != nil {
			return err
		}
		*addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	w.house = &child{name: "the house", log: w.log, args: []string{webPart, "-nats", w.url(), "-public", w.public, "-static", w.static,
		"-folder", w.folder, "-shift", time.Until(w.paper.day.Add(time.Hour)).String()}}
	w.senders = append(w.senders, w.house) // it ends with the rig
	if err := w.house.start(); err != nil {
		return err
	}
	if err := w.house.await(ctx); err != nil {
		return err
	}
	page, err := pageWith(ctx, w.public, "En cours")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.folder, staticFile), page, 0o644); err != nil {
		return err
	}
	return w.startNginx(ctx)
}

// pages compares the météo with the file, asked for in turn.
func (w *web) pages(ctx context.Context, rounds, connections int, lap time.Duration) ([]Row, error) {
	tag, err := tagOf(ctx, w.public)
	if err != nil {
		return nil, err
	}
	targets := []target{
		{name: "outlook", addr: w.public, path: "/"},
		{name: "static", addr: w.static, path: "/" + staticFile},
		{name: "nginx", addr: w.nginx, path: "/" + staticFile},
		{name: "outlook, gzip", addr: w.public, path: "/", head: "Accept-Encoding: gzip\r\n"},
		{name: "outlook, zstd", addr: w.public, path: "/", head: "Accept-Encoding: zstd\r\n"},
		{name: "outlook, br", addr: w.public, path: "/", head: "Accept-Encoding: br\r\n"},
		{name: "outlook, not modified", addr: w.public, path: "/", head: "If-None-Match: " + tag + "\r\n"},
	}
	runs := map[string][]laps{}
	for range max(1, rounds) {
		for _, t := range targets {
			if t.addr == "" {
				continue
			}
			before, err := w.house.cpu()
			if err != nil {
				return nil, err
			}
			run, err := t.ask(ctx, connections, lap)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
			after, err := w.house.cpu()
			if err != nil {
				return nil, err
			}
			run.cpu = after - before
			runs[t.name] = append(runs[t.name], run)
		}
	}
	return pageRows(targets, runs), nil
}

// pageRows are the figures of the pages.
func pageRows(targets []target, runs map[string][]laps) []Row {
	var rows []Row
	for _, t := range targets {
		all := runs[t.name]
		if len(all) == 0 {
			rows = append(rows, Row{Name: t.name, Unit: "requests/s", Note: "not installed: left out"})
			continue
		}
		rows = append(rows, Row{Name: t.name, Value: median(all, laps.rate), Unit: "requests/s", Note: fmt.Sprintf("%d bytes each", all[0].bytes)})
	}
	outlook := runs["outlook"]
	for _, rival := range []string{"static", "nginx"} {
		if len(runs[rival]) == 0 {
			continue
		}
		i := -1
		ratio := median(outlook, func(l laps) float64 { i++; return l.rate() / runs[rival][i].rate() })
		row := Row{Name: "outlook / " + rival, Value: ratio, Unit: "ratio"}
		if rival == "static" {
			row = row.atLeast(0.5)
		}
		rows = append(rows, row)
	}
	i := -1
	rows = append(rows, Row{Name: "outlook / static, requests per CPU second of the process", Unit: "ratio",
		Value: median(outlook, func(l laps) float64 { i++; return l.perCPU() / runs["static"][i].perCPU() })})
	for _, name := range []string{"outlook", "static", "nginx", "outlook, gzip"} {
		if all := runs[name]; len(all) > 0 {
			rows = append(rows,
				Row{Name: name + ", p50", Value: median(all, func(l laps) float64 { return l.percentile(50) }), Unit: "ms"},
				Row{Name: name + ", p99", Value: median(all, func(l laps) float64 { return l.percentile(99) }), Unit: "ms"})
		}
	}
	return rows
}
