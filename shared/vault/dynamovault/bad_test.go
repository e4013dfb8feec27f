package dynamovault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/vault"
)

const word = "xoxe-1-hunter2hunter2"

// counted counts the calls of KMS.
type counted struct {
	*kms.Client
	made, opened atomic.Int32
}

func (c *counted) GenerateDataKey(ctx context.Context, in *kms.GenerateDataKeyInput, o ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	c.made.Add(1)
	return c.Client.GenerateDataKey(ctx, in, o...)
}

func (c *counted) Decrypt(ctx context.Context, in *kms.DecryptInput, o ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	c.opened.Add(1)
	return c.Client.Decrypt(ctx, in, o...)
}

func TestDataKeysAreRememberedForAnHour(t *testing.T) {
	c := newCloud(t)
	now := time.Now()
	keys := &counted{Client: c.kms}
	o := c.options(func() time.Time { return now })
	o.Keys = keys
	writer, reader := open(t, o), open(t, o)
	put(t, writer, "name")
	read := func(times int, v vault.Vault) {
		t.Helper()
		for range times {
			if e, err := v.Get(t.Context(), "name"); err != nil || string(e.Value.Reveal()) != word {
				t.Fatalf("got %v", err)
			}
		}
	}
	calls := func(made, opened int32) {
		t.Helper()
		if keys.made.Load() != made || keys.opened.Load() != opened {
			t.Errorf("%d data keys made and %d opened, want %d and %d", keys.made.Load(), keys.opened.Load(), made, opened)
		}
	}
	read(5, writer)
	calls(1, 0)
	read(5, reader)
	calls(1, 1)
	now = now.Add(time.Hour - time.Millisecond)
	read(5, reader)
	calls(1, 1)
	now = now.Add(time.Millisecond)
	read(5, reader)
	calls(1, 2)
}

// fakeKeys gives each name a key of its own, and counts what it opens.
type fakeKeys struct{ opened int }

func (f *fakeKeys) GenerateDataKey(_ context.Context, in *kms.GenerateDataKeyInput, _ ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	wrapped := []byte(in.EncryptionContext["zhida:vault"])
	return &kms.GenerateDataKeyOutput{CiphertextBlob: wrapped, Plaintext: make([]byte, secret.KeySize)}, nil
}

func (f *fakeKeys) Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	f.opened++
	return &kms.DecryptOutput{Plaintext: make([]byte, secret.KeySize)}, nil
}

func TestTheOldestDataKeysAreForgotten(t *testing.T) {
	const remembered = 256
	c := newCloud(t)
	now := time.Now()
	keys := &fakeKeys{}
	o := c.options(func() time.Time { return now })
	o.Keys = keys
	v := open(t, o)
	for i := range remembered + 1 {
		put(t, v, fmt.Sprint("name-", i))
		now = now.Add(time.Second)
	}
	for i := remembered; i > 0; i-- {
		get(t, v, fmt.Sprint("name-", i))
	}
	if keys.opened != 0 {
		t.Errorf("%d of the last %d data keys had to be opened again", keys.opened, remembered)
	}
	if get(t, v, "name-0"); keys.opened != 1 {
		t.Errorf("the oldest data key was opened %d times", keys.opened)
	}
}

func TestAnAlteredDataKeyIsAFault(t *testing.T) {
	c := newCloud(t)
	for name, alter := range map[string]func(string){
		"flipped": func(name string) { c.flip(t, name, "datakey") },
		"gone":    func(name string) { c.edit(t, name, func(i map[string]types.AttributeValue) { delete(i, "datakey") }) },
		"no-bytes": func(name string) {
			c.edit(t, name, func(i map[string]types.AttributeValue) { i["datakey"] = &types.AttributeValueMemberS{Value: word} })
		},
		"unsealed": func(name string) { c.edit(t, name, func(i map[string]types.AttributeValue) { delete(i, "sealed") }) },
	} {
		v := open(t, c.options(time.Now))
		put(t, v, name)
		alter(name)
		for _, v := range []vault.Vault{v, open(t, c.options(time.Now))} {
			e, err := v.Get(t.Context(), name)
			refused(t, fault.Config, err)
			if !e.Value.Empty() {
				t.Errorf("%s: a fault came with a value", name)
			}
		}
	}
}

// TestAForeignKeyIsAFault is about who may write the table and has a key of his own,
// which KMS would gladly open for us.
func TestAForeignKeyIsAFault(t *testing.T) {
	c := newCloud(t)
	out, err := c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	o := c.options(time.Now)
	o.Key = *out.KeyMetadata.Arn
	put(t, open(t, o), "name")
	_, err = open(t, c.options(time.Now)).Get(t.Context(), "name")
	refused(t, fault.Config, err)
}

func TestAKeyThatIsNotThereIsTold(t *testing.T) {
	o := newCloud(t).options(time.Now)
	o.Key = "no-such-key"
	_, err := open(t, o).Put(t.Context(), "other", vault.Entry{Value: secret.New(word)})
	refused(t, fault.Config, err)
}

// TestWhatNoEmulatorSays plays AWS's answers for a role that may not, for a key that is
// disabled (moto's still works), for being busy, and for no answer, each with the value
// in its words.
func TestWhatNoEmulatorSays(t *testing.T) {
	c := newCloud(t)
	put(t, open(t, c.options(time.Now)), "name")
	for code, want := range map[string]fault.Code{
		"AccessDeniedException": fault.Config, "ThrottlingException": fault.Unavailable, "KMSInternalException": fault.Unavailable,
		"InvalidCiphertextException": fault.Config, "DisabledException": fault.Config, "KMSInvalidStateException": fault.Config,
		"": fault.Unavailable,
	} {
		o := c.options(time.Now)
		o.Keys = kms.New(kms.Options{Region: "eu-west-1", Credentials: credentials, HTTPClient: says(code), RetryMaxAttempts: 1})
		_, err := open(t, o).Get(t.Context(), "name")
		refused(t, want, err)
		_, err = open(t, o).Put(t.Context(), "other", vault.Entry{Value: secret.New(word)})
		refused(t, want, err)
		if strings.HasPrefix(code, "KMS") || code == "InvalidCiphertextException" || code == "DisabledException" {
			continue // DynamoDB does not say so
		}
		o = c.options(time.Now)
		o.Table = dynamodb.New(dynamodb.Options{Region: "eu-west-1", Credentials: credentials, HTTPClient: says(code), RetryMaxAttempts: 1})
		v := open(t, o)
		_, err = v.Get(t.Context(), "name")
		refused(t, want, err)
		_, err = v.Put(t.Context(), "other", vault.Entry{Value: secret.New(word)})
		refused(t, want, err)
		refused(t, want, v.Delete(t.Context(), "name"))
		refused(t, want, v.Lease(t.Context(), "name", "me", time.Now().Add(time.Hour)))
		refused(t, want, v.Release(t.Context(), "name", "me"))
	}
}

// says answers every call with that code, or not at all.
type says string

func (code says) Do(*http.Request) (*http.Response, error) {
	if code == "" {
		return nil, errors.New("no answer: " + word)
	}
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{"X-Amzn-Errortype": {string(code)}},
		Body: io.NopCloser(strings.NewReader(`{"message":"` + word + `"}`)),
	}, nil
}

// TestALostAnswerIsNoConflict loses the answer to the first try of each write, which
// the SDK then makes again.
func TestALostAnswerIsNoConflict(t *testing.T) {
	c := newCloud(t)
	o := c.options(time.Now)
	lossy := &losing{through: &http.Client{Transport: &http.Transport{}}}
	o.Table = dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", Credentials: credentials, HTTPClient: lossy, BaseEndpoint: c.db.Options().BaseEndpoint,
	})
	v := open(t, o)
	lossy.next.Store(true)
	version := put(t, v, "name")
	if lossy.lost.Load() != 1 {
		t.Fatalf("%d answers were lost", lossy.lost.Load())
	}
	lossy.next.Store(true)
	if _, err := v.Put(t.Context(), "name", vault.Entry{Value: secret.New(word), Version: version}); err != nil {
		t.Errorf("put over: %v", err)
	}
	lossy.next.Store(true)
	if err := v.Lease(t.Context(), "name", "me", time.Now().Add(time.Hour)); err != nil {
		t.Errorf("lease: %v", err)
	}
	lossy.next.Store(true)
	if err := v.Release(t.Context(), "name", "me"); err != nil {
		t.Errorf("release: %v", err)
	}
	if lossy.lost.Load() != 4 {
		t.Errorf("%d answers were lost, want 4", lossy.lost.Load())
	}
}

type losing struct {
	through *http.Client
	next    atomic.Bool // the answer to the next call is lost
	lost    atomic.Int32
}

func (l *losing) Do(r *http.Request) (*http.Response, error) {
	response, err := l.through.Do(r)
	if err == nil && l.next.CompareAndSwap(true, false) {
		l.lost.Add(1)
		return nil, errors.Join(errors.New("connection reset"), response.Body.Close())
	}
	return response, err
}

func put(t *testing.T, v vault.Vault, name string) (version string) {
	t.Helper()
	version, err := v.Put(t.Context(), name, vault.Entry{Value: secret.New(word)})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func get(t *testing.T, v vault.Vault, name string) {
	t.Helper()
	if e, err := v.Get(t.Context(), name); err != nil || string(e.Value.Reveal()) != word {
		t.Fatal(err)
	}
}

// refused wants an error of that code, and not a word of what AWS said.
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
