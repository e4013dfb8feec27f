package infra_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/infra/template"
)

// skipped are the types that moto's CloudFormation leaves out without a word: of
// these nothing is proved here but that SAM's transform and the linter take them.
var skipped = []string{
	"AWS::ApiGateway::Account", "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName",
	"AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage", "AWS::CloudWatch::Alarm",
	"AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SQS::QueuePolicy",
	"AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret",
}

// outcome is what createstack.py prints.
type outcome struct {
	Status     string
	Types      map[string]string   // by name in the template, after the transform
	Conditions map[string]string   // by the same
	Created    map[string][]string // type and physical id, by the same
	Queues     map[string]map[string]string
	Functions  map[string]struct {
		Role        string
		Environment map[string]any
	}
	Mappings [][]any // queue, function, batch size
	Roles    []string
}

func createStack(t *testing.T, parameters map[string]string) outcome {
	t.Helper()
	python := tool(t, "python")
	script, err := filepath.Abs("createstack.py")
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-W", "ignore", script, "template.yaml"}
	for name, v := range parameters {
		arguments = append(arguments, name+"="+v)
	}
	settings, calls := offline(t)
	cmd := exec.CommandContext(t.Context(), python, arguments...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), settings...)
	text, err := cmd.Output()
	if n := calls.Load(); n != 0 {
		t.Errorf("it called the network %d times", n)
	}
	if err != nil {
		var of *exec.ExitError
		if errors.As(err, &of) {
			t.Fatalf("%v\n%s", err, of.Stderr)
		}
		t.Fatal(err)
	}
	var o outcome
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return o
}

// TestCloudFormation creates the whole stack, after SAM's own transform, in moto.
func TestCloudFormation(t *testing.T) {
	slow(t)
	s := evaluated(t, everything())
	o := createStack(t, everything())
	if o.Status != "CREATE_COMPLETE" {
		t.Fatalf("the stack is %s", o.Status)
	}
	var left []string
	for name, kind := range o.Types {
		if there(t, s, o, name) && len(o.Created[name]) != 2 {
			left = append(left, kind)
		}
	}
	slices.Sort(left)
	if diff := cmp.Diff(skipped, slices.Compact(left)); diff != "" {
		t.Errorf("types known to be skipped (-), skipped (+): %s", diff)
	}
	checkQueues(t, s, o)
	checkFunctions(t, s, o)
}

// there reports whether a resource's condition holds. What the transform adds has the
// condition of the function it belongs to.
func there(t *testing.T, s *template.Stack, o outcome, name string) bool {
	t.Helper()
	condition := o.Conditions[name]
	if condition == "" {
		return true
	}
	loaded := loaded(t)
	for _, r := range s.Resources {
		if loaded.Condition(r.Name) == condition {
			return true
		}
	}
	return false
}

func checkQueues(t *testing.T, s *template.Stack, o outcome) {
	t.Helper()
	var want []string
	for _, q := range s.Of(queueType) {
		name := q.Text("QueueName")
		want = append(want, name)
		flat, err := q.Flat()
		if err != nil {
			t.Fatal(err)
		}
		delete(flat, "QueueName")
		for attribute, v := range flat {
			if got := o.Queues[name][attribute]; got != v && !sameJSON(got, v) {
				t.Errorf("%s: %s is %q, want %q", name, attribute, got, v)
			}
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(o.Queues))); diff != "" {
		t.Errorf("queues of the template (-), of moto (+): %s", diff)
	}
}

func checkFunctions(t *testing.T, s *template.Stack, o outcome) {
	t.Helper()
	mappings := 0
	for _, f := range functions(s) {
		made, ok := o.Functions[f.Text("FunctionName")]
		if !ok {
			t.Errorf("%s was not made", f.Name)
			continue
		}
		role, err := s.Role(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if id := o.Created[role.Name][1]; filepath.Base(made.Role) != id {
			t.Errorf("%s has the role %s, want %s", f.Name, made.Role, id)
		}
		environment, err := s.Environment(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		// A reference to a secret, which it skips, moto leaves out too.
		maps.DeleteFunc(environment, func(_, v string) bool { return strings.HasPrefix(v, "arn:aws:secretsmanager:") })
		if diff := cmp.Diff(slices.Sorted(maps.Keys(environment)), slices.Sorted(maps.Keys(made.Environment))); diff != "" {
			t.Errorf("%s: the environment of the template (-), of moto (+): %s", f.Name, diff)
		}
		sources, err := s.Sources(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			mappings++
			if !slices.ContainsFunc(o.Mappings, func(m []any) bool {
				return m[0] == byArn(t, s, source.Queue).Text("QueueName") && m[1] == f.Text("FunctionName") && m[2] == float64(source.Batch)
			}) {
				t.Errorf("%s is not fed by %s", f.Name, source.Queue)
			}
		}
	}
	if len(o.Functions) != len(functions(s)) || len(o.Mappings) != mappings {
		t.Errorf("%d functions and %d mappings, want %d and %d", len(o.Functions), len(o.Mappings), len(functions(s)), mappings)
	}
	if want := len(s.Of("AWS::IAM::Role")); len(o.Roles) != want {
		t.Errorf("the roles are %q, want %d: SAM is to add none of its own", o.Roles, want)
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && cmp.Equal(x, y)
}
