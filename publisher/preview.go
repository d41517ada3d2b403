package publisher

import (
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Preview is what would be on the public record if a text were published now
// as what the paper in hand is to be: the notice's state after it, and the
// event. Nothing is written, and no number is taken. The text may still be
// wanting.
func (p *Publisher) Preview(d Dossier, n notice.Notice) (notice.State, notice.Event) {
	now := p.Now()
	if d.out {
		n, _ = keeps(d.State.Notice, n, nil)
	}
	e := notice.Event{ID: "preview", Notice: d.ID, Number: d.State.Number + 1, Version: d.State.Version + 1, Time: now, By: notice.Signer,
		Act: p.proposed(d, p.withReminders(n), now)}
	return d.State.With(e), e
}

// CheckText says all that is wrong with a text that may take the place of the
// one in hand.
func (p *Publisher) CheckText(d Dossier, text string) (notice.Notice, notice.Problems) {
	d.Text = text
	return p.CheckDraft(d)
}

// Drafted is the entry that holds the text in hand; none where nothing has
// been drafted.
func (d Dossier) Drafted() Entry {
	if d.Draft == 0 {
		return Entry{}
	}
	return d.Entries[d.Draft-1]
}

// TextAt is the text that was in hand at an edition, which an editor has seen.
func (d Dossier) TextAt(edition int) (string, error) {
	for _, e := range slices.Backward(d.Entries[:min(max(edition, 0), len(d.Entries))]) {
		if e.Type == Drafted {
			return e.Text, nil
		}
	}
	return "", fmt.Errorf("%w: nothing had been drafted at entry %d", notice.ErrNotFound, edition)
}

// DraftedAfter are the entries of texts that were drafted after an edition.
func (d Dossier) DraftedAfter(edition int) []Entry {
	var after []Entry
	for _, e := range d.Entries {
		if e.Type == Drafted && e.Number > edition {
			after = append(after, e)
		}
	}
	return after
}
