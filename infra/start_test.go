package infra_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/infra/template"
)

// bootstrap builds a function, and returns where its program is.
func bootstrap(t *testing.T, name string) string {
	t.Helper()
	program, err := localcloud.Program{
		Package: "./functions/" + name, Folder: root, Into: filepath.Join(t.TempDir(), name), Env: os.Environ(),
	}.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// TestAFunctionTellsEverythingItMisses starts each bootstrap with nothing set: it ends
// at once, and names whatever it needs.
func TestAFunctionTellsEverythingItMisses(t *testing.T) {
	always := []string{"ZHIDA_CONFIG", "ZHIDA_TABLE", "ZHIDA_TRANSFERS_FRONT"}
	for name, own := range map[string][]string{
		"wechat": {"ZHIDA_MEDIA", "ZHIDA_MEDIA_DAYS", "ZHIDA_VAULT_KEY"},
		"slack":  {"ZHIDA_MEDIA", "ZHIDA_MEDIA_DAYS", "ZHIDA_VAULT_KEY"},
		"sms":    {"ZHIDA_MEDIA", "ZHIDA_MEDIA_DAYS", "ZHIDA_SMS_TOPIC", "ZHIDA_SMS_CONFIGURATION_SET"},
		"inapp":  {"ZHIDA_CONNECTIONS", "ZHIDA_MEDIA", "ZHIDA_MEDIA_DAYS"},
		"bot":    {},
		"desk":   {"ZHIDA_CONNECTIONS", "ZHIDA_OIDC_ISSUER", "ZHIDA_OIDC_AUDIENCE", "ZHIDA_OIDC_CLIENT", "ZHIDA_DESK_LIVE", "ZHIDA_MEDIA", "ZHIDA_MEDIA_DAYS", "ZHIDA_MEDIA_ORIGIN"},
		"clock":  {"ZHIDA_MEDIA", "ZHIDA_MEDIA_DAYS"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), bootstrap(t, name))
			cmd.Env = []string{"AWS_REGION=eu-west-1", "ZHIDA_CONFIG=/no/such/zhida.yaml"}
			said, err := cmd.CombinedOutput()
			var ended *exec.ExitError
			if !errors.As(err, &ended) || ended.ExitCode() != 1 {
				t.Fatalf("it ended with %v:\n%s", err, said)
			}
			for _, want := range append(own, always...) {
				if !strings.Contains(string(said), want) {
					t.Errorf("%s is not named:\n%s", want, said)
				}
			}
		})
	}
}

// TestEveryFunctionStarts executes each bootstrap with the environment that the
// template sets for it, whatever is switched off: it gets as far as asking Lambda for
// an event.
func TestEveryFunctionStarts(t *testing.T) {
	programs := map[string]string{}
	for _, f := range functions(evaluated(t, everything())) {
		programs[folder(f)] = bootstrap(t, folder(f))
	}
	manager := httptest.NewServer(http.HandlerFunc(secretOf))
	t.Cleanup(manager.Close)
	for _, switches := range []map[string]string{
		on("InAppChannel", "WeChatChannel", "SlackChannel", "SMSChannel", "Bot"), on("InAppChannel"), on("WeChatChannel"), on("SlackChannel"),
		on("SMSChannel"), on("Bot"), on(),
	} {
		name := fmt.Sprint(switches)
		parameters := everything()
		maps.Copy(parameters, switches)
		s := evaluated(t, parameters)
		want := 2 // the desk and the clock
		for _, is := range switches {
			want += strings.Count(is, "on")
		}
		if got := len(functions(s)); got != want {
			t.Errorf("%s: %d functions, want %d", name, got, want)
		}
		file := settingsFile(t, switches)
		for _, f := range functions(s) {
			t.Run(name+"/"+folder(f), func(t *testing.T) { starts(t, s, f, programs[folder(f)], file, manager.URL) })
		}
	}
}

// on switches these parameters on, and the others off.
func on(names ...string) map[string]string {
	switches := map[string]string{"InAppChannel": "off", "WeChatChannel": "off", "SlackChannel": "off", "SMSChannel": "off", "Bot": "off"}
	for _, name := range names {
		switches[name] = "on"
	}
	return switches
}

// settingsFile is the layer's zhida.yaml, with what it suggests of what is switched on.
func settingsFile(t *testing.T, switches map[string]string) string {
	t.Helper()
	text := settings(t)
	for name, with := range map[string]func([]byte) []byte{"Bot": withBot, "WeChatChannel": withWeChat, "SlackChannel": withSlack, "SMSChannel": withSMS} {
		if switches[name] == "on" {
			text = with(text)
		}
	}
	file := filepath.Join(t.TempDir(), "zhida.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// secretOf plays Secrets Manager, which has every secret that it is asked for.
func secretOf(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID string `json:"SecretId"`
	}
	body, _ := io.ReadAll(r.Body) // what cannot be read is refused below
	if err := json.Unmarshal(body, &in); err != nil || in.ID == "" || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	value := base64.StdEncoding.EncodeToString([]byte(in.ID)) // each another one, and long enough
	switch {
	case strings.Contains(in.ID, "WechatWebhooks"):
		value = weChatWebhooks
	case strings.Contains(in.ID, "WechatSecrets"):
		value = weChatSecrets
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(map[string]string{"ARN": in.ID, "SecretString": value})
}

// starts runs a function up to its first event, which is none that it knows.
func starts(t *testing.T, s *template.Stack, r template.Resource, program, settings, manager string) {
	t.Helper()
	environment, err := s.Environment(r.Name)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{"ZHIDA_CONFIG=" + settings, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + manager}
	for name, value := range environment {
		lines = append(lines, name+"="+value)
	}
	var log bytes.Buffer
	f, err := localcloud.NewFunction(localcloud.FunctionOptions{
		Name: r.Text("FunctionName"), ARN: "arn:aws:lambda:us-east-1:123456789012:function:" + r.Text("FunctionName"), Program: program,
		Env: lines, Region: "us-east-1", Memory: 256, Timeout: 10 * time.Second, Now: time.Now, Log: &log,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, failed := f.Invoke(t.Context(), []byte("{}"))
	f.Delete()
	if len(f.Stats().Inits) != 1 || failed == nil {
		t.Errorf("it did not ask for an event (%v):\n%s", failed, &log)
	}
}
