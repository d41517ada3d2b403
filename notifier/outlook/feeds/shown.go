package feeds

import (
	"net/http"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// outlookOf is the state of one service now, in production.
func (f *Feeds) outlookOf(code string, at time.Time) notice.ServiceOutlook {
	c := f.Words.Catalogue
	c.Services = map[string]notice.Service{code: c.Services[code]}
	return notice.OutlookAt(c, notice.EnvProduction, f.Record.States(), at).Services[0]
}

// worse is whether an effect is graver than another.
func worse(a, b notice.Effect) bool {
	return slices.Index(a.Values(), string(a)) > slices.Index(a.Values(), string(b))
}

// badge is a service's state as a picture.
func (f *Feeds) badge(r *http.Request) answer {
	code, refusal := f.service(r)
	if refusal != nil {
		return *refusal
	}
	so := f.outlookOf(code, f.now())
	b := pages.Badge{Formats: templates.FormatsIn(r.URL.Query().Get("lang")), Service: f.name(code), Effect: notice.Unaffected}
	for _, m := range so.Modes {
		if worse(m.Effect, b.Effect) {
			b.Effect = m.Effect
		}
		b.Open = b.Open || m.Fallback != nil
	}
	var modes []string
	for _, m := range so.Modes {
		if m.Effect == b.Effect {
			modes, b.Late = append(modes, m.Mode), b.Late || m.Overdue
		}
	}
	if len(modes) < len(so.Modes) {
		b.Modes = templates.ModeNames(f.Words.Catalogue, modes)
	}
	svg, err := b.SVG()
	if err != nil {
		return f.failed("the badge", err)
	}
	return answer{mediaType: "image/svg+xml; charset=utf-8", body: svg}
}

// name is a service's, as it stands alone.
func (f *Feeds) name(code string) string { return f.Words.Catalogue.Services[code].Label }

// frame is a service's state as a page to be shown within another.
func (f *Feeds) frame(r *http.Request) answer {
	code, refusal := f.service(r)
	if refusal != nil {
		return *refusal
	}
	at := f.now()
	v := pages.Frame{Formats: templates.FormatsIn(r.URL.Query().Get("lang")), Service: f.name(code), Page: pages.ServicePage(f.Public, code), At: at}
	if f.House.Shifted != nil && f.House.Shifted() {
		v.Clock = v.Formats.Clock(at)
	}
	so := f.outlookOf(code, at)
	order := f.Words.Catalogue.Services[code].Modes
	slices.SortFunc(so.Modes, func(a, b notice.ModeOutlook) int {
		return slices.Index(order, a.Mode) - slices.Index(order, b.Mode)
	})
	var all []notice.Saying[pages.FrameRow]
	for _, m := range so.Modes {
		all = append(all, notice.Saying[pages.FrameRow]{Service: code, Mode: m.Mode, What: pages.FrameRow{
			Effect: m.Effect, Late: m.Overdue, Since: m.Since.Time, Until: m.Until.Time, Fallback: m.Fallback != nil}})
	}
	for _, g := range notice.Gather(all, sameRow) {
		g.What.Modes = templates.ModeNames(f.Words.Catalogue, g.Modes)
		v.Rows = append(v.Rows, g.What)
	}
	slices.SortStableFunc(v.Rows, func(a, b pages.FrameRow) int { // a frame may be too small for all of it
		return slices.Index(b.Effect.Values(), string(b.Effect)) - slices.Index(a.Effect.Values(), string(a.Effect))
	})
	body, err := v.Render()
	if err != nil {
		return f.failed("the frame", err)
	}
	return answer{mediaType: "text/html; charset=utf-8", body: body, policy: pages.FramePolicy}
}

func sameRow(a, b pages.FrameRow) bool {
	return a.Effect == b.Effect && a.Late == b.Late && a.Fallback == b.Fallback && a.Since.Equal(b.Since) && a.Until.Equal(b.Until)
}
