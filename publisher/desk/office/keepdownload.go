package office

import (
	"bufio"
	"net/http"
	"time"
)

// downloadPatience is how long a file may take, over a slow line.
const downloadPatience = time.Hour

// download answers with a file, sent as it is written. Trouble before the first
// bytes leave is told as that of any page; afterwards the connection is cut.
func download(name, media string, write func(*bufio.Writer) error) answer {
	return func(o *Office, v visit) {
		_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(downloadPatience)) // a recorder in tests has none
		out := &late{guard: o.House.Guard, v: v, name: name, media: media}
		w := bufio.NewWriterSize(out, 32<<10)
		err := write(w)
		if err != nil && !out.begun {
			o.fail(v, err)
			return
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			if v.Context().Err() == nil {
				o.Log.Error("request failed", "err", err)
			}
			panic(http.ErrAbortHandler) // this is how a browser learns of it
		}
	}
}

// A late response has no head before its first bytes.
type late struct {
	guard       func(http.ResponseWriter)
	v           visit
	name, media string
	begun       bool
}

func (l *late) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.guard(l.v.w)
		l.v.w.Header().Set("Content-Type", l.media)
		l.v.w.Header().Set("Content-Disposition", `attachment; filename="`+l.name+`"`)
	}
	return l.v.w.Write(p)
}
