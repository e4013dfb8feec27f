package infra_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/infra/template"
)

const alarmType = "AWS::CloudWatch::Alarm"

func TestLogs(t *testing.T) {
	parameters := everything()
	parameters["LogDays"] = "7"
	s := evaluated(t, parameters)
	groups := map[string]bool{}
	for _, g := range s.Of("AWS::Logs::LogGroup") {
		groups[g.Text("LogGroupName")] = true
		if g.Text("RetentionInDays") != "7" {
			t.Errorf("%s is kept for %s days", g.Name, g.Text("RetentionInDays"))
		}
	}
	for _, f := range functions(s) {
		// Under this name Lambda writes to it by itself; made before the function, it is
		// the template's, with its retention.
		if name := "/aws/lambda/" + f.Text("FunctionName"); !groups[name] {
			t.Errorf("%s has no log group %s", f.Name, name)
		}
		if got := loaded(t).DependsOn(f.Name); !slices.Contains(got, strings.TrimSuffix(f.Name, "Function")+"Log") {
			t.Errorf("%s is made after %q, and not after its log group", f.Name, got)
		}
	}
}

// TestWebSocketStagesComeLast: API Gateway does not deploy a WebSocket API without routes.
func TestWebSocketStagesComeLast(t *testing.T) {
	loaded, s := loaded(t), evaluated(t, everything())
	for _, r := range s.Of("AWS::ApiGatewayV2::Route") {
		api := strings.TrimPrefix(r.Text("ApiId"), "zhida")
		for _, stage := range s.Of("AWS::ApiGatewayV2::Stage") {
			if stage.Text("ApiId") == r.Text("ApiId") && api != "api" && !slices.Contains(loaded.DependsOn(stage.Name), r.Name) {
				t.Errorf("%s may be made before %s", stage.Name, r.Name)
			}
		}
	}
}

// TestWebSocketIntegrations: Lambda is invoked by POST, whatever the default may be.
func TestWebSocketIntegrations(t *testing.T) {
	found := 0
	for _, r := range evaluated(t, everything()).Of("AWS::ApiGatewayV2::Integration") {
		if r.Value("PayloadFormatVersion") != nil { // an HTTP API's
			continue
		}
		found++
		if r.Text("IntegrationMethod") != "POST" {
			t.Errorf("%s: the method is %q", r.Name, r.Text("IntegrationMethod"))
		}
	}
	if found != 2 {
		t.Errorf("%d WebSocket APIs, want two", found)
	}
}

// TestTheLogRoleComesFirst: a stage whose log nobody may write is refused, so its
// properties refer to the setting that names the role, and only where it is made.
func TestTheLogRoleComesFirst(t *testing.T) {
	for setting, want := range map[string]bool{"off": false, "on": false, "set-role": true} {
		parameters := everything()
		parameters["WebSocketAccessLog"] = setting
		for _, stage := range evaluated(t, parameters).Of("AWS::ApiGatewayV2::Stage") {
			logs := strings.HasSuffix(stage.Text("ApiId"), "sapi") // customers' and agents'
			if got := strings.Contains(fmt.Sprint(stage.Properties), "LogRoleOfAccount"); got != (want && logs) {
				t.Errorf("%s: %s waits for the role: %t", setting, stage.Name, got)
			}
		}
	}
}

// TestAccessLogs: what is logged of a request tells nothing of who made it and what was in it.
func TestAccessLogs(t *testing.T) {
	said := regexp.MustCompile(`^\$context\.(requestId|requestTimeEpoch|routeKey|eventType|status|responseLength|responseLatency|integrationLatency|error\.responseType)$`)
	stages := evaluated(t, everything()).Of("AWS::ApiGatewayV2::Stage")
	if len(stages) != 3 {
		t.Errorf("%d stages, want three", len(stages))
	}
	for _, stage := range stages {
		format := map[string]string{}
		if err := json.Unmarshal([]byte(stage.Text("AccessLogSettings.Format")), &format); err != nil {
			t.Errorf("%s: %v: %s", stage.Name, err, stage.Text("AccessLogSettings.Format"))
		}
		for field, v := range format {
			if !said.MatchString(v) {
				t.Errorf("%s logs %s as %s: no path, query, address, agent, header or id of a person", stage.Name, v, field)
			}
		}
		if stage.Text("DefaultRouteSettings.ThrottlingRateLimit") != "200" || stage.Text("DefaultRouteSettings.ThrottlingBurstLimit") != "400" {
			t.Errorf("%s is not throttled", stage.Name)
		}
		if stage.Value("DefaultRouteSettings.DataTraceEnabled") != nil || stage.Value("DefaultRouteSettings.LoggingLevel") != nil {
			t.Errorf("%s: execution logs have bodies and tokens in them", stage.Name)
		}
	}
}

func TestEveryAlarm(t *testing.T) {
	s := evaluated(t, everything())
	headings := anchors(t, filepath.Join(root, "docs", "runbook.md"))
	topic := "arn:aws:sns:us-east-1:123456789012:zhida-AlarmTopic"
	used := map[string]bool{}
	for _, a := range s.Of(alarmType) {
		_, anchor, _ := strings.Cut(a.Text("AlarmDescription"), ". See docs/runbook.md#")
		if !headings[anchor] {
			t.Errorf("%s: the runbook has no heading %q", a.Name, anchor)
		}
		used[anchor] = true
		if !strings.HasPrefix(a.Text("AlarmName"), "zhida-") || a.Text("TreatMissingData") == "" {
			t.Errorf("%s: %v", a.Name, a.Properties)
		}
		for _, actions := range []string{"AlarmActions", "OKActions"} {
			if diff := cmp.Diff([]string{topic}, a.Texts(actions)); diff != "" {
				t.Errorf("%s: %s: %s", a.Name, actions, diff)
			}
		}
	}
	for heading := range headings {
		if !used[heading] {
			t.Errorf("the runbook explains %s, which no alarm points to", heading)
		}
	}
	own := required()
	own["AlarmTopicArn"] = "arn:aws:sns:us-east-1:123456789012:ours"
	for _, a := range evaluated(t, own).Of(alarmType) {
		if diff := cmp.Diff([]string{own["AlarmTopicArn"]}, a.Texts("AlarmActions")); diff != "" {
			t.Errorf("%s: %s", a.Name, diff)
		}
	}
}

// anchors are a page's headings below its title, as links write them.
func anchors(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(text), -1) {
		plain := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all[strings.ReplaceAll(plain, " ", "-")] = true
	}
	return all
}

// watched are an alarm's metrics, as "namespace metric name=value…".
func watched(a template.Resource) []string {
	if a.Value("Metrics") == nil {
		return []string{metricOf(a)}
	}
	var all []string
	metrics, _ := a.Value("Metrics").([]any)
	for _, m := range metrics {
		properties, _ := m.(map[string]any)
		if stat, ok := properties["MetricStat"].(map[string]any); ok {
			metric, _ := stat["Metric"].(map[string]any)
			all = append(all, metricOf(template.Resource{Properties: metric}))
		}
	}
	return all
}

func metricOf(r template.Resource) string {
	name := r.Text("Namespace") + " " + r.Text("MetricName")
	dimensions, _ := r.Value("Dimensions").([]any)
	for _, d := range dimensions {
		of, _ := d.(map[string]any)
		one := template.Resource{Properties: of}
		name += " " + one.Text("Name") + "=" + one.Text("Value")
	}
	return name
}

func TestWhatAlarmsWatch(t *testing.T) {
	s := evaluated(t, everything())
	var got, want []string
	for _, a := range s.Of(alarmType) {
		got = append(got, watched(a)...)
	}
	for name := range deadLetters(t, s) {
		q, err := s.Resource(name)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, "AWS/SQS ApproximateNumberOfMessagesVisible QueueName="+q.Text("QueueName"))
	}
	for _, f := range functions(s) {
		for _, metric := range []string{"Errors", "Throttles"} {
			want = append(want, "AWS/Lambda "+metric+" FunctionName="+f.Text("FunctionName"))
		}
	}
	want = append(want,
		"AWS/ApiGateway 5xx ApiId=zhidaapi", "AWS/Lambda Invocations FunctionName=zhida-clock", "Zhida OldestWaitingSeconds Stack=zhida",
		"AWS/SQS ApproximateAgeOfOldestMessage QueueName=zhida-inbound-sms",
	)
	for _, of := range append([]string{""}, indexes(t, s)...) {
		want = append(want, "AWS/DynamoDB ReadThrottleEvents TableName=zhida-Table"+of, "AWS/DynamoDB WriteThrottleEvents TableName=zhida-Table"+of)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("to be watched (-), watched (+): %s", diff)
	}
}

// indexes are the table's, as the dimension of a metric.
func indexes(t *testing.T, s *template.Stack) []string {
	t.Helper()
	var all []string
	for _, table := range s.Of("AWS::DynamoDB::Table") {
		of, _ := table.Value("GlobalSecondaryIndexes").([]any)
		for i := range of {
			all = append(all, " GlobalSecondaryIndexName="+table.Text(fmt.Sprintf("GlobalSecondaryIndexes.%d.IndexName", i)))
		}
	}
	if len(all) == 0 {
		t.Error("the table has no indexes")
	}
	return all
}

// TestSilence: what the clock says is missing when it is dead, and what others say
// when nothing happens.
func TestSilence(t *testing.T) {
	s := evaluated(t, everything())
	for _, a := range s.Of(alarmType) {
		want := "notBreaching"
		if a.Name == "ClockStoppedAlarm" || a.Name == "OldestWaitingAlarm" {
			want = "breaching"
		}
		if got := a.Text("TreatMissingData"); got != want {
			t.Errorf("%s: missing data is %s, want %s", a.Name, got, want)
		}
	}
	clock, err := s.Resource("ClockStoppedAlarm")
	if err != nil || clock.Text("ComparisonOperator") != "LessThanThreshold" {
		t.Errorf("a clock that does not run sends nothing: %v %v", clock.Properties, err)
	}
}

// TestTextsThatAreNotTaken: AWS counts a message's age until its third try, so the alarm goes on before
// it. Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
func TestTextsThatAreNotTaken(t *testing.T) {
	s := evaluated(t, everything())
	a, err := s.Resource("InboundSmsAgeAlarm")
	if err != nil {
		t.Fatal(err)
	}
	if a.Text("Statistic") != "Maximum" || a.Text("ComparisonOperator") != "GreaterThanThreshold" || whole(t, a, "Period") != 60 {
		t.Errorf("the oldest message of each minute is not what it looks at: %v", a.Properties)
	}
	third := 2 * whole(t, byArn(t, s, ":zhida-inbound-sms"), "VisibilityTimeout")
	if late := whole(t, a, "Threshold"); late != 300 || late >= third {
		t.Errorf("it goes on after %d s, want 300, and before the third try after %d s", late, third)
	}
}

// TestSumOfThrottles: the alarm adds up all that it watches.
func TestSumOfThrottles(t *testing.T) {
	a, err := evaluated(t, required()).Resource("TableThrottleAlarm")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := a.Value("Metrics").([]any)
	var want []string
	for i := range metrics {
		if id := a.Text(fmt.Sprintf("Metrics.%d.Id", i)); id != "all" {
			want = append(want, "FILL("+id+", 0)")
		}
	}
	if got := a.Text("Metrics.0.Expression"); got != strings.Join(want, " + ") || len(want) != len(watched(a)) {
		t.Errorf("it is %s, want the sum of %q", got, want)
	}
}

// TestOurMetrics: what alarm and dashboard call Zhida's, the code emits.
func TestOurMetrics(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "functions", "internal", "cloud", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`"Zhida", "(\w+)"|Namespace: Zhida\n +MetricName: (\w+)`).FindAllStringSubmatch(string(template), -1)
	if len(names) < 2 {
		t.Errorf("only %v were found", names)
	}
	for _, m := range names {
		if name := m[1] + m[2]; !strings.Contains(code.String(), `"`+name+`"`) {
			t.Errorf("nothing emits %s", name)
		}
	}
}

func TestDashboard(t *testing.T) {
	for parameters := range combinations(loaded(t)) {
		s := evaluated(t, parameters)
		there := map[string]bool{"zhida": true}
		for _, f := range functions(s) {
			there[f.Text("FunctionName")] = true
		}
		for _, q := range s.Of(queueType) {
			there[q.Text("QueueName")] = true
		}
		var body struct {
			Widgets []struct {
				Properties struct{ Metrics [][]any }
			}
		}
		text := s.Of("AWS::CloudWatch::Dashboard")[0].Text("DashboardBody")
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			t.Fatalf("%v: %v: %s", parameters, err, text)
		}
		shown, metrics := map[any]bool{}, map[string]bool{}
		for _, w := range body.Widgets {
			for _, metric := range w.Properties.Metrics {
				shown[metric[3]] = true
				metrics[fmt.Sprintf("%v %v %v=%v", metric[:4]...)] = true
				if name, _ := metric[3].(string); !there[name] {
					t.Fatalf("%v: it shows %v, which is not there", parameters, metric)
				}
			}
		}
		if !shown["zhida"] {
			t.Fatalf("%v: it shows nothing of the clock's", parameters)
		}
		for _, a := range s.Of(alarmType) {
			if a.Text("Namespace") == "AWS/SQS" && !metrics[watched(a)[0]] {
				t.Fatalf("%v: it does not show what %s watches", parameters, a.Name)
			}
		}
	}
}
