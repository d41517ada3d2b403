package desk

import (
	"fmt"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A right is to see or do something that is no act on a notice; what may be
// done to a notice is the table of package notice.
type right string

const (
	seeCounts   right = "see how many were told, and when"
	seeOutcomes right = "see what became of each subscriber, by id"
	seePeople   right = "see addresses, and what one subscriber was told"
	keepPeople  right = "keep accounts and subscribers"
)

// holders says who has which right.
var holders = map[right][]notice.Role{
	seeCounts:   {notice.Signer, notice.DutyOfficer, notice.Administrator},
	seeOutcomes: {notice.Signer, notice.DutyOfficer, notice.Administrator},
	seePeople:   {notice.Administrator},
	keepPeople:  {notice.Administrator},
}

// SeesCounts is whether somebody may see how many were told, and when.
func SeesCounts(roles []notice.Role) bool { return holds(roles, seeCounts) }

// SeesOutcomes is whether somebody may see what became of each subscriber, by
// id.
func SeesOutcomes(roles []notice.Role) bool { return holds(roles, seeOutcomes) }

// SeesPeople is whether somebody may see addresses, and what one subscriber was
// told.
func SeesPeople(roles []notice.Role) bool { return holds(roles, seePeople) }

func holds(roles []notice.Role, do right) bool {
	return slices.ContainsFunc(roles, func(r notice.Role) bool { return slices.Contains(holders[do], r) })
}

// may lets those through who have a right.
func may(do right, h handler) handler {
	return func(c call) (any, error) {
		if err := c.must(do); err != nil {
			return nil, err
		}
		return h(c)
	}
}

// must is nil where the caller has a right.
func (c call) must(do right) error {
	if holds(c.who.Roles, do) {
		if do == seePeople || do == keepPeople {
			return c.covers(publisher.ScopePeople)
		}
		return nil
	}
	names := make([]string, len(holders[do]))
	for i, r := range holders[do] {
		names[i] = string(r)
	}
	return fmt.Errorf("%w: to %s is for: %s", notice.ErrForbidden, do, strings.Join(names, ", "))
}
