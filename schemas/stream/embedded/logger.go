package embedded

import (
	"errors"
	"fmt"
	"log/slog"
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
func (l *logger) Errorf(format string, v ...any) {
	l.log.Error("broker", "err", fmt.Sprintf(format, v...))
}
func (l *logger) Debugf(string, ...any) {}
func (l *logger) Tracef(string, ...any) {}

func (l *logger) Fatalf(format string, v ...any) {
	l.Errorf(format, v...)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = errors.New(fmt.Sprintf(format, v...))
	}
}

func (l *logger) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}
