package office

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/list"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/bureau"
)

const (
	mostList    = 4 << 20 // bytes of a list; the command line takes longer ones
	portion     = 1000    // lines that are taken at a time
	mostRefused = 200     // lines that a page shows
	listLife    = time.Hour
)

// imports are the lists that have been checked and wait to be taken, in this
// process's memory alone: a list holds addresses. Each account has one.
type imports struct {
	mu  sync.Mutex
	all map[string]*importing // by account; guarded by mu
}

// An importing is one list.
type importing struct {
	id      string
	columns []string
	rows    []desk.Row
	twice   int // of these, whose address stands on an earlier line too
	terms   desk.Terms
	began   time.Time

	mu      sync.Mutex
	sum     desk.Imported  // guarded by mu, as are all below
	refused []desk.Refusal // when it was checked
	took    int            // lines
	running bool
	done    bool
	fault   string
}

func (i *imports) put(account string, in *importing) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.all == nil {
		i.all = map[string]*importing{}
	}
	for who, old := range i.all {
		if in.began.Sub(old.began) > listLife && !old.busy() {
			delete(i.all, who)
		}
	}
	i.all[account] = in
}

func (i *imports) get(account, id string) (*importing, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if in := i.all[account]; in != nil && in.id == id {
		return in, nil
	}
	return nil, fmt.Errorf("%w: the list is no longer here: send it again", notice.ErrNotFound)
}

func (in *importing) busy() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.running
}

// checkList reads a list and says what would come of it. Nothing is written.
func (o *Office) checkList(v visit) (answer, error) {
	in := &importing{id: stream.NewID(), began: o.Publisher.Wall(),
		terms: desk.Terms{Consent: v.PostFormValue("consentement"), Lift: v.PostFormValue("lever") != ""}}
	err := in.read(v)
	if err == nil {
		err = o.take(v.Context(), in, true)
	}
	if errors.Is(err, notice.ErrInvalid) {
		return o.showRoll(v, bureau.Roll{Consent: in.terms.Consent, Wrong: []bureau.Flaw{o.faultOf("liste", err)}})
	}
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	in.refused, in.took = in.sum.Refused, 0
	in.mu.Unlock()
	o.imports.put(v.Account.ID, in)
	return send("/abonnes/import/"+in.id, ""), nil
}

// read reads the list that a form has sent.
func (in *importing) read(v visit) error {
	file, _, err := v.FormFile("liste")
	if err != nil {
		return &notice.ValueError{What: "there is no file", Remedy: "choose a CSV file"}
	}
	defer file.Close()
	t, err := list.Open(file)
	if err != nil {
		return err
	}
	in.columns = t.Columns
	for {
		row, refused, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case refused != nil:
			in.sum.Refused = append(in.sum.Refused, *refused)
		default:
			in.rows = append(in.rows, row)
			if t.Before > 0 {
				in.twice++
			}
		}
	}
}

// take goes through the list from where it stands, a portion at a time.
func (o *Office) take(ctx context.Context, in *importing, dry bool) error {
	terms := in.terms
	terms.DryRun = dry
	for in.took < len(in.rows) {
		next := min(in.took+portion, len(in.rows))
		got, err := desk.Import{Terms: terms, Columns: in.columns, Rows: in.rows[in.took:next]}.Take(ctx, o.Publisher.Catalogue, o.Public)
		if err != nil {
			return err
		}
		in.mu.Lock()
		in.took = next
		in.sum.Added, in.sum.Changed, in.sum.Unchanged = in.sum.Added+got.Added, in.sum.Changed+got.Changed, in.sum.Unchanged+got.Unchanged
		in.sum.Suppressed = append(in.sum.Suppressed, got.Suppressed...)
		in.sum.Refused = append(in.sum.Refused, got.Refused...)
		in.mu.Unlock()
	}
	return nil
}

// start is whether the list may be taken now: not twice at once.
func (in *importing) start() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.running || in.done {
		return false
	}
	if in.took == 0 { // from the check
		in.sum = desk.Imported{}
	}
	in.running, in.fault = true, ""
	return true
}

func (in *importing) stop(fault string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.running, in.fault, in.done = false, fault, fault == ""
}

// takeList takes a list that has been checked. It is carried through though
// its sender leaves; sent twice, it is taken once.
func (o *Office) takeList(v visit) (answer, error) {
	in, err := o.imports.get(v.Account.ID, v.PathValue("list"))
	if err != nil {
		return nil, err
	}
	if in.start() {
		err := o.take(context.WithoutCancel(v.Context()), in, false)
		in.stop(o.remarks().FrenchError(err))
		if err != nil {
			o.Log.Error("import broken off", "account", v.Account.ID, "err", err)
		} else {
			o.Log.Info("subscribers imported", "account", v.Account.ID, "added", in.sum.Added, "changed", in.sum.Changed)
		}
	}
	return send("/abonnes/import/"+in.id, ""), nil
}

// importPage shows what a list would do, does or has done.
func (o *Office) importPage(v visit) (answer, error) {
	in, err := o.imports.get(v.Account.ID, v.PathValue("list"))
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	body := bureau.Import{ID: in.id, Lines: len(in.rows), Columns: in.columns, Consent: in.terms.Consent, Lift: in.terms.Lift,
		Added: in.sum.Added, Changed: in.sum.Changed, Same: in.sum.Unchanged, Mute: len(in.sum.Suppressed), RefusedAll: len(in.refused), Twice: in.twice,
		Running: in.running, Done: in.done, Fault: in.fault, Took: in.took}
	refused := slices.Clone(in.refused)
	in.mu.Unlock()
	slices.SortFunc(refused, func(a, b desk.Refusal) int { return cmp.Compare(a.Line, b.Line) })
	for _, r := range refused[:min(len(refused), mostRefused)] {
		body.Refused = append(body.Refused, bureau.Refusal{Line: r.Line, Column: r.Column, What: o.remarks().Say(r.What), Remedy: o.remarks().Say(r.Remedy)})
	}
	return show(bureau.Page{Name: "import", Title: "Import d’une liste", Here: "/abonnes", Script: "keep.js", Body: body}), nil
}

// importProgress is how far the taking of a list is, for the script.
func (o *Office) importProgress(v visit) (answer, error) {
	in, err := o.imports.get(v.Account.ID, v.PathValue("list"))
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	data, err := json.Marshal(map[string]any{"fait": in.took, "total": len(in.rows), "fini": in.done})
	return give("application/json", data), err
}

// refusals gives each line that was refused, and why.
func (o *Office) refusals(v visit) (answer, error) {
	in, err := o.imports.get(v.Account.ID, v.PathValue("list"))
	if err != nil {
		return nil, err
	}
	return sheet("lignes-refusees.csv", func(w *csv.Writer) error {
		if err := w.Write([]string{"ligne", "colonne", "ce qui ne va pas", "comment corriger"}); err != nil {
			return err
		}
		for _, r := range in.refused {
			if err := w.Write([]string{strconv.Itoa(r.Line), r.Column, list.Guarded(o.remarks().Say(r.What)), list.Guarded(o.remarks().Say(r.Remedy))}); err != nil {
				return err
			}
		}
		return nil
	}), nil
}
