package outlook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// An Outlook is the answer of GET /api/outlook: the state of every service and
// mode at an instant, by what had been published at another.
type Outlook struct {
	notice.Outlook
	KnownAt notice.Time `json:"known_at,omitzero"` // by all that is published if absent
	// StaleSince is since when this server hears nothing of what is published,
	// if that is so: what was published later is not in here.
	StaleSince notice.Time `json:"stale_since,omitzero"`
}

// A Brief is one notice in the answer of GET /api/notices.
type Brief struct {
	ID          string             `json:"id"`
	Title       string             `json:"title"`
	Reference   string             `json:"reference,omitzero"`
	OutageID    string             `json:"outage_id,omitzero"`
	Kind        notice.Kind        `json:"kind"`
	Environment notice.Environment `json:"environment"`
	Exercise    bool               `json:"exercise,omitzero"`
	Phase       notice.Phase       `json:"phase"`
	Overdue     bool               `json:"overdue,omitzero"`
	Version     int                `json:"version"`
	Published   notice.Time        `json:"published"`
	Updated     notice.Time        `json:"updated"`
	URL         string             `json:"url"` // of its page
}

// A Life is the answer of GET /api/notices/{id}: the notice as it stands, and
// all that befell it.
type Life struct {
	Brief
	Notice notice.Notice  `json:"notice"`
	Scope  []notice.Scope `json:"scope,omitzero"` // the same, resolved
	Spans  []notice.Span  `json:"spans"`
	Events []notice.Event `json:"events"` // CloudEvents, in the order of the record
	// StaleSince is since when this server hears nothing of what is published,
	// if that is so.
	StaleSince notice.Time `json:"stale_since,omitzero"`
}

// A Problem is how an error is told (RFC 9457).
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitzero"`
}

func (s *Site) apiOutlook(r *http.Request) answer {
	values := r.URL.Query()
	q, wrong := ask(values, "at", "known_at", s.now())
	for _, field := range []string{"at", "known_at"} {
		if wrong[field] != nil {
			return refuse(field, wrong[field])
		}
	}
	env := notice.EnvProduction
	if text := values.Get("environment"); text != "" {
		if err := env.UnmarshalText([]byte(text)); err != nil {
			return refuse("environment", err)
		}
	}
	since, _ := s.stale()
	a := reply(Outlook{notice.OutlookAt(s.Catalogue, env, s.states(q), q.at), notice.At(q.known), notice.At(since)})
	a.each = q.each()
	return a
}

func (s *Site) apiNotices(r *http.Request) answer {
	shown, page, count, ok := sheet(s.newest(), r)
	if !ok {
		return problem(http.StatusNotFound, "there is no such page of the list", "pages are counted from 1; follow the Link header")
	}
	list := []Brief{}
	for _, st := range shown {
		list = append(list, s.apiBrief(st, s.now()))
	}
	a := reply(list)
	if page < count {
		a.link = fmt.Sprintf(`<%s/api/notices?page=%d>; rel="next"`, s.Public, page+1)
	}
	return a
}

func (s *Site) apiNotice(r *http.Request) answer {
	st, ok := s.Record.State(r.PathValue("id"))
	if !ok {
		return problem(http.StatusNotFound, "no notice of this id has been published", "GET /api/notices lists them")
	}
	since, _ := s.stale()
	return reply(Life{s.apiBrief(st, s.now()), st.Notice, st.Scope, append([]notice.Span{}, st.Spans...), st.Events, notice.At(since)})
}

func (s *Site) apiBrief(st notice.State, at time.Time) Brief {
	b, env := s.brief(st, at), notice.EnvProduction
	if b.Test {
		env = st.Notice.Environment
	}
	return Brief{
		ID: b.ID, Title: b.Title, Reference: b.Reference, OutageID: st.Notice.OutageID, Kind: b.Kind, Environment: env,
		Exercise: b.Exercise, Phase: b.Phase, Overdue: b.Overdue, Version: st.Version,
		Published: notice.At(b.Published), Updated: notice.At(b.Updated), URL: s.Public + "/notices/" + b.ID,
	}
}

// reply is a value as JSON.
func reply(v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	return answer{body: append(body, '\n')}
}

// refuse says what is wrong with a parameter.
func refuse(field string, err error) answer { return refuseWith(http.StatusBadRequest, field, err) }

// refuseWith says what is wrong with a part of an address.
func refuseWith(status int, field string, err error) answer {
	var value *notice.ValueError
	if errors.As(err, &value) {
		return problem(status, field+": "+value.What, value.Remedy)
	}
	return problem(status, field+": "+err.Error(), "")
}

func problem(status int, detail, remedy string) answer {
	a := reply(Problem{http.StatusText(status), status, detail, remedy})
	a.status = status
	return a
}
