package notice

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind is the nature of a notice.
type Kind string

// The kinds of notice.
const (
	Maintenance Kind = "maintenance" // planned
	Incident    Kind = "incident"    // unplanned, service out
	Degradation Kind = "degradation" // it works, badly
	Information Kind = "information" // no effect on the outlook
	Closure     Kind = "closure"     // for good
)

// Values lists the kinds.
func (Kind) Values() []string {
	return []string{"maintenance", "incident", "degradation", "information", "closure"}
}

// An Environment is where the services of a notice live.
type Environment string

// The environments. A notice on a test environment never touches production's state.
const (
	EnvProduction Environment = "production"
	EnvTest       Environment = "test"
)

// Values lists the environments.
func (Environment) Values() []string { return []string{"production", "test"} }

// An Effect is what happens to one service in one mode.
type Effect string

// The effects, from none to worst.
const (
	Unaffected  Effect = "unaffected"
	Degraded    Effect = "degraded"
	Interrupted Effect = "interrupted"
	Closed      Effect = "closed"
)

var effects = []string{"unaffected", "degraded", "interrupted", "closed"}

// Values lists the effects, from none to worst.
func (Effect) Values() []string { return effects }

// worst is the graver of two effects.
func worst(a, b Effect) Effect {
	if slices.Index(effects, string(b)) > slices.Index(effects, string(a)) {
		return b
	}
	return a
}

// A MessageKind is a kind of electronic message that traders send.
type MessageKind string

// The kinds of message.
const (
	Create              MessageKind = "create"               // a declaration
	ValidateAnticipated MessageKind = "validate_anticipated" // of a declaration lodged in advance
	Amend               MessageKind = "amend"
	Invalidate          MessageKind = "invalidate"
	Present             MessageKind = "present" // goods to customs
	Query               MessageKind = "query"
)

// Values lists the kinds of message.
func (MessageKind) Values() []string {
	return []string{"create", "validate_anticipated", "amend", "invalidate", "present", "query"}
}

// A Send says whether a kind of message may be sent.
type Send string

// What may be said of sending. A kind of message that a notice does not name
// is NotStated.
const (
	NotStated   Send = ""
	Allowed     Send = "allowed"
	Discouraged Send = "discouraged"
	Forbidden   Send = "forbidden"
)

// Values lists what may be said of sending, from mildest to strictest.
func (Send) Values() []string { return []string{"allowed", "discouraged", "forbidden"} }

// strictest is the stricter of two: what forbids holds against what allows.
func strictest(a, b Send) Send {
	if slices.Index(a.Values(), string(b)) > slices.Index(a.Values(), string(a)) {
		return b
	}
	return a
}

// A Fate is what became of messages that were sent.
type Fate string

// Values lists the fates.
func (Fate) Values() []string { return []string{"processed", "queued", "rejected", "lost"} }

// A Condition limits the use of the fallback.
type Condition string

// The conditions of the fallback.
const (
	NotDeferrable     Condition = "not_deferrable"     // formalities that cannot wait
	StrictlyNecessary Condition = "strictly_necessary" // "si absolument nécessaire"
	BureauAgreement   Condition = "bureau_agreement"   // on the customs office's agreement
)

// Values lists the conditions.
func (Condition) Values() []string {
	return []string{"not_deferrable", "strictly_necessary", "bureau_agreement"}
}

// Returning says which declarations are to be re-injected.
type Returning string

// What may be re-injected.
const (
	FallbackDeclarations Returning = "fallback_declarations"
	DeferredDeclarations Returning = "deferred_declarations"
	BothDeclarations     Returning = "both"
)

// Values lists what may be re-injected.
func (Returning) Values() []string {
	return []string{"fallback_declarations", "deferred_declarations", "both"}
}

// A Pace is how declarations come back.
type Pace string

// Progressive is little by little, so as not to choke the services.
const Progressive Pace = "progressive"

// Values lists the paces.
func (Pace) Values() []string { return []string{"progressive", "immediate"} }

// An Advice is something traders are invited to do.
type Advice string

// The advices.
const (
	Defer      Advice = "defer"      // put operations off as far as possible
	Anticipate Advice = "anticipate" // do them before
	DoNotSend  Advice = "do_not_resend"
)

// Values lists the advices.
func (Advice) Values() []string { return []string{"defer", "anticipate", "do_not_resend"} }

// By is the power under which a signatory signs.
type By string

// Values lists the powers.
func (By) Values() []string { return []string{"delegation", "interim"} }

// A word is one of the closed vocabularies above.
type word interface {
	~string
	Values() []string
}

// setWord stores text in w if it is one of its values. The error names what
// is allowed and, where one is close, what was probably meant.
func setWord[W word](w *W, text []byte) error {
	for _, v := range (*w).Values() {
		if v == string(text) {
			*w = W(v)
			return nil
		}
	}
	values := (*w).Values()
	return &ValueError{
		What:   fmt.Sprintf("%q is not known", text),
		Remedy: suggest(string(text), values, "one of "+strings.Join(values, ", ")),
	}
}

// UnmarshalText refuses what is not a kind of notice.
func (w *Kind) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not an environment.
func (w *Environment) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not an effect.
func (w *Effect) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not a kind of message.
func (w *MessageKind) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what cannot be said of sending.
func (w *Send) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not a fate.
func (w *Fate) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not a condition.
func (w *Condition) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what cannot be re-injected.
func (w *Returning) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not a pace.
func (w *Pace) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not an advice.
func (w *Advice) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not a power.
func (w *By) UnmarshalText(b []byte) error { return setWord(w, b) }
