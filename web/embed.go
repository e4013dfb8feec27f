// Package web holds the browser's side of Zhida: the customer's widget, the
// agents' desk and the demo page, as the files they are, embedded.
//
// There is no build step. The files are ES modules, custom elements and style
// sheets as browsers read them, without dependencies; scripts are served without their
// comments:
//
//	common/  what the pages share: live socket, clock, message log, elements
//	widget/  <zhida-chat>, for any company's page
//	desk/    the agents' desk, served at /desk/
//	demo/    the page that `zhida dev` opens, served at /
//
// A host mounts what it wants to offer:
//
//	files, err := web.Files()                 // GET /web/…
//	desk, err := web.Desk(origins, media…)    // GET /desk/
//	everything, err := web.Pages()            // with the demo at /, in `zhida dev`
//
// Every answer carries [Policy]: nothing inline runs, nothing foreign loads.
package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed common widget desk
var files embed.FS

// demo is apart: no function has to carry it.
//
//go:embed demo
var demo embed.FS

// Policy is the Content-Security-Policy of every page and file here.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// The pages, by the file each one is.
const (
	demoPage = "demo/index.html"
	deskPage = "desk/index.html"
)

// prefix is the path under which the files live. The pages refer to them by
// relative addresses, so a host may put all of it under a further prefix.
const prefix = "/web/"

// mime is a list of our own: the system's table differs between machines.
var mime = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// asset is one file. It is read, made small and compressed at its first request: a program may
// start for another reason.
type asset struct {
	name   string
	read   func() (body []byte, etag string)
	packed func() []byte // by gzip
}

// Files serves the widget's and the desk's files under /web/. The pages themselves are
// not among them: they live at their own addresses.
func Files() (http.Handler, error) { return serve(files) }

// serve serves the files of folders under /web/.
func serve(folders ...embed.FS) (http.Handler, error) {
	assets := map[string]asset{}
	for _, folder := range folders {
		err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) == ".html" {
				return err
			}
			a, err := find(folder, name)
			assets[prefix+name] = a
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("web.Files: %w", err)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, found := assets[r.URL.Path]
		if !found {
			harden(w.Header())
			http.Error(w, "no such file", http.StatusNotFound)
			return
		}
		// The widget runs on companies' own pages: its modules may be loaded from any
		// origin. They are public, and the same for everyone.
		if embeddable(a.name) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		a.serve(w, r, Policy)
	}), nil
}

// Desk serves the desk's page, which also connects to other hosts, such as an identity
// provider: origins names them, on each call, as scheme and host; media names those that
// it uploads to as well, and shows pictures and plays sound from. An origin that is none
// is left out.
func Desk(origins func(context.Context) []string, media ...string) (http.Handler, error) {
	a, err := find(files, deskPage)
	if err != nil {
		return nil, fmt.Errorf("web.Desk: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.serve(w, r, policyWith(origins(r.Context()), media))
	}), nil
}

// policyWith is Policy for a page that also connects to origins, and to media, which it
// shows as well.
func policyWith(origins, media []string) string {
	policy := allow(Policy, "connect-src 'self'", slices.Concat(origins, media))
	policy = allow(policy, "img-src 'self' data: blob:", media)
	return allow(policy, "media-src 'self' blob:", media)
}

func allow(policy, own string, origins []string) string {
	more := own
	for _, origin := range origins {
		if originShape.MatchString(origin) {
			more += " " + origin
		}
	}
	return strings.Replace(policy, own, more, 1)
}

// originShape lets through one host, without a * and without anything that would
// start another rule. Only this machine is reached without encryption.
var originShape = regexp.MustCompile(`^(?:https|wss)://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]+)?$|^(?:http|ws)://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?$`)

// Pages serves everything here: the demo at /, the desk at /desk/, the files
// under /web/. It is what `zhida dev` mounts.
func Pages() (http.Handler, error) {
	static, err := serve(files, demo)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+prefix, static)
	for address, page := range map[string]struct {
		folder embed.FS
		name   string
	}{"/desk/{$}": {files, deskPage}, "/{$}": {demo, demoPage}} {
		a, err := find(page.folder, page.name)
		if err != nil {
			return nil, fmt.Errorf("web.Pages: %w", err)
		}
		mux.Handle("GET "+address, a)
	}
	return mux, nil
}

func embeddable(name string) bool {
	return strings.HasPrefix(name, "widget/") || strings.HasPrefix(name, "common/")
}

func find(folder embed.FS, name string) (asset, error) {
	if _, err := fs.Stat(folder, name); err != nil {
		return asset{}, err
	}
	if mime[path.Ext(name)] == "" {
		return asset{}, fmt.Errorf("%s: no media type is known for it", name)
	}
	read := sync.OnceValues(func() ([]byte, string) {
		body, _ := folder.ReadFile(name) // it is there
		body = small(name, body)
		sum := sha256.Sum256(body)
		return body, hex.EncodeToString(sum[:12])
	})
	return asset{name, read, sync.OnceValue(func() []byte {
		body, _ := read()
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(body) // a buffer takes everything
		_ = w.Close()        // as above
		return packed.Bytes()
	})}, nil
}

// takesGzip reports whether a request's sender reads gzip.
func takesGzip(r *http.Request) bool {
	for accepted := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, weight, _ := strings.Cut(accepted, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return !neverWeight.MatchString(weight)
		}
	}
	return false
}

// neverWeight is a weight of nothing (RFC 9110, 12.4.2): the coding is not wanted.
var neverWeight = regexp.MustCompile(`^\s*(?i:q)=0(?:\.0*)?\s*$`)

// ServeHTTP answers with the file, whatever the path.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.serve(w, r, Policy) }

func (a asset) serve(w http.ResponseWriter, r *http.Request, policy string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	body, etag := a.read()
	h := w.Header()
	harden(h)
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", mime[path.Ext(a.name)])
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body, etag = a.packed(), etag+"-gz"
	}
	h.Set("ETag", `"`+etag+`"`)
	// Names carry no hash, so a browser asks every time and is told "unchanged":
	// a page never runs with the modules of an older release.
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(body))
}

// harden sets what every answer of this package carries, errors included.
func harden(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(self), geolocation=()")
	if h.Get("Cross-Origin-Resource-Policy") == "" {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
}
