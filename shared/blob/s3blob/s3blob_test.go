package s3blob_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/blob/blobtest"
	"github.com/zhida-project/zhida/shared/blob/s3blob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestConformance(t *testing.T) {
	blobtest.Run(t, blobtest.Harness{New: func(t *testing.T, now func() time.Time) blob.Store {
		return open(t, bucket(t, now))
	}})
}

const ours = conversation.ID("abcdefghijklmnopqrstuvwxyz")

func TestForgetTakesAsManyPagesAsThereAre(t *testing.T) {
	s := open(t, bucket(t, time.Now))
	s3blob.SetPage(s, 2)
	var keys []blob.Key
	for range 5 {
		keys = append(keys, put(t, s))
	}
	if err := s.Forget(t.Context(), ours); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if _, err := s.Stat(t.Context(), key); !fault.Is(err, fault.NotFound) {
			t.Errorf("one is left: %v", err)
		}
	}
}

// TestLinksLeadToTheBucketOfTheRegion is about AWS itself, also in China.
func TestLinksLeadToTheBucketOfTheRegion(t *testing.T) {
	for region, host := range map[string]string{
		"eu-west-1": "media.s3.eu-west-1.amazonaws.com", "cn-north-1": "media.s3.cn-north-1.amazonaws.com.cn",
	} {
		s := open(t, s3blob.Options{
			Client: s3.New(s3.Options{Region: region, Credentials: provider}), Bucket: "media", Keep: time.Hour, Now: time.Now,
		})
		key := blob.NewKey(ours)
		link, err := s.Upload(t.Context(), key, "image/png", 7)
		if err != nil {
			t.Fatal(err)
		}
		to, err := url.Parse(link.URL)
		if err != nil || to.Scheme != "https" || to.Host != host || to.Path != "/"+string(key) {
			t.Errorf("%s: it leads to %s, %v", region, to, err)
		}
		if got := to.Query().Get("X-Amz-SignedHeaders"); got != "content-length;content-type;host;if-none-match" {
			t.Errorf("signed: %s", got)
		}
		if got := to.Query().Get("X-Amz-Expires"); got != "900" {
			t.Errorf("it ends after %s s", got)
		}
	}
}

func TestNewNeedsAll(t *testing.T) {
	whole := s3blob.Options{Client: s3.New(s3.Options{Region: region}), Bucket: "media", Keep: time.Hour, Now: time.Now}
	open(t, whole)
	for name, change := range map[string]func(*s3blob.Options){
		"client": func(o *s3blob.Options) { o.Client = nil },
		"bucket": func(o *s3blob.Options) { o.Bucket = "" },
		"time":   func(o *s3blob.Options) { o.Keep = 0 },
		"clock":  func(o *s3blob.Options) { o.Now = nil },
	} {
		o := whole
		change(&o)
		if _, err := s3blob.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}

func put(t *testing.T, s blob.Store) blob.Key {
	t.Helper()
	key := blob.NewKey(ours)
	if err := s.Put(t.Context(), key, "image/png", []byte("png")); err != nil {
		t.Fatal(err)
	}
	return key
}
