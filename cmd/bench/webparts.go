package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
)

// webPart is a house that shows pages and a live stream, and serves files.
const webPart = "be-web"

// beWeb is such a process, until ctx ends.
func beWeb(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(webPart, flag.ContinueOnError)
	c := house.Config{Roles: []string{house.RoleOutlook, house.RolePush}, From: sender, Secret: secret,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	flags.StringVar(&c.NATS, "nats", "", "the broker")
	flags.StringVar(&c.Public, "public", "", "listens for readers")
	static := flags.String("static", "", "listens for who wants a file of the folder")
	folder := flags.String("folder", "", "where the files lie")
	shift := flags.Duration("shift", 0, "of the clock")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c.Dir = filepath.Dir(*folder) // of the embedded mailbox, to which nothing comes
	return asPart(ctx, func(ctx context.Context, ready func()) error {
		l, err := net.Listen("tcp", *static)
		if err != nil {
			return err
		}
		files := &http.Server{Handler: http.FileServer(http.Dir(*folder)), ReadHeaderTimeout: 10 * time.Second}
		defer files.Close()
		go func() { _ = files.Serve(l) }() // it ends with the process
		return runHouse(ctx, c, *shift, ready)
	})
}

// nginxConfig serves the folder, logs nothing and keeps connections, as the
// house does: port, folder, who runs it where that is root.
const nginxConfig = `daemon off; pid nginx.pid; error_log stderr crit; worker_processes auto; %s
events { worker_connections 4096; }
http {
  types { text/html html; }
  access_log off; sendfile on; tcp_nopush on; open_file_cache max=10; keepalive_requests 1000000000;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server { listen 127.0.0.1:%d; root %s; }
}
`

// startNginx serves the folder by nginx, where it is installed.
func (w *web) startNginx(ctx context.Context) error {
	program, err := exec.LookPath("nginx")
	if err != nil {
		return nil // its rows say so
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // the folder is ours alone
	}
	config := filepath.Join(w.dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, port, w.folder), 0o644); err != nil {
		return err
	}
	w.server = exec.CommandContext(ctx, program, "-p", w.dir, "-c", config)
	w.server.Stderr = w.log
	if err := w.server.Start(); err != nil {
		return err
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	err = until(ctx, 20*time.Millisecond, func() (bool, error) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil, nil
	})
	w.nginx = addr
	return err
}

// close ends all processes.
func (w *web) close() {
	if w.server != nil && w.server.Process != nil {
		_ = w.server.Process.Signal(os.Interrupt) // it takes its workers with it
		_ = w.server.Wait()
	}
	w.rig.close()
}
