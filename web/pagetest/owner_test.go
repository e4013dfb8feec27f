package pagetest

import (
	"fmt"
	"strings"
	"testing"
)

// written is what stands in the input.
const written = `document.querySelector('zhida-chat').shadowRoot.querySelector('textarea').value`

// next signs in somebody else on the same page.
const next = `((c, key) => {
	if (key) c.setAttribute('storage-key', key);
	c.token = async () => (await fetch('/token', {method: 'POST'})).text();
	return true;
})(document.querySelector('zhida-chat'), %q)`

// back brings the connection back, and waits for it.
func back(s *site, p *page) {
	p.Helper()
	s.cut.Store(false)
	eval[bool](p, `dispatchEvent(new Event('online'))`)
	p.wait("it is connected", `all("zhida-chat", "input")[0].closest('.root').dataset.connection === 'open'`)
}

// TestDraftsAreTheirOwners: what one customer has written and not sent is never before
// the eyes of the next, not even while nothing is connected; it waits for them.
func TestDraftsAreTheirOwners(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"bob", ""} {
		s := openSite(t, startChanged(t), full)
		if key == "" {
			s.files["/chat"] = strings.Replace(full["/chat"], ` storage-key="one"`, "", 1)
		}
		alice := s.customer
		p := s.visit(browser(t), "/chat", phone)
		eval[bool](p, `(document.querySelector('zhida-chat').fill('of my illness'), true)`)
		p.wait("it is written", written+` === 'of my illness'`)
		s.cut.Store(true)
		s.customer = "bob"
		eval[bool](p, fmt.Sprintf(next, key))
		p.do(look)
		if got := eval[string](p, written); got != "" {
			t.Errorf("key %q: the next customer sees %q", key, got)
		}
		back(s, p)
		if got := eval[string](p, written); got != "" {
			t.Errorf("key %q: when connected, the next customer sees %q", key, got)
		}
		s.customer = alice
		eval[bool](p, fmt.Sprintf(next, map[string]string{"bob": "one"}[key]))
		p.wait("the draft is there again", written+` === 'of my illness'`)
	}
}

// TestEarlyDraftsAreTheirOwners: so it is before the first connection.
func TestEarlyDraftsAreTheirOwners(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	s.cut.Store(true)
	p := open(t, browser(t), s.URL+"/chat", phone)
	p.wait("it is there", `clickable("zhida-chat", "input", 0)`)
	eval[bool](p, `(document.querySelector('zhida-chat').fill('of my illness'), true)`)
	for key, want := range map[string]string{"bob": "", "one": "of my illness"} {
		eval[bool](p, fmt.Sprintf(next, "between"))
		p.do(look)
		eval[bool](p, fmt.Sprintf(next, key))
		p.do(look)
		if got := eval[string](p, written); got != want {
			t.Errorf("%s has written %q", key, got)
		}
	}
}

// TestUnsentWordsAreTheirOwners: on a page that does not say who its customer is, what was
// written before a connection is not kept for whoever comes next; nor do two keys share.
func TestUnsentWordsAreTheirOwners(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	s.files["/chat"] = strings.Replace(full["/chat"], ` storage-key="one"`, "", 1)
	alice := s.customer
	s.cut.Store(true)
	p := open(t, browser(t), s.URL+"/chat", phone)
	p.wait("it is there", `clickable("zhida-chat", "input", 0)`)
	for name, next := range map[string]string{"the page is loaded anew": "", "on the same page": fmt.Sprintf(next, "")} {
		eval[bool](p, `(document.querySelector('zhida-chat').say('of my illness'), true)`)
		p.has(chat, "message", "of my illness")
		s.customer = "bob"
		if next == "" {
			p.do(reload)
			p.wait("it is there", `clickable("zhida-chat", "input", 0)`)
		} else {
			eval[bool](p, next)
		}
		back(s, p)
		eval[bool](p, `(document.querySelector('zhida-chat').say('of bob'), true)`)
		p.has(chat, "message", "of bob")
		p.wait("all is sent", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
		if n := p.count(chat, "of my illness"); n != 0 {
			t.Errorf("%s: the next customer said it", name)
		}
		s.customer = alice
		s.cut.Store(true)
		p.do(reload)
		p.wait("it is there", `clickable("zhida-chat", "input", 0)`)
	}

	eval[bool](p, `(document.querySelector('zhida-chat').setAttribute('storage-key', 'a:b'), true)`)
	p.do(look)
	eval[bool](p, `(document.querySelector('zhida-chat').say('of a:b'), true)`)
	eval[bool](p, `(document.querySelector('zhida-chat').setAttribute('storage-key', 'a'), true)`)
	p.do(look)
	if n := p.count(chat, "of a:b"); n != 0 {
		t.Error("a reads what a:b wrote")
	}
}

// TestAnotherCustomerByTheSameToken: a page whose customer changes without a word has none
// of the words of the one before.
func TestAnotherCustomerByTheSameToken(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	p := s.visit(browser(t), "/chat", phone)
	p.write(chat, "input", "of my illness")
	p.wait("it is answered", `all("zhida-chat", "message").length > 1`)
	eval[bool](p, `(`+overhear+`, window.heard = [], document.querySelector('zhida-chat').addEventListener('zhida-message', ({detail}) => heard.push(detail.text)), true)`)
	s.cut.Store(true)
	eval[bool](p, `dispatchEvent(new Event('offline'))`)
	s.customer = "bob"
	back(s, p)
	p.wait("nothing is there", `all("zhida-chat", "message").length === 0`)
	if got := eval[[]string](p, "heard"); len(got) > 0 {
		t.Errorf("the page heard %q", got)
	}
	if news := eval[string](p, `all("zhida-chat", "news")[0].textContent`); strings.Contains(news, "Shall I") {
		t.Errorf("to be read again: %q", news)
	}
}

// TestUnsentWordsLastAsLongAsThePage: also where nothing is stored, and wherever a page
// moves the element to.
func TestUnsentWordsLastAsLongAsThePage(t *testing.T) {
	t.Parallel()
	const refuse = `<head><script>for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, {get() { throw new DOMException('no', 'SecurityError'); }});</script>`
	for _, key := range []string{` storage-key="one"`, ""} {
		s := openSite(t, startChanged(t), full)
		s.files["/chat"] = strings.NewReplacer("<head>", refuse, ` storage-key="one"`, key).Replace(full["/chat"])
		p := s.visit(browser(t), "/chat", phone)
		s.cut.Store(true)
		eval[bool](p, `dispatchEvent(new Event('offline'))`)
		eval[bool](p, `(document.querySelector('zhida-chat').say('written offline'), document.querySelector('zhida-chat').fill('begun'), true)`)
		p.has(chat, "message", "written offline")
		eval[bool](p, `(document.querySelector('main').append(document.querySelector('zhida-chat')), true)`)
		back(s, p)
		p.has(chat, "message", "written offline")
		p.wait("it is sent", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
		if got := eval[string](p, written); got != "begun" {
			t.Errorf("%s: of the draft is left %q", key, got)
		}
		p.excuse() // while it was cut
		p.silent()
	}
}
