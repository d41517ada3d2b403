package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Outlook shows the state of every service.
type Outlook struct {
	At      notice.Time `help:"At this legal time; now if absent." placeholder:"TIME"`
	KnownAt notice.Time `help:"As it was known then." placeholder:"TIME"`
	Site    string      `help:"The public pages' address." default:"http://127.0.0.1:8080" placeholder:"URL"`
	JSON    bool        `help:"Print it as JSON."`
}

// Run asks the public API.
func (o Outlook) Run(ctx context.Context, s Streams) error {
	q := url.Values{}
	for name, t := range map[string]notice.Time{"at": o.At, "known_at": o.KnownAt} {
		if !t.IsZero() {
			q.Set(name, t.String())
		}
	}
	body, err := fetch(ctx, strings.TrimSuffix(o.Site, "/")+"/api/outlook?"+q.Encode())
	if err != nil {
		return err
	}
	if o.JSON {
		_, err = s.Out.Write(body)
		return err
	}
	var look notice.Outlook
	if err := json.Unmarshal(body, &look); err != nil {
		return fmt.Errorf("read the outlook: %w", err)
	}
	return printOutlook(s.Out, look)
}

// fetch gets what a site answers.
func fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: --site: %w", notice.ErrInvalid, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode >= 400 && resp.StatusCode < 500:
		return nil, fmt.Errorf("%w: %s", notice.ErrInvalid, strings.TrimSpace(string(body)))
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s answers %s", address, resp.Status)
	}
	return body, nil
}

// printOutlook prints a line a service and mode that is not as usual, or that
// something is announced for, and says how many are.
func printOutlook(w io.Writer, o notice.Outlook) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\n", o.At)
	usual := 0
	for _, s := range o.Services {
		for _, m := range s.Modes {
			if len(m.Reasons) == 0 && len(m.Next) == 0 && m.Fallback == nil {
				usual++
				continue
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Label, m.Label, m.Effect, strings.Join(remarks(m), "; "))
		}
	}
	fmt.Fprintf(t, "%s as usual\n", count(usual, "service and mode"))
	return t.Flush()
}

// remarks are what there is to say of a service in a mode.
func remarks(m notice.ModeOutlook) []string {
	var said []string
	switch {
	case m.Overdue:
		said = append(said, "overdue since "+m.Until.String())
	case !m.Until.IsZero():
		said = append(said, "planned until "+m.Until.String())
	case len(m.Reasons) > 0:
		said = append(said, "no planned end")
	}
	if m.Fallback != nil {
		said = append(said, "fallback authorised")
	}
	for _, kind := range notice.MessageKind("").Values() {
		if send := m.Messages[notice.MessageKind(kind)]; send != notice.NotStated {
			said = append(said, kind+" "+string(send))
		}
	}
	if len(m.Next) > 0 {
		said = append(said, "announced for "+templates.Moment(m.Next[0].Start.Time))
	}
	return said
}
