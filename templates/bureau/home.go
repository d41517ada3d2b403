package bureau

import "time"

// A Home is the body of "home": the notices in hand, by what there is to do.
type Home struct{ Groups []Group }

// A Group is some notices in the same state.
type Group struct {
	Title   string
	Notices []Brief
}

// A Brief is a notice as a list names it.
type Brief struct {
	ID, Title, Reference string
	Status               string // publisher.Status
	Updated              time.Time
}
