package infra_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// managed are the policies of AWS's own that a role may have, and why.
var managed = map[string]string{
	"LogRole": "what API Gateway needs to write logs is AWS's to know",
}

func TestOneRolePerFunction(t *testing.T) {
	s := evaluated(t, everything())
	owner := map[string]string{}
	for _, f := range functions(s) {
		role, err := s.Role(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if other := owner[role.Name]; other != "" {
			t.Errorf("%s and %s share %s", f.Name, other, role.Name)
		}
		owner[role.Name] = f.Name
	}
	for _, role := range s.Of("AWS::IAM::Role") {
		if managed[role.Name] == "" && role.Value("ManagedPolicyArns") != nil {
			t.Errorf("%s has policies of others, which grant more than it needs", role.Name)
		}
	}
	if n := len(s.Of("AWS::IAM::ManagedPolicy")) + len(s.Of("AWS::IAM::Policy")); n > 0 {
		t.Errorf("%d policies stand outside of roles, where this test does not look", n)
	}
}

// TestEveryWildcardSaysWhy wants a comment on each line of a policy that has a *.
func TestEveryWildcardSaysWhy(t *testing.T) {
	found := 0
	for file, one := range templates(t) {
		for s := range one.Scalars() {
			at := strings.Join(s.Path, ".")
			policy := strings.Contains(at, ".Statement.") || strings.HasSuffix(at, "SourceArn") || strings.HasSuffix(at, ".Principal")
			if !policy || !strings.Contains(s.Text, "*") {
				continue
			}
			found++
			if len(s.Comment) < 10 {
				t.Errorf("%s:%d: %s has a wildcard and does not say why nothing narrower will do", file, s.Line, s.Text)
			}
		}
	}
	if found == 0 {
		t.Error("no wildcard was found, though a bucket's policy has one: this test looks in the wrong place")
	}
}

// TestRightsFollowTheEnvironment: a function may send to the queues, and read the
// secrets, that its environment names, and take from the queues that feed it; no
// more and no less.
func TestRightsFollowTheEnvironment(t *testing.T) {
	for name, parameters := range map[string]map[string]string{"everything": everything(), "the least": required()} {
		t.Run(name, func(t *testing.T) {
			s := evaluated(t, parameters)
			for _, f := range functions(s) {
				if diff := cmp.Diff(wanted(t, s, f), granted(t, s, f)); diff != "" {
					t.Errorf("%s: what its environment and events name (-), what its role may (+): %s", f.Name, diff)
				}
			}
		})
	}
}

// wanted are the (action resource) pairs that a function's environment and events name.
func wanted(t *testing.T, s *template.Stack, f template.Resource) []string {
	t.Helper()
	environment, err := s.Environment(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[string]bool{}
	for _, v := range environment {
		switch {
		case strings.HasPrefix(v, "https://sqs."):
			pairs["sqs:SendMessage "+arnOf(t, s, v)] = true
		case strings.HasPrefix(v, "arn:aws:secretsmanager:"):
			pairs["secretsmanager:GetSecretValue "+v] = true
		}
	}
	if bucket := environment["ZHIDA_MEDIA"]; bucket != "" {
		pairs["s3:ListBucket arn:aws:s3:::"+bucket] = true
		actions := []string{"s3:GetObject", "s3:PutObject"}
		switch folder(f) {
		case "clock": // it forgets who left
			actions = []string{"s3:DeleteObject"}
		case "wechat": // what came for somebody who has left
			actions = append(actions, "s3:DeleteObject")
		case "sms": // it shows what lies there, and nothing comes by it
			actions = []string{"s3:GetObject"}
		}
		for _, action := range actions {
			pairs[action+" arn:aws:s3:::"+bucket+"/*"] = true
		}
	}
	if set := environment["ZHIDA_SMS_CONFIGURATION_SET"]; set != "" { // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsendusermessagingsmsandvoicev2.html
		for _, action := range []string{"sms-voice:SendTextMessage", "sms-voice:SendMediaMessage"} {
			for _, resource := range []string{"configuration-set/" + set, "phone-number/*"} {
				pairs[action+" arn:aws:sms-voice:us-east-1:123456789012:"+resource] = true
			}
		}
	}
	if key := environment["ZHIDA_VAULT_KEY"]; key != "" {
		pairs["kms:Decrypt "+key], pairs["kms:GenerateDataKey "+key] = true, true
	}
	if f.Value("VpcConfig") != nil { // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
		for _, action := range []string{
			"CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses",
		} {
			pairs["ec2:"+action+" *"] = true
		}
	}
	sources, err := s.Sources(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
			pairs[action+" "+source.Queue] = true
		}
	}
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		pairs[action+" arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/"+f.Text("FunctionName")+":*"] = true
	}
	if connections := environment["ZHIDA_CONNECTIONS"]; connections != "" {
		api, _, _ := strings.Cut(strings.TrimPrefix(connections, "https://"), ".")
		for _, method := range []string{"POST", "DELETE"} {
			pairs["execute-api:ManageConnections arn:aws:execute-api:us-east-1:123456789012:"+api+"/live/"+method+"/@connections/*"] = true
		}
	}
	return slices.Sorted(maps.Keys(pairs))
}

// granted are a function's rights as (action resource), but for what it may do with
// the table: shared/scenario compares that with the calls it makes.
func granted(t *testing.T, s *template.Stack, f template.Resource) []string {
	t.Helper()
	statements, err := s.Policies(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, one := range statements {
		if one.Effect != "Allow" {
			t.Errorf("%s: %v", f.Name, one)
		}
		for _, action := range one.Actions {
			for _, resource := range one.Resources {
				if _, what, ok := strings.Cut(resource, ":table/zhida-Table"); ok {
					isOfTable(t, action, what)
					continue
				}
				pairs = append(pairs, action+" "+resource)
			}
		}
	}
	slices.Sort(pairs)
	return pairs
}

// isOfTable checks that the table has what a function has a right to.
func isOfTable(t *testing.T, action, what string) {
	t.Helper()
	if what == "" {
		return
	}
	if action != "dynamodb:Query" {
		t.Errorf("%s on %s: an index can only be queried", action, what)
	}
	for _, index := range dynamostore.Table("").GlobalSecondaryIndexes {
		if what == "/index/"+aws.ToString(index.IndexName) {
			return
		}
	}
	t.Errorf("the table has no %s", what)
}

func arnOf(t *testing.T, s *template.Stack, url string) string {
	t.Helper()
	name := url[strings.LastIndexByte(url, '/')+1:]
	byArn(t, s, ":"+name)
	return "arn:aws:sqs:us-east-1:123456789012:" + name
}

func TestConnectionsAreApart(t *testing.T) {
	s := evaluated(t, everything())
	holders := map[string][]string{}
	for _, role := range s.Of("AWS::IAM::Role") {
		for _, one := range role.Grants() {
			if !slices.Contains(one.Actions, "execute-api:ManageConnections") {
				continue
			}
			for _, resource := range one.Resources {
				api, _, _ := strings.Cut(resource[strings.LastIndexByte(resource, ':')+1:], "/")
				if !slices.Contains(holders[api], role.Name) {
					holders[api] = append(holders[api], role.Name)
				}
			}
		}
	}
	if diff := cmp.Diff(map[string][]string{"zhidaagentsapi": {"DeskRole"}, "zhidacustomersapi": {"InappRole"}}, holders); diff != "" {
		t.Error(diff)
	}
}

// principals are services' names for themselves, which are the same in every partition
// (for China see docs.amazonaws.cn/en_us/lambda/latest/dg/lambda-intro-execution-role.html).
var principals = []string{"lambda.amazonaws.com", "apigateway.amazonaws.com", "scheduler.amazonaws.com", "sns.amazonaws.com", "sms-voice.amazonaws.com"}

// TestPartitions refuses what is right in one partition only, in the files and in
// what they come to in China.
func TestPartitions(t *testing.T) {
	domain := regexp.MustCompile(`[\w.-]*amazonaws\.com[\w.]*`)
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, filepath.Join(root, "template.yaml")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, found := range domain.FindAllString(line, -1) {
				if !slices.Contains(principals, found) || !strings.Contains(line, "Service: "+found) && !strings.Contains(line, "Principal: "+found) {
					t.Errorf("%s:%d: %s is right in one partition only: use ${AWS::URLSuffix}", name, i+1, found)
				}
			}
			if strings.Contains(line, "arn:aws") {
				t.Errorf("%s:%d: an ARN of one partition: use ${AWS::Partition}", name, i+1)
			}
		}
	}
	parameters := everything()
	parameters["DomainCertificate"] = "arn:aws-cn:acm:cn-north-1:123456789012:certificate/1"
	for _, r := range evaluatedIn(t, parameters, "cn-north-1").Resources {
		text := fmt.Sprint(r.Properties)
		for _, found := range domain.FindAllString(text, -1) {
			if !slices.Contains(principals, found) && !strings.HasSuffix(found, ".cn") {
				t.Errorf("%s says %s in China", r.Name, found)
			}
		}
		if strings.Contains(text, "arn:aws:") {
			t.Errorf("%s has an ARN of elsewhere in China: %s", r.Name, text)
		}
	}
}
