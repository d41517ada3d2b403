package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Remote is a running desk, and who asks.
type Remote struct {
	Server string `help:"The desk's address." default:"http://127.0.0.1:8081" placeholder:"URL"`
	Token  string `help:"Your token, or @FILE that holds it." placeholder:"TOKEN"`
	JSON   bool   `help:"Print the answer as JSON."`
}

// client is the desk's, as whoever the token names.
func (r Remote) client() (desk.Client, error) {
	token, err := readToken(r.Token, "--token")
	return desk.Client{Server: r.Server, Token: token}, err
}

// readToken reads a token, or the file that it names.
func readToken(given, flag string) (string, error) {
	if given == "" {
		return "", fmt.Errorf("%w: %s is missing: give your token, or @FILE that holds it", notice.ErrInvalid, flag)
	}
	path, isFile := strings.CutPrefix(given, "@")
	if !isFile {
		return given, nil
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), asInput(err)
}

// asInput says that a file that is not there is the input's fault.
func asInput(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", notice.ErrNotFound, err)
	}
	return err
}

// About is the notice that an act is about.
type About struct {
	Notice string `arg:"" help:"The notice: its id, its reference or its outage id."`
	Seen   int    `help:"The edition on which your decision rests; refused if somebody has changed the notice since." placeholder:"N"`
}

// ref is the notice for the desk. Where no edition is given, what the desk has
// now is taken for seen: the checked append sees to the rest.
func (a About) ref(ctx context.Context, c desk.Client) (desk.Ref, error) {
	ref := desk.Ref{Notice: a.Notice, Seen: a.Seen}
	if ref.Seen > 0 {
		return ref, nil
	}
	n, err := c.Notice(ctx, a.Notice)
	ref.Seen = n.Edition
	return ref, err
}

// tell prints what became of a notice.
func (r Remote) tell(s Streams, n desk.Notice) error {
	if r.JSON {
		return writeJSON(s.Out, n)
	}
	for _, p := range n.Problems {
		fmt.Fprintf(s.Err, "%s\n", p) // beside the answer, that scripts read it
	}
	fmt.Fprintf(s.Out, "%s: %s", name(n), n.Status)
	if n.Version > 0 {
		fmt.Fprintf(s.Out, ", %s, version %d", n.Phase, n.Version)
	}
	if n.PublishAt != nil {
		fmt.Fprintf(s.Out, ", to be published at %s", notice.At(*n.PublishAt))
	}
	fmt.Fprintf(s.Out, " (edition %d)\n", n.Edition)
	return nil
}

// name is a notice's id, and its reference where it has one.
func name(n desk.Notice) string {
	if n.Reference == "" {
		return n.ID
	}
	return n.ID + " (" + n.Reference + ")"
}

// happened prints an event.
func (r Remote) happened(s Streams, e notice.Event) error {
	if r.JSON {
		return json.NewEncoder(s.Out).Encode(e)
	}
	_, err := fmt.Fprintf(s.Out, "%s: %s at %s (event %d, version %d)\n", e.Notice, e.Act.Type(), notice.At(e.Time), e.Number, e.Version)
	return err
}
