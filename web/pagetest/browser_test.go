package pagetest

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// finder finds elements through shadow roots and frames, which selectors cannot.
//
//go:embed testdata/finder.js
var finder string

// browser is a running Chromium, shared by the pages of a test.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("lang", "zh-CN"),
		chromedp.Flag("hide-scrollbars", true),
		// A microphone that hums, and nobody who has to allow it.
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox root
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start (Debian: apt-get install chromium fonts-noto-cjk): %v", err)
	}
	return ctx
}

// page is one tab.
type page struct {
	*testing.T
	ctx context.Context

	mu     sync.Mutex
	faults []string // what the page complained about in its console
}

// view is the size and the taste of a screen.
type view struct {
	width, height int64
	dark          bool
}

var (
	desktop = view{1440, 900, false}
	phone   = view{390, 844, false}
)

func open(t *testing.T, browser context.Context, url string, v view) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &page{T: t, ctx: ctx}
	go p.listen(chromedp.Console(ctx))
	p.see(v)
	p.do(chromedp.Navigate(url))
	return p
}

func (p *page) listen(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		if m.IsException() || m.Type == "error" {
			p.mu.Lock()
			p.faults = append(p.faults, m.String())
			p.mu.Unlock()
		}
	}
}

func (p *page) see(v view) {
	p.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[v.dark]
	p.do(chromedp.EmulateViewport(v.width, v.height))
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		p.Fatal(err)
	}
}

func (p *page) do(action chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		p.shot("failed")
		p.Fatal(err)
	}
}

// eval runs a JavaScript expression, with the finder's functions at hand.
func eval[T any](p *page, expression string) T {
	p.Helper()
	value, err := tryEval[T](p, expression)
	if err != nil {
		p.shot("failed")
		p.Fatalf("%s: %v", expression, err)
	}
	return value
}

func tryEval[T any](p *page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T]("(() => {"+finder+"; return ("+expression+")})()"))
}

// wait waits until an expression is true. A page that goes elsewhere meanwhile is looked
// at again.
func (p *page) wait(what, expression string) {
	p.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		found, err := tryEval[bool](p, "!!("+expression+")")
		if err != nil && !strings.Contains(err.Error(), "navigated or closed") {
			p.shot("failed")
			p.Fatalf("%s: %s: %v", what, expression, err)
		}
		if found {
			return
		}
		p.do(look)
	}
	p.shot("failed")
	p.Fatalf("%s: not within %s; the page says:\n%s", what, patience, eval[string](p, "everything()"))
}

// has waits until an element with the test name, inside the named part, shows text.
func (p *page) has(part, name, text string) {
	p.Helper()
	p.wait(fmt.Sprintf("%s/%s shows %q", part, name, text), fmt.Sprintf("shows(%q, %q, %q)", part, name, text))
}

type point struct{ X, Y float64 }

// click moves the mouse to an element and presses, as a person does.
func (p *page) click(part, name string) {
	p.Helper()
	p.clickNth(part, name, 0)
}

func (p *page) clickNth(part, name string, n int) {
	p.Helper()
	p.wait(fmt.Sprintf("%s/%s can be clicked", part, name), fmt.Sprintf("clickable(%q, %q, %d)", part, name, n))
	at := eval[point](p, fmt.Sprintf("centre(%q, %q, %d)", part, name, n))
	p.do(chromedp.MouseClickXY(at.X, at.Y))
}

// write types a text into a field and presses Enter.
func (p *page) write(part, name, text string) {
	p.Helper()
	p.click(part, name)
	if _, err := chromedp.Call(p.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		p.Fatal(err)
	}
	p.enter()
}

// enter presses Enter as a keyboard does: a page that prevents the key's default
// gets no line break.
func (p *page) enter() {
	p.Helper()
	key := input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}
	for _, step := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		key.Type, key.Text = step, map[bool]string{true: "\r"}[step == input.DispatchKeyEventTypeKeyDown]
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, key); err != nil {
			p.Fatal(err)
		}
	}
}

// shot takes a picture, for people to look at: with -artifacts, since it takes a while and
// nobody sees it otherwise.
func (p *page) shot(name string) {
	p.Helper()
	if flag.Lookup("test.artifacts").Value.String() != "true" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Errorf("no picture of %s: %v", name, err)
		return
	}
	file := strings.ReplaceAll(p.Name(), "/", "-") + "-" + name + ".png"
	if err := os.WriteFile(filepath.Join(p.ArtifactDir(), file), png, 0o600); err != nil {
		p.Error(err)
	}
}

// excuse forgets what the page complained about the line that a test cut.
func (p *page) excuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = slices.DeleteFunc(p.faults, func(f string) bool { return strings.Contains(f, "/inapp/live") })
}

// silent fails the test if a page had anything to complain about.
func (p *page) silent() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		p.Errorf("the page complained: %s", f)
	}
}

// Things to do in a page.
var (
	reload = chromedp.Reload()
	look   = chromedp.Sleep(20 * time.Millisecond) // between two looks
)
