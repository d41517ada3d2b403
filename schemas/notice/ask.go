package notice

// FindAny understands what somebody may subscribe to: a group's name, or a
// service's as Find does. It gives the code. The error is a *ValueError.
func (c Catalogue) FindAny(name string) (string, error) {
	for code, g := range c.Groups {
		for _, known := range append([]string{code, g.Label}, g.Aliases...) {
			if fold(known) == fold(name) {
				return code, nil
			}
		}
	}
	return c.Find(name)
}
