package localcloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestPermissions: as the service authorization reference has it.
func TestPermissions(t *testing.T) {
	n := names{"aws", "eu-west-1", "123456789012"}
	for _, c := range []struct {
		target, path, body string
		want               []string
	}{
		{"DynamoDB_20120810.PutItem", "/", `{"TableName":"t","Item":{}}`, []string{"dynamodb:PutItem table/t"}},
		{"DynamoDB_20120810.Query", "/", `{"TableName":"t"}`, []string{"dynamodb:Query table/t"}},
		{"DynamoDB_20120810.Query", "/", `{"TableName":"t","IndexName":"line"}`, []string{"dynamodb:Query table/t/index/line"}},
		{"DynamoDB_20120810.BatchGetItem", "/", `{"RequestItems":{"t":{}}}`, []string{"dynamodb:BatchGetItem table/t"}},
		{"DynamoDB_20120810.TransactWriteItems", "/",
			`{"TransactItems":[{"Put":{"TableName":"t"}},{"Update":{"TableName":"t"}},{"Delete":{"TableName":"t"}},{"ConditionCheck":{"TableName":"u"}}]}`,
			[]string{"dynamodb:PutItem table/t", "dynamodb:UpdateItem table/t", "dynamodb:DeleteItem table/t", "dynamodb:ConditionCheckItem table/u"}},
		{"AmazonSQS.SendMessage", "/", `{"QueueUrl":"http://127.0.0.1:1/000000000000/s-bot.fifo"}`, []string{"sqs:SendMessage s-bot.fifo"}},
		{"AmazonSQS.SendMessageBatch", "/", `{"QueueUrl":"http://127.0.0.1:1/0/s-bot"}`, []string{"sqs:SendMessage s-bot"}},
		{"AmazonSQS.GetQueueUrl", "/", `{"QueueName":"s-bot"}`, []string{"sqs:GetQueueUrl s-bot"}},
		{"secretsmanager.GetSecretValue", "/", `{"SecretId":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-x"}`, []string{"secretsmanager:GetSecretValue secret:a-x"}},
		{"secretsmanager.GetSecretValue", "/", `{"SecretId":"a"}`, []string{"secretsmanager:GetSecretValue secret:a"}},
		{"secretsmanager.BatchGetSecretValue", "/", `{"SecretIdList":["a","b"]}`,
			[]string{"secretsmanager:BatchGetSecretValue *", "secretsmanager:GetSecretValue secret:a", "secretsmanager:GetSecretValue secret:b"}},
		{"", "/customers/live/@connections/ab%3D", "frame", []string{"execute-api:ManageConnections customers/live/POST/@connections/ab="}},
		{"PinpointSMSVoiceV2.SendTextMessage", "/", `{"OriginationIdentity":"+12065550100"}`, []string{"sms-voice:SendTextMessage phone-number/phone-12065550100"}},
		{"PinpointSMSVoiceV2.SendMediaMessage", "/", `{"OriginationIdentity":"+12065550100","ConfigurationSetName":"s","MediaUrls":["s3://b/c/k"]}`,
			[]string{"sms-voice:SendMediaMessage phone-number/phone-12065550100", "sms-voice:SendMediaMessage configuration-set/s", "s3:GetObject arn:aws:s3:::b/c/k"}},
		{"PinpointSMSVoiceV2.SendMediaMessage", "/", `{"OriginationIdentity":"+12065550100","MediaUrls":["https://b.example/k"]}`, nil},
		{"PinpointSMSVoiceV2.SendTextMessage", "/", `{}`, nil},
		{"Kinesis.PutRecord", "/", `{}`, nil},
		{"", "/elsewhere", ``, nil},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", c.target)
		service, name := operation(r)
		got, err := n.permissions(service, name, c.path, []byte(c.body))
		var shown []string
		for _, p := range got {
			prefix := fmt.Sprintf("arn:aws:%s:eu-west-1:123456789012:", strings.Split(p.action, ":")[0])
			shown = append(shown, p.action+" "+strings.TrimPrefix(p.resource, prefix))
		}
		if !slices.Equal(shown, c.want) || (err != nil) != (c.want == nil) {
			t.Errorf("%s %s: %q, %v", c.target, c.path, shown, err)
		}
	}
}

// TestObjects: calls of S3 bear no target; a presigned link has its proof in its query.
func TestObjects(t *testing.T) {
	n := names{"aws", "eu-west-1", "123456789012"}
	const get, put = "s3:GetObject arn:aws:s3:::b/c/k, s3:ListBucket arn:aws:s3:::b", "s3:PutObject arn:aws:s3:::b/c/k"
	for _, c := range []struct{ method, path, want string }{
		{http.MethodGet, "/b/c/k", get}, {http.MethodHead, "/b/c/k", get}, {http.MethodPut, "/b/c/k", put},
		{http.MethodDelete, "/b/c/k", "s3:DeleteObject arn:aws:s3:::b/c/k"}, {http.MethodPost, "/b/c/k", ""}, {http.MethodGet, "/b", "s3:ListBucket arn:aws:s3:::b"}, {http.MethodGet, "/b/", "s3:ListBucket arn:aws:s3:::b"}, {http.MethodGet, "/", ""}, {http.MethodPost, "/b", ""},
	} {
		for _, presigned := range []bool{false, true} {
			r, err := http.NewRequestWithContext(t.Context(), c.method, "http://127.0.0.1"+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if presigned {
				r.URL.RawQuery = "X-Amz-Credential=test%2F20260309%2Feu-west-1%2Fs3%2Faws4_request"
			} else {
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260309/eu-west-1/s3/aws4_request, SignedHeaders=host")
			}
			service, operation := operation(r)
			needs, err := n.permissions(service, operation, r.URL.EscapedPath(), nil)
			var got []string
			for _, need := range needs {
				got = append(got, need.action+" "+need.resource)
			}
			if strings.Join(got, ", ") != c.want || service != "s3" || (err == nil) != (c.want != "") {
				t.Errorf("%s %s: %s %q, %v", c.method, c.path, service, got, err)
			}
		}
	}
}
