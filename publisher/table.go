package publisher

import (
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Status is where the paper in hand stands. What the published notice does
// meanwhile is notice.Phase.
type Status string

// The statuses.
const (
	StatusNew       Status = "new"       // nothing is written yet
	StatusDraft     Status = "draft"     // being written
	StatusSubmitted Status = "submitted" // waiting for a signature
	StatusReturned  Status = "returned"  // to be changed
	StatusApproved  Status = "approved"  // signed, waiting for its moment
	StatusPublished Status = "published" // on the public record, nothing in hand
	StatusWithdrawn Status = "withdrawn" // will not be published
)

// Statuses lists all of them.
var Statuses = []Status{StatusNew, StatusDraft, StatusSubmitted, StatusReturned, StatusApproved, StatusPublished, StatusWithdrawn}

// A Row of the drafting table says in which statuses an entry may be made and
// by whom. Its To is the status after it; "" leaves the status as it is.
type Row struct {
	Entry EntryType
	In    []Status
	By    []notice.Role
	To    Status
}

var (
	staff     = []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer}
	signatory = []notice.Role{notice.Signer}
	clock     = []notice.Role{notice.Clock}
	inHand    = []Status{StatusDraft, StatusSubmitted, StatusReturned}
)

// drafting is the whole life of the paper, before and between publications.
// Whatever it does not list may not happen. A correction or a change of a
// published notice is drafted from StatusPublished; withdrawing it leads back
// there. An approval for now leads straight to StatusPublished, an emergency
// one also from a text that nobody submitted: see admit and apply.
var drafting = []Row{
	{Drafted, []Status{StatusNew, StatusDraft, StatusSubmitted, StatusReturned, StatusPublished}, staff, StatusDraft},
	{Submitted, []Status{StatusDraft, StatusReturned}, staff, StatusSubmitted},
	{Returned, []Status{StatusSubmitted, StatusApproved}, signatory, StatusReturned},
	{Approved, []Status{StatusSubmitted}, signatory, StatusApproved},
	{Withdrawn, []Status{StatusDraft, StatusSubmitted, StatusReturned, StatusApproved}, staff, StatusWithdrawn},
	{Released, []Status{StatusApproved}, clock, StatusPublished},
	{Lapsed, []Status{StatusApproved, StatusPublished}, clock, StatusReturned},
	{Acted, Statuses[1:], staff, ""}, // its own rules: the notice's life cycle
	{Held, Statuses[1:], staff, ""},  // the same
	{Retracted, Statuses[1:], staff, ""},
	{Left, Statuses[1:], clock, ""},
	{Missed, Statuses[1:], clock, ""},
	{Reviewed, Statuses[1:], signatory, ""},
	{Voided, Statuses[1:], clock, ""},
}

// Rows are the drafting table, for those who show or test it.
func Rows() []Row { return slices.Clone(drafting) }

func rowOf(t EntryType) (Row, bool) {
	i := slices.IndexFunc(drafting, func(r Row) bool { return r.Entry == t })
	if i < 0 {
		return Row{}, false
	}
	return drafting[i], true
}

// admit says why an entry may not be made now by somebody of these roles:
// ErrForbidden or ErrConflict. It gives the roles in which it may.
func admit(d Dossier, e Entry, who Account) ([]notice.Role, error) {
	row, _ := rowOf(e.Type)
	in := row.In
	if e.Type == Approved && e.Emergency != "" {
		in = inHand
	}
	var roles []notice.Role
	for _, r := range who.Roles {
		if slices.Contains(row.By, r) {
			roles = append(roles, r)
		}
	}
	if len(roles) == 0 {
		return nil, fmt.Errorf("%w: %s is done by %s", notice.ErrForbidden, e.Type, join(row.By))
	}
	if !slices.Contains(in, d.Status) {
		return nil, fmt.Errorf("%w: the notice is %s; %s needs one that is %s", notice.ErrConflict, d.Status, e.Type, join(in))
	}
	return roles, nil
}
