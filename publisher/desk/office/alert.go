package office

// alertRoutes are those of running alerts.
func (o *Office) alertRoutes() []route { return nil }
