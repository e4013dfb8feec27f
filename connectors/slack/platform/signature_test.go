package platform

import (
	"encoding/json"
	"os"
	"testing"
)

// TestSignature: the call, the secret and the signature of
// https://docs.slack.dev/authentication/verifying-requests-from-slack, of which the connector's tests have
// the call.
func TestSignature(t *testing.T) {
	raw, err := os.ReadFile("../testdata/inbound/command/request.json")
	if err != nil {
		t.Fatal(err)
	}
	var published struct {
		Header map[string]string
		Body   string
	}
	if err := json.Unmarshal(raw, &published); err != nil {
		t.Fatal(err)
	}
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	got := signature(secret, published.Header["X-Slack-Request-Timestamp"], []byte(published.Body))
	if want := published.Header["X-Slack-Signature"]; want == "" || got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}
