package office

// keepRoutes are those of what is kept: calendar, subscribers, catalogue, people, trail.
func (o *Office) keepRoutes() []route { return nil }
