package desk

import (
	"encoding/json"
	"errors"
	"net/http"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Problem is how every error is told (RFC 9457): what kind, and how to mend
// it. The client gives it back as an error that is the same kind.
type Problem struct {
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Problems notice.Problems `json:"problems,omitzero"` // what is wrong with a document, by line
}

func (p *Problem) Error() string {
	if len(p.Problems) > 0 {
		return p.Problems.Error()
	}
	return p.Detail
}

// Is makes a problem the kind of error that its status stands for.
func (p *Problem) Is(target error) bool {
	for _, k := range kinds {
		if k.err == target && k.status == p.Status {
			return true
		}
	}
	return false
}

// kinds says which status stands for which kind of error. The first that fits
// counts.
var kinds = []struct {
	err    error
	status int
}{
	{publisher.ErrUnauthenticated, http.StatusUnauthorized},
	{notice.ErrForbidden, http.StatusForbidden},
	{notice.ErrNotFound, http.StatusNotFound},
	{notice.ErrInvalid, http.StatusUnprocessableEntity},
	{notice.ErrConflict, http.StatusConflict},
	{errRequest, http.StatusBadRequest},
	{errMedia, http.StatusUnsupportedMediaType},
	{errUnseen, http.StatusPreconditionRequired},
	{publisher.ErrClock, http.StatusServiceUnavailable},
	{publisher.ErrStore, http.StatusServiceUnavailable},
	{stream.ErrFull, http.StatusServiceUnavailable},
}

// statusOf maps a kind of error to its status.
func statusOf(err error) int {
	if errors.As(err, new(*http.MaxBytesError)) {
		return http.StatusRequestEntityTooLarge
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.status
		}
	}
	return http.StatusInternalServerError
}

// fail tells an error. What is the house's own trouble is logged, and its
// particulars are kept from the caller.
func (d *Desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	p := Problem{Title: http.StatusText(status), Status: status, Detail: err.Error()}
	errors.As(err, &p.Problems)
	var value *notice.ValueError
	if p.Problems == nil && errors.As(err, &value) {
		p.Problems = notice.Problems{{Severity: notice.SeverityError, What: value.What, Remedy: value.Remedy}}
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="desk"`)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5") // seconds
	}
	switch {
	case status < 500 || errors.Is(err, publisher.ErrClock):
	case errors.Is(err, stream.ErrFull):
		p.Detail = "the store is full: give it more space (the disk, or serve --max-store); /readyz says what of it"
		d.Log.Error("request failed", "err", err)
	case errors.Is(err, publisher.ErrStore):
		p.Detail = publisher.ErrStore.Error() + "; repeat the request with the same Idempotency-Key"
		d.Log.Error("request failed", "err", err)
	default:
		p.Detail = "something is wrong with the desk itself; its log says what"
		d.Log.Error("request failed", "err", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p) // the caller has left
}

// send sends a value as JSON.
func send(w http.ResponseWriter, v any) {
	if v == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	w.Header().Set("Content-Type", "application/json")
	if n, ok := v.(Notice); ok && n.created {
		w.Header().Set("Location", "/api/notices/"+n.ID)
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = w.Write(append(data, '\n')) // the caller has left
}
