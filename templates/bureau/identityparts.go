package bureau

// An accessList is some keys with what their small forms need.
type accessList struct {
	List  []Access
	Who   *Who
	Place string
}

// accessOf makes the part that lists keys.
func accessOf(list []Access, who *Who, place string) accessList { return accessList{list, who, place} }

// A standingList is the same of who signs in another's place.
type standingList struct {
	List           []Standing
	Who            *Who
	Place, Caption string
}

// standingOf makes the part that lists who signs in another's place.
func standingOf(list []Standing, who *Who, place, caption string) standingList {
	return standingList{list, who, place, caption}
}

// deputies are those whom a form offers to sign in another's place.
func deputies(form any) []Choice {
	switch f := form.(type) {
	case Mine:
		return f.Absence.Delegates
	case People:
		return f.Deputies
	}
	return nil
}
