package office

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/list"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/bureau"
)

func (o *Office) diffusionRoutes() []route {
	return []route{
		{"GET /notes/{id}/diffusion", nil, o.diffusion},
		{"GET /notes/{id}/diffusion/suivi", nil, o.diffusionNow},
		{"GET /notes/{id}/diffusion/{event}/preuve.csv", overseers, o.proof},
		{"GET /notes/{id}/diffusion/{event}/preuve-nominative.csv", keepers, o.proofByName},
	}
}

// diffusion shows how far telling of a notice has come, event by event.
func (o *Office) diffusion(v visit) (answer, error) {
	body, err := o.diffusionOf(v)
	if err != nil {
		return nil, err
	}
	return show(bureau.Page{Name: "diffusion", Title: "Diffusion", Script: "keep.js", Body: body}), nil
}

// diffusionNow is the part of it that changes, for the script.
func (o *Office) diffusionNow(v visit) (answer, error) {
	body, err := o.diffusionOf(v)
	if err != nil {
		return nil, err
	}
	return show(bureau.Page{Name: "diffusion-suivi", Body: body}), nil
}

func (o *Office) diffusionOf(v visit) (bureau.Diffusion, error) {
	x, err := o.noteOf(v)
	if err != nil {
		return bureau.Diffusion{}, err
	}
	roles := v.Account.Roles
	body := bureau.Diffusion{Naming: o.naming(x), At: o.Publisher.Now(), Outcomes: desk.SeesOutcomes(roles), People: desk.SeesPeople(roles)}
	for _, e := range slices.Backward(x.State.Events) {
		told, err := o.toldEvent(v.Context(), e)
		if err != nil {
			return body, err
		}
		body.Events = append(body.Events, told)
	}
	body.Troubles, err = o.troublesOf(v.Context(), x)
	return body, err
}

// toldEvent is how far telling of one event has come.
func (o *Office) toldEvent(ctx context.Context, e notice.Event) (bureau.ToldEvent, error) {
	told := bureau.ToldEvent{ID: e.ID, Number: e.Number, Act: e.Act.Type(), Time: e.Time}
	account, err := o.Public.Account(ctx, e.ID)
	if errors.Is(err, stream.ErrNotFound) {
		return told, nil
	}
	if err != nil {
		return told, fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	told.Known, told.Letter = true, account.Letter
	all, err := o.Public.Deliveries(ctx, e.ID)
	if err != nil {
		return told, fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	for _, d := range all {
		told.Channels = append(told.Channels, bureau.Telling{Channel: d.Channel, Lane: d.Lane, Planned: d.Planned, Done: d.Done, Spans: d.Spans, Over: d.Over,
			Counts: d.Counts, Next: d.Next, First: d.First, Last: d.Last, Median: d.Median, P99: d.P99, Now: o.Publisher.Now()})
	}
	return told, nil
}

// troublesOf are what is wrong with telling of a notice, and with the house.
func (o *Office) troublesOf(ctx context.Context, x publisher.Dossier) ([]bureau.Mishap, error) {
	var all []bureau.Mishap
	for _, a := range o.Publisher.Health() {
		kind, whose, _ := strings.Cut(a.Name, " ")
		if whose == "" || whose == x.ID {
			all = append(all, bureau.Mishap{Kind: kind, Detail: o.remarks().Say(a.Detail), Since: a.Since})
		}
	}
	if o.Roll == nil {
		return all, nil
	}
	told, err := o.Roll.Troubles(ctx)
	for _, t := range told {
		if slices.ContainsFunc(x.State.Events, func(e notice.Event) bool { return e.ID == t.Event }) {
			all = append(all, t)
		}
	}
	return all, err
}

// proof gives what became of each subscriber of an event, by id.
func (o *Office) proof(v visit) (answer, error) { return o.proofOf(v, false) }

// proofByName gives it with the addresses.
func (o *Office) proofByName(v visit) (answer, error) { return o.proofOf(v, true) }

func (o *Office) proofOf(v visit, addresses bool) (answer, error) {
	x, err := o.noteOf(v)
	if err != nil {
		return nil, err
	}
	event := v.PathValue("event")
	i := slices.IndexFunc(x.State.Events, func(e notice.Event) bool { return e.ID == event })
	if i < 0 {
		return nil, notice.ErrNotFound
	}
	if addresses {
		o.Log.Info("addresses read", "account", v.Account.ID, "event", event)
	}
	head := []string{"identifiant", "canal", "essai", "date", "devenir", "code", "réponse", "prochain essai"}
	if addresses {
		head = append(head, "adresse")
	}
	name := fmt.Sprintf("preuve-%s-%d.csv", x.ID, x.State.Events[i].Number)
	return sheet(name, func(w *csv.Writer) error {
		if err := w.Write(head); err != nil {
			return err
		}
		return o.Public.Attempts(v.Context(), event, desk.Question{Addresses: addresses}, func(a desk.Attempt) error {
			cells := []string{a.Subscriber, a.Channel, strconv.Itoa(a.Attempt), stamp(a.At), a.Status, a.Code, list.Guarded(a.Reply), stamp(a.Next)}
			if addresses {
				cells = append(cells, list.Guarded(a.Address))
			}
			return w.Write(cells)
		})
	}), nil
}

// stamp writes an instant for programs; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(notice.Legal).Format(time.RFC3339)
}

// sheet answers with a CSV file as a French spreadsheet opens it, sent as it
// is written. What fails half way cuts the connection: a file that looks whole
// is whole.
func sheet(name string, write func(*csv.Writer) error) answer {
	return download(name, "text/csv; charset=utf-8", func(w *bufio.Writer) error {
		if _, err := w.WriteString("\ufeff"); err != nil {
			return err
		}
		c := csv.NewWriter(w)
		c.Comma = ';'
		if err := write(c); err != nil {
			return err
		}
		c.Flush()
		return c.Error()
	})
}
