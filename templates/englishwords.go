package templates

import (
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func englishKinds(kinds []notice.MessageKind) []string {
	var names []string
	for _, kind := range kinds {
		names = append(names, englishKind(kind))
	}
	return names
}

func englishKind(kind notice.MessageKind) string {
	return say(map[notice.MessageKind]string{
		notice.Create: "the creation of a declaration", notice.ValidateAnticipated: "the validation of a declaration lodged in advance",
		notice.Amend: "the amendment of a declaration", notice.Invalidate: "the invalidation of a declaration",
		notice.Present: "the presentation of goods", notice.Query: "queries",
	}, kind)
}

func englishCondition(c notice.Condition) string {
	return say(map[notice.Condition]string{
		notice.NotDeferrable:     "for formalities that cannot be postponed",
		notice.StrictlyNecessary: "only if absolutely necessary",
		notice.BureauAgreement:   "with the agreement of the customs office",
	}, c)
}

func englishReturning(r notice.Returning) string {
	return say(map[notice.Returning]string{
		notice.FallbackDeclarations: "the declarations lodged under the fallback procedure",
		notice.DeferredDeclarations: "the declarations that were postponed",
		notice.BothDeclarations:     "the declarations that were postponed and those lodged under the fallback procedure",
	}, r)
}

// englishMoment is an instant in legal time: "Tuesday 8 August 2023, 09:00".
func englishMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return englishMomentIn(t, notice.Legal)
}

func englishMomentIn(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Monday 2 January 2006, 15:04")
}

// englishWhen is some windows, the first and the last of many.
func englishWhen(windows []notice.Window) string {
	var all []string
	for _, w := range windows {
		all = append(all, englishPeriod(w))
	}
	if n := len(all); n > 4 {
		return fmt.Sprintf("%d times, first %s, last %s", n, all[0], all[n-1])
	}
	return strings.Join(all, ", then ")
}

func englishPeriod(w notice.Window) string {
	period := englishPeriodIn(w, notice.Legal)
	if !w.MayExtendUntil.IsZero() && !w.End.IsZero() {
		period += " (it may be extended until " + englishUntil(w.Start.Time, w.MayExtendUntil.Time, notice.Legal) + ")"
	}
	return period
}

// englishPeriodIn is "Tuesday 8 August 2023, 09:00 to 17:00".
func englishPeriodIn(w notice.Window, zone *time.Location) string {
	if w.End.IsZero() {
		return "from " + englishMomentIn(w.Start.Time, zone)
	}
	return englishMomentIn(w.Start.Time, zone) + " to " + englishUntil(w.Start.Time, w.End.Time, zone)
}

// englishUntil is an instant after another one, whose day goes without saying.
func englishUntil(start, t time.Time, zone *time.Location) string {
	if dateIn(start, zone) == dateIn(t, zone) {
		return t.In(zone).Format("15:04")
	}
	return englishMomentIn(t, zone)
}
