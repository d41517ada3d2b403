package templates

import (
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// What follows are the words of the public pages for who reads them in English.

// EnglishMoment is an instant in legal time: "Tuesday 8 August 2023, 09:00".
func EnglishMoment(t time.Time) string { return englishMoment(t) }

// EnglishPeriod is a stretch of time in legal time.
func EnglishPeriod(start, end time.Time) string {
	return englishPeriodIn(notice.Window{Start: notice.At(start), End: notice.At(end)}, notice.Legal)
}

// EnglishUntil is an end after a start: "at 17:00" on the same day.
func EnglishUntil(start, end time.Time) string {
	said := englishUntil(start, end, notice.Legal)
	if strings.Contains(said, ",") {
		return "on " + said
	}
	return "at " + said
}

// EnglishDate is a day: "8 August 2023".
func EnglishDate(d notice.Date) string { return d.Start().In(notice.Legal).Format("2 January 2006") }

// EnglishList joins words: "A, B and C".
func EnglishList(items []string) string { return english.joined(items) }

// EnglishKinds are kinds of message, in one phrase.
func EnglishKinds(kinds []notice.MessageKind) string { return english.kinds(kinds) }

// EnglishCondition says when the fallback may be used.
func EnglishCondition(c notice.Condition) string { return englishCondition(c) }

// EnglishMoment is an instant by the zone's clocks.
func (z Zone) EnglishMoment(t time.Time) string { return englishMomentIn(t, z.location) }

// EnglishPeriod is a stretch of time by the zone's clocks.
func (z Zone) EnglishPeriod(start, end time.Time) string {
	return englishPeriodIn(notice.Window{Start: notice.At(start), End: notice.At(end)}, z.location)
}

// EnglishKind says the nature of a notice.
func EnglishKind(k notice.Kind) string {
	return say(map[notice.Kind]string{
		notice.Maintenance: "maintenance", notice.Incident: "incident", notice.Degradation: "degraded operation",
		notice.Information: "information", notice.Closure: "closure",
	}, k)
}

// EnglishSend says what to do about some kinds of message.
func EnglishSend(s notice.Send) string {
	return say(map[notice.Send]string{
		notice.NotStated: "not stated", notice.Allowed: "may be sent", notice.Discouraged: "better not sent", notice.Forbidden: "not to be sent",
	}, s)
}

// EnglishNoun names what happens, where EffectEnglish says how things are.
func EnglishNoun(e notice.Effect) string {
	return say(map[notice.Effect]string{
		notice.Interrupted: "interruption", notice.Degraded: "degraded operation", notice.Closed: "closure", notice.Unaffected: "information",
	}, e)
}

// EnglishPercent has the point where French has the comma.
func EnglishPercent(french string) string { return strings.ReplaceAll(french, ",", ".") }
