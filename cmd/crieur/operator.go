package main

import (
	"fmt"
	"os"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// OperatorFile names who answers for the public pages.
type OperatorFile struct {
	Operator string `help:"Who answers for the public pages, YAML: publisher, director, host, data_officer, accessibility_contact. Without it the legal pages say that they are not complete." type:"existingfile" placeholder:"FILE"`
}

// operator reads the file; one that says less than the law wants is refused.
func (f OperatorFile) operator() (pages.Operator, error) {
	var o pages.Operator
	if f.Operator == "" {
		return o, nil
	}
	text, err := os.ReadFile(f.Operator)
	if err != nil {
		return o, err
	}
	if _, ps := schemas.Decode(text, &o); len(ps) > 0 {
		return o, fmt.Errorf("%w: --operator %s:\n%w", notice.ErrInvalid, f.Operator, ps.Err())
	}
	if missing := o.Missing(); len(missing) > 0 {
		return o, fmt.Errorf("%w: --operator %s: %v missing: the law wants them all told", notice.ErrInvalid, f.Operator, missing)
	}
	return o, nil
}
