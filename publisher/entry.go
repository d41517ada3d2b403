package publisher

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// An EntryType says what an entry of the private record tells.
type EntryType string

// What may stand on the private record of a notice.
const (
	Drafted   EntryType = "drafted"   // a text, in whatever state it is
	Submitted EntryType = "submitted" // it is ready to be signed
	Returned  EntryType = "returned"  // the signatory wants it changed
	Approved  EntryType = "approved"  // signed: what leaves, and when
	Released  EntryType = "released"  // the moment of a later publication has come
	Lapsed    EntryType = "lapsed"    // it has come, and the life cycle no longer allows it
	Withdrawn EntryType = "withdrawn" // it will not be published
	Acted     EntryType = "acted"     // somebody did something to the published notice
	Held      EntryType = "held"      // somebody did, and it leaves in a moment
	Retracted EntryType = "retracted" // it was taken back in time
	Left      EntryType = "left"      // it was not: it is told
	Missed    EntryType = "missed"    // its moment has come, and the life cycle no longer allows it
	Reviewed  EntryType = "reviewed"  // a second person has looked at what was published in an emergency
	Voided    EntryType = "voided"    // a number was taken and will never be used
)

// An Entry is one line of a notice's private record (DESK): who did what, by
// account id. Each carries the hash of the one before, so that a line that is
// changed, lost or slipped in is found.
type Entry struct {
	ID       string        `json:"id"` // UUIDv7 of the instant and the command
	Notice   string        `json:"notice"`
	Number   int           `json:"number"` // from 1, without gaps
	Type     EntryType     `json:"type"`
	Time     time.Time     `json:"time"`
	Command  string        `json:"command"`        // the same one makes one entry
	Account  string        `json:"account"`        // "clock" for the clock; never a person's name
	Roles    []notice.Role `json:"roles"`          // those in which it was done
	Under    *Mandate      `json:"under,omitzero"` // in whose place it was signed
	Previous string        `json:"previous,omitzero"`
	Asked    string        `json:"asked"` // hash of what was asked: the same command asks the same

	Text      string      `json:"text,omitzero"`      // drafted: the document as it was written
	Bureau    string      `json:"bureau,omitzero"`    // drafted: the issuer that the text names
	As        notice.Type `json:"as,omitzero"`        // drafted: the act it will be; acted, held and after: the act
	Reason    string      `json:"reason,omitzero"`    // drafted as an amendment, returned, lapsed, withdrawn, reviewed, missed; submitted: a word to the signatory
	Remarks   []Remark    `json:"remarks,omitzero"`   // returned: what is to be changed, by field
	Emergency string      `json:"emergency,omitzero"` // approved: why one person signed alone
	Approval  *Approval   `json:"approval,omitzero"`
	Act       *ActData    `json:"act,omitzero"`
	Numbers   []string    `json:"numbers,omitzero"` // voided
	Leaves    time.Time   `json:"leaves,omitzero"`  // held: when it leaves
	Of        string      `json:"of,omitzero"`      // retracted, left, missed: id of the entry that holds the act
}

// An Approval is what a signatory's sign-off binds: the very act that will
// stand on the public record.
type Approval struct {
	Draft   int       `json:"draft"` // number of the entry whose text was approved
	At      time.Time `json:"at"`    // the moment of publication
	Numbers Numbers   `json:"numbers"`
	Act     ActData   `json:"act"`
	// Warnings are what was odd about the text, and was signed all the same.
	Warnings notice.Problems `json:"warnings,omitzero"`
}

// ActData is an act as JSON, with its type.
type ActData struct {
	Type notice.Type     `json:"type"`
	Data json.RawMessage `json:"data"`
}

func dataOf(act notice.Act) (ActData, error) {
	data, err := json.Marshal(act)
	if err != nil {
		return ActData{}, fmt.Errorf("encode %s: %w", act.Type(), err)
	}
	return ActData{act.Type(), data}, nil
}

func (a ActData) act() (notice.Act, error) { return notice.DecodeAct(a.Type, a.Data) }

// hash is the SHA-256 of data in hexadecimal.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// hashOf is the hash of a value's JSON, in which encoding/json writes maps in
// order: the same value has the same hash.
func hashOf(v any) (string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("hash: %w", err)
	}
	return hash(data), nil
}

// readEntry reads an entry off the private record.
func readEntry(r stream.Record) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(r.Data, &e); err != nil {
		return Entry{}, fmt.Errorf("decode desk entry %d of %s: %w", r.Seq, r.Key, err)
	}
	return e, nil
}
