package email

import (
	"bytes"
	"slices"
)

// A hole is a place in a mail where something of the reader's own goes.
type hole int

// The holes.
const (
	holeTo           hole = iota // the mailbox, in angle brackets
	holeID                       // of the message
	holeThread                   // of all mails of the notice to this reader
	holeDate                     // when it is sent
	holeLeave                    // the link to leave, in the head
	holeLeaveEncoded             // and in a part, as quoted-printable
	holes
)

// marks stand for the holes while a mail is composed. Their domain cannot
// exist (RFC 6761 section 6.4).
var marks = [holes]string{
	holeTo:     "<reader@crieur.invalid>",
	holeID:     "<message@crieur.invalid>",
	holeThread: "<thread@crieur.invalid>",
	holeDate:   "date.crieur.invalid",
	holeLeave:  "<" + leaveMark + ">",
}

// own is what goes into the holes for one reader.
type own [holes][]byte

// A pattern is a mail as it goes over the wire, encoded once for all its
// readers, with holes: between any two stretches there is one.
type pattern struct {
	stretches [][]byte
	holes     []hole
}

// fill appends the mail of one reader.
func (p pattern) fill(to []byte, o *own) []byte {
	size := 0
	for _, s := range p.stretches {
		size += len(s)
	}
	for _, h := range p.holes {
		size += len(o[h])
	}
	const behind = 1 << 10 // for the dot, and the next envelope
	to = slices.Grow(to, size+behind)
	for i, s := range p.stretches {
		to = append(to, s...)
		if i < len(p.holes) {
			to = append(to, o[p.holes[i]]...)
		}
	}
	return to
}

// join is one pattern behind the other.
func (p pattern) join(next pattern) pattern {
	last := len(p.stretches) - 1
	seam := slices.Concat(p.stretches[last], next.stretches[0])
	return pattern{
		slices.Concat(p.stretches[:last], [][]byte{seam}, next.stretches[1:]),
		slices.Concat(p.holes, next.holes),
	}
}

// perforate makes a hole of each mark in a text.
func perforate(text []byte) pattern {
	var p pattern
	for {
		at, which := len(text), holes
		for h, mark := range marks {
			if i := bytes.Index(text, []byte(mark)); mark != "" && i >= 0 && i < at {
				at, which = i, hole(h)
			}
		}
		p.stretches = append(p.stretches, bytes.Clone(text[:at]))
		if which == holes {
			return p
		}
		p.holes = append(p.holes, which)
		text = text[at+len(marks[which]):]
	}
}
