package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"testing"
)

// TestWidgetIsSmall adds up whatever a page loads for the widget, as it is served: its
// script, and all that this imports. What some pages fetch later, when they need it, is
// told beside.
func TestWidgetIsSmall(t *testing.T) {
	const most = 30 << 10
	handler, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	imported := regexp.MustCompile(`(?:from|import)\s*"([^"]+)"`)
	fetched := regexp.MustCompile(`import\(\s*"([^"]+)"\s*\)`)
	sizes, later := map[string]int{}, map[string]int{}
	todo, whenNeeded := []string{prefix + "widget/zhida-chat.js"}, []string{}
	for len(todo)+len(whenNeeded) > 0 {
		into, from := sizes, &todo
		if len(todo) == 0 {
			into, from = later, &whenNeeded
		}
		address := (*from)[0]
		*from = (*from)[1:]
		if sizes[address]+later[address] > 0 {
			continue
		}
		text, size := fetchPacked(t, handler, address)
		into[address] = size
		for _, match := range imported.FindAllStringSubmatch(text, -1) {
			*from = append(*from, resolve(t, address, match[1]))
		}
		for _, match := range fetched.FindAllStringSubmatch(text, -1) {
			whenNeeded = append(whenNeeded, resolve(t, address, match[1]))
		}
	}
	for _, address := range slices.Sorted(maps.Keys(later)) {
		t.Logf("%6d %s, where it is needed", later[address], address)
	}
	total := 0
	for _, address := range slices.Sorted(maps.Keys(sizes)) {
		total += sizes[address]
		t.Logf("%6d %s", sizes[address], address)
	}
	t.Logf("%6d bytes in %d files, of %d at most", total, len(sizes), most)
	if total > most {
		t.Errorf("the widget has %d bytes, more than %d", total, most)
	}
	for _, seldom := range []string{"common/polled.js", "widget/media.js", "widget/voice.js", "common/media.js", "common/card.js"} {
		if later[prefix+seldom] == 0 {
			t.Errorf("%s is not fetched where it is needed alone", seldom)
		}
	}
	// The graph was followed if it has what the entry does not import itself.
	for _, far := range []string{"common/clock.js", "common/dom.js", "widget/outbox.js"} {
		if sizes[prefix+far] == 0 {
			t.Errorf("%s was not counted", far)
		}
	}
	maps.Copy(sizes, later)
	for address := range sizes {
		if !embeddable(address[len(prefix):]) || path.Ext(address) != ".js" {
			t.Errorf("%s is loaded by the widget, and no other site may load it", address)
		}
	}
}

// fetchPacked gets one file as a browser does: its text, and its size on the way.
func fetchPacked(t *testing.T, handler http.Handler, address string) (text string, size int) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK || answer.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s: %d, encoded as %q", address, answer.Code, answer.Header().Get("Content-Encoding"))
	}
	size = answer.Body.Len()
	unpacked, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), size
}

// TestScriptsGoWithoutComments: every script is one that can be made small.
func TestScriptsGoWithoutComments(t *testing.T) {
	names, err := fs.Glob(files, "*/*.js")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		a, err := find(files, name)
		if err != nil {
			t.Fatal(err)
		}
		served, _ := a.read()
		if source := read(t, name); len(served) >= len(source) || bytes.Contains(served, []byte("/**")) {
			t.Errorf("%s: %d bytes of %d are served", name, len(served), len(source))
		}
	}
}

// TestCompression checks who gets gzip, and that caches are told of it.
func TestCompression(t *testing.T) {
	handler, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]string{}
	for accepts, want := range map[string]string{
		"": "", "gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=0.000, br": "", "x-gzipped": "", "identity": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/web/common/dom.js", nil)
		if accepts != "" {
			r.Header.Set("Accept-Encoding", accepts)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if got := answer.Header().Get("Content-Encoding"); got != want || answer.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: encoded as %q, varies by %q", accepts, got, answer.Header().Get("Vary"))
		}
		tags[want] = answer.Header().Get("ETag")
		r.Header.Set("If-None-Match", tags[want])
		again := httptest.NewRecorder()
		handler.ServeHTTP(again, r)
		if again.Code != http.StatusNotModified {
			t.Errorf("%q: an unchanged file answers %d", accepts, again.Code)
		}
	}
	if tags[""] == tags["gzip"] {
		t.Error("both encodings have one tag")
	}
}
