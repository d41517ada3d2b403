package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// logger passes the server's words on. What it calls fatal is kept, and is the
// error of the start.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	first error
}

func (l *logger) Noticef(format string, v ...any) {
	l.log.Debug("broker", "err", fmt.Sprintf(format, v...))
}
func (l *logger) Warnf(format string, v ...any) {
	l.log.Warn("broker", "err", fmt.Sprintf(format, v...))
}

// Errorf passes trouble on. What a reader tries and may not is none of ours: it
// would fill the log, with the reader's address in it.
func (l *logger) Errorf(format string, v ...any) {
	what := fmt.Sprintf(format, v...)
	level := slog.LevelError
	if strings.Contains(what, " Violation - ") || strings.Contains(what, "authentication error") {
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, "broker", "err", what)
}
func (l *logger) Debugf(string, ...any) {}
func (l *logger) Tracef(string, ...any) {}

func (l *logger) Fatalf(format string, v ...any) {
	what := fmt.Sprintf(format, v...)
	l.log.Error("broker", "err", what)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = errors.New(what)
	}
}

func (l *logger) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}
