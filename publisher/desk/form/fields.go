package form

import (
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

// text is a group of one field of text.
func text(name string, at func(*notice.Notice) *string) group {
	return group{name, func(n *notice.Notice) any { return at(n) },
		func(w writer, n notice.Notice) { w.set(*at(&n)) },
		func(r *reader, n *notice.Notice) { *at(n) = r.text() }}
}

// choice is a group of one word of a closed vocabulary.
func choice[W interface {
	~string
	Values() []string
}](name string, at func(*notice.Notice) *W) group {
	return group{name, func(n *notice.Notice) any { return at(n) },
		func(w writer, n notice.Notice) { w.set(string(*at(&n))) },
		func(r *reader, n *notice.Notice) { word(r, at(n)) }}
}

// tick is a group of one box.
func tick(name string, at func(*notice.Notice) *bool) group {
	return group{name, func(n *notice.Notice) any { return at(n) },
		func(w writer, n notice.Notice) { w.yes(*at(&n)) },
		func(r *reader, n *notice.Notice) { *at(n) = r.yes() }}
}

// heads are the groups of a single field.
func heads() []group {
	return []group{
		choice("kind", func(n *notice.Notice) *notice.Kind { return &n.Kind }),
		{"environment", func(n *notice.Notice) any { return &n.Environment }, func(w writer, n notice.Notice) {
			if !n.Production() {
				w.set(string(n.Environment))
			}
		}, func(r *reader, n *notice.Notice) { word(r, &n.Environment) }},
		tick("exercise", func(n *notice.Notice) *bool { return &n.Exercise }),
		tick("retroactive", func(n *notice.Notice) *bool { return &n.Retroactive }),
		text("reference", func(n *notice.Notice) *string { return &n.Reference }),
		text("outage_id", func(n *notice.Notice) *string { return &n.OutageID }),
		text("issuer", func(n *notice.Notice) *string { return &n.Issuer }),
		text("signatory/name", func(n *notice.Notice) *string { return &n.Signatory.Name }),
		text("signatory/role", func(n *notice.Notice) *string { return &n.Signatory.Role }),
		choice("signatory/by", func(n *notice.Notice) *notice.By { return &n.Signatory.By }),
		text("contact", func(n *notice.Notice) *string { return &n.Contact }),
		text("issued/place", func(n *notice.Notice) *string { return &n.Issued.Place }),
		{"issued/date", func(n *notice.Notice) any { return &n.Issued.Date }, func(w writer, n notice.Notice) {
			w.set(writtenDay(n.Issued.Date))
		}, func(r *reader, n *notice.Notice) { r.day(&n.Issued.Date) }},
		choice("effect", func(n *notice.Notice) *notice.Effect { return &n.Effect }),
	}
}

func writtenDay(d notice.Date) string {
	if d.IsZero() {
		return ""
	}
	return templates.Date(d)
}

// day reads a day into d, which stays as it is where there is none to be
// understood.
func (r *reader) day(d *notice.Date, names ...string) {
	text := r.text(names...)
	if text == "" {
		*d = notice.Date{}
		return
	}
	day, _, err := reading.Day(text, r.known.Now)
	if err != nil {
		r.wrong(err.What, err.Remedy, names...)
		return
	}
	*d = day
}

// wholes are the groups of several fields that fill one part of a notice.
func wholes() []group {
	return []group{
		{"cause", func(n *notice.Notice) any { return &n.Cause }, func(w writer, n notice.Notice) {
			w.set(n.Cause.Text)
			w.below("gender").set(string(n.Cause.Gender))
			w.below("number").set(string(n.Cause.Number))
		}, func(r *reader, n *notice.Notice) {
			n.Cause.Text = r.text()
			word(r, &n.Cause.Gender, "gender")
			word(r, &n.Cause.Number, "number")
		}},
		{"origin", func(n *notice.Notice) any { return &n.Origin }, func(w writer, n notice.Notice) { w.set(n.Origin) },
			func(r *reader, n *notice.Notice) { r.service(&n.Origin) }},
		{"services", func(n *notice.Notice) any { return &n.Services }, func(w writer, n notice.Notice) { w.set(n.Services...) },
			func(r *reader, n *notice.Notice) { n.Services = r.chosen(n.Services) }},
		{"modes", func(n *notice.Notice) any { return &n.Modes }, func(w writer, n notice.Notice) { w.set(n.Modes...) },
			func(r *reader, n *notice.Notice) { n.Modes = r.modes(n.Modes, "") }},
		{"messages", func(n *notice.Notice) any { return &n.Messages }, func(w writer, n notice.Notice) { w.messages(n.Messages) },
			func(r *reader, n *notice.Notice) { n.Messages = r.messages() }},
		{"fallback", func(n *notice.Notice) any { return &n.Fallback }, func(w writer, n notice.Notice) { w.fallback(n.Fallback) },
			func(r *reader, n *notice.Notice) { r.fallback(&n.Fallback) }},
		{"recurs", func(n *notice.Notice) any { return &n.Recurs }, func(w writer, n notice.Notice) { w.recurrence(n.Recurs) },
			func(r *reader, n *notice.Notice) { r.recurrence(&n.Recurs) }},
		{"reminders", func(n *notice.Notice) any { return &n.Reminders }, func(w writer, n notice.Notice) { w.reminders(n.Reminders) },
			func(r *reader, n *notice.Notice) { r.reminders(&n.Reminders) }},
		{"reinjection", func(n *notice.Notice) any { return &n.Reinjection }, func(w writer, n notice.Notice) { w.reinjection(n.Reinjection) },
			func(r *reader, n *notice.Notice) { r.reinjection(&n.Reinjection) }},
		{"advice", func(n *notice.Notice) any { return &n.Advice }, func(w writer, n notice.Notice) { putWords(w, n.Advice) },
			func(r *reader, n *notice.Notice) { n.Advice = inOrder(n.Advice, vocabulary[notice.Advice](r)) }},
		{"workaround", func(n *notice.Notice) any { return &n.Workaround }, func(w writer, n notice.Notice) {
			w.below("code").set(n.Workaround.Code)
			w.below("text").set(n.Workaround.Text)
		}, func(r *reader, n *notice.Notice) {
			n.Workaround = notice.Workaround{Code: r.text("code"), Text: r.text("text")}
		}},
		{"instead", func(n *notice.Notice) any { return &n.Instead }, func(w writer, n notice.Notice) { w.names(n.Instead) },
			func(r *reader, n *notice.Notice) { r.services(&n.Instead) }},
		{"distribution", func(n *notice.Notice) any { return &n.Distribution }, func(w writer, n notice.Notice) {
			w.set(strings.Join(n.Distribution, ", "))
		}, func(r *reader, n *notice.Notice) { n.Distribution = split(r.text()) }},
		{"clauses", func(n *notice.Notice) any { return &n.Clauses }, func(w writer, n notice.Notice) { w.clauses(n.Clauses) },
			func(r *reader, n *notice.Notice) { r.clauses(&n.Clauses) }},
	}
}

func putWords[W ~string](w writer, words []W) {
	for _, one := range words {
		w.set(string(one))
	}
}

// inOrder are chosen words: those that stood there before keep their order,
// and the others follow.
func inOrder[W ~string](before, chosen []W) []W {
	var all []W
	for _, w := range slices.Concat(before, chosen) {
		if slices.Contains(chosen, w) && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// split are the parts of a list as people write it.
func split(text string) []string {
	var all []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

func (w writer) messages(m notice.Messages) {
	for kind, send := range m {
		w.below(string(kind)).set(string(send))
	}
}

func (r *reader) messages() notice.Messages {
	var m notice.Messages
	for _, kind := range notice.MessageKind("").Values() {
		var send notice.Send
		if word(r, &send, kind); send != "" {
			if m == nil {
				m = notice.Messages{}
			}
			m[notice.MessageKind(kind)] = send
		}
	}
	return m
}

func (w writer) fallback(f notice.Fallback) {
	w.below("authorised").yes(f.Authorised)
	w.below("condition").set(string(f.Condition))
	w.below("from").time(f.From)
	w.below("until").time(f.Until)
	w.below("sheet").set(f.Sheet)
	w.below("service").set(f.Service)
}

// fallback reads it; one that is not authorised has nothing else to it.
func (r *reader) fallback(f *notice.Fallback) {
	if f.Authorised = r.yes("authorised"); !f.Authorised {
		*f = notice.Fallback{}
		return
	}
	word(r, &f.Condition, "condition")
	r.time(&f.From, r.known.Now, "from")
	now := r.known.Now
	if !f.From.IsZero() {
		now = f.From.Time
	}
	r.time(&f.Until, now, "until")
	f.Sheet = r.text("sheet")
	r.service(&f.Service, "service")
}

func (w writer) reinjection(of notice.Reinjection) {
	w.below("of").set(string(of.Of))
	w.below("pace").set(string(of.Pace))
	w.below("from").time(of.From)
	w.below("hours").number(of.Hours)
	w.below("slots").number(of.Slots)
	w.below("binding").yes(of.Binding)
}

func (r *reader) reinjection(of *notice.Reinjection) {
	if word(r, &of.Of, "of"); r.text("of") == "" {
		*of = notice.Reinjection{}
		return
	}
	word(r, &of.Pace, "pace")
	r.time(&of.From, r.known.Now, "from")
	r.number(&of.Hours, "hours")
	r.number(&of.Slots, "slots")
	of.Binding = r.yes("binding")
}

func (w writer) reminders(hours []int) {
	switch {
	case hours == nil:
	case len(hours) == 0:
		w.below("which").set("none")
	default:
		var texts []string
		for _, h := range hours {
			texts = append(texts, strconv.Itoa(h))
		}
		w.below("which").set("own")
		w.below("hours").set(strings.Join(texts, ", "))
	}
}

func (r *reader) reminders(to *[]int) {
	switch r.text("which") {
	case "none":
		*to = []int{}
		return
	case "":
		*to = nil
		return
	}
	hours := []int{}
	for _, text := range split(r.text("hours")) {
		h, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(text, "h")))
		if err != nil {
			r.fault(bureau.NotHours, text, "hours")
			return
		}
		hours = append(hours, h)
	}
	*to = hours
}
