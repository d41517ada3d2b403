package templates

import "douane.gouv.fr/crieur/schemas/notice"

// Subject is that of a notice's letter, without the rest of it: lists of
// thousands of notices name each by it.
func (w Words) Subject(n notice.Notice) (string, error) {
	c, err := w.composer(n)
	if err != nil {
		return "", err
	}
	return c.subject()
}

func (c *composer) subject() (string, error) {
	subject, err := c.words(c.subjectName())
	if err != nil {
		return "", err
	}
	return c.staged(Plain(subject))
}
