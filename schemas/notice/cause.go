package notice

import (
	"bytes"
	"encoding/json"
)

// A Cause says why, as a noun group that follows "nous vous informons que":
// "une importante opération technique". Its gender and number follow from its
// article; where they do not, they are given.
type Cause struct {
	Text   string `json:"text"`
	Gender Gender `json:"gender,omitzero"`
	Number Number `json:"number,omitzero"`
}

// A Gender is that of French grammar.
type Gender string

// Values lists the genders.
func (Gender) Values() []string { return []string{"feminine", "masculine"} }

// A Number is that of French grammar.
type Number string

// Values lists the numbers.
func (Number) Values() []string { return []string{"singular", "plural"} }

// UnmarshalText refuses what is not a gender.
func (w *Gender) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText refuses what is not a number.
func (w *Number) UnmarshalText(b []byte) error { return setWord(w, b) }

// UnmarshalText reads the short form: the text alone.
func (c *Cause) UnmarshalText(b []byte) error {
	*c = Cause{Text: string(b)}
	return nil
}

// UnmarshalJSON reads a text or the long form.
func (c *Cause) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte(`"`)) {
		return json.Unmarshal(b, &c.Text)
	}
	type long Cause
	return json.Unmarshal(b, (*long)(c))
}

// MarshalJSON writes the short form where it says all.
func (c Cause) MarshalJSON() ([]byte, error) {
	if c.Gender == "" && c.Number == "" {
		return json.Marshal(c.Text)
	}
	type long Cause
	return json.Marshal(long(c))
}
