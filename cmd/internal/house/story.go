package house

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A Story tells a whole life of one or more notices in time: who does what
// when. It can be replayed, and demo plays one.
type Story struct {
	Dir         string                   `json:"-"`      // where its notices lie
	Title       string                   `json:"title"`  // for the reader of the demonstration
	Start       notice.Time              `json:"start"`  // of the simulated clock
	People      map[string][]notice.Role `json:"people"` // accounts and their roles
	Subscribers []desk.Subscription      `json:"subscribers"`
	Steps       []Step                   `json:"steps"`
}

// A Step is one act of the story, and when it is done.
type Step struct {
	At notice.Time `json:"at"`
	By string      `json:"by,omitzero"` // one of the story's people
	// Of names the notice, where the story has several.
	Of string `json:"of,omitzero"`

	Draft     string                 `json:"draft,omitzero"`  // the notice's file
	As        notice.Type            `json:"as,omitzero"`     // corrected or changed, for a draft that amends
	Reason    string                 `json:"reason,omitzero"` // why it does
	Submit    *struct{}              `json:"submit,omitzero"`
	Review    *Return                `json:"review,omitzero"` // with a remark
	Return    *Return                `json:"return,omitzero"`
	Approve   *Approve               `json:"approve,omitzero"`
	Extend    *notice.Extended       `json:"extend,omitzero"`
	Recover   *notice.Recovered      `json:"recover,omitzero"`
	End       *notice.Ended          `json:"end,omitzero"`
	Resume    *notice.Resumed        `json:"resume,omitzero"`
	Progress  *notice.Progressed     `json:"progress,omitzero"`
	Open      *notice.FallbackOpened `json:"open_fallback,omitzero"`
	Close     *notice.FallbackClosed `json:"close_fallback,omitzero"`
	Postpone  *notice.Postponed      `json:"postpone,omitzero"`
	Cancel    *notice.Cancelled      `json:"cancel,omitzero"`
	Reinstate *notice.Reinstated     `json:"reinstate,omitzero"`

	// Outlook writes the outlook out under this name.
	Outlook string `json:"outlook,omitzero"`
}

// Return gives a draft back to its drafter.
type Return struct {
	Reason string `json:"reason"`
}

// Approve signs a draft off.
type Approve struct {
	PublishAt notice.Time `json:"publish_at,omitzero"` // at once if absent
	Emergency string      `json:"emergency,omitzero"`  // why one person signs alone
}

// ReadStory reads a story and checks that it can be played. Its errors name
// the file, the line and the remedy.
func ReadStory(path string) (Story, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Story{}, fmt.Errorf("read story: %w", err)
	}
	var s Story
	doc, problems := schemas.Decode(text, &s)
	if len(problems) == 0 {
		problems = doc.Place(s.check())
	}
	if err := problems.Err(); err != nil {
		return Story{}, fmt.Errorf("%s:\n%w", path, err)
	}
	s.Dir = filepath.Dir(path)
	return s, nil
}

func (s Story) check() notice.Problems {
	var ps notice.Problems
	wrong := func(at, what, remedy string) {
		ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: at, What: what, Remedy: remedy})
	}
	if s.Start.IsZero() || len(s.Steps) == 0 {
		wrong("", "a story needs a start and steps", "give both")
	}
	last := s.Start
	for i, step := range s.Steps {
		at := "/steps/" + strconv.Itoa(i)
		if step.At.Before(last.Time) {
			wrong(at+"/at", "the step lies before the one above it", "tell the story in order")
		}
		last = step.At
		if _, ok := s.People[step.By]; !ok && step.Outlook == "" {
			wrong(at+"/by", fmt.Sprintf("%q is not one of the people", step.By), "name one of people:")
		}
		if n := len(step.names()); n != 1 {
			wrong(at, fmt.Sprintf("the step has %d acts", n), "give it one")
		}
	}
	return ps
}

// Name is what a step does: "draft", "approve", "end".
func (s Step) Name() string { return strings.Join(s.names(), ", ") }

// names are the acts that a step holds: one, in a story that can be played.
func (s Step) names() []string {
	var names []string
	for _, a := range []struct {
		name string
		has  bool
	}{
		{"draft", s.Draft != ""}, {"submit", s.Submit != nil}, {"return", s.Return != nil}, {"approve", s.Approve != nil}, {"review", s.Review != nil},
		{"extend", s.Extend != nil}, {"recover", s.Recover != nil}, {"end", s.End != nil}, {"resume", s.Resume != nil},
		{"progress", s.Progress != nil}, {"open_fallback", s.Open != nil}, {"close_fallback", s.Close != nil},
		{"postpone", s.Postpone != nil}, {"cancel", s.Cancel != nil}, {"reinstate", s.Reinstate != nil},
		{"outlook", s.Outlook != ""},
	} {
		if a.has {
			names = append(names, a.name)
		}
	}
	return names
}

// act is the act on a published notice, if that is what the step is. A time
// that an end or a recovery does not give is the step's.
func (s Step) act() notice.Act {
	switch {
	case s.Extend != nil:
		return *s.Extend
	case s.Recover != nil:
		act := *s.Recover
		act.At = orElse(act.At, s.At)
		return act
	case s.End != nil:
		act := *s.End
		act.At = orElse(act.At, s.At)
		return act
	case s.Resume != nil:
		return *s.Resume
	case s.Progress != nil:
		return *s.Progress
	case s.Open != nil:
		return *s.Open
	case s.Close != nil:
		return *s.Close
	case s.Postpone != nil:
		return *s.Postpone
	case s.Cancel != nil:
		return *s.Cancel
	case s.Reinstate != nil:
		return *s.Reinstate
	}
	return nil
}

func orElse(t, other notice.Time) notice.Time {
	if t.IsZero() {
		return other
	}
	return t
}
