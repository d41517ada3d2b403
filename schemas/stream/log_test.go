package stream_test

import (
	"errors"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
)

func TestAppendIsChecked(t *testing.T) {
	t.Parallel()
	start := time.Now()
	s := noticetest.Broker(t)
	t.Log("opened in", time.Since(start))
	ctx := t.Context()
	one, err := s.Notices.Append(ctx, stream.Entry{Key: "n1", ID: "a", Type: "published", Data: []byte("{}")}, 0)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Notices.Append(ctx, stream.Entry{Key: "n1", ID: "a", Type: "published", Data: []byte("{}")}, 0)
	if err != nil || again != one {
		t.Errorf("the same again: sequence %d, %v; want %d", again, err, one)
	}
	if _, err = s.Notices.Append(ctx, stream.Entry{Key: "n1", ID: "b"}, 0); !errors.Is(err, stream.ErrConflict) {
		t.Errorf("a stale writer: %v, want a conflict", err)
	}
}
