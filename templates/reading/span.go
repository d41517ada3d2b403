package reading

import (
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Span is how long it is from one instant to another, in words and in real
// hours, whatever the clocks do meanwhile: "8 heures", "1 jour et 2 heures",
// "45 minutes". It is "" where the end is not known or does not come after.
func Span(start, end notice.Time) string {
	if start.IsZero() || end.IsZero() || !end.After(start.Time) {
		return ""
	}
	minutes := int(end.Sub(start.Time) / time.Minute)
	if minutes == 0 {
		return "moins d’une minute"
	}
	var words []string
	for _, unit := range []struct {
		name string
		size int
	}{{"jour", 24 * 60}, {"heure", 60}, {"minute", 1}} {
		if n := minutes / unit.size; n > 0 {
			words = append(words, counted(n, unit.name))
		}
		minutes %= unit.size
	}
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " et " + words[last]
	}
	return words[0]
}

func counted(n int, noun string) string {
	if n > 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d\u00a0%s", n, noun)
}
