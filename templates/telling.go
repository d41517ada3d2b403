package templates

import (
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// blocks are what a message says and, of an announcement, the text itself.
func (m *message) blocks(e notice.Event, t Telling) (blocks, letter []Block, err error) {
	first, err := m.paragraphs(m.tells(e, t))
	if err != nil {
		return nil, nil, err
	}
	if rule, _ := notice.RuleOf(e.Act.Type()); rule.Letter {
		return m.announcement(e, first)
	}
	if len(first) > 0 {
		first[0].Kind = Callout
	}
	blocks = append(blocks, first...)
	if _, ok := e.Act.(notice.Reminded); ok {
		orders, err := m.orders()
		return append(blocks, orders...), nil, err
	}
	if m.lasts(e) {
		now, err := m.paragraphs(m.now(e))
		if err != nil {
			return nil, nil, err
		}
		blocks = append(blocks, now...)
	}
	return blocks, nil, nil
}

// announcement is what has a letter: what happened to it, and the letter's own
// text where that still says what holds.
func (m *message) announcement(e notice.Event, first []Block) (blocks, letter []Block, err error) {
	for i := range first {
		first[i].Kind = Callout
	}
	switch e.Act.(type) {
	case notice.Cancelled:
		blocks, err = m.called(first)
		return blocks, nil, err
	case notice.Postponed:
		if len(m.notice.Windows) == 0 {
			blocks, err = m.called(first)
			return blocks, nil, err
		}
	}
	changed, err := m.amendment()
	if err != nil {
		return nil, nil, err
	}
	letter, err = m.body()
	return slices.Concat(first, changed), letter, err
}

// orders are what a letter asks of its readers while its window lasts.
func (m *message) orders() ([]Block, error) {
	if len(m.notice.Scope) > 1 {
		return []Block{m.scopeTable()}, nil
	}
	var blocks []Block
	for _, cl := range clauses {
		switch cl.id {
		case "exceptions", "advice", "messages", "fallback":
			more, err := m.clauseBlocks(cl)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, more...)
		}
	}
	return blocks, nil
}

// called is what is left to say of what does not take place.
func (m *message) called(first []Block) ([]Block, error) {
	follow, err := m.paragraphs(one("follow"))
	return append(first, follow...), err
}

// amendment shows what a new text changes, old and new side by side.
func (m *message) amendment() ([]Block, error) {
	var previous notice.Notice
	switch act := m.act.(type) {
	case notice.Corrected:
		previous = act.Previous
	case notice.Changed:
		previous = act.Previous
	default:
		return nil, nil
	}
	table, err := m.changes(previous, m.notice)
	if err != nil || len(table.Rows) == 0 {
		return nil, err
	}
	return []Block{table}, nil
}

// tells is what the act itself says.
func (m *message) tells(e notice.Event, t Telling) []said {
	name := m.form(string(e.Act.Type()))
	var all []said
	// The first form of the words whose facts are there is used.
	add := func(names ...string) {
		for _, n := range names {
			if _, ok := m.texts[n]; ok && m.has(n) {
				all = append(all, said{text: n})
				return
			}
		}
	}
	// What happened, and how each group of services stands, in one paragraph.
	stands := func(names ...string) {
		add(names...)
		states := m.states(name+".state", e)
		if n := len(all); n > 0 {
			all[n-1].then = states
		} else if len(states) > 0 {
			all = append(all, said{text: states[0].text, facts: states[0].facts, then: states[1:]})
		}
	}
	after := func(f notice.FallbackAfter) {
		words := name + ".after." + string(f.Closes)
		if len(m.elsewhere()) > 0 {
			add(words+".elsewhere", words)
		} else {
			add(words)
		}
	}
	switch act := e.Act.(type) {
	case notice.Published:
	case notice.Reminded:
		if len(m.notice.Scope) > 1 { // the table says what becomes of each
			add(name + ".table")
		} else {
			add(name, name+".open")
		}
	case notice.Started:
		stands()
		if act.LateS >= lateAfter {
			add(name + ".late")
		}
		add(name+".end", name+".open")
		add(name + ".may")
	case notice.Overdue:
		stands(name)
		add(name + ".until")
	case notice.Extended:
		stands(name, name+".open")
		add(name + ".previous")
		add(name + ".may")
	case notice.Resumed:
		stands(name)
	case notice.Progressed:
		add(name)
		add(name + ".next")
	case notice.FallbackOpened:
		stands()
		add(name + ".condition")
		add(name+".until", name+".open")
	case notice.FallbackClosed:
		stands()
	case notice.Recovered:
		stands()
		all = append(all, m.others()...)
		after(act.Fallback)
		add(name + ".rest")
	case notice.Ended:
		if t.Started {
			stands(name + ".started")
		} else {
			stands(name)
		}
		all = append(all, m.others()...)
		add(name + ".text")
		after(act.Fallback)
		m.comesBack(e, add)
	case notice.Nudged:
		add(name + "." + string(act.Reason))
		add(name + ".what")
	case notice.Corrected, notice.Changed:
		add(name)
		return all // which says why
	default:
		add(name, name+".open")
		add(name + ".previous")
	}
	return append(all, m.because(reasonOf(e.Act))...)
}

// lateAfter is from how many seconds on a start says that it comes late.
const lateAfter = 300

// comesBack says which declarations are to be re-injected, into what is back.
func (m *message) comesBack(e notice.Event, add func(...string)) {
	r, part := m.notice.Reinjection, ""
	if len(m.elsewhere()) > 0 {
		part = ".part"
	}
	switch {
	case r.Of == "":
	case part != "" && len(m.groups(e)) == 0:
		return
	case r.Pace == notice.Progressive:
		add("back.progressive" + part)
	default:
		add("back.immediate" + part)
	}
	if r.Binding {
		add("reinjection.slots.binding")
	} else if r.Slots > 0 {
		add("reinjection.slots")
	}
}

func reasonOf(act notice.Act) string {
	switch act := act.(type) {
	case notice.Postponed:
		return act.Reason
	case notice.Cancelled:
		return act.Reason
	case notice.Reinstated:
		return act.Reason
	case notice.Resumed:
		return act.Reason
	case notice.Extended:
		return act.Reason
	case notice.Corrected:
		return act.Reason
	case notice.Changed:
		return act.Reason
	}
	return ""
}

// lasts is whether the alert goes on after an event, so that what holds is
// worth saying again.
func (m *message) lasts(e notice.Event) bool {
	switch e.Act.(type) {
	case notice.Started, notice.Overdue, notice.Extended, notice.Resumed:
		return true
	}
	return false
}
