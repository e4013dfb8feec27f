package pagetest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hostileFiles are what files call themselves, what they say they are and hold, and the
// name that people may read.
func hostileFiles(t *testing.T) []struct{ name, mediaType, content, shown string } {
	t.Helper()
	png := string(picture(t, 60, 40))
	return []struct{ name, mediaType, content, shown string }{
		{"<img src=x onerror=alert(1)>.txt", "text/plain", "text", "_img src=x onerror=alert(1)_.txt"},
		{`"><svg onload=alert(2)>.png`, "image/png", png, "___svg onload=alert(2)_.png"},
		{"invoice\u202efdp.exe", "application/pdf", "MZ\x90\x00 a program", "invoicefdp.exe"},
		{"../../../etc/passwd", "text/plain", "text", "passwd"},
		{`C:\Windows\system32\cmd.txt`, "text/plain", "text", "cmd.txt"},
		{"a\x00\x1b[31m\r\nSet-Cookie: a=b.txt", "text/plain", "text", "a[31m Set-Cookie_ a=b.txt"},
		{strings.Repeat("长", 320) + ".pdf", "application/pdf", "%PDF-1.7\n", strings.Repeat("长", 96) + ".pdf"},
		{"page.html", "image/png", png, "page.html.png"},
		{"drawing.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"/>`, "drawing.svg"},
		{"site.html", "text/html", "<!DOCTYPE html><script>alert(4)</script>", "site.html"},
		{"{name}\u2066مرحبا\u2069.txt", "text/plain", "text", "{name}مرحبا.txt"},
		{"both.gif", "image/gif", "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;<script>alert(5)</script>", "both.gif"},
		{"javascript:alert(6)", "", "text", "javascript_alert(6)"},
	}
}

// TestHostileFiles sends each from the widget and from the desk, neither protected by a
// policy: whatever they are called, it is a name; whatever they hold, only pictures are
// shown, and the rest is saved.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	s := hostileShop(t)
	tabs := browser(t)
	widget := watched(t, tabs, s.URL+"/chat", phone)
	widget.wait("the widget is connected", connected)
	widget.click(chat, "person")
	widget.has(chat, "position", "3")
	at := signIn(t, s.binary, watched(t, tabs, s.URL+"/desk/", desktop), "lin")
	s.binary.agent("lin").take(widget.conversation())
	at.wait("the customer is there", fmt.Sprintf(`shows("", "conversation", %s)`, quote(hostileNames[2])))
	eval[bool](at, fmt.Sprintf(`(all("", "conversation").find((c) => c.textContent.includes(%s)).click(), true)`, quote(hostileNames[2])))

	files := hostileFiles(t)
	for _, from := range []struct {
		part string
		page *page
	}{{chat, widget}, {"", at}} {
		for _, f := range files {
			from.page.pick(from.part, f.name, f.mediaType, []byte(f.content))
		}
		for part, p := range map[string]*page{chat: widget, "": at} {
			p.wait("all are there", fmt.Sprintf(`all(%q, "message").filter((m) => m.dataset.key && m.querySelector('.bubble.media')).length >= %d`,
				part, len(files)*map[bool]int{true: 1, false: 2}[from.part == chat]))
		}
	}
	for part, p := range map[string]*page{chat: widget, "": at} {
		names := eval[[]string](p, fmt.Sprintf(`all(%q, "message").flatMap((m) => [...m.querySelectorAll('.bubble .name, .bubble img')].map((el) => el.alt ?? el.textContent))`, part))
		for _, f := range files {
			if n := len(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name != f.shown })); n != 2 {
				t.Errorf("%q: %q is shown %d times among %q", part, f.shown, n, names)
			}
		}
		turned := eval[[]string](p, fmt.Sprintf(`all(%q, "message").flatMap((m) => [...m.querySelectorAll('.bubble .name')]).filter((el) => el.dir !== 'ltr' || !readAs(el).endsWith(el.textContent.slice(-4)) && el.offsetHeight < 40).map((el) => el.textContent)`, part))
		if len(turned) > 0 {
			t.Errorf("%q: these do not end as they say: %q", part, turned)
		}
		p.savedOrShown(part)
		p.shot("names " + part)
	}
}

// savedOrShown checks that nothing ran, that media are pictures or sounds of the types
// that may be shown, and that whatever else there is is saved.
func (p *page) savedOrShown(part string) {
	p.Helper()
	if ran := eval[[]string](p, "top.ran"); len(ran) > 0 {
		p.Errorf("%s: these ran: %v", part, ran)
	}
	tags := eval[[]string](p, fmt.Sprintf(`[...new Set(all(%q, "message").flatMap((m) => [...m.querySelectorAll('.bubble.media *')].map((el) => el.tagName)))].sort()`, part))
	if !slices.Equal(tags, []string{"A", "BDI", "IMG", "SPAN"}) {
		p.Errorf("%s: the files are shown by %v", part, tags)
	}
	links := eval[[]string](p, fmt.Sprintf(`all(%q, "message").flatMap((m) => [...m.querySelectorAll('.bubble.media a')]).filter((a) => a.origin !== location.origin || !a.pathname.startsWith('/media/') || a.rel !== 'noopener noreferrer').map((a) => a.outerHTML)`, part))
	if len(links) > 0 {
		p.Errorf("%s: links that lead elsewhere: %v", part, links)
	}
	for _, a := range eval[[]struct{ Href, Image string }](p, fmt.Sprintf(`all(%q, "message").flatMap((m) => [...m.querySelectorAll('.bubble.media a')]).map((a) => ({Href: a.href, Image: a.querySelector('img')?.alt ?? ''}))`, part)) {
		header := p.head(a.Href)
		kind, how := header.Get("Content-Type"), header.Get("Content-Disposition")
		shown := strings.HasPrefix(kind, "image/") && strings.HasPrefix(how, "inline") && a.Image != ""
		saved := kind == "application/octet-stream" && strings.HasPrefix(how, "attachment") && a.Image == ""
		if !shown && !saved || header.Get("X-Content-Type-Options") != "nosniff" || strings.ContainsAny(how, "\r\n\u202e") {
			p.Errorf("%s: %q is served as %s, %s, %v", part, a.Image, kind, how, header)
		}
	}
	p.silent()
}

// head asks what a link is answered with.
func (p *page) head(link string) http.Header {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodGet, link, nil)
	if err != nil {
		p.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		p.Errorf("a link is answered %d, %v", answer.StatusCode, err)
	}
	return answer.Header
}
