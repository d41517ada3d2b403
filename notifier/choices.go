package notifier

import (
	"slices"

	"douane.gouv.fr/crieur/templates"
)

// Choices are what a subscriber asked for, as words are made of it.
func (s Subscriber) Choices() templates.Choices {
	wants := func(w Want) bool { return len(s.Wants) == 0 || slices.Contains(s.Wants, w) }
	return templates.Choices{
		Services: s.Services, Modes: s.Modes, Lang: s.Lang, Zone: s.Zone,
		Notices: wants(WantNotices), Alerts: wants(WantAlerts),
		DailyNotices: slices.Contains(s.Daily, WantNotices), DailyAlerts: slices.Contains(s.Daily, WantAlerts),
	}
}

// Choosing is the subscriber with other choices.
func (s Subscriber) Choosing(c templates.Choices) Subscriber {
	s.Services, s.Modes, s.Lang, s.Zone = c.Services, c.Modes, c.Lang, c.Zone
	s.Wants, s.Daily = nil, nil
	for _, w := range []struct {
		want        Want
		told, daily bool
	}{{WantNotices, c.Notices, c.DailyNotices}, {WantAlerts, c.Alerts, c.DailyAlerts}} {
		if w.told {
			s.Wants = append(s.Wants, w.want)
		}
		if w.told && w.daily {
			s.Daily = append(s.Daily, w.want)
		}
	}
	return s
}
