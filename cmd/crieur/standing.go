package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// standing asks the public pages what became of the letter.
func (e *examination) standing(ctx context.Context, site string) error {
	if e.extract != nil {
		return e.recorded(ctx, strings.TrimSuffix(site, "/"))
	}
	life, err := e.life(ctx, strings.TrimSuffix(site, "/"))
	if errors.Is(err, notice.ErrInvalid) || errors.Is(err, notice.ErrNotFound) {
		e.found("standing", err, "")
		return nil
	}
	if err != nil {
		return err
	}
	says, err := e.follow(life.Events)
	if err == nil && life.Phase == notice.Over && !e.end {
		err = fmt.Errorf("the alert is over: %s", says)
	}
	e.found("standing", err, "%s: the notice is %s", says, life.Phase)
	return nil
}

// recorded asks the public pages the question of an extract again.
func (e *examination) recorded(ctx context.Context, site string) error {
	mine := *e.extract
	body, err := fetch(ctx, site+"/api/extract?"+mine.Query().Encode())
	if errors.Is(err, notice.ErrInvalid) || errors.Is(err, notice.ErrNotFound) {
		e.found("standing", err, "")
		return nil
	}
	var now templates.Extract
	if err == nil {
		err = json.Unmarshal(body, &now)
	}
	if err != nil {
		return err
	}
	mine.Asked, now.Asked = notice.Time{}, notice.Time{}
	if !reflect.DeepEqual(mine, now) {
		err = errors.New("the record says otherwise by now: ask for the extract again")
	}
	e.found("standing", err, "the record says the same")
	return nil
}

// follow finds the letter among the events of its notice, and says what came
// after it; an error where that is another letter.
func (e *examination) follow(events []notice.Event) (string, error) {
	mine := -1
	state := notice.State{}
	for i, event := range events {
		state = state.With(event)
		rule, _ := notice.RuleOf(event.Act.Type())
		if !rule.Letter && event.Act.Type() != notice.TypeEnded { // which has one on demand
			continue
		}
		l, err := house.LetterOf(templates.Document{}, state, event.Act, event.Time)
		if err != nil {
			return "", err
		}
		if string(l.Notice) == string(e.notice) && string(l.Act) == string(e.act) {
			mine, e.end = i, event.Act.Type() == notice.TypeEnded
		} else if mine >= 0 && rule.Letter {
			return "", fmt.Errorf("version %d of the notice, %s on %s, replaces the letter",
				event.Version, event.Act.Type(), templates.Moment(event.Time))
		}
	}
	if mine < 0 {
		return "", errors.New("the notice was never published with these words")
	}
	says := fmt.Sprintf("version %d holds", events[mine].Version)
	for _, event := range events[mine+1:] {
		if rule, _ := notice.RuleOf(event.Act.Type()); rule.Amends {
			says += fmt.Sprintf(", %s on %s", event.Act.Type(), templates.Moment(event.Time))
		}
	}
	return says, nil
}

// A life is what the public API says of a notice, as far as that matters here.
type life struct {
	ID        string         `json:"id"`
	Reference string         `json:"reference"`
	Phase     notice.Phase   `json:"phase"`
	Events    []notice.Event `json:"events"`
}

// life asks for the notice by the id that the letter names, or looks for its
// reference where it names none.
func (e *examination) life(ctx context.Context, site string) (life, error) {
	var found life
	id, err := e.id(ctx, site)
	if err != nil {
		return found, err
	}
	body, err := fetch(ctx, site+"/api/notices/"+id)
	if err == nil {
		err = json.Unmarshal(body, &found)
	}
	return found, err
}

// id is the notice's, from where the letter says that it can be verified.
func (e *examination) id(ctx context.Context, site string) (string, error) {
	text, err := letter.Text(e.file)
	if err != nil {
		return "", fmt.Errorf("%w: %w", notice.ErrInvalid, err)
	}
	for line := range strings.Lines(text) {
		if _, id, found := strings.Cut(strings.TrimSpace(line), "/notices/"); found && letter.IsMark(line) {
			return id, nil
		}
	}
	var n notice.Notice
	if err := json.Unmarshal(e.notice, &n); err != nil || n.Reference == "" {
		return "", fmt.Errorf("%w: the letter names no notice that could be asked for", notice.ErrInvalid)
	}
	return idByReference(ctx, site, n.Reference)
}

// idByReference goes through the list of notices.
func idByReference(ctx context.Context, site, reference string) (string, error) {
	for page := 1; ; page++ {
		var list []life
		body, err := fetch(ctx, fmt.Sprintf("%s/api/notices?page=%d", site, page))
		if errors.Is(err, notice.ErrInvalid) {
			return "", fmt.Errorf("%w: the site knows no notice %s", notice.ErrNotFound, reference)
		}
		if err == nil {
			err = json.Unmarshal(body, &list)
		}
		if err != nil {
			return "", err
		}
		for _, n := range list {
			if n.Reference == reference {
				return n.ID, nil
			}
		}
	}
}
