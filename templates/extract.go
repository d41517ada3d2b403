package templates

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// An Extract is an extract of the record: how a service was in a mode at an
// instant, who had said so and when, and what was learnt of it afterwards; or
// how it changed over a period. It is what the page, the file for machines and
// the sealed document say alike, and all that they are made of.
type Extract struct {
	Reference string      `json:"reference"` // made from the question: who asks again gets the same
	Service   string      `json:"service"`
	Label     string      `json:"label"`
	Mode      string      `json:"mode"`
	ModeLabel string      `json:"mode_label"`
	Asked     notice.Time `json:"asked_at"` // up to when the record was read
	Issuer    string      `json:"issuer"`   // the bureau that answers for it

	// Of an instant:
	At          notice.Time         `json:"at,omitzero"`
	Known       notice.Time         `json:"known_at,omitzero"` // by what had been published then
	State       notice.ModeOutlook  `json:"state,omitzero"`
	Reasons     []Quote             `json:"reasons,omitzero"`
	Later       *notice.ModeOutlook `json:"later,omitzero"` // by all that is published, where it says otherwise
	Corrections []Quote             `json:"corrections,omitzero"`

	// Of a period, both ends included:
	From  notice.Time `json:"from,omitzero"`
	To    notice.Time `json:"to,omitzero"`
	Turns []Turn      `json:"changes,omitzero"`
	More  bool        `json:"more,omitzero"` // there were more changes than are told
}

// A Quote is what a published event said, and where it stands.
type Quote struct {
	Notice    string      `json:"notice"`
	Reference string      `json:"reference,omitzero"`
	Version   int         `json:"version"`
	Event     string      `json:"event"`
	Type      notice.Type `json:"type"`
	Time      notice.Time `json:"time"`
	Text      string      `json:"text"`
	URL       string      `json:"url"`
}

// A Turn is where the state became another.
type Turn struct {
	At    notice.Time        `json:"at"`
	State notice.ModeOutlook `json:"state"`
}

// Extract says an extract. It is a letter without a signatory: the bureau's
// seal vouches for it.
func (w Words) Extract(x Extract, lang string) (Document, error) {
	bureau, err := w.Bureaus.Find(x.Issuer)
	if err != nil {
		return Document{}, err
	}
	e := extractor{x, tongueOf(lang), lang == "en"}
	d := Document{
		Lang: "fr", Authority: typesetAll(bureau.Authority), Date: x.Asked.Time,
		Title: e.say("Extrait de l’historique de la météo des services en ligne", "Extract from the record of the state of online services"),
	}
	if e.en {
		d.Lang = "en"
	}
	d.PlaceDate = text(e.say("%s, le %s", "%s, %s", bureau.Place, e.dated(x.Asked.Time)))
	for i, line := range bureau.Sender {
		d.Sender = append(d.Sender, senderLine(line, i == 0))
	}
	d.Contact = [][]Run{text(e.say("Réf."+nbsp+": %s", "Ref.: %s", x.Reference))}
	d.Running = e.say("Extrait de l’historique – réf. %s", "Extract from the record – ref. %s", x.Reference)
	if x.From.IsZero() {
		d.Subject = e.say("état de %s en %s le %s", "%s in %s, %s", x.Label, x.ModeLabel, e.instant(x.At.Time))
		d.Blocks = e.ofInstant()
	} else {
		d.Subject = e.say("état de %s en %s du %s au %s", "%s in %s, %s to %s", x.Label, x.ModeLabel, e.instant(x.From.Time), e.instant(x.To.Time))
		d.Blocks = e.ofPeriod()
	}
	return d, nil
}

// An extractor says an Extract in one language.
type extractor struct {
	Extract
	tongue
	en bool
}

// say fills in one of two wordings.
func (e extractor) say(french, english string, args ...any) string {
	if e.en {
		return fmt.Sprintf(english, args...)
	}
	return fmt.Sprintf(french, args...)
}

// dated is a day without its weekday.
func (e extractor) dated(t time.Time) string {
	if e.en {
		return t.In(notice.Legal).Format("2 January 2006")
	}
	return Date(notice.DateOf(t))
}

// instant is one in full, with its seconds where there are any.
func (e extractor) instant(t time.Time) string {
	said := e.moment(t, notice.Legal)
	if s := t.Second(); s != 0 {
		said += e.say(" et %d"+nbsp+"s", ":%02d", s)
	}
	return said
}

// ofInstant is the answer first, then who said so, then what came after.
func (e extractor) ofInstant() []Block {
	blocks := []Block{{Kind: Callout, Runs: bold(e.fallback(e.State, e.At.Time))}}
	for _, said := range e.facts(e.State, e.At.Time) {
		blocks = append(blocks, Block{Kind: Paragraph, Runs: text(said)})
	}
	blocks = append(blocks, Block{Kind: Paragraph, Runs: text(e.say("Cela ressort de ce qui était publié le %s.", "This follows from what had been published by %s.", e.instant(e.Known.Time)))},
		Block{Kind: Heading, Runs: text(e.say("Ce qui le disait", "What said so"))})
	if len(e.Reasons) == 0 {
		blocks = append(blocks, Block{Kind: Paragraph, Runs: text(e.say("Aucune note publiée alors ne concernait ce service dans ce mode à ce moment.",
			"No notice published by then concerned this service in this mode at that time."))})
	} else {
		blocks = append(blocks, e.quotes(e.Reasons, e.say("Actes publiés, du plus ancien au plus récent", "Published acts, earliest first")))
	}
	return append(append(blocks, e.later()...), e.close())
}

// later says what was learnt afterwards.
func (e extractor) later() []Block {
	blocks := []Block{{Kind: Heading, Runs: text(e.say("Ce qui a été su plus tard", "What was learnt later"))}}
	say := func(text string) { blocks = append(blocks, Block{Kind: Paragraph, Runs: []Run{{Text: text}}}) }
	switch {
	case e.Later == nil && len(e.Corrections) == 0:
		say(e.say("Rien de ce qui a été publié ensuite ne change ce qui est dit de ce moment.", "Nothing published afterwards changes what is said of that time."))
		return blocks
	case e.Later == nil:
		say(e.say("Ce qui a été publié ensuite ne change rien à cet état.", "What was published afterwards leaves that state as it was."))
	default:
		say(e.say("D’après tout ce qui est publié à présent, l’état de ce moment est autre.", "By all that is published now, the state at that time is another."))
		say(e.fallback(*e.Later, e.At.Time))
		for _, said := range e.facts(*e.Later, e.At.Time) {
			say(said)
		}
	}
	if len(e.Corrections) > 0 {
		blocks = append(blocks, e.quotes(e.Corrections, e.say("Actes publiés après ce moment", "Acts published after that time")))
	}
	return blocks
}

// close says what the extract is.
func (e extractor) close() Block {
	return Block{Kind: Paragraph, Runs: text(e.say(
		"Extrait établi d’après le registre des notes publiées, lu jusqu’au %s. Les heures sont données en heure légale française (Paris).",
		"Extract made from the record of published notices, read up to %s. All times are French legal time (Paris).", e.instant(e.Asked.Time)))}
}

// fallback answers the question that traders ask.
func (e extractor) fallback(o notice.ModeOutlook, at time.Time) string {
	when := Capitalised(e.say("le %s", "on %s", e.instant(at)))
	if o.Fallback == nil {
		return e.say("%s, la procédure de secours n’était pas autorisée pour %s en %s.", "%s, the fallback procedure was not authorised for %s in %s.", when, e.Label, e.ModeLabel)
	}
	said := e.say("%s, la procédure de secours était autorisée pour %s en %s", "%s, the fallback procedure was authorised for %s in %s", when, e.Label, e.ModeLabel)
	return said + e.terms(o) + "."
}

// terms are on what condition the fallback is authorised, and how long.
func (e extractor) terms(o notice.ModeOutlook) string {
	f, said := o.Fallback, ""
	if f.Condition != "" {
		said += " " + e.condition(f.Condition)
	}
	said += e.say(", depuis le %s", ", since %s", e.instant(f.From.Time))
	switch {
	case !f.Until.IsZero():
		said += e.say(" et jusqu’au %s", " and until %s", e.instant(f.Until.Time))
	case o.Since.IsZero():
		said += e.say(" et jusqu’à nouvel ordre", " and until further notice")
	default:
		said += e.say(" et jusqu’à publication d’un message de fin d’alerte", " and until an end-of-alert message is published")
	}
	if f.Sheet != "" {
		said += e.say(" (fiche %s)", " (sheet %s)", f.Sheet)
	}
	return said
}

// facts are the other answers: the state, and what could be sent.
func (e extractor) facts(o notice.ModeOutlook, at time.Time) []string {
	said := e.say("Le service %s était %s en %s", "The service %s was %s in %s", e.Label, e.effect(o.Effect), e.ModeLabel)
	if !o.Since.IsZero() {
		said += e.say(" depuis le %s", " since %s", e.instant(o.Since.Time))
		switch {
		case o.Effect == notice.Closed || o.Effect == notice.Unaffected:
		case o.Until.IsZero():
			said += e.say(", fin non précisée", ", its end not being stated")
		default:
			said += e.say(", fin prévue le %s", ", its end being planned for %s", e.instant(o.Until.Time))
		}
	}
	facts := []string{said + "."}
	if o.Overdue {
		facts = append(facts, e.say("L’heure de fin prévue était dépassée et l’alerte toujours en cours.", "The planned end had passed and the alert was still on."))
	}
	return append(facts, e.sendings(o))
}

// sendings are what could be sent.
func (e extractor) sendings(o notice.ModeOutlook) string {
	if len(o.Messages) == 0 {
		return e.say("Aucune consigne d’envoi n’était donnée.", "There was no instruction on sending messages.")
	}
	var said []string
	for _, send := range []notice.Send{notice.Forbidden, notice.Discouraged, notice.Allowed} {
		if kinds := o.Messages.Kinds(send); len(kinds) > 0 {
			name := map[notice.Send][2]string{
				notice.Forbidden:   {"à ne pas envoyer", "not to be sent"},
				notice.Discouraged: {"envoi déconseillé", "better not sent"},
				notice.Allowed:     {"envoi autorisé", "may be sent"},
			}[send]
			if e.en {
				name[0] = name[1]
			}
			said = append(said, name[0]+e.colon()+e.kinds(kinds))
		}
	}
	rest := e.say("autres messages"+nbsp+": non précisé", "other messages: not stated")
	return Capitalised(strings.Join(append(said, rest), e.say(nnbsp+"; ", "; "))) + "."
}

func (e extractor) colon() string { return e.say(nbsp+": ", ": ") }

// effect says how the service was.
func (e extractor) effect(effect notice.Effect) string {
	if e.en {
		return EffectEnglish(effect)
	}
	return EffectName(effect)
}

// quotes are what was said, an act a row. They are in French, as they were
// published.
func (e extractor) quotes(quotes []Quote, caption string) Block {
	b := Block{Kind: Table, Caption: caption, Head: []string{
		e.say("Publié le", "Published on"), e.say("Acte", "Act"), e.say("Ce qui était dit", "What was said (in French)")}}
	for _, q := range quotes {
		name := e.say("note du %s", "notice of %s", e.day(q.Time.Time, notice.Legal))
		if q.Reference != "" {
			name = e.say("note n°"+nbsp+"%s", "notice %s", q.Reference)
		}
		b.Rows = append(b.Rows, [][]Run{
			text(e.instant(q.Time.Time)),
			{{Text: Capitalised(e.act(q.Type)) + ", "}, {Text: name, Link: q.URL}, {Text: e.say(", version %d", ", version %d", q.Version)}},
			text("«" + nbsp + q.Text + nbsp + "»"),
		})
	}
	return b
}

func (e extractor) act(t notice.Type) string {
	if e.en {
		return ActEnglish(t)
	}
	return ActName(t)
}

// ofPeriod is a table of what held from when on.
func (e extractor) ofPeriod() []Block {
	b := Block{Kind: Table,
		Caption: e.say("États de %s en %s du %s au %s, chacun d’après ce qui était publié à son moment", "States of %s in %s from %s to %s, each by what had been published at its time",
			e.Label, e.ModeLabel, e.instant(e.From.Time), e.instant(e.To.Time)),
		Head: []string{e.say("À compter du", "From"), e.say("État", "State"), e.say("Procédure de secours", "Fallback procedure"), e.say("Messages", "Messages")}}
	for _, turn := range e.Turns {
		o := turn.State
		state := Capitalised(e.effect(o.Effect))
		if o.Overdue {
			state += e.say(", heure de fin prévue dépassée", ", planned end passed")
		} else if !o.Until.IsZero() && o.Effect != notice.Unaffected {
			state += e.say(", fin prévue le %s", ", end planned for %s", e.instant(o.Until.Time))
		}
		fallback := e.say("non autorisée", "not authorised")
		if o.Fallback != nil {
			fallback = e.say("autorisée", "authorised") + e.terms(o)
		}
		b.Rows = append(b.Rows, [][]Run{text(e.instant(turn.At.Time)), text(state), text(Capitalised(fallback)), text(e.sendings(o))})
	}
	blocks := []Block{b}
	if e.More {
		blocks = append(blocks, Block{Kind: Paragraph, Runs: text(e.say("D’autres changements suivent"+nbsp+": demandez une période plus courte.", "More changes follow: ask for a shorter period."))})
	}
	return append(blocks, e.close())
}

func bold(said string) []Run { return []Run{{Text: said, Bold: true}} }

// EffectEnglish says an effect in English.
func EffectEnglish(e notice.Effect) string {
	return cmp.Or(map[notice.Effect]string{
		notice.Unaffected: "available", notice.Degraded: "degraded", notice.Interrupted: "interrupted", notice.Closed: "closed",
	}[e], string(e))
}

// ActEnglish says in English what befell a notice.
func ActEnglish(t notice.Type) string {
	return cmp.Or(map[notice.Type]string{
		notice.TypePublished: "publication", notice.TypeCorrected: "correction", notice.TypeChanged: "change",
		notice.TypePostponed: "postponement", notice.TypeExtended: "extension", notice.TypeProgressed: "progress report",
		notice.TypeReminded: "reminder", notice.TypeStarted: "start of alert", notice.TypeOverdue: "planned end passed",
		notice.TypeFallbackOpened: "fallback procedure opened", notice.TypeFallbackClosed: "fallback procedure closed",
		notice.TypeRecovered: "partial recovery", notice.TypeEnded: "end of alert", notice.TypeResumed: "end of alert withdrawn",
		notice.TypeCancelled: "cancellation", notice.TypeReinstated: "cancellation withdrawn",
	}[t], string(t))
}

// Query is the question that gets the extract again, in as few words as it
// takes.
func (x Extract) Query() url.Values {
	q := url.Values{"service": {x.Service}, "mode": {x.Mode}}
	if !x.From.IsZero() {
		q.Set("du", brief(x.From))
		q.Set("au", brief(x.To))
		return q
	}
	q.Set("le", brief(x.At))
	if !x.Known.Equal(x.At.Time) {
		q.Set("connu", brief(x.Known))
	}
	return q
}

// brief is an instant as an address has it: legal time, with its offset where
// that is needed.
func brief(t notice.Time) string {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		short := t.In(notice.Legal).Format(layout)
		var again notice.Time
		if again.UnmarshalText([]byte(short)) == nil && again.Equal(t.Time) {
			return short
		}
	}
	return t.String()
}
