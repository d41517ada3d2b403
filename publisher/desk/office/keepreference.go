package office

// referenceRoutes are those of reference data.
func (o *Office) referenceRoutes() []route { return nil }
