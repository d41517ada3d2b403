// Package office serves the bureau's pages: drafting, sign-off, running
// alerts, and what goes with them.
//
// Pages are forms that work without a script. What is written goes to the
// publisher as the API's calls do: each form carries the id of its command, so
// that a double click or a repeated request is done once, and the edition that
// its reader has seen, so that nobody overwrites or signs unseen what another
// has just changed. Nothing is decided here: that is the publisher's. Who
// comes in is the door's business; which roles may use a page is in the table
// of routes.
package office

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/door"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// An Office is the desk's pages. All fields are needed.
type Office struct {
	Publisher *publisher.Publisher
	Weather   Weather     // nil: there is no météo to foresee
	Public    desk.Public // the other side, as far as the bureau sees it
	Door      *door.Door
	House     bureau.House
	Log       *slog.Logger
	Words     templates.Words // what readers will be told
	Audience  Audience        // whom it will reach
	Roll      Roll            // subscribers, and what is wrong with telling; nil: nobody knows

	tallies tallies
	shelf   shelf
	imports imports
}

// An Audience knows how many an act will reach, by channel. cmd fills it.
type Audience interface {
	// Reached counts those who will be told of an event, with the state of its
	// notice after it. Where there are very many it may be an estimate.
	Reached(ctx context.Context, s notice.State, e notice.Event) ([]bureau.Reach, error)
}

// A route is one page or one form, and who may use it.
type route struct {
	pattern string
	by      []notice.Role // nil: whoever has signed in
	do      func(visit) (answer, error)
}

var (
	staff   = []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer}
	signers = []notice.Role{notice.Signer}
	keepers = []notice.Role{notice.Administrator}
)

// routes are all pages.
func (o *Office) routes() []route {
	return slices.Concat(o.homeRoutes(), o.draftRoutes(), o.signRoutes(), o.alertRoutes(), o.keepRoutes(), o.mineRoutes(), o.peopleRoutes())
}

// Handler answers the bureau's browsers.
func (o *Office) Handler() http.Handler { return o.handler(o.routes()) }

func (o *Office) handler(routes []route) http.Handler {
	mux := http.NewServeMux()
	bureau.Handle(mux)
	o.House.Theme.Handle(mux)
	o.Door.Register(mux)
	for _, r := range routes {
		mux.Handle(r.pattern, o.Door.Enter(func(w http.ResponseWriter, q *http.Request, v door.Visitor) {
			o.answer(r, visit{q, w, v})
		}))
	}
	mux.Handle("/", o.Door.Enter(func(w http.ResponseWriter, q *http.Request, v door.Visitor) {
		o.fail(visit{q, w, v}, notice.ErrNotFound)
	}))
	return mux
}

// A visit is one request of somebody who has signed in.
type visit struct {
	*http.Request
	w http.ResponseWriter
	door.Visitor
}

// An answer sends what a visit gets.
type answer func(*Office, visit)

// show answers with a page.
func show(p bureau.Page) answer {
	return func(o *Office, v visit) {
		p.Who = v.Who()
		if p.Said == "" {
			p.Said = v.URL.Query().Get("dit")
		}
		o.House.Write(v.w, p)
	}
}

// send leads on to a page that says what has been done (bureau's sayings).
func send(place, said string) answer {
	return func(_ *Office, v visit) {
		if said != "" {
			place += "?dit=" + said
		}
		http.Redirect(v.w, v.Request, place, http.StatusSeeOther)
	}
}

// give answers with bytes of a media type.
func give(media string, body []byte) answer {
	return func(o *Office, v visit) {
		o.House.Guard(v.w)
		v.w.Header().Set("Content-Type", media)
		_, _ = v.w.Write(body) // who left is nobody's fault
	}
}

// answer lets a visit do what its role may.
func (o *Office) answer(r route, v visit) {
	if r.by != nil && !v.Who().Is(r.by...) {
		o.fail(v, notice.ErrForbidden)
		return
	}
	v.Body = http.MaxBytesReader(v.w, v.Body, 4*schemas.MaxDocument)
	a, err := r.do(v)
	if err != nil {
		o.fail(v, err)
		return
	}
	a(o, v)
}

// fail says what went wrong on a page of its own. What is the house's own
// trouble is logged.
func (o *Office) fail(v visit, err error) {
	p := bureau.Page{Name: "error", Who: v.Who(), Status: http.StatusInternalServerError, Title: "Le bureau est en panne",
		Body: "L’opération n’a pas abouti. Réessayez dans un instant ; rien n’est perdu."}
	for _, k := range []struct {
		kind   error
		status int
		title  string
	}{
		{notice.ErrForbidden, http.StatusForbidden, "Action réservée"},
		{notice.ErrNotFound, http.StatusNotFound, "Page introuvable"},
		{notice.ErrInvalid, http.StatusUnprocessableEntity, "Saisie à corriger"},
		{notice.ErrConflict, http.StatusConflict, "La note a changé"},
	} {
		if errors.Is(err, k.kind) {
			p.Status, p.Title, p.Body = k.status, k.title, o.remarks().FrenchError(err)
			break
		}
	}
	if p.Status == http.StatusInternalServerError {
		o.Log.Error("request failed", "err", err)
	}
	o.House.Write(v.w, p)
}

// order is the command that a form carries, about the notice of its path.
func (v visit) order() (publisher.Order, error) {
	command := v.FormValue("ordre")
	if !stream.IsID(command) {
		return publisher.Order{}, &notice.ValueError{What: "the form carries no id of a command", Remedy: "load the page again"}
	}
	seen, err := strconv.Atoi(v.FormValue("vu"))
	if err != nil || seen < 0 {
		seen = 0
	}
	return publisher.Order{Who: v.Account, Notice: v.PathValue("id"), Command: command, Seen: seen}, nil
}
