package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"douane.gouv.fr/crieur/cmd/internal/house"
)

var shots = flag.String("shots", "", "folder for pictures of every page that the browser tests see")

// A chromium is the browser that all tests of this process share; each tab has
// cookies of its own.
type chromium struct {
	once sync.Once
	ctx  context.Context
	stop context.CancelFunc
	err  error
}

var theBrowser chromium

func TestMain(m *testing.M) {
	code := m.Run()
	if theBrowser.stop != nil {
		theBrowser.stop()
	}
	os.Exit(code)
}

func (c *chromium) start() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		c.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("lang", "fr-FR"), chromedp.Env("LANGUAGE=fr", "TZ=Europe/Paris"), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stopAll := chromedp.NewExecAllocator(context.Background(), options...)
	quiet := func(string, ...any) {}
	ctx, stop := chromedp.NewContext(ctx, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	c.ctx, c.stop = ctx, func() { stop(); stopAll() }
	c.err = chromedp.Run(ctx)
}

// A tab is one window of somebody's browser. What cannot be done within
// patience fails the test.
type tab struct {
	t     testing.TB
	ctx   context.Context
	where string // the site, without a slash at its end
}

const patience = time.Minute

// newTab is a window on a site, with cookies of its own.
func newTab(t testing.TB, site string, width int) *tab {
	t.Helper()
	theBrowser.once.Do(theBrowser.start)
	if theBrowser.err != nil {
		t.Skipf("no Chromium: %v", theBrowser.err)
	}
	ctx, stop := chromedp.NewContext(theBrowser.ctx, chromedp.WithTargetID(window(t)))
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil { // attaches; a context with a shorter life would end the window
		t.Fatal(err)
	}
	b := &tab{t, ctx, site}
	b.do("open a window", chromedp.EmulateViewport(int64(width), 900))
	return b
}

// window opens a window with cookies of its own.
func window(t testing.TB) target.ID {
	t.Helper()
	browser := cdp.WithExecutor(theBrowser.ctx, chromedp.FromContext(theBrowser.ctx).Browser)
	cookies, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(browser)
	if err != nil {
		t.Fatal(err)
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(cookies).WithNewWindow(true).Do(browser)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// dark is how a reader at night sees it; light takes it back.
func (b *tab) dark(on bool) {
	b.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	b.do("choose "+scheme, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// withoutScript is a browser that runs none.
func (b *tab) withoutScript() {
	b.t.Helper()
	b.do("switch scripts off", emulation.SetScriptExecutionDisabled(true))
}

func (b *tab) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\non %s", what, err, b.whole())
	}
}

// whole is what the window shows, for the report of a failure.
func (b *tab) whole() string {
	var place, text string
	ctx, stop := context.WithTimeout(b.ctx, 5*time.Second)
	defer stop()
	_ = chromedp.Run(ctx, chromedp.Location(&place), chromedp.Text("body", &text, chromedp.ByQuery)) // it is for a report only
	return place + ":\n" + text
}

// visit opens a page.
func (b *tab) visit(place string) {
	b.t.Helper()
	if strings.HasPrefix(place, "/") {
		place = b.where + place
	}
	b.do("open "+place, chromedp.Navigate(place))
}

// place is the address of the page that is shown, without the site.
func (b *tab) place() string {
	b.t.Helper()
	var at string
	b.do("ask for the address", chromedp.Location(&at))
	return strings.TrimPrefix(at, b.where)
}

// js asks the page something, and waits for what it promises.
func js[T any](b *tab, script string) T {
	b.t.Helper()
	var v T
	b.do("run "+script[:min(len(script), 60)], chromedp.Evaluate(script, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// sees waits until the page says some words, whichever page that is by then:
// one that is being left cannot be read.
func (b *tab) sees(words string) {
	b.t.Helper()
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	for ctx.Err() == nil {
		var text string
		err := chromedp.Run(ctx, chromedp.Evaluate(`document.body?.innerText ?? ""`, &text))
		if err == nil && strings.Contains(flat(text), flat(words)) {
			return
		}
		_ = chromedp.Run(ctx, chromedp.Sleep(50*time.Millisecond)) // the loop asks the context
	}
	b.t.Fatalf("the page does not say %q:\n%s", words, b.whole())
}

var unnamed = regexp.MustCompile(`[^a-z0-9]+`)

// shoot takes a picture of the whole page where pictures are asked for.
func (b *tab) shoot(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	var png []byte
	b.do("take a picture", chromedp.FullScreenshot(&png, 100))
	name = unnamed.ReplaceAllString(strings.ToLower(name), "-") + ".png"
	if err := os.WriteFile(filepath.Join(*shots, name), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axe is the accessibility checker, as npm brings it (package.json).
func axe(t testing.TB) string {
	t.Helper()
	code, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skipf("no axe-core: %v; run npm ci in cmd/e2e", err)
	}
	return string(code)
}

// A violation is one rule that a page breaks, and where.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// violations are what axe-core finds on the page.
func (b *tab) violations() []violation {
	b.t.Helper()
	b.do("load axe", chromedp.Evaluate(axe(b.t), nil))
	found := js[string](b, `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then(r => JSON.stringify(r.violations))`)
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		b.t.Fatal(err)
	}
	return all
}

// sound wants a page without a violation that axe-core finds, without sideways
// scroll, in both themes.
func (b *tab) sound(name string) {
	b.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		b.dark(theme == "dark")
		for _, v := range b.violations() {
			for _, n := range v.Nodes {
				b.t.Errorf("%s, %s, at %s: %s: %s\n%s\n%s", name, theme, b.place(), v.ID, v.Help, n.HTML, n.FailureSummary)
			}
		}
		width := js[[]int](b, `[document.documentElement.scrollWidth, innerWidth]`)
		if width[0] > width[1] {
			widest := js[string](b, `[...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
				.map(e => e.outerHTML.slice(0, 120)).slice(-3).join("\n")`)
			b.t.Errorf("%s at %s is %d px wide in a window of %d:\n%s", name, b.place(), width[0], width[1], widest)
		}
		b.shoot(fmt.Sprint(name, "-", width[1], "-", theme))
	}
}

// TestAxeFinds spoils a page and wants it found.
func TestAxeFinds(t *testing.T) {
	t.Parallel()
	b := newTab(t, newTown(t).URL(house.RoleOutlook), 1280)
	b.visit("/")
	js[bool](b, `document.querySelector("main").append(document.createElement("img")), true`)
	if all := b.violations(); len(all) != 1 || all[0].ID != "image-alt" {
		t.Errorf("axe finds %v", all)
	}
}
