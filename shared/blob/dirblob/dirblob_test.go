package dirblob_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/blob/blobtest"
	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
)

var deploymentKey = secret.New(strings.Repeat("k", secret.KeySize))

func TestConformance(t *testing.T) {
	blobtest.Run(t, blobtest.Harness{New: func(t *testing.T, now func() time.Time) blob.Store {
		s, _ := open(t, t.TempDir(), now)
		return s
	}})
}

// open opens a folder's store, and serves its links at the address it returns.
func open(t *testing.T, folder string, now func() time.Time) (*dirblob.Store, *url.URL) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL + "/media/")
	if err != nil {
		t.Fatal(err)
	}
	s, err := dirblob.Open(dirblob.Options{
		Folder: folder, Base: base, Key: deploymentKey, Keep: blobtest.Keep, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/media/", s)
	return s, base
}

const ours = conversation.ID("abcdefghijklmnopqrstuvwxyz")

// files are the names of all files in a folder, their paths from there.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, err = filepath.Rel(folder, name)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data", "media")
	s, _ := open(t, folder, time.Now)
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, string(ours): 0o700, "new": 0o700, string(key): 0o400} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has the mode %v, want %v, %v", name, info.Mode(), want, err)
		}
	}
}

func TestNothingIsLeftOfWhatWasRefused(t *testing.T) {
	folder := t.TempDir()
	s, _ := open(t, folder, time.Now)
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), key, "image/png", []byte("another")); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	// A client that announces more than it sends, and goes away.
	to := blob.NewKey(ours)
	link, err := s.Upload(t.Context(), to, "image/png", 10)
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPut, link.URL, strings.NewReader("short"))
	request.ContentLength = 10
	request.Header.Set("Content-Type", "image/png")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != http.StatusBadRequest {
		t.Errorf("answered %d", answer.Code)
	}
	if left := files(t, folder); len(left) != 1 || left[0] != filepath.FromSlash(string(key)) {
		t.Errorf("left behind: %q", left)
	}
}

func TestSweep(t *testing.T) {
	now := time.Now()
	folder := t.TempDir()
	s, _ := open(t, folder, func() time.Time { return now })
	half := filepath.Join(folder, "new", "half")
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	put := func(id conversation.ID) blob.Key {
		key := blob.NewKey(id)
		if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
			t.Fatal(err)
		}
		return key
	}
	sweep := func(want ...string) {
		t.Helper()
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := files(t, folder); strings.Join(left, " ") != strings.Join(want, " ") {
			t.Errorf("left: %q, want %q", left, want)
		}
	}
	old, gone := put(ours), put("abcdefghijklmnopqrstuvwxy2")
	now = now.Add(time.Hour)
	young := put(ours)
	both := []string{string(old), string(young)}
	if old > young {
		both = []string{string(young), string(old)}
	}
	sweep(string(gone), both[0], both[1], "new/half")
	now = now.Add(blobtest.Keep - time.Hour)
	sweep(string(young))
	if _, err := os.Stat(filepath.Join(folder, string(gone.Conversation()))); !os.IsNotExist(err) {
		t.Errorf("an empty folder is left: %v", err)
	}
	if info, err := s.Stat(t.Context(), young); err != nil || info.Size != 3 {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestWhatNobodyShowsIsRemoved, a day after it was uploaded.
func TestWhatNobodyShowsIsRemoved(t *testing.T) {
	now, folder := time.Now(), t.TempDir()
	s, err := dirblob.Open(dirblob.Options{
		Folder: folder, Base: &url.URL{Path: "/media/"}, Key: deploymentKey, Keep: 365 * 24 * time.Hour,
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	shown, unshown := blob.NewKey(ours), blob.NewKey(ours)
	for _, key := range []blob.Key{shown, unshown} {
		if a := put(s, linkTo(t, s, key), phone, strings.NewReader("ab")); a.Code != http.StatusOK {
			t.Fatal(a.Code)
		}
	}
	if err := s.Keep(t.Context(), shown); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ after, left int }{{23, 2}, {2, 1}, {24 * 300, 1}} {
		now = now.Add(time.Duration(c.after) * time.Hour)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := files(t, folder); len(left) != c.left {
			t.Errorf("%d hours on: %q", c.after, left)
		}
	}
	if _, err := s.Stat(t.Context(), shown); err != nil {
		t.Errorf("what is shown is gone: %v", err)
	}
}

func TestContentOutlivesTheProcess(t *testing.T) {
	folder := t.TempDir()
	s, _ := open(t, folder, time.Now)
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	s, _ = open(t, folder, time.Now)
	if info, err := s.Stat(t.Context(), key); err != nil || info.Type != "image/png" || info.Size != 3 {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestBrowsersMayAsk plays the browser of a page from somewhere else.
func TestBrowsersMayAsk(t *testing.T) {
	s, base := open(t, t.TempDir(), time.Now)
	request := httptest.NewRequest(http.MethodOptions, base.String()+string(blob.NewKey(ours)), nil)
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	header := answer.Result().Header
	if answer.Code != http.StatusNoContent || header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(header.Get("Access-Control-Allow-Methods"), "PUT") || header.Get("Access-Control-Allow-Headers") != "Content-Type" {
		t.Errorf("answered %d, %v", answer.Code, header)
	}
	if header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("cookies are asked for")
	}
}

// TestServedOnOurOwnOrigin is about what S3 does not need: there the media's origin is
// not that of our pages.
func TestServedOnOurOwnOrigin(t *testing.T) {
	s, _ := open(t, t.TempDir(), time.Now)
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	link, err := s.Download(t.Context(), key, tagOf(t, s, key), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, link.URL, nil))
	header := answer.Result().Header
	if answer.Code != http.StatusOK || header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("answered %d, %v", answer.Code, header)
	}
}

func tagOf(t *testing.T, s *dirblob.Store, key blob.Key) blob.Tag {
	t.Helper()
	info, err := s.Stat(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return info.Tag
}

func TestAnotherKeySignsOtherLinks(t *testing.T) {
	folder := t.TempDir()
	s, base := open(t, folder, time.Now)
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	other, err := dirblob.Open(dirblob.Options{
		Folder: folder, Base: base, Key: secret.New(strings.Repeat("o", secret.KeySize)), Keep: blobtest.Keep, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	link, err := other.Download(t.Context(), key, tagOf(t, s, key), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, link.URL, nil))
	if answer.Code != http.StatusForbidden {
		t.Errorf("answered %d", answer.Code)
	}
}

func TestADamagedFileIsLoggedAndNotServed(t *testing.T) {
	folder, log := t.TempDir(), &strings.Builder{}
	base := &url.URL{Scheme: "https", Host: "example.com", Path: "/media/"}
	s, err := dirblob.Open(dirblob.Options{
		Folder: folder, Base: base, Key: deploymentKey, Keep: blobtest.Keep, Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	link, err := s.Download(t.Context(), key, tagOf(t, s, key), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "png", "<script>\n"} {
		log.Reset()
		if err := os.WriteFile(filepath.Join(folder, string(key)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, link.URL, nil))
		if answer.Code != http.StatusInternalServerError || answer.Body.String() != "internal\n" {
			t.Errorf("answered %d: %s", answer.Code, answer.Body)
		}
		if said := log.String(); !strings.Contains(said, "not one of ours") || strings.Contains(said, "sig=") {
			t.Errorf("logged: %s", said)
		}
	}
}

func TestOpenNeedsAll(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "example.com", Path: "/media/"}
	whole := dirblob.Options{Folder: t.TempDir(), Base: base, Key: deploymentKey, Keep: time.Hour, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if _, err := dirblob.Open(whole); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*dirblob.Options){
		"folder":      func(o *dirblob.Options) { o.Folder = "" },
		"good folder": func(o *dirblob.Options) { o.Folder = "/dev/null" },
		"address":     func(o *dirblob.Options) { o.Base = nil },
		"last slash":  func(o *dirblob.Options) { o.Base = base.JoinPath("x") },
		"key":         func(o *dirblob.Options) { o.Key = secret.Value{} },
		"long key":    func(o *dirblob.Options) { o.Key = secret.New("short") },
		"time":        func(o *dirblob.Options) { o.Keep = 0 },
		"clock":       func(o *dirblob.Options) { o.Now = nil },
		"log":         func(o *dirblob.Options) { o.Log = nil },
	} {
		o := whole
		change(&o)
		if _, err := dirblob.Open(o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}
