package outlook

import (
	"cmp"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// Foresee is the météo as it would be at an instant if a notice were as it is
// given, beside all that is on the record. Nothing is kept of it.
func (s *Site) Foresee(with notice.State, at time.Time) ([]byte, error) {
	states := slices.DeleteFunc(slices.Clone(s.Record.States()), func(st notice.State) bool { return st.ID == with.ID || !concerns(st, at) })
	if i, found := slices.BinarySearchFunc(states, with.ID, func(st notice.State, id string) int { return cmp.Compare(st.ID, id) }); !found {
		states = slices.Insert(states, i, with)
	}
	view := s.outlookOf(question{at: at, now: false, ahead: at.After(s.now())}, states, nil)
	return s.house().Render(pages.Page{Name: "outlook", Title: "Météo des services en ligne", Here: "/", Body: view})
}
