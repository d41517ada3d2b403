package office

// calendarRoutes are those of the calendar.
func (o *Office) calendarRoutes() []route { return nil }
