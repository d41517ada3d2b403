package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Lists are the subscribers by many. cmd fills it.
type Lists interface {
	// Take makes subscribers of entries, or changes them, and says of each what
	// came of it.
	Take(ctx context.Context, entries []Entry, terms Terms) []Taken
	// Each hands every subscriber to f.
	Each(ctx context.Context, f func(Listed) error) error
	// Lift ends the suppression of an id; notice.ErrNotFound if there is none.
	Lift(ctx context.Context, id string) error
	// ID is the id of an address, whoever subscribed.
	ID(address string) string
}

// An Entry is what a list says of one subscriber, checked. What is Unsaid
// stays as it was.
type Entry struct {
	Choice
	Unsaid []string
}

// A Choice is what a subscriber chose. Its address is personal data.
type Choice struct {
	Address  string   `json:"address"`
	Lang     string   `json:"lang,omitzero"` // "en"; French if absent
	Services []string `json:"services,omitzero"`
	Modes    []string `json:"modes,omitzero"`
	Wants    []string `json:"wants,omitzero"`
	Daily    []string `json:"daily,omitzero"` // of the wants, what comes once a day
	Zone     string   `json:"zone,omitzero"`
}

// A Listed subscriber is one in an export.
type Listed struct {
	ID string `json:"id"`
	Choice
	Bureau     string      `json:"bureau,omitzero"` // whose mailbox it is: no list's
	Since      time.Time   `json:"since,omitzero"`
	Suppressed *Suppressed `json:"suppressed,omitzero"` // where nothing is sent to it
}

// Suppressed says why nothing is sent to an address.
type Suppressed struct {
	Since time.Time `json:"since"`
	Code  string    `json:"code"`
	Until time.Time `json:"until,omitzero"` // for good if absent
}

// Terms are the terms on which a list is taken.
type Terms struct {
	Consent string `json:"consent,omitzero"` // where its people agreed
	Lift    bool   `json:"lift,omitzero"`    // suppressions end
	DryRun  bool   `json:"dry_run,omitzero"` // nothing is written
}

// Taken is what came of an entry.
type Taken struct {
	Known, Changed, Suppressed bool
	Err                        error
}

// An Import is some lines of a list.
type Import struct {
	Terms
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// A Row is one line: its number in the file, its cells as they stand there.
type Row struct {
	Line  int      `json:"line"`
	Cells []string `json:"cells"`
}

// MostRows is how many rows one call takes.
const MostRows = 5000

// Imported is what became of the lines of a call.
type Imported struct {
	Added      int       `json:"added"`
	Changed    int       `json:"changed"`
	Unchanged  int       `json:"unchanged"`
	Suppressed []int     `json:"suppressed,omitzero"` // lines, taken, of an address to which nothing is sent
	Refused    []Refusal `json:"refused,omitzero"`
}

// A Refusal says what is wrong with a line. It names no address.
type Refusal struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitzero"`
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

// importSubscribers takes some lines of a list.
func (d *Desk) importSubscribers(c call) (any, error) {
	in, err := readImport(c.Body)
	if err != nil {
		return nil, err
	}
	out, err := in.Take(c.Context(), d.Publisher.Catalogue, d.Public)
	if err != nil {
		return nil, err
	}
	if !in.DryRun {
		d.Log.Info("subscribers imported", "account", c.who.ID, "added", out.Added, "changed", out.Changed)
	}
	return out, nil
}

// Take has the lines taken that are right; each of the others is answered for.
// What could not be written is publisher.ErrStore: the same again takes the
// others as they are.
func (in Import) Take(ctx context.Context, c notice.Catalogue, to Lists) (Imported, error) {
	entries, lines := []Entry{}, []int{}
	out := Imported{}
	for _, row := range in.Rows {
		e, refused := entry(c, in.Columns, row)
		if refused != nil {
			out.Refused = append(out.Refused, *refused)
			continue
		}
		entries, lines = append(entries, e), append(lines, row.Line)
	}
	for i, t := range to.Take(ctx, entries, in.Terms) {
		if t.Err != nil {
			return out, fmt.Errorf("%w: line %d: %w", publisher.ErrStore, lines[i], t.Err)
		}
		switch {
		case !t.Known:
			out.Added++
		case t.Changed:
			out.Changed++
		default:
			out.Unchanged++
		}
		if t.Suppressed {
			out.Suppressed = append(out.Suppressed, lines[i])
		}
	}
	return out, nil
}

func readImport(body io.Reader) (Import, error) {
	var in Import
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, fmt.Errorf("%w: %w", errRequest, err)
	}
	if len(in.Rows) > MostRows {
		return in, fmt.Errorf("%w: %d rows; %d are the most of one call", errRequest, len(in.Rows), MostRows)
	}
	return in, CheckColumns(in.Columns)
}

// exportSubscribers answers a line a subscriber.
func (d *Desk) exportSubscribers(c call) (any, error) {
	d.Log.Info("subscribers exported", "account", c.who.ID)
	return lines(func(put func(any) error) error {
		return d.Public.Each(c.Context(), func(l Listed) error {
			if l.Bureau != "" {
				return nil // the house makes it
			}
			return put(l)
		})
	}), nil
}

// suppressed answers a line a subscriber to whom nothing is sent, by id alone.
func (d *Desk) suppressed(c call) (any, error) {
	return lines(func(put func(any) error) error {
		return d.Public.Each(c.Context(), func(l Listed) error {
			if l.Suppressed == nil {
				return nil
			}
			return put(Listed{ID: l.ID, Suppressed: l.Suppressed})
		})
	}), nil
}

// A Lift names whose suppression is to end: by id or by address.
type Lift struct {
	ID      string `json:"id,omitzero"`
	Address string `json:"address,omitzero"`
}

func (d *Desk) lift(c call) (any, error) {
	var l Lift
	if err := c.read(&l); err != nil {
		return nil, err
	}
	if l.ID == "" && l.Address != "" {
		l.ID = d.Public.ID(l.Address)
	}
	switch {
	case l.ID == "":
		return nil, fmt.Errorf("%w: send {\"id\": …} or {\"address\": …}", errRequest)
	case strings.Trim(l.ID, "0123456789abcdef") != "": // no id of ours
		return nil, fmt.Errorf("%w: there is no such subscriber", notice.ErrNotFound)
	}
	err := d.Public.Lift(c.Context(), l.ID)
	if errors.Is(err, notice.ErrNotFound) {
		return nil, fmt.Errorf("%w: there is no such subscriber", notice.ErrNotFound)
	}
	d.Log.Info("suppression lifted", "account", c.who.ID, "subscriber", l.ID)
	return nil, err
}

// Import has some lines of a list taken. It may be repeated: what was taken
// stays as it is.
func (c Client) Import(ctx context.Context, in Import) (Imported, error) {
	return ask[Imported](ctx, c, request{method: "POST", path: "/api/subscribers/import", body: in})
}

// Export hands every subscriber to f.
func (c Client) Export(ctx context.Context, f func(Listed) error) error {
	return askLines(ctx, c, request{method: "GET", path: "/api/subscribers/export"}, func(raw json.RawMessage) error { return decodeLine(raw, f) })
}

// Suppressed hands to f, without its address, every subscriber to whom nothing
// is sent.
func (c Client) Suppressed(ctx context.Context, f func(Listed) error) error {
	return askLines(ctx, c, request{method: "GET", path: "/api/subscribers/suppressed"}, func(raw json.RawMessage) error { return decodeLine(raw, f) })
}

// Lift ends a suppression.
func (c Client) Lift(ctx context.Context, l Lift) error {
	_, err := ask[any](ctx, c, request{method: "POST", path: "/api/subscribers/lift", body: l})
	return err
}
