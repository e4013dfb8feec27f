package manager_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

// serve is a double of Secrets Manager that knows one secret, arn:known, by
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html.
func serve(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID string `json:"SecretId"`
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if in.ID != "arn:known" || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","Message":"a word of AWS's"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"ARN": in.ID, "SecretString": "a value"})
}

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(server.Close)
	environ := []string{"AWS_REGION=xx-test-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + server.URL}
	cloud.Run(environ, new(bytes.Buffer), time.Now, func(d *cloud.Deployment) (o lambdahost.Options, err error) {
		fetch := manager.Of(d)
		if value, err := fetch(t.Context(), "arn:known"); err != nil || value != "a value" {
			t.Errorf("got %q, %v", value, err)
		}
		if value, err := fetch(t.Context(), "arn:nowhere"); value != "" || err == nil || strings.Contains(err.Error(), "word of AWS") {
			t.Errorf("got %q, %v", value, err)
		}
		return o, fault.New(fault.Config, "x", "this function serves nothing")
	})
}
