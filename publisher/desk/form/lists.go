package form

import (
	"reflect"
	"strconv"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/reading"
)

// lists are the groups of any number of blocks of fields.
func lists() []group {
	return []group{
		{"windows", func(n *notice.Notice) any { return &n.Windows }, func(w writer, n notice.Notice) { w.windows(n.Windows) },
			func(r *reader, n *notice.Notice) { r.windows(&n.Windows) }},
		{"scope", func(n *notice.Notice) any { return &n.Scope }, func(w writer, n notice.Notice) {
			for i, line := range n.Scope {
				w.below(strconv.Itoa(i)).line(line)
			}
		}, func(r *reader, n *notice.Notice) { n.Scope = blocks(r, n.Scope, (*reader).line) }},
		{"sent", func(n *notice.Notice) any { return &n.Sent }, func(w writer, n notice.Notice) {
			for i, s := range n.Sent {
				w.below(strconv.Itoa(i)).sent(s)
			}
		}, func(r *reader, n *notice.Notice) { n.Sent = blocks(r, n.Sent, (*reader).sent) }},
		{"exceptions", func(n *notice.Notice) any { return &n.Exceptions }, func(w writer, n notice.Notice) {
			for i, x := range n.Exceptions {
				at := w.below(strconv.Itoa(i))
				putWords(at.below("kinds"), x.Kinds)
				at.below("until").time(x.Until)
			}
		}, func(r *reader, n *notice.Notice) {
			n.Exceptions = blocks(r, n.Exceptions, func(r *reader, x *notice.Exception) {
				x.Kinds = inOrder(x.Kinds, vocabulary[notice.MessageKind](r, "kinds"))
				r.time(&x.Until, r.known.Now, "until")
			})
		}},
		{"documents", func(n *notice.Notice) any { return &n.Documents }, func(w writer, n notice.Notice) {
			for i, d := range n.Documents {
				w.below(strconv.Itoa(i), "title").set(d.Title)
				w.below(strconv.Itoa(i), "url").set(d.URL)
			}
		}, func(r *reader, n *notice.Notice) {
			n.Documents = blocks(r, n.Documents, func(r *reader, d *notice.Document) {
				*d = notice.Document{Title: r.text("title"), URL: r.text("url")}
			})
		}},
		{"paragraphs", func(n *notice.Notice) any { return &n.Paragraphs }, func(w writer, n notice.Notice) {
			for i, p := range n.Paragraphs {
				w.below(strconv.Itoa(i)).set(p)
			}
		}, func(r *reader, n *notice.Notice) {
			n.Paragraphs = blocks(r, n.Paragraphs, func(r *reader, p *string) { *p = r.text() })
		}},
	}
}

// blocks reads any number of blocks. Each starts from what stood in its place,
// so that what the form has no field for, or cannot understand, is kept.
func blocks[T any](r *reader, before []T, take func(*reader, *T)) []T {
	var all []T
	for i := range Count(r.values, r.prefix) {
		var one T
		if i < len(before) {
			one = before[i]
		}
		faults := len(r.faults)
		r.below(func() { take(r, &one) }, strconv.Itoa(i))
		if reflect.ValueOf(&one).Elem().IsZero() && len(r.faults) == faults {
			continue // it holds nothing of ours
		}
		all = append(all, one)
	}
	return all
}

func (w writer) windows(all []notice.Window) {
	for i, one := range all {
		at := w.below(strconv.Itoa(i))
		at.below("start").time(one.Start)
		at.below("end").time(one.End)
		at.below("may_extend_until").time(one.MayExtendUntil)
	}
}

func (r *reader) windows(to *[]notice.Window) { *to = blocks(r, *to, (*reader).window) }

// window reads one: "17h" as its end is that hour after its start, and a start
// may say it all ("mardi 8 août de 9h à 17h").
func (r *reader) window(w *notice.Window) {
	now := r.known.Now
	if text := r.text("start"); text != "" && r.text("end") == "" {
		if _, _, err := reading.Moment(text, now); err != nil {
			if whole, _, err := reading.Window(text, now); err == nil && !whole.End.IsZero() {
				*w = whole
				r.time(&w.MayExtendUntil, w.End.Time, "may_extend_until")
				return
			}
		}
	}
	r.time(&w.Start, now, "start")
	if !w.Start.IsZero() {
		now = w.Start.Time
	}
	r.time(&w.End, now, "end")
	if !w.End.IsZero() {
		now = w.End.Time
	}
	r.time(&w.MayExtendUntil, now, "may_extend_until")
}

func (w writer) line(line notice.Scope) {
	w.below("services").names(line.Services)
	w.below("modes").set(line.Modes...)
	w.below("effect").set(string(line.Effect))
	w.below("messages").messages(line.Messages)
	w.below("fallback").fallback(line.Fallback)
	w.below("windows").windows(line.Windows)
}

func (r *reader) line(line *notice.Scope) {
	r.services(&line.Services, "services")
	line.Modes = r.modes(line.Modes, "modes")
	word(r, &line.Effect, "effect")
	r.below(func() { line.Messages = r.messages() }, "messages")
	r.below(func() { r.fallback(&line.Fallback) }, "fallback")
	r.below(func() { r.windows(&line.Windows) }, "windows")
}

func (w writer) sent(s notice.Sent) {
	w.below("from").time(s.From)
	w.below("to").time(s.To)
	putWords(w.below("kinds"), s.Kinds)
	w.below("fate").set(string(s.Fate))
	w.below("resend").yes(s.Resend)
}

func (r *reader) sent(s *notice.Sent) {
	r.time(&s.From, r.known.Now, "from")
	now := r.known.Now
	if !s.From.IsZero() {
		now = s.From.Time
	}
	r.time(&s.To, now, "to")
	s.Kinds = inOrder(s.Kinds, vocabulary[notice.MessageKind](r, "kinds"))
	word(r, &s.Fate, "fate")
	s.Resend = r.yes("resend")
}
