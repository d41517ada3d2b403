package templates

import (
	"douane.gouv.fr/crieur/schemas/notice"
)

// topics are what may differ between two texts of a notice, each with the
// words that say it.
var topics = []string{"services", "modes", "when", "effect", "forbidden", "discouraged", "fallback", "fallback_time", "returning", "cause", "text"}

// changes is the table of what a new text changes: what was said, and what is
// said now, side by side. It has no rows where nothing that readers see has
// changed, or where it is not known what it was.
func (w Words) changes(before, after notice.Notice) (Block, error) {
	table := Block{Kind: Table}
	if before.Issuer == "" {
		return table, nil // a record of an earlier version does not say what it was
	}
	old, err := w.composer(before)
	if err != nil {
		return table, err
	}
	now, err := w.composer(after)
	if err != nil {
		return table, err
	}
	table.Caption = now.texts["change.caption"]
	for _, column := range []string{"change.topic", "change.before", "change.after"} {
		table.Head = append(table.Head, now.texts[column])
	}
	for _, topic := range topics {
		was, is := old.topic(topic), now.topic(topic)
		if was == is {
			continue
		}
		table.Rows = append(table.Rows, [][]Run{
			text(now.texts["topic."+topic]),
			{{Text: Typeset(orNothing(was)), Struck: was != ""}},
			text(Typeset(orNothing(is))),
		})
	}
	return table, nil
}

// topic is what a notice says of one topic, in a cell's words.
func (c *composer) topic(name string) string {
	n := c.notice
	switch name {
	case "services":
		return Plain(c.facts["names"])
	case "modes":
		return Plain(c.facts["modes"])
	case "when":
		return Plain(c.facts["period"])
	case "effect":
		return EffectName(c.effect)
	case "forbidden":
		return Plain(c.facts["forbidden_list"])
	case "discouraged":
		return Plain(c.facts["discouraged_list"])
	case "fallback":
		return c.fallbackTopic()
	case "fallback_time":
		return c.fallbackTimes()
	case "returning":
		return Plain(c.facts["returning"])
	case "cause":
		return n.Cause.Text
	}
	return Enumerate(n.Paragraphs)
}

// fallbackTopic says of each line of the scope whether the fallback is
// authorised.
func (c *composer) fallbackTopic() string {
	var said []string
	for _, line := range c.notice.Lines() {
		said = append(said, fallbackLine(line.Fallback))
	}
	return Enumerate(unique(said))
}

// fallbackTimes are the times that the fallback has of its own.
func (c *composer) fallbackTimes() string {
	var said []string
	for _, line := range c.notice.Lines() {
		f := line.Fallback
		if !f.From.IsZero() {
			said = append(said, "à compter du "+moment(f.From))
		}
		if !f.Until.IsZero() {
			said = append(said, "jusqu’au "+moment(f.Until))
		}
	}
	return Enumerate(unique(said))
}
