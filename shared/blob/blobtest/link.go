package blobtest

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/zhida-project/zhida/shared/blob"
)

var uploadTests = []test{
	{"a client uploads what was agreed", testUpload},
	{"an upload of anything else is refused", testOtherUpload},
	{"an upload overwrites nothing", testUploadTwice},
	{"an upload link ends", testUploadLate},
}

var downloadTests = []test{
	{"a client downloads what is stored", testDownload},
	{"a part can be downloaded", testPart},
	{"a browser executes nothing of it", testHostileType},
	{"a file's name does no harm", testHostileName},
	{"a download link gives nothing else", testOtherDownload},
	{"a download link ends", testDownloadLate},
}

func (b *bench) upload(key blob.Key, mediaType string, size int) blob.Link {
	b.Helper()
	link, err := b.Upload(b.ctx, key, mediaType, int64(size))
	if err != nil {
		b.Fatalf("upload: %v", err)
	}
	b.link(link, http.MethodPut)
	return link
}

func (b *bench) download(key blob.Key, name string) blob.Link {
	b.Helper()
	link, err := b.Download(b.ctx, key, b.tag(key), name)
	if err != nil {
		b.Fatalf("download: %v", err)
	}
	b.link(link, http.MethodGet)
	return link
}

func (b *bench) link(link blob.Link, method string) {
	b.Helper()
	left := link.Until.Sub(b.now())
	if link.Method != method || left > blob.LinkLife || left < blob.LinkLife-hung || link.Until.Location() != time.UTC {
		b.Errorf("a link to %s until %v, in %v", link.Method, link.Until, left)
	}
}

func testUpload(b *bench) {
	large := bytes.Repeat([]byte("0123456789abcdef"), blob.MaxPut/16+1)
	for mediaType, content := range map[string][]byte{
		"image/png": png, "audio/webm;codecs=opus": large, "text/html; charset=utf-8": []byte("<p>"),
	} {
		key := blob.NewKey(ours)
		link := b.upload(key, mediaType, len(content))
		b.missing(key)
		if a := b.follow(link, content); !a.ok() {
			b.Fatalf("answered %d: %.200s", a.status, a.body)
		}
		b.holds(key, mediaType, content)
	}
}

func testOtherUpload(b *bench) {
	key, other := blob.NewKey(ours), blob.NewKey(theirs)
	link := b.upload(key, "image/png", len(png))
	b.refuses("a byte less", link, png[1:])
	b.refuses("a byte more", link, append(bytes.Clone(png), '!'))
	b.refuses("nothing", link, []byte{})
	b.refuses("another type", with(link, "Content-Type", "text/html"), png)
	b.refuses("no type", with(link, "Content-Type", ""), png)
	b.refuses("another key", replaced(link, string(key), string(other)), png)
	b.refuses("a made up signature", forged(link), png)
	b.refuses("no signature", unsigned(link), png)
	b.refuses("another method", blob.Link{Method: http.MethodPost, URL: link.URL, Header: link.Header}, png)
	b.refuses("deleting", blob.Link{Method: http.MethodDelete, URL: link.URL}, nil)
	b.missing(key)
	b.missing(other)
	b.refuses("reading", blob.Link{Method: http.MethodGet, URL: link.URL}, nil)
	if a := b.follow(link, png); !a.ok() {
		b.Errorf("as agreed after all: %d: %.200s", a.status, a.body)
	}
	b.holds(key, "image/png", png)
}

func testUploadTwice(b *bench) {
	key := blob.NewKey(ours)
	link := b.upload(key, "image/png", len(png))
	if a := b.follow(link, png); !a.ok() {
		b.Fatalf("answered %d: %.200s", a.status, a.body)
	}
	b.refuses("uploading again", link, bytes.ToUpper(png))
	b.refuses("a new link", b.upload(key, "image/gif", 3), []byte("GIF"))
	b.holds(key, "image/png", png)
	if err := b.Put(b.ctx, key, "image/png", png); err != nil {
		b.Errorf("putting what was uploaded: %v", err)
	}
}

func testUploadLate(b *bench) {
	key := blob.NewKey(ours)
	link := b.upload(key, "image/png", len(png))
	b.pass(blob.LinkLife)
	b.refuses("uploading late", link, png)
	b.missing(key)
}

func testDownload(b *bench) {
	large := bytes.Repeat([]byte("0123456789abcdef"), blob.MaxPut/16)
	for mediaType, content := range map[string][]byte{"image/png": png, "audio/webm;codecs=opus": large} {
		key := b.put(ours, mediaType, content)
		link := b.download(key, "名片 1.png")
		for range 2 {
			a := b.follow(link, nil)
			if !a.ok() || !bytes.Equal(a.body, content) {
				b.Fatalf("answered %d and %d bytes, want %d", a.status, len(a.body), len(content))
			}
			if got := a.header.Get("Content-Type"); got != mediaType {
				b.Errorf("the type is %q, want %q", got, mediaType)
			}
			kind, parameters, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
			if err != nil || kind != "inline" || parameters["filename"] != "名片 1.png" {
				b.Errorf("disposition %q, %v, %v", kind, parameters, err)
			}
			if got := a.header.Get("Cache-Control"); got != "private" {
				b.Errorf("caching is %q", got)
			}
		}
	}
}

func testPart(b *bench) {
	link := with(b.download(b.put(ours, "image/png", png), ""), "Range", "bytes=1-3")
	a := b.follow(link, nil)
	if a.status != http.StatusPartialContent || string(a.body) != "PNG" {
		b.Errorf("answered %d, %q", a.status, a.body)
	}
}

func testHostileType(b *bench) {
	for _, mediaType := range []string{
		"text/html", "TEXT/HTML", "image/svg+xml", "application/xhtml+xml", "text/javascript", "application/pdf",
		"text/xml", "image/png2", "multipart/x-mixed-replace; boundary=b", "application/octet-stream",
	} {
		a := b.follow(b.download(b.put(ours, mediaType, []byte("<script>alert(1)</script>")), "a.html"), nil)
		kind, _, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		if !a.ok() || err != nil || kind != "attachment" || a.header.Get("Content-Type") != "application/octet-stream" {
			b.Errorf("%s is served %d, as %q, %q", mediaType, a.status, a.header.Get("Content-Type"), kind)
		}
	}
}

func testHostileName(b *bench) {
	key := b.put(ours, "application/pdf", png)
	for name, want := range map[string]string{
		"":                                "",
		"a.pdf":                           "a.pdf",
		"../../etc/passwd":                "_.._etc_passwd",
		`C:\x.exe`:                        "C__x.exe",
		"a\r\nSet-Cookie: b=c":            "a  Set-Cookie_ b=c",
		`a"; filename="b.exe`:             "a_; filename=_b.exe",
		"photo\u202Egpj.exe":              "photogpj.exe",
		"a\x00\x7f\u200b.pdf":             "a.pdf",
		"a%2Fb.pdf":                       "a_2Fb.pdf",
		"合同 (1).pdf":                      "合同 (1).pdf",
		"\xff.pdf":                        "_.pdf",
		" . ":                             "",
		strings.Repeat("长", 500) + ".pdf": strings.Repeat("长", 38) + ".pdf", // a link is short
		strings.Repeat("a", 96) + ".pdf":  strings.Repeat("a", 96) + ".pdf",
	} {
		a := b.follow(b.download(key, name), nil)
		_, parameters, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		if !a.ok() || err != nil || parameters["filename"] != want {
			b.Errorf("%q is served %d under the name %q, want %q, %v", name, a.status, parameters["filename"], want, err)
		}
		if strings.ContainsFunc(parameters["filename"], unicode.IsControl) || len(a.header["Set-Cookie"]) > 0 {
			b.Errorf("%q: %v", name, a.header)
		}
	}
}

func testOtherDownload(b *bench) {
	key, other := b.put(ours, "text/html", []byte("<p>")), b.put(theirs, "image/png", png)
	link := b.download(key, "a.html")
	b.refuses("another key", replaced(link, string(key), string(other)), nil)
	b.refuses("a made up signature", forged(link), nil)
	b.refuses("no signature", unsigned(link), nil)
	b.refuses("another name", replaced(link, "a.html", "a.exe"), nil)
	b.refuses("uploading", blob.Link{Method: http.MethodPut, URL: link.URL}, png)
	b.refuses("deleting", blob.Link{Method: http.MethodDelete, URL: link.URL}, nil)
	b.holds(key, "text/html", []byte("<p>"))
}

func testDownloadLate(b *bench) {
	link := b.download(b.put(ours, "image/png", png), "a.png")
	b.pass(blob.LinkLife - hung)
	if a := b.follow(link, nil); !a.ok() {
		b.Errorf("in time: %d: %.200s", a.status, a.body)
	}
	b.pass(hung)
	b.refuses("late", link, nil)
}

// with is a link of which a header is another; "" for none.
func with(link blob.Link, name, value string) blob.Link {
	header := map[string]string{name: value}
	for n, v := range link.Header {
		if n != name {
			header[n] = v
		}
	}
	if value == "" {
		delete(header, name)
	}
	link.Header = header
	return link
}

// replaced is a link in whose URL something stands for something else.
func replaced(link blob.Link, old, by string) blob.Link {
	changed := strings.Replace(link.URL, old, by, 1)
	if changed == link.URL {
		panic("the URL does not hold what is to be replaced")
	}
	link.URL = changed
	return link
}

// forged is a link whose longest parameter, which is the signature or a proof as good,
// is as long as before.
func forged(link blob.Link) blob.Link {
	return edited(link, func(query url.Values, longest string) {
		value := []byte(query.Get(longest))
		value[len(value)/2] ^= 1
		query.Set(longest, string(value))
	})
}

func unsigned(link blob.Link) blob.Link {
	return edited(link, func(query url.Values, longest string) { query.Del(longest) })
}

func edited(link blob.Link, edit func(url.Values, string)) blob.Link {
	to, err := url.Parse(link.URL)
	if err != nil {
		panic(err)
	}
	query, longest := to.Query(), ""
	for name := range query {
		if len(query.Get(name)) > len(query.Get(longest)) {
			longest = name
		}
	}
	edit(query, longest)
	to.RawQuery = query.Encode()
	link.URL = to.String()
	return link
}
