package office

import "douane.gouv.fr/crieur/templates/remarks"

// remarks say in French what is wrong, with the names that the house has for
// services, modes and bureaus.
func (o *Office) remarks() remarks.Words {
	return remarks.Words{Catalogue: o.Publisher.Catalogue, Bureaus: o.Publisher.Bureaus}
}
