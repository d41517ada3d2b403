package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/push"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Gallery renders everything that the example stories make, to be read.
type Gallery struct {
	Stories []string `arg:"" optional:"" help:"Stories; all embedded examples if absent." type:"existingfile"`
	Out     string   `help:"Folder to write." short:"o" required:"" type:"path" placeholder:"DIR"`
	Sender
	HouseFiles
}

//go:embed gallery.html
var galleryPage string

var galleryTemplates = template.Must(template.New("gallery").Parse(galleryPage))

// A scene is one story on the gallery's wall.
type scene struct {
	Name, Title string
	Notices     []file
	Letters     []file
	Mails       []letterbox
	Pushed      []push.Message
	Outlooks    []sky
}

// A file is a text to read, and where the file itself lies.
type file struct{ Name, Path, Text string }

// A letterbox is a mail as its receiver opens it.
type letterbox struct {
	Name, Subject string
	Text, HTML    string
}

// A sky is an outlook: what is not as usual, by service and mode.
type sky struct {
	Name string
	At   string
	Rows []weather
}

type weather struct{ Service, Modes, State string }

// Run replays every story and writes a page for each.
func (g Gallery) Run(ctx context.Context, s Streams) error {
	work, err := os.MkdirTemp("", "crieur-gallery-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if len(g.Stories) == 0 {
		if g.Stories, err = layOutExamples(filepath.Join(work, "examples")); err != nil {
			return err
		}
	}
	var scenes []scene
	for _, story := range g.Stories {
		sc, err := g.scene(ctx, story, filepath.Join(work, fmt.Sprint(len(scenes))))
		if err != nil {
			return fmt.Errorf("%s: %w", story, err)
		}
		scenes = append(scenes, sc)
		fmt.Fprintf(s.Err, "%s\n", sc.Name)
	}
	if err := g.page("index.html", "index", scenes); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, filepath.Join(g.Out, "index.html"))
	return err
}

// layOutExamples writes the embedded stories out and gives their paths.
func layOutExamples(dir string) ([]string, error) {
	var stories []string
	err := fs.WalkDir(schemas.Files, "examples", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := schemas.Files.ReadFile(name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(name, "examples/"))
		if path.Base(name) == "story.yaml" {
			stories = append(stories, to)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
	return stories, err
}

// scene replays a story and writes its page.
func (g Gallery) scene(ctx context.Context, story, work string) (scene, error) {
	st, err := house.ReadStory(story)
	if err != nil {
		return scene{}, asInput(err)
	}
	words, err := g.load()
	if err != nil {
		return scene{}, err
	}
	from, err := g.address()
	if err != nil {
		return scene{}, err
	}
	sc := scene{Name: filepath.Base(st.Dir), Title: st.Title}
	files := map[string][]byte{}
	c := house.Config{Words: words, Dir: work, MaxStore: replayStore, From: from, PublicURL: "https://crieur.example", Log: slog.New(slog.DiscardHandler)}
	err = house.Replay(ctx, c, st, func(name string, data []byte) error { files[name] = data; return nil })
	if err != nil {
		return sc, err
	}
	notices, err := filepath.Glob(filepath.Join(st.Dir, "*.yaml"))
	if err != nil {
		return sc, err
	}
	for _, path := range notices {
		text, err := os.ReadFile(path)
		if err != nil {
			return sc, err
		}
		sc.Notices = append(sc.Notices, file{Name: filepath.Base(path), Text: string(text)})
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := g.hang(&sc, name, files[name], words); err != nil {
			return sc, fmt.Errorf("%s: %w", name, err)
		}
	}
	return sc, g.page(sc.Name+".html", "scene", sc)
}

// hang puts one file that a story made in its place on the page.
func (g Gallery) hang(sc *scene, name string, data []byte, words templates.Words) error {
	switch path.Dir(name) {
	case "letters":
		text, err := letter.Text(data)
		if err != nil {
			return err
		}
		at := path.Join(sc.Name, path.Base(name))
		sc.Letters = append(sc.Letters, file{path.Base(name), at, text})
		return g.write(at, data)
	case "mails":
		return sc.openMail(name, data)
	case "outlook":
		return sc.look(name, data, words.Catalogue)
	}
	if name != "push.jsonl" {
		return nil
	}
	for line := range bytes.Lines(data) {
		var m push.Message
		if err := json.Unmarshal(line, &m); err != nil {
			return err
		}
		sc.Pushed = append(sc.Pushed, m)
	}
	return nil
}

func (sc *scene) openMail(name string, data []byte) error {
	m, err := mailbox.Read(data)
	sc.Mails = append(sc.Mails, letterbox{Name: path.Base(name), Subject: m.Header("Subject"), Text: m.Text, HTML: m.HTML})
	return err
}

// look reads an outlook: the services that are not as usual, those alike in a
// row.
func (sc *scene) look(name string, data []byte, c notice.Catalogue) error {
	var o notice.Outlook
	if err := json.Unmarshal(data, &o); err != nil {
		return err
	}
	s := sky{Name: strings.TrimSuffix(path.Base(name), ".json"), At: templates.Moment(o.At.Time)}
	var order []string
	services, modes := map[string][]string{}, map[string][]string{}
	for _, so := range o.Services {
		of := map[string][]string{}
		for _, m := range so.Modes {
			if state := strings.Join(append([]string{templates.EffectName(m.Effect)}, inFrench(m)...), " ; "); len(m.Reasons)+len(m.Next) > 0 || m.Fallback != nil {
				of[state] = append(of[state], m.Mode)
			}
		}
		for _, state := range slices.Sorted(maps.Keys(of)) {
			key := state + "|" + strings.Join(of[state], " ")
			if services[key] == nil {
				order = append(order, key)
			}
			services[key], modes[key] = append(services[key], so.Service), of[state]
		}
	}
	for _, key := range order {
		state, _, _ := strings.Cut(key, "|")
		s.Rows = append(s.Rows, weather{templates.Enumerate(templates.Names(c, services[key])), templates.Enumerate(templates.ModeNames(c, modes[key])), state})
	}
	sc.Outlooks = append(sc.Outlooks, s)
	return nil
}

// inFrench is what there is to say of a service in a mode.
func inFrench(m notice.ModeOutlook) []string {
	var said []string
	switch {
	case m.Overdue:
		said = append(said, "fin prévue dépassée depuis le "+templates.Moment(m.Until.Time))
	case !m.Until.IsZero():
		said = append(said, "fin prévue le "+templates.Moment(m.Until.Time))
	case len(m.Reasons) > 0:
		said = append(said, "fin non précisée")
	}
	if f := m.Fallback; f != nil {
		said = append(said, strings.TrimSpace("procédure de secours autorisée "+templates.ConditionName(f.Condition)))
	}
	for _, kind := range notice.MessageKind("").Values() {
		if send := m.Messages[notice.MessageKind(kind)]; send != notice.NotStated {
			said = append(said, templates.MessageKindName(notice.MessageKind(kind))+" : "+templates.SendName(send)+"e")
		}
	}
	for _, next := range m.Next {
		said = append(said, "annoncé le "+templates.Moment(next.Start.Time))
	}
	return said
}

func (g Gallery) page(name, kind string, v any) error {
	var page bytes.Buffer
	if err := galleryTemplates.ExecuteTemplate(&page, kind, v); err != nil {
		return err
	}
	return g.write(name, page.Bytes())
}

func (g Gallery) write(name string, data []byte) error {
	to := filepath.Join(g.Out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
