package s3blob_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/zhida-project/zhida/shared/blob/blobtest"
	"github.com/zhida-project/zhida/shared/blob/s3blob"
	"github.com/zhida-project/zhida/shared/emulator"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

const region = "eu-west-1"

var (
	buckets     atomic.Int64
	credentials = aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
	provider    = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil })
)

// bucket makes an empty bucket in moto, behind a guard that tells the time by now.
func bucket(t *testing.T, now func() time.Time) s3blob.Options {
	t.Helper()
	server := httptest.NewServer(guard(t, emulator.Moto(t), now))
	t.Cleanup(server.Close)
	o := s3blob.Options{Client: clientAt(server.URL), Bucket: fmt.Sprintf("zhida-%d", buckets.Add(1)), Keep: blobtest.Keep, Now: now}
	in := &s3.CreateBucketInput{Bucket: &o.Bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region}}
	if _, err := o.Client.CreateBucket(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return o
}

func clientAt(url string) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: &url, UsePathStyle: true, HTTPClient: &http.Client{Transport: &http.Transport{}},
		Credentials: provider,
	})
}

func open(t *testing.T, o s3blob.Options) *s3blob.Store {
	t.Helper()
	s, err := s3blob.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// guard does what S3 does and moto does not: it answers 403 to a presigned request that
// is not as it was signed, or late, and to one that is not signed at all; and it sets the
// headers that the URL of a GET asks for.
func guard(t *testing.T, moto string, now func() time.Time) http.Handler {
	to, err := url.Parse(moto)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			for name, values := range r.Request.URL.Query() {
				if header, ok := strings.CutPrefix(name, "response-"); ok && r.StatusCode < 300 {
					r.Header.Set(header, values[0])
				}
			}
			return nil
		},
		Transport: &http.Transport{},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Requests of the SDK itself are signed in a header: those are not the point.
		if r.Header.Get("Authorization") == "" && !signed(r, now()) {
			http.Error(w, "SignatureDoesNotMatch", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// signed signs the request as it came with the same time and headers, and compares.
func signed(r *http.Request, now time.Time) bool {
	query := r.URL.Query()
	given := query.Get("X-Amz-Signature")
	date, errDate := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	life, errLife := strconv.Atoi(query.Get("X-Amz-Expires"))
	if given == "" || errDate != nil || errLife != nil || !now.Before(date.Add(time.Duration(life)*time.Second)) {
		return false
	}
	again := &http.Request{Method: r.Method, URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}, Host: r.Host, Header: http.Header{}}
	for _, name := range strings.Split(query.Get("X-Amz-SignedHeaders"), ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	for _, name := range []string{"X-Amz-Signature", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders"} {
		query.Del(name)
	}
	again.URL.RawQuery = query.Encode()
	made, _, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, again, "UNSIGNED-PAYLOAD", "s3", region, date,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		return false
	}
	wanted, err := url.Parse(made)
	return err == nil && wanted.Query().Get("X-Amz-Signature") == given
}
