package dirblob

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/fault"
)

// order is what a link allows: all of it is signed.
type order struct {
	method string
	key    blob.Key
	until  int64  // Unix seconds
	size   int64  // of an upload
	kind   string // the media type of an upload
	name   string // the file's name of a download
}

// Upload implements blob.Store.
func (s *Store) Upload(_ context.Context, key blob.Key, mediaType string, size int64) (blob.Link, error) {
	if err := blob.CheckUpload(key, mediaType, size); err != nil {
		return blob.Link{}, failed("Upload", err)
	}
	if err := s.room(size); err != nil {
		return blob.Link{}, err
	}
	link := s.linkTo(order{method: http.MethodPut, key: key, size: size, kind: mediaType}, blob.LinkLife)
	link.Header = map[string]string{"Content-Type": mediaType}
	return link, nil
}

// Download implements blob.Store.
func (s *Store) Download(ctx context.Context, key blob.Key, tag blob.Tag, name string) (blob.Link, error) {
	info, err := s.Stat(ctx, key)
	if err == nil && info.Tag != tag {
		err = fs.ErrNotExist
	}
	if err != nil {
		return blob.Link{}, failed("Download", err)
	}
	// A name that is not UTF-8 would not come back from the URL as it was signed.
	o := order{method: http.MethodGet, key: key, name: strings.ToValidUTF8(name, "_")}
	return s.linkTo(o, min(blob.LinkLife, info.Expires.Sub(s.now()))), nil
}

func (s *Store) linkTo(o order, life time.Duration) blob.Link {
	until := s.now().Add(life).UTC().Truncate(time.Second)
	o.until = until.Unix()
	query := url.Values{"until": {fmt.Sprint(o.until)}, "sig": {s.signature(o)}}
	if o.method == http.MethodPut {
		query.Set("size", fmt.Sprint(o.size))
		query.Set("type", o.kind)
	} else {
		query.Set("name", o.name)
	}
	to := s.base.JoinPath(string(o.key))
	to.RawQuery = query.Encode()
	return blob.Link{Method: o.method, URL: to.String(), Until: until}
}

// signature covers every field. Quoted, what strangers wrote cannot pass for another.
func (s *Store) signature(o order) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(fmt.Appendf(nil, "%s %s %d %d %q %q", o.method, o.key, o.until, o.size, o.kind, o.name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ServeHTTP serves what links lead to, under the path of Options.Base.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*") // the link is the proof: no cookie is looked at
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	var err error
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		err = s.serveGet(w, r)
	case http.MethodPut:
		err = s.servePut(w, r)
	case http.MethodOptions:
		header.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT")
		header.Set("Access-Control-Allow-Headers", "Content-Type")
		header.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	default:
		err = fault.New(fault.WrongMethod, "dirblob", "follow a link as it says")
	}
	if err != nil {
		s.refuse(w, r, err)
	}
}

func (s *Store) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := fault.StatusOf(err)
	if status >= http.StatusInternalServerError {
		s.log.LogAttrs(r.Context(), slog.LevelError, "media could not be served",
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
	http.Error(w, string(fault.CodeOf(err)), status)
}

func (s *Store) serveGet(w http.ResponseWriter, r *http.Request) error {
	o, err := s.signed(r, http.MethodGet)
	if err != nil {
		return err
	}
	stored, err := s.open(o.key)
	if err != nil {
		return failed("GET", err)
	}
	defer func() { _ = stored.Close() }() // what is of use has been read
	contentType, disposition := blob.Serve(stored.info.Type, o.name)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", disposition)
	w.Header().Set("Cache-Control", "private")
	http.ServeContent(w, r, "", stored.modified, stored)
	return nil
}

var errNotSigned = fault.New(fault.Forbidden, "dirblob", "ask for a new link, and follow it as it says")

// signed reads what the link allows, and checks that it is a link of ours and not over.
func (s *Store) signed(r *http.Request, method string) (order, error) {
	path, under := strings.CutPrefix(r.URL.Path, s.base.Path)
	query := r.URL.Query()
	o := order{method: method, key: blob.Key(path), kind: query.Get("type"), name: query.Get("name")}
	var errUntil, errSize error
	o.until, errUntil = strconv.ParseInt(query.Get("until"), 10, 64)
	if method == http.MethodPut {
		o.size, errSize = strconv.ParseInt(query.Get("size"), 10, 64)
	}
	if !under || errors.Join(errUntil, errSize, o.key.Check()) != nil {
		return order{}, errNotSigned
	}
	if !hmac.Equal([]byte(query.Get("sig")), []byte(s.signature(o))) || s.now().Unix() >= o.until {
		return order{}, errNotSigned
	}
	return o, nil
}
