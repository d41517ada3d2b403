package desk

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// lines is an answer of one JSON value a line, sent as they come, however many
// there are. The last line says so: an answer without it is not whole.
type lines func(put func(any) error) error

// linesType is the media type of such an answer.
const linesType = "application/x-ndjson"

// lineBuffer is how many bytes are gathered before some are sent.
const lineBuffer = 32 << 10

// An end is the last line.
type end struct {
	End   bool `json:"end"`
	Lines int  `json:"lines"` // before it
}

// sendLines sends an answer of lines. Trouble before the first of them is told
// as of any call; afterwards the connection is cut.
func (d *Desk) sendLines(w http.ResponseWriter, r *http.Request, l lines) {
	out := &firstWrite{w: w}
	buffer := bufio.NewWriterSize(out, lineBuffer)
	enc, n := json.NewEncoder(buffer), 0
	enc.SetEscapeHTML(false)
	err := l(func(v any) error { n++; return enc.Encode(v) })
	if err == nil {
		err = enc.Encode(end{true, n})
	}
	if err != nil && !out.begun {
		d.fail(w, r, err)
		return
	}
	if err == nil {
		err = buffer.Flush()
	}
	if err != nil {
		if r.Context().Err() == nil {
			d.Log.Error("request failed", "err", err)
		}
		panic(http.ErrAbortHandler) // this is how a client learns of it
	}
}

// A firstWrite knows whether something has been sent.
type firstWrite struct {
	w     http.ResponseWriter
	begun bool
}

func (f *firstWrite) Write(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		f.w.Header().Set("Content-Type", linesType)
	}
	return f.w.Write(p)
}

// errCut says that an answer of lines ended before its last.
var errCut = errors.New("the desk’s answer ended half way: ask again")

// askLines makes a call whose answer is lines, and hands each to f.
func askLines(ctx context.Context, c Client, r request, f func(json.RawMessage) error) error {
	resp, err := c.request(ctx, r, "application/json", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return readAnswer(resp, nil)
	}
	dec := json.NewDecoder(resp.Body)
	var e end
	for n := 0; ; n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errCut
		} else if err != nil {
			return fmt.Errorf("read the desk's answer: %w", err)
		}
		if json.Unmarshal(raw, &e) == nil && e.End {
			if e.Lines != n {
				return errCut
			}
			return nil
		}
		if err := f(raw); err != nil {
			return err
		}
	}
}
