package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A hand uses a page by the words that a person reads on it: with a mouse, or by
// the keyboard alone.
type hand struct {
	*tab
	keyboard bool
}

// mark finds the control that a label, or a summary's own text, names, and
// gives a selector for it.
func (h *hand) mark(words string) string {
	h.t.Helper()
	found := js[bool](h.tab, fmt.Sprintf(`(() => {
		document.querySelectorAll("[data-hand]").forEach(e => e.removeAttribute("data-hand"));
		const says = e => e.getClientRects().length > 0 && e.innerText.replace(/\s+/g, " ").includes(%q);
		const label = [...document.querySelectorAll("label")].find(says);
		const named = label ? label.control : [...document.querySelectorAll("summary")].find(says);
		if (named) named.setAttribute("data-hand", "");
		return !!named })()`, words))
	if !found {
		h.t.Fatalf("nothing is called %q:\n%s", words, h.whole())
	}
	return "[data-hand]"
}

// write puts a text into the field of a label, as from the clipboard.
func (h *hand) write(label, text string) {
	h.t.Helper()
	if h.keyboard {
		h.tabTo(label)
	} else {
		h.click(h.mark(label))
	}
	h.do("write into "+label, chromedp.KeyEvent("a", chromedp.KeyModifiers(input.ModifierCtrl)), chromedp.KeyEvent(kb.Delete), input.InsertText(text))
}

// choose ticks the box of a label, or chooses its radio button.
func (h *hand) choose(label string) {
	h.t.Helper()
	selector := h.mark(label)
	if !h.keyboard {
		h.click(selector)
		return
	}
	if js[string](h.tab, `document.querySelector("[data-hand]").type`) == "checkbox" {
		h.tabTo(label)
		h.keys(" ")
		return
	}
	for range 400 { // a radio button is reached through its group
		if js[bool](h.tab, `document.activeElement.name === document.querySelector("[data-hand]").name`) {
			break
		}
		h.keys(kb.Tab)
	}
	for range 20 {
		if js[bool](h.tab, `document.activeElement === document.querySelector("[data-hand]")`) {
			h.keys(" ")
			return
		}
		h.keys(kb.ArrowDown)
	}
	h.t.Fatalf("the keyboard does not lead to %q:\n%s", label, h.whole())
}

// unfold opens what stands behind some words.
func (h *hand) unfold(words string) {
	h.t.Helper()
	if h.keyboard {
		h.tabTo(words)
		h.keys(kb.Enter)
		return
	}
	h.click(h.mark(words))
}

// press presses the button or follows the link of some words.
func (h *hand) press(words string) {
	h.t.Helper()
	if h.keyboard {
		h.tabTo(words)
		h.enter()
		return
	}
	h.tab.press(words)
}

// enter sends the form that has the focus, or follows the link, and waits for
// the page behind it.
func (b *tab) enter() {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.t.Fatalf("press Enter: %v\non %s", err, b.whole())
	}
}

// press clicks on the button or the link of some words and waits for the page
// it leads to.
func (b *tab) press(words string) {
	b.t.Helper()
	said := "contains(normalize-space(translate(., '\u00a0\u202f', '  ')), \"" + words + "\")"
	path := "//button[" + said + "] | //a[" + said + "]"
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(path, chromedp.BySearch)); err != nil {
		b.t.Fatalf("press %q: %v\non %s", words, err, b.whole())
	}
}

// click clicks on what a selector finds.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click on "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// fill replaces what stands in a field, as somebody types it.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.do("fill "+selector, chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.ScrollIntoView(selector, chromedp.ByQuery),
		chromedp.Focus(selector, chromedp.ByQuery), chromedp.KeyEvent("a", chromedp.KeyModifiers(input.ModifierCtrl)), chromedp.KeyEvent(kb.Delete), chromedp.KeyEvent(text))
}

// keys types keys at what has the focus.
func (b *tab) keys(text string) {
	b.t.Helper()
	b.do("type", chromedp.KeyEvent(text))
}

// focused is the name of what has the focus, as a screen reader would say it.
func (b *tab) focused() string {
	b.t.Helper()
	return js[string](b, `(() => { const e = document.activeElement; if (!e || e === document.body) return "";
		const label = e.labels && e.labels[0] ? e.labels[0].innerText : ""; return (label || e.getAttribute("aria-label") || (e.matches("a, button, summary") && e.innerText) || e.name || e.tagName).replace(/\s+/g, " ").trim() })()`)
}

// tabTo goes on by the keyboard until something of that name has the focus.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	for range 400 {
		if strings.Contains(b.focused(), name) {
			return
		}
		b.keys(kb.Tab)
	}
	b.t.Fatalf("the keyboard does not lead to %q:\n%s", name, b.whole())
}

// count is how many elements a selector finds.
func (b *tab) count(selector string) int {
	b.t.Helper()
	var nodes []*cdp.Node
	b.do("count "+selector, chromedp.Nodes(selector, &nodes, chromedp.ByQueryAll, chromedp.AtLeast(0)))
	return len(nodes)
}

// TestHand wants a control that nothing names not to be found.
func TestHand(t *testing.T) {
	t.Parallel()
	b := newTab(t, "", 1280)
	b.visit("data:text/html,<label>Un mot <input id=a></label><details><summary>Plus</summary></details>")
	h := &hand{tab: b}
	h.write("Un mot", "deux mots")
	if got := js[string](b, `document.querySelector("#a").value`); got != "deux mots" {
		t.Errorf("the field holds %q", got)
	}
	h.unfold("Plus")
	if !js[bool](b, `document.querySelector("details").open`) {
		t.Error("it stays folded")
	}
}
