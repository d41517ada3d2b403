package bounce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
)

// A Return makes the address to which a recipient's mail comes back where it
// cannot be delivered, one a mail: the sender of the envelope (a variable
// envelope return path). Its local part is the mailbox's, a plus sign, and a
// token of 48 characters, which holds
//
//   - 8 bytes of the SHA-256 of the event's id,
//   - the 16 bytes of the subscriber's id,
//   - 6 bytes of an HMAC over both, by the house's secret,
//
// in lower-case base32: servers on the way may change the case of letters.
// Whole, two ids and a MAC worth its name do not fit into the 64 bytes that a
// local part may have (RFC 5321 section 4.5.3.1.1). The subscriber's id must be
// whole, since the store is asked by it; the event is one of those that the
// ledger knows, and is found among them by its mark. Whoever makes up a token
// has one chance in 2^48 a try, and each try is a refused command.
type Return struct {
	Secret  []byte // the house's
	Mailbox string // who takes what comes back: notes@domain
}

// A Mark stands for an event in an address.
type Mark [8]byte

// MarkOf is the mark of an event's id, or of another word that says what was
// sent (Confirmation).
func MarkOf(event string) Mark {
	sum := sha256.Sum256([]byte(event))
	return Mark(sum[:])
}

// Confirmation stands where an event would, in the return address of a mail
// that asks a subscriber to confirm.
const Confirmation = "confirmation"

// A Token is what an address holds.
type Token struct {
	Event      Mark
	Subscriber string // its id
}

const (
	idSize     = 16
	macSize    = 6
	tokenSize  = len(Mark{}) + idSize + macSize // a multiple of five: base32 without a rest
	localLimit = 64                             // of a local part, in bytes
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Check says what is wrong with the settings.
func (r Return) Check() error {
	a, err := mail.ParseAddress(r.Mailbox)
	if err != nil || a.Address != r.Mailbox {
		return fmt.Errorf("%q is not the address of a mailbox: write name@domain", r.Mailbox)
	}
	local, domain, _ := strings.Cut(r.Mailbox, "@")
	switch most := localLimit - 1 - letters.EncodedLen(tokenSize); {
	case strings.ContainsFunc(r.Mailbox, func(c rune) bool { return c > unicode.MaxASCII }):
		return fmt.Errorf("%q holds letters that not every relay takes in a sender: use ASCII", r.Mailbox)
	case strings.ContainsAny(local, `+"`), strings.Contains(domain, "@"):
		return fmt.Errorf("%q: write the name without a plus sign or quotes: the program adds +token to it", r.Mailbox)
	case len(local) > most:
		return fmt.Errorf("%q: the name before the at sign is longer than %d characters, which leaves no room for a token", r.Mailbox, most)
	case len(r.Secret) < 16:
		return errors.New("the secret of the return addresses has fewer than 16 bytes")
	}
	return nil
}

// Address is where the mail of an event to a subscriber comes back to. A
// subscriber whose id is none gets the bare mailbox.
func (r Return) Address(event, subscriber string) string {
	mark := MarkOf(event)
	var token [tokenSize]byte
	copy(token[:], mark[:])
	if n, err := hex.Decode(token[len(mark):], []byte(subscriber)); err != nil || n != idSize {
		return r.Mailbox
	}
	copy(token[len(mark)+idSize:], r.mac(token[:len(mark)+idSize]))
	local, domain, _ := strings.Cut(r.Mailbox, "@")
	return local + "+" + letters.EncodeToString(token[:]) + "@" + domain
}

// errForeign says that an address is none of ours.
var errForeign = errors.New("no return address of this house")

// Open reads an address that Address made, in whatever case it comes back. Its
// error says that nobody of this house made it; it repeats nothing of it.
func (r Return) Open(address string) (Token, error) {
	var t Token
	local, domain, _ := strings.Cut(r.Mailbox, "@")
	mine, theirs, _ := strings.Cut(strings.Trim(strings.TrimSpace(address), "<>"), "@")
	name, text, ok := strings.Cut(mine, "+")
	if !ok || !strings.EqualFold(name, local) || !strings.EqualFold(theirs, domain) || len(text) != letters.EncodedLen(tokenSize) {
		return t, errForeign
	}
	token, err := letters.DecodeString(strings.ToLower(text))
	if err != nil {
		return t, errForeign
	}
	signed := token[:len(token)-macSize]
	if !hmac.Equal(r.mac(signed), token[len(signed):]) {
		return t, errForeign
	}
	t.Event = Mark(signed)
	t.Subscriber = hex.EncodeToString(signed[len(t.Event):])
	return t, nil
}

// mac is the part of an address that only this house can make.
func (r Return) mac(signed []byte) []byte {
	mac := hmac.New(sha256.New, r.Secret)
	mac.Write([]byte("return/"))
	mac.Write(signed)
	return mac.Sum(nil)[:macSize]
}
