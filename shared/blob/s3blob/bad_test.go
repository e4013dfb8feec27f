package s3blob_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/zhida-project/zhida/shared/blob/s3blob"
	"github.com/zhida-project/zhida/shared/fault"
)

// through is the store of a bucket whose calls all pass through a client of the test's.
func through(t *testing.T, o s3blob.Options, client s3.HTTPClient, tries int) *s3blob.Store {
	t.Helper()
	o.Client = s3.New(o.Client.Options(), func(so *s3.Options) { so.HTTPClient, so.RetryMaxAttempts = client, tries })
	return open(t, o)
}

// says answers every call with a status and S3's code, or not at all.
type says struct {
	status int
	body   string
}

func (s says) Do(r *http.Request) (*http.Response, error) {
	if s.status == 0 {
		return nil, errors.New("no answer: hunter2")
	}
	body := s.body
	if r.Method == http.MethodHead {
		body = ""
	}
	return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func errorOf(code string) string {
	return "<Error><Code>" + code + "</Code><Message>hunter2</Message></Error>"
}

// TestWhatNoEmulatorSays plays S3's answers for a role that may not, a bucket that is
// not there, being busy, and no answer.
func TestWhatNoEmulatorSays(t *testing.T) {
	o := bucket(t, time.Now)
	key := put(t, open(t, o))
	for code, c := range map[string]struct {
		answer     says
		want, head fault.Code // what the answer to a HEAD says less of
	}{
		"AccessDenied": {says{403, errorOf("AccessDenied")}, fault.Config, fault.Config},
		"NoSuchBucket": {says{404, errorOf("NoSuchBucket")}, fault.Config, fault.NotFound},
		"SlowDown":     {says{503, errorOf("SlowDown")}, fault.Unavailable, fault.Unavailable},
		"no answer":    {says{}, fault.Unavailable, fault.Unavailable},
	} {
		t.Run(code, func(t *testing.T) {
			s := through(t, o, c.answer, 1)
			refused(t, c.want, s.Put(t.Context(), key, "image/png", []byte("png")))
			_, _, err := s.Get(t.Context(), key)
			refused(t, c.want, err)
			_, err = s.Stat(t.Context(), key)
			refused(t, c.head, err)
			_, err = s.Download(t.Context(), key, "tag", "hunter2")
			refused(t, c.head, err)
			refused(t, c.want, s.Delete(t.Context(), key))
			refused(t, c.want, s.Forget(t.Context(), ours))
		})
	}
}

// TestWhatS3KeptIsTold answers as S3 does when it deletes some of many.
func TestWhatS3KeptIsTold(t *testing.T) {
	o := bucket(t, time.Now)
	real := o.Client.Options().HTTPClient
	s := through(t, o, doer(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			return says{200, "<DeleteResult><Error><Key>k</Key><Code>InternalError</Code><Message>hunter2</Message></Error></DeleteResult>"}.Do(r)
		}
		return real.Do(r)
	}), 1)
	put(t, s)
	refused(t, fault.Unavailable, s.Forget(t.Context(), ours))
}

// TestALostAnswerIsNoConflict loses the answer to a PUT, which the SDK then makes again.
func TestALostAnswerIsNoConflict(t *testing.T) {
	o := bucket(t, time.Now)
	real := o.Client.Options().HTTPClient
	var puts atomic.Int32
	s := through(t, o, doer(func(r *http.Request) (*http.Response, error) {
		response, err := real.Do(r)
		if err == nil && r.Method == http.MethodPut && puts.Add(1) == 1 {
			return nil, errors.Join(errors.New("connection reset"), response.Body.Close())
		}
		return response, err
	}), 3)
	put(t, s)
	if puts.Load() != 2 {
		t.Errorf("it was put %d times", puts.Load())
	}
}

// TestContentIsChecked looks for what S3 compares the content with: moto does not ask for
// it.
func TestContentIsChecked(t *testing.T) {
	o := bucket(t, time.Now)
	real := o.Client.Options().HTTPClient
	var checksum string
	s := through(t, o, doer(func(r *http.Request) (*http.Response, error) {
		checksum = r.Header.Get("X-Amz-Checksum-Crc32")
		return real.Do(r)
	}), 1)
	if put(t, s); checksum == "" {
		t.Error("the content went without a checksum")
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// refused wants an error of that code, and not a word of what S3 said.
func refused(t *testing.T, code fault.Code, err error) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter2") {
			t.Errorf("the error quotes: %v", err)
		}
	}
}
