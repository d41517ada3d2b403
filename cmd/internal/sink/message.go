package sink

import (
	"bufio"
	"bytes"
	"errors"
)

// A head is what the sink remembers of a message.
type head struct {
	id   string // the Message-ID, with its angle brackets
	size int64  // bytes on the wire, the protocol's dots and the final one included
}

var (
	idField   = []byte("message-id:")
	endOfData = []byte("\r\n.\r\n")
)

// readMessage reads up to and with the final dot. The head is read line by
// line for its Message-ID, the body only searched for its end.
func (c *conn) readMessage() (head, error) {
	var h head
	begins, wanted := true, false // a line begins here; it may be the Message-ID's next
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return h, err
		}
		h.size += int64(len(line))
		if begins {
			switch {
			case string(line) == ".\r\n": // no body
				return h, nil
			case string(line) == "\r\n":
				return c.readBody(h)
			case wanted && (line[0] == ' ' || line[0] == '\t') && h.id == "": // folded
				h.id = string(bytes.TrimSpace(line))
			case len(line) >= len(idField) && bytes.EqualFold(line[:len(idField)], idField):
				h.id, wanted = string(bytes.TrimSpace(line[len(idField):])), true
			default:
				wanted = false
			}
		}
		begins = err == nil
	}
}

// readBody reads what follows the empty line.
func (c *conn) readBody(h head) (head, error) {
	// The body may be empty: the CRLF of the empty line begins the end.
	if first, err := c.r.Peek(3); err == nil && string(first) == ".\r\n" {
		_, _ = c.r.Discard(3) // what was peeked is there
		h.size += 3
		return h, nil
	}
	for {
		if _, err := c.r.Peek(len(endOfData)); err != nil {
			return h, err
		}
		here, _ := c.r.Peek(c.r.Buffered()) // all of it is there
		skip, ended := len(here)-len(endOfData)+1, false
		if i := bytes.Index(here, endOfData); i >= 0 {
			skip, ended = i+len(endOfData), true
		}
		_, _ = c.r.Discard(skip) // what was peeked is there
		h.size += int64(skip)
		if ended {
			return h, nil
		}
	}
}
