package bench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/emulator"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// The functions, and for each an event that costs it next to nothing: a bell that
// means nothing, or a look at the clock.
var lambdas = map[string]string{
	"inapp":  bell("inapp-events"),
	"wechat": bell("outbound-wechat"),
	"slack":  bell("outbound-slack"),
	"sms":    bell("outbound-sms"),
	"bot":    bell("bot"),
	"desk":   bell("desk-events"),
	"clock":  `{"detail-type":"Scheduled Event","source":"aws.scheduler","detail":"{}"}`,
}

func bell(queue string) string {
	return `{"Records":[{"messageId":"1","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:bench-` + queue + `","body":"{}"}]}`
}

// BenchmarkLambdaStart is the time of each bootstrap from its start to its first wish
// for an event, against a bare Lambda's, both in every round (medians). Secrets come
// from this process: what Secrets Manager takes is the network's. Beside them stand
// what the SDK takes by itself: a program that only makes the clients that all need,
// and one that asks for a secret, too.
func BenchmarkLambdaStart(b *testing.B) {
	cloud := deployed(b)
	bare := alone(b, "hello")
	functions := map[string]*localcloud.Function{
		"only-clients": alone(b, "clients"),
		"only-secret":  alone(b, "secret", "AWS_ENDPOINT_URL_SECRETS_MANAGER="+secrets(b)),
	}
	for name := range lambdas {
		functions[name] = cloud.Function(name)
	}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		b.Run(name, func(b *testing.B) {
			f := functions[name]
			before, bareBefore := len(f.Stats().Inits), len(bare.Stats().Inits)
			for b.Loop() {
				restart(b, bare, `{}`)
				restart(b, f, cmp.Or(lambdas[name], `{}`))
			}
			its, bares := median(f.Stats().Inits[before:]), median(bare.Stats().Inits[bareBefore:])
			b.ReportMetric(float64(its.Microseconds())/1000, "start-ms")
			b.ReportMetric(float64(bares.Microseconds())/1000, "bare-ms")
			b.ReportMetric(float64(its)/float64(bares), "times-bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkLambdaMemory is what one instance of each function has resident after a
// thousand events.
func BenchmarkLambdaMemory(b *testing.B) {
	cloud := deployed(b)
	for _, name := range slices.Sorted(maps.Keys(lambdas)) {
		b.Run(name, func(b *testing.B) {
			f := cloud.Function(name)
			for b.Loop() {
				f.Kill()
				for range 1000 {
					invoke(b, f, lambdas[name])
				}
			}
			b.ReportMetric(float64(f.Stats().Memory)/(1<<20), "MiB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// restart lets a new instance serve one event.
func restart(b *testing.B, f *localcloud.Function, event string) {
	b.Helper()
	f.Kill()
	invoke(b, f, event)
}

func invoke(b *testing.B, f *localcloud.Function, event string) {
	b.Helper()
	if _, err := f.Invoke(context.Background(), []byte(event)); err != nil {
		b.Fatal(err)
	}
}

// alone is a program of testdata's, as a function that belongs to nothing.
func alone(b *testing.B, name string, env ...string) *localcloud.Function {
	b.Helper()
	f, err := localcloud.NewFunction(localcloud.FunctionOptions{
		Name: name, Program: built(b, "./bench/testdata/"+name), Env: env, Region: "eu-west-1", Timeout: time.Minute, Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(f.Delete)
	return f
}

// built builds a program as it is deployed.
func built(b *testing.B, name string) string {
	b.Helper()
	path, err := localcloud.Program{Package: name, Folder: "..", Into: b.TempDir(), Env: os.Environ()}.Build(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// deployed is the template on the emulators, with all that it can have on.
func deployed(b *testing.B) *localcloud.Cloud {
	b.Helper()
	read, err := template.Load("../template.yaml")
	if err != nil {
		b.Fatal(err)
	}
	settings := filepath.Join(b.TempDir(), "zhida.yaml")
	text, err := os.ReadFile("../infra/layer/zhida.yaml")
	if err != nil {
		b.Fatal(err)
	}
	text = append(text, "\nbot: { url: \"https://bot.example/\", secret: { env: ZHIDA_BOT_SECRET } }\n"...)
	text = bytes.Replace(text, []byte("\nchannels:\n"), []byte("\nchannels:\n"+weChat(b)+slackApp+numbers), 1)
	if err := os.WriteFile(settings, text, 0o600); err != nil {
		b.Fatal(err)
	}
	o := localcloud.Options{
		Template: read, Stack: "bench", Client: &http.Client{}, Now: time.Now,
		Programs: map[string]string{}, Env: map[string]map[string]string{"": {"ZHIDA_CONFIG": settings}},
		Parameters: map[string]string{
			"OidcIssuer": "https://login.example", "OidcAudience": "desk", "OidcClient": "desk", "OidcRolesClaim": "roles", "Bot": "on",
			"WeChatChannel": "on", "SlackChannel": "on", "SMSChannel": "on",
		},
		SecretValues: map[string]string{
			"DeploymentKey": strings.Repeat("A", 64), "InappSecret": strings.Repeat("b", 48), "BotSecret": strings.Repeat("c", 48),
			"WechatWebhooks": `{"wx0123456789abcdef": {"token": "bench"}}`, "WechatSecrets": `{"wx0123456789abcdef": "` + strings.Repeat("d", 32) + `"}`,
			"SlackSigningSecret": strings.Repeat("e", 32), "SlackClientSecret": strings.Repeat("f", 32),
		},
		DynamoDB: emulator.DynamoDB(b), SQS: emulator.SQS(b), Secrets: secrets(b), S3: emulator.Moto(b), KMS: emulator.Moto(b),
	}
	for name := range lambdas {
		o.Programs[name] = built(b, "./functions/"+name)
	}
	cloud, err := localcloud.Deploy(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := cloud.Delete(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return cloud
}

// weChat is a block of zhida.yaml, with an API that has a token for everybody.
func weChat(b *testing.B) string {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access_token":"token","expires_in":7200}`)
	}))
	b.Cleanup(api.Close)
	return `  wechat:
    api: ` + api.URL + `
    accounts: [{ id: wx0123456789abcdef, kind: official }]
    webhooks: { env: ZHIDA_WECHAT_WEBHOOKS }
    secrets: { env: ZHIDA_WECHAT_SECRETS }
`
}

// slackApp is a block of zhida.yaml.
const slackApp = `  slack:
    client_id: "2141029472.691202649728"
    address: https://chat.shop.example
    signing_secret: { env: ZHIDA_SLACK_SIGNING_SECRET }
    client_secret: { env: ZHIDA_SLACK_CLIENT_SECRET }
`

// numbers is a block of zhida.yaml.
const numbers = `  sms:
    numbers: [{ number: "+12065550100" }]
`

// secrets is a Secrets Manager that takes no time.
func secrets(b *testing.B) string {
	b.Helper()
	values := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Name  string `json:"Name"`
			Value string `json:"SecretString"`
			ID    string `json:"SecretId"`
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &in)
		if in.Name != "" {
			in.ID = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:" + in.Name
			values[in.ID] = in.Value
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"ARN": in.ID, "SecretString": values[in.ID]})
	}))
	b.Cleanup(server.Close)
	return server.URL
}

func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
