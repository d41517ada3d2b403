package office

// draftRoutes are those of drafting.
func (o *Office) draftRoutes() []route { return nil }
