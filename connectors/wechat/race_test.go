package wechat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/vault/dynamovault"
)

const processes = 50

// TestMain is also the program of TestColdStart's processes.
func TestMain(m *testing.M) {
	if os.Getenv("WECHAT_COLD") != "" {
		if err := cold(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(emulator.Main(m))
}

// TestColdStart starts processes that share a table and have no token: one of them asks WeChat,
// and all get what it got.
func TestColdStart(t *testing.T) {
	address := emulator.DynamoDB(t)
	table := fmt.Sprint("cold-", holders.Add(1))
	if _, err := dbAt(address).CreateTable(t.Context(), dynamostore.Table(table)); err != nil {
		t.Fatal(err)
	}
	tokens := &issuer{left: 7200}
	var ready sync.WaitGroup
	ready.Add(processes)
	x := newWeixin(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.URL.Path == "/ready" { // they are let go together
			ready.Done()
			ready.Wait()
			return
		}
		tokens.handle(w, r, body)
	})
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), fmt.Sprint("WECHAT_COLD=", i), "WECHAT_DB="+address, "WECHAT_TABLE="+table, "WECHAT_API="+x.URL, "GOMAXPROCS=1")
			var out, fault bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &fault
			if err := cmd.Run(); err != nil || strings.TrimSpace(out.String()) != "TOKEN-"+official+"-0" {
				t.Errorf("process %d: %q, %v %s", i, out.String(), err, fault.String())
			}
		})
	}
	all.Wait()
	if tokens.asked != 1 || tokens.forced != 0 {
		t.Errorf("%d processes asked %d times for a token", processes, tokens.asked)
	}
}

// cold is one process: it prints the token it gets.
func cold() error {
	v, err := dynamovault.New(dynamovault.Options{Table: dbAt(os.Getenv("WECHAT_DB")), Name: os.Getenv("WECHAT_TABLE"), Keys: openKeys{}, Key: "test", Now: time.Now})
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{}}
	k, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: v, API: os.Getenv("WECHAT_API"), Client: client, Now: time.Now,
		Holder:   func() string { return "process-" + os.Getenv("WECHAT_COLD") },
		Accounts: []wechat.Credentials{{ID: official, Secret: config.NewSecret("APP-SECRET")}},
	})
	if err != nil {
		return err
	}
	r, err := client.Get(os.Getenv("WECHAT_API") + "/ready")
	if err != nil {
		return err
	}
	if err := r.Body.Close(); err != nil {
		return err
	}
	token, err := k.Token(context.Background(), official)
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(token.Reveal()))
	return err
}

func dbAt(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &url, HTTPClient: &http.Client{Transport: &http.Transport{}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// openKeys is a KMS that seals nothing: how values are sealed is dynamovault's own test.
type openKeys struct{}

func (openKeys) GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	key := bytes.Repeat([]byte("k"), 32)
	return &kms.GenerateDataKeyOutput{Plaintext: key, CiphertextBlob: bytes.Clone(key)}, nil
}

func (openKeys) Decrypt(_ context.Context, in *kms.DecryptInput, _ ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	if len(in.CiphertextBlob) != 32 {
		return nil, errors.New("no key of ours")
	}
	return &kms.DecryptOutput{Plaintext: bytes.Clone(in.CiphertextBlob)}, nil
}
