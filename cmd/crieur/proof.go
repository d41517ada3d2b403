package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/list"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// ExportLedger writes a proof of who was told of an event.
type ExportLedger struct {
	Event     string `arg:"" help:"The event's id: crieur ledger show NOTICE names those of a notice."`
	Out       string `help:"File to write; it appears when it is whole." short:"o" required:"" type:"path" placeholder:"FILE"`
	Addresses bool   `help:"Write the address beside each id, where it still is known (administrator)."`
	Remote
}

// Run writes the file under its name when it is whole, and says its hash.
func (x ExportLedger) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	sum := sha256.New()
	watch := newProgress(s.Err, "rows")
	rows := 0
	err = writeWhole(x.Out, func(w io.Writer) error {
		w = io.MultiWriter(w, sum)
		p := proof(&csvProof{w: csv.NewWriter(w), addresses: x.Addresses})
		if x.JSON {
			p = jsonProof{json.NewEncoder(w)}
		}
		err := c.Attempts(ctx, x.Event, desk.Question{Addresses: x.Addresses}, p.head, func(a desk.Attempt) error {
			rows++
			watch.at(rows)
			return p.row(a)
		})
		if err != nil {
			return err
		}
		return p.end(rows)
	})
	watch.done()
	if errors.Is(err, notice.ErrNotFound) && !stream.IsID(x.Event) {
		return fmt.Errorf("%w; give an event's id: crieur ledger show NOTICE names those of a notice", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s: %s, SHA-256 %x\n", x.Out, count(rows, "attempt"), sum.Sum(nil))
	return err
}

// A proof is a form in which an export is written.
type proof interface {
	head(desk.Account) error
	row(desk.Attempt) error
	end(rows int) error // a file without it is not whole
}

// A csvProof begins with a line that says of what it is the proof.
type csvProof struct {
	w         *csv.Writer
	addresses bool
}

func (p *csvProof) head(a desk.Account) error {
	// One row that names and says in turn: any spreadsheet shows it.
	if err := p.w.Write([]string{"event", a.Event, "notice", a.Notice, "reference", a.Reference, "act", string(a.Act),
		"time", stamp(a.Time), "letter_sha256", a.Letter}); err != nil {
		return err
	}
	columns := []string{"subscriber", "channel", "attempt", "at", "status", "code", "reply", "next", "start_and_end"}
	if p.addresses {
		columns = append(columns, "address")
	}
	return p.w.Write(columns)
}

func (p *csvProof) row(a desk.Attempt) error {
	both := ""
	if a.Started {
		both = "yes"
	}
	cells := []string{a.Subscriber, a.Channel, strconv.Itoa(a.Attempt), stamp(a.At), a.Status, a.Code, list.Guarded(a.Reply), stamp(a.Next), both}
	if p.addresses {
		cells = append(cells, list.Guarded(a.Address))
	}
	return p.w.Write(cells)
}

func (p *csvProof) end(rows int) error {
	if err := p.w.Write([]string{"rows", strconv.Itoa(rows)}); err != nil {
		return err
	}
	p.w.Flush()
	return p.w.Error()
}

// A jsonProof is one object a line: the account, the attempts, the end.
type jsonProof struct{ enc *json.Encoder }

func (p jsonProof) head(a desk.Account) error { return p.enc.Encode(a) }
func (p jsonProof) row(a desk.Attempt) error  { return p.enc.Encode(a) }
func (p jsonProof) end(rows int) error {
	return p.enc.Encode(struct {
		Rows int `json:"rows"`
	}{rows})
}

// stamp is an instant for machines, in legal time with its offset; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(notice.Legal).Format("2006-01-02T15:04:05.000Z07:00")
}
