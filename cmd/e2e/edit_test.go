package e2e

import (
	"flag"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

var figures = flag.Bool("figures", false, "judge how fast the desk's pages follow: on a quiet machine, without the race detector")

// A bureau is a whole house on the day of the example, with its desk.
type bureau struct {
	*house.House
	t testing.TB
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	h, _ := runHouse(t, "2023-08-01T10:00")
	w := &bureau{h, t}
	for _, id := range []string{"r1", "r2"} {
		employ(t, h, publisher.Account{ID: id, Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"})
	}
	return w
}

// drafted is a notice that r1 has drafted from an example.
func (w *bureau) drafted(name string) string {
	w.t.Helper()
	text, err := schemas.Files.ReadFile("examples/" + name + "/notice.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	id := stream.NewID()
	_, err = w.Publisher.Draft(w.t.Context(), publisher.Order{Who: publisher.Account{ID: "r1", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"}, Notice: id, Command: id},
		publisher.Draft{Text: string(text)})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// enter signs somebody in.
func (w *bureau) enter(t *testing.T, who string, width int) *tab {
	t.Helper()
	return signedIn(t, w.House, who, width)
}

// TestDraftingPages looks at the pages of drafting in a browser.
func TestDraftingPages(t *testing.T) {
	t.Parallel()
	w := newBureau(t)
	seed, table := w.drafted("2023-08-08"), w.drafted("tableau")
	for _, width := range []int{1280, 375} {
		b := w.enter(t, "r1", width)
		b.visit("/nouvelle")
		b.sound("nouvelle")
		for name, id := range map[string]string{"redaction": seed, "lignes": table} {
			b.visit("/notes/" + id + "/redaction")
			js[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
			b.sound(name)
		}
		b.visit("/notes/" + seed + "/redaction?vue=texte")
		b.sound("texte")
	}
}

// watch notes, of each key, how long it takes until the letter beside the form
// says it: from the event to the page that is changed.
const watch = `(() => {
	window.took = [];
	const field = document.getElementById("f-cause");
	let at = 0;
	field.addEventListener("input", () => { at = performance.now(); }, true);
	document.addEventListener("apercu", () => {
		if (at && document.getElementById("lettre").textContent.includes(field.value)) { window.took.push(performance.now() - at); at = 0; }
	});
	return true;
})()`

// TestPreviewFollows types and looks how soon the letter says it.
func TestPreviewFollows(t *testing.T) {
	w := newBureau(t)
	b := w.enter(t, "r1", 1280)
	b.visit("/notes/" + w.drafted("2023-08-08") + "/redaction")
	js[bool](b, watch)
	b.do("go to the cause", chromedp.Focus("#f-cause", chromedp.ByQuery))
	for i := range 50 {
		b.keys(string("abcdefghij"[i%10]))
		b.until(`window.took.length > `+strconv.Itoa(i), "the letter follows")
	}
	took := js[[]float64](b, `window.took`)
	slices.Sort(took)
	median, late := took[len(took)/2], took[len(took)*95/100]
	t.Logf("from a key to the letter: median %.0f ms, p95 %.0f ms of %d", median, late, len(took))
	if *figures && (median > 150 || late > 300) {
		t.Errorf("the preview is slow: median %.0f ms, p95 %.0f ms", median, late)
	}
	for _, v := range []struct{ tab, frame, typed, said string }{{"Courriel", "courriel", "18h", "18h00"}, {"Météo", "meteo", "19h", "19h00"}} {
		b.do("look at "+v.tab, chromedp.Click(`//button[@role="tab"][.="`+v.tab+`"]`, chromedp.BySearch))
		page := `document.getElementById("` + v.frame + `").contentDocument`
		b.until(page+`.readyState === "complete" && `+page+`.URL !== "about:blank"`, "the frame is there")
		b.fill("#f-windows-0-end", v.typed)
		b.until(page+`.body.textContent.includes("`+v.said+`")`, "the "+v.frame+" follows")
		b.shoot(v.frame)
	}
}

// TestLongText types into a text of 64 KB.
func TestLongText(t *testing.T) {
	w := newBureau(t)
	b := w.enter(t, "r1", 1280)
	b.visit("/notes/" + w.drafted("information") + "/redaction")
	js[bool](b, `(() => {
		const field = document.getElementById("f-paragraphs-0");
		field.value = "Une phrase de plus, pour voir. ".repeat(2100);
		window.frames_ = [];
		field.addEventListener("input", () => { const at = performance.now(); requestAnimationFrame(() => window.frames_.push(performance.now() - at)); });
		field.closest("details").open = true;
		field.focus();
		field.setSelectionRange(field.value.length, field.value.length);
		return true;
	})()`)
	for range 40 {
		b.keys("x")
	}
	b.until(`window.frames_.length === 40`, "all keys are seen")
	took := js[[]float64](b, `window.frames_`)
	slices.Sort(took)
	t.Logf("from a key to the next frame: median %.0f ms, worst %.0f ms", took[20], took[39])
	if *figures && took[20] > 50 {
		t.Errorf("typing stumbles: median %.0f ms", took[20])
	}
	b.until(`document.getElementById("lettre").textContent.includes("xxxxxxxx")`, "the letter follows")
}

// TestKeptInTheBrowser types while the desk is away, and finds it again.
func TestKeptInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newBureau(t)
	b := w.enter(t, "r1", 1280)
	place := "/notes/" + w.drafted("2023-08-08") + "/redaction"
	b.visit(place)
	js[bool](b, `(window.fetch = () => Promise.reject(new TypeError("away")), true)`)
	b.fill("#f-cause", "une panne de réseau")
	b.sees("Pas de liaison")
	b.visit(place)
	b.sees("Ce navigateur a gardé une saisie")
	b.do("take it", chromedp.Click(".fr-alert--info button", chromedp.ByQuery))
	b.until(`document.getElementById("f-cause").value === "une panne de réseau"`, "what was typed is back")
	b.until(`document.getElementById("etat").textContent.includes("à 10h00")`, "it is kept")
}

// TestDraftWithoutScript drafts in a browser that runs none.
func TestDraftWithoutScript(t *testing.T) {
	t.Parallel()
	w := newBureau(t)
	b := w.enter(t, "r1", 375)
	b.withoutScript()
	b.visit("/nouvelle")
	b.press("Maintenance")
	b.sees("Le projet est créé")
	b.fill("#f-services-add", "Delta T, gun")
	b.press("Ajouter")
	b.sees("Delta T et GUN")
	b.fill("#f-cause", "une panne")
	b.press("Enregistrer")
	b.sees("Le projet est enregistré.")
	all := w.Publisher.Dossiers()
	if len(all) != 1 || !strings.Contains(all[0].Text, "services: [delta-t, gun]") {
		t.Errorf("%+v", all)
	}
}

// until waits until a script's answer is true.
func (b *tab) until(script, what string) {
	b.t.Helper()
	end := time.Now().Add(patience)
	for !js[bool](b, script) {
		if time.Now().After(end) {
			b.t.Fatalf("not so: %s\non %s", what, b.whole())
		}
		b.do("wait a little", chromedp.Sleep(5*time.Millisecond))
	}
}
