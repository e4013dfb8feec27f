package app

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// request makes one call, and decodes what came back.
func request(t *testing.T, h http.Handler, method, path, token, body string, into any) int {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	if err := json.Unmarshal(out.Body.Bytes(), into); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return out.Code
}

// TestToolsOfTheBinary: an admin of zhida.yaml makes a token, a tool works with it,
// also after a restart, until it is revoked. Whoever is a plain agent cannot.
func TestToolsOfTheBinary(t *testing.T) {
	file := openCrashFile(t)
	settings := crashConfig()
	settings.Desk.Agents[2].Role = "admin"
	start := func() *App {
		a, err := New(Options{Config: settings, Clock: file.clock, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader}, file.bare)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := start()
	h := a.Handler()
	var config struct{ Login, Live string }
	if status := request(t, h, "GET", "/desk/config", "", "", &config); status != http.StatusOK || config.Login != "code" || config.Live != "" {
		t.Errorf("/desk/config: %d %+v", status, config)
	}
	session := func(agent string) string {
		var in struct{ Token string }
		if status := request(t, h, "POST", "/desk/login", "", `{"agent":"`+agent+`","code":"`+a.Code()+`"}`, &in); status != http.StatusOK {
			t.Fatalf("%s signs in: %d", agent, status)
		}
		return in.Token
	}
	const crm = `{"id":"crm","name":{"zh-CN":"小助手"},"scopes":["read","claim"],"expires_days":1}`
	var made struct{ Token string }
	if status := request(t, h, "POST", "/desk/v1/tokens", session("lin"), crm, &made); status != http.StatusForbidden || made.Token != "" {
		t.Errorf("an agent makes a token: %d", status)
	}
	if status := request(t, h, "POST", "/desk/v1/tokens", session("chen"), crm, &made); status != http.StatusOK || made.Token == "" {
		t.Fatalf("an admin makes a token: %d", status)
	}
	var answer any
	for _, running := range []http.Handler{h, start().Handler()} {
		if status := request(t, running, "GET", "/desk/v1/line", made.Token, "", &answer); status != http.StatusOK {
			t.Errorf("the tool sees the line: %d", status)
		}
	}
	if status := request(t, h, "DELETE", "/desk/v1/tokens/crm", session("chen"), "", &answer); status != http.StatusOK {
		t.Errorf("the admin revokes it: %d", status)
	}
	if status := request(t, h, "GET", "/desk/v1/line", made.Token, "", &answer); status != http.StatusUnauthorized {
		t.Errorf("the tool afterwards: %d", status)
	}
}
