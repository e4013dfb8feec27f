package web

import (
	"context"
	"embed"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPolicy checks on every page and file that nothing inline may run, and that
// the other headers came along.
func TestPolicy(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{"/", "/desk/", "/web/absent.js"}
	for _, name := range names(t) {
		if path.Ext(name) != ".html" {
			addresses = append(addresses, prefix+name)
		}
	}
	for _, address := range addresses {
		answer := get(pages, address)
		policy := answer.Header().Get("Content-Security-Policy")
		if policy != Policy || strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s: policy is %q", address, policy)
		}
		for header, want := range map[string]string{
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := answer.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", address, header, got, want)
			}
		}
	}
}

// TestPolicyOfTheDesk checks that a page may connect to the hosts it is given,
// and that whatever is given makes nothing else weaker.
func TestPolicyOfTheDesk(t *testing.T) {
	for _, c := range []struct {
		origins []string
		more    string
	}{
		{nil, ""},
		{[]string{"https://login.example.com", "wss://abc.execute-api.cn-north-1.amazonaws.com.cn"}, " https://login.example.com wss://abc.execute-api.cn-north-1.amazonaws.com.cn"},
		{[]string{"https://login.example.com:8443", "http://127.0.0.1:4000", "ws://localhost:1"}, " https://login.example.com:8443 http://127.0.0.1:4000 ws://localhost:1"},
		{[]string{"*", "https:", "https://*", "https://*.example.com", "http://login.example.com", "ws://10.0.0.1", "data:", "'unsafe-inline'", ""}, ""},
		{[]string{"https://a.example; script-src *", "https://a.example/path", "https://a.example https://b.example", "https://a.example\nx", "https://a@b.example", "https://a..b"}, ""},
	} {
		page, err := Desk(func(context.Context) []string { return c.origins })
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(Policy, "connect-src 'self'", "connect-src 'self'"+c.more, 1)
		if got := get(page, "/desk/").Header().Get("Content-Security-Policy"); got != want {
			t.Errorf("%q: policy is %q", c.origins, got)
		}
	}
	page, err := Desk(func(context.Context) []string { return []string{"https://login.example"} }, "https://media.example", "https://*")
	if err != nil {
		t.Fatal(err)
	}
	policy := get(page, "/desk/").Header().Get("Content-Security-Policy")
	for _, want := range []string{
		"connect-src 'self' https://login.example https://media.example;", "img-src 'self' data: blob: https://media.example;", "media-src 'self' blob: https://media.example;",
	} {
		if !strings.Contains(policy, want) || strings.Contains(policy, "https://*") {
			t.Errorf("with media, the policy is %q", policy)
		}
	}
}

// TestServing checks media types, "unchanged" answers, and what is not served.
func TestServing(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names(t) {
		address := prefix + name
		if path.Ext(name) == ".html" {
			if code := get(pages, address).Code; code != http.StatusNotFound {
				t.Errorf("%s: a page answers %d outside its own address", address, code)
			}
			continue
		}
		first := get(pages, address)
		if got, want := first.Header().Get("Content-Type"), mime[path.Ext(name)]; first.Code != http.StatusOK || got != want {
			t.Errorf("%s: %d %q, want %q", address, first.Code, got, want)
		}
		again := httptest.NewRequest(http.MethodGet, address, nil)
		again.Header.Set("If-None-Match", first.Header().Get("ETag"))
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, again)
		if answer.Code != http.StatusNotModified || answer.Body.Len() != 0 {
			t.Errorf("%s: an unchanged file answers %d with %d bytes", address, answer.Code, answer.Body.Len())
		}
		open := first.Header().Get("Access-Control-Allow-Origin") == "*"
		if open != embeddable(name) {
			t.Errorf("%s: may be embedded elsewhere: %t", address, open)
		}
	}
	for _, address := range []string{"/web/", "/web/../embed.go", "/web/embed.go", "/nothing"} {
		if code := get(pages, address).Code; code == http.StatusOK {
			t.Errorf("%s: answers 200", address)
		}
	}
	answer := httptest.NewRecorder()
	pages.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/desk/", nil))
	if answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /desk/ answers %d", answer.Code)
	}
}

// What would need a weaker policy, or would let a text become markup.
var forbidden = []struct {
	why     string
	in      string // file name extensions
	pattern *regexp.Regexp
}{
	{"inline script", ".html", regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^<\s]`)},
	{"script without src", ".html", regexp.MustCompile(`(?i)<script(?:\s+type="module")?\s*>`)},
	{"inline style", ".html", regexp.MustCompile(`(?i)<style|\sstyle\s*=`)},
	{"inline handler", ".html .svg", regexp.MustCompile(`(?i)\son[a-z]+\s*=`)},
	{"foreign address", ".html .css .js", regexp.MustCompile(`(?i)(?:src|href|url|from|import)\s*[=(]?\s*["']?(?:https?:)?//`)},
	{"markup from text", ".js", regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment`)},
	{"code from text", ".js", regexp.MustCompile(`\beval\(|new Function\(|javascript:`)},
	{"style attribute by script", ".js", regexp.MustCompile(`setAttribute\(['"]style`)},
}

func TestNothingInline(t *testing.T) {
	comment := regexp.MustCompile(`(?s)/\*.*?\*/`)
	for _, name := range names(t) {
		text := comment.ReplaceAllString(read(t, name), "")
		for _, rule := range forbidden {
			if !slices.Contains(strings.Fields(rule.in), path.Ext(name)) {
				continue
			}
			if found := rule.pattern.FindString(text); found != "" {
				t.Errorf("%s: %s: %q", name, rule.why, found)
			}
		}
	}
}

// TestReferences follows every address in pages and every import in modules.
func TestReferences(t *testing.T) {
	attribute := regexp.MustCompile(`(?:src|href)="([^"#]+)"`)
	imported := regexp.MustCompile(`(?:from|import)\s+'(\.[^']+)'|new URL\('([^']+\.\w+)', import\.meta`)
	at := map[string]string{demoPage: "/", deskPage: "/desk/"}
	for _, name := range names(t) {
		base, pattern := prefix+name, imported
		if address, page := at[name]; page {
			base, pattern = address, attribute
		} else if path.Ext(name) != ".js" {
			continue
		}
		for _, match := range pattern.FindAllStringSubmatch(read(t, name), -1) {
			reference := strings.Join(match[1:], "")
			target := resolve(t, base, reference)
			if target == "/" || target == "/desk/" {
				continue
			}
			file := strings.TrimPrefix(target, prefix)
			if _, err := fs.Stat(folderOf(file), file); err != nil || !strings.HasPrefix(target, prefix) {
				t.Errorf("%s refers to %s, and there is no %s", name, reference, target)
			}
		}
	}
}

// TestTexts checks that every page says the same things in both languages, that
// the same values go into them, and that each text a page asks for exists.
func TestTexts(t *testing.T) {
	section := regexp.MustCompile(`(?s)'zh-CN': \{\n(.*?)\n  \},\n  en: \{\n(.*?)\n  \},\n`)
	for folder, files := range map[string][]string{"widget": {"texts.js", "media-texts.js"}, "desk": {"texts.js"}, "demo": {"texts.js"}} {
		zh, en := map[string]string{}, map[string]string{}
		for _, file := range files {
			parts := section.FindStringSubmatch(read(t, folder+"/"+file))
			if parts == nil {
				t.Fatalf("%s/%s: not of the expected shape", folder, file)
			}
			maps.Copy(zh, entries(t, folder, parts[1]))
			maps.Copy(en, entries(t, folder, parts[2]))
		}
		for key, text := range zh {
			if en[key] == "" {
				t.Errorf("%s: %q has no English", folder, key)
			} else if got, want := holes(en[key]), holes(text); !slices.Equal(got, want) {
				t.Errorf("%s: %q fills in %v in English and %v in Chinese", folder, key, got, want)
			}
		}
		for key := range en {
			if zh[key] == "" {
				t.Errorf("%s: %q has no Chinese", folder, key)
			}
		}
		checkUse(t, folder, zh)
	}
}

// TestChannelsHaveNames: agents read no channel's name as programs have it.
func TestChannelsHaveNames(t *testing.T) {
	channels, err := os.ReadDir("../connectors")
	if err != nil {
		t.Fatal(err)
	}
	texts := read(t, "desk/texts.js")
	for _, c := range channels {
		if c.IsDir() && !strings.Contains(texts, "    channel_"+c.Name()+": '") {
			t.Errorf("the desk has no name for the channel %s", c.Name())
		}
	}
}

// checkUse looks for t('key') without a text. Keys put together at run time are
// not seen here; the pages' browser tests draw those.
func checkUse(t *testing.T, folder string, texts map[string]string) {
	t.Helper()
	used := regexp.MustCompile(`\bt\('(\w+)'|data-(?:text|label)="(\w+)"`)
	for _, name := range names(t) {
		if path.Dir(name) != folder {
			continue
		}
		for _, match := range used.FindAllStringSubmatch(read(t, name), -1) {
			if key := match[1] + match[2]; texts[key] == "" {
				t.Errorf("%s asks for the text %q, and there is none", name, key)
			}
		}
	}
}

// TestFilesStaySmall keeps one topic to a file.
func TestFilesStaySmall(t *testing.T) {
	const most = 300
	for _, name := range names(t) {
		if lines := strings.Count(read(t, name), "\n"); lines > most {
			t.Errorf("%s has %d lines, more than %d", name, lines, most)
		}
	}
}

func entries(t *testing.T, folder, block string) map[string]string {
	t.Helper()
	entry := regexp.MustCompile(`^    (\w+): '([^']+)',$`)
	texts := map[string]string{}
	for _, line := range strings.Split(block, "\n") {
		match := entry.FindStringSubmatch(line)
		if match == nil {
			t.Errorf("%s/texts.js: not one text on one line: %q", folder, line)
			continue
		}
		if texts[match[1]] != "" {
			t.Errorf("%s/texts.js: %q is there twice", folder, match[1])
		}
		texts[match[1]] = match[2]
	}
	return texts
}

func holes(text string) []string {
	found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func names(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, folder := range []embed.FS{files, demo} {
		err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				all = append(all, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// folderOf has a file.
func folderOf(name string) embed.FS {
	if strings.HasPrefix(name, "demo/") {
		return demo
	}
	return files
}

func read(t *testing.T, name string) string {
	t.Helper()
	body, err := folderOf(name).ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func resolve(t *testing.T, base, reference string) string {
	t.Helper()
	from, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	to, err := from.Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	return to.Path
}

func get(handler http.Handler, address string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
	return answer
}
