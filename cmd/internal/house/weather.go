package house

import "douane.gouv.fr/crieur/schemas/notice"

// weather lets the desk see the météo as it would be.
type weather struct{ *House }

func (w weather) Foresee(s notice.State, at notice.Time) ([]byte, error) {
	return w.site.Foresee(s, at.Time)
}
