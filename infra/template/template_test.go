package template_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/infra/template"
)

// made loads a template from its text.
func made(t *testing.T, text string) *template.Template {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := template.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func evaluated(t *testing.T, text string, in template.Inputs) *template.Stack {
	t.Helper()
	s, err := made(t, text).Evaluate(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const small = `
Parameters:
  Channel: { Type: String, Default: 'on', AllowedValues: ['on', 'off'] }
  Origins: { Type: CommaDelimitedList, Default: '' }
  Days: { Type: Number, Default: 30, MinValue: 1, MaxValue: 60 }
  Issuer: { Type: String, AllowedPattern: 'https://.+' }
Conditions:
  On: !Equals [!Ref Channel, 'on']
  Off: !Not [!Condition On]
  Pages: !And [!Condition On, !Not [!Equals [!Join ['', !Ref Origins], '']]]
Globals:
  Function:
    Timeout: 15
    Environment: { Variables: { TABLE: !Ref Table } }
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties: { BillingMode: PAY_PER_REQUEST }
  Bells:
    Type: AWS::SQS::Queue
    Condition: On
    Properties:
      QueueName: !Sub ${AWS::StackName}-bells.fifo
      FifoQueue: true
      DelaySeconds: 1
      MessageRetentionPeriod: !Ref Days
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  Dead:
    Type: AWS::SQS::Queue
  Talk:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-talk
      Role: !GetAtt TalkRole.Arn
      Environment:
        Variables:
          BELLS: !If [On, !Ref Bells, !Ref AWS::NoValue]
          SOCKET: !Sub ['wss://${Host}/${!literal}', { Host: !Join ['.', [a, !Ref 'AWS::URLSuffix']] }]
          ISSUER: !Ref Issuer
      Events:
        Bells:
          Type: SQS
          Properties: { Queue: !GetAtt Dead.Arn, BatchSize: 1, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 2 } }
        Call: { Type: HttpApi }
  TalkRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: talk
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: sqs:SendMessage
                Resource: [!GetAtt Dead.Arn, !If [On, !GetAtt Bells.Arn, !Ref 'AWS::NoValue']]
              - !If
                - Off
                - { Effect: Allow, Action: ['a:B', 'a:C'], Resource: '*' } # why not
                - !Ref AWS::NoValue
Outputs:
  Bells: { Condition: On, Value: !Ref Bells }
  Second: { Value: !Select [1, !Split [':', !GetAtt Table.Arn]] }
`

func TestWhatATemplateComesTo(t *testing.T) {
	s := evaluated(t, small, template.Inputs{Parameters: map[string]string{"Issuer": "https://a"}})
	bells, err := s.Resource("Bells")
	if err != nil {
		t.Fatal(err)
	}
	flat, err := bells.Flat()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"QueueName": "zhida-bells.fifo", "FifoQueue": "true", "DelaySeconds": "1", "MessageRetentionPeriod": "30",
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:zhida-Dead","maxReceiveCount":5}`,
	}, flat); diff != "" {
		t.Error(diff)
	}
	env, err := s.Environment("Talk")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"TABLE": "zhida-Table", "BELLS": "https://sqs.us-east-1.amazonaws.com/123456789012/zhida-bells.fifo",
		"SOCKET": "wss://a.amazonaws.com/${literal}", "ISSUER": "https://a",
	}, env); diff != "" {
		t.Error(diff)
	}
	if talk, _ := s.Resource("Talk"); talk.Text("Timeout") != "15" {
		t.Errorf("the global timeout is %q", talk.Text("Timeout"))
	}
	if diff := cmp.Diff(map[string]string{"Bells": env["BELLS"], "Second": "aws"}, s.Outputs); diff != "" {
		t.Error(diff)
	}
	var kept struct{ BillingMode string }
	if err := s.Of("AWS::DynamoDB::Table")[0].Decode(&kept); err != nil || kept.BillingMode != "PAY_PER_REQUEST" {
		t.Errorf("decoded %+v, %v", kept, err)
	}
}

func TestOffInChina(t *testing.T) {
	s := evaluated(t, small, template.Inputs{
		Parameters: map[string]string{"Issuer": "https://a", "Channel": "off"},
		Place:      template.Place{Region: "cn-north-1", Account: "210987654321", Stack: "zd"},
	})
	var names []string
	for _, r := range s.Resources {
		names = append(names, r.Name)
	}
	if want := []string{"Table", "Dead", "Talk", "TalkRole"}; !slices.Equal(names, want) {
		t.Errorf("resources %q, want %q", names, want)
	}
	env, err := s.Environment("Talk")
	if _, there := env["BELLS"]; err != nil || there || env["SOCKET"] != "wss://a.amazonaws.com.cn/${literal}" {
		t.Errorf("environment %v, %v", env, err)
	}
	grants, err := s.Policies("Talk")
	if diff := cmp.Diff([]template.Statement{
		{Effect: "Allow", Actions: []string{"sqs:SendMessage"}, Resources: []string{"arn:aws-cn:sqs:cn-north-1:210987654321:zd-Dead"}},
		{Effect: "Allow", Actions: []string{"a:B", "a:C"}, Resources: []string{"*"}},
	}, grants); err != nil || diff != "" {
		t.Error(err, diff)
	}
	sources, err := s.Sources("Talk")
	if diff := cmp.Diff([]template.Source{
		{Name: "Bells", Queue: "arn:aws-cn:sqs:cn-north-1:210987654321:zd-Dead", Batch: 1, AtOnce: 2, Partial: true},
	}, sources); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestATestsOwnAttributes(t *testing.T) {
	s := evaluated(t, small, template.Inputs{
		Parameters: map[string]string{"Issuer": "https://a"},
		Attribute: func(r template.Resource, attribute string) (string, bool) {
			return "http://127.0.0.1:1/" + r.Name, r.Type == "AWS::SQS::Queue" && attribute == ""
		},
	})
	if got := s.Outputs["Bells"]; got != "http://127.0.0.1:1/Bells" {
		t.Error(got)
	}
}

func TestMistakesAreTold(t *testing.T) {
	issuer := map[string]string{"Issuer": "https://a"}
	with := func(key, v string) map[string]string { return map[string]string{"Issuer": "https://a", key: v} }
	for name, c := range map[string]struct {
		old, new, want string
		given          map[string]string
	}{
		"a parameter is missing":   {want: "Issuer must be given"},
		"an unknown parameter":     {given: with("Colour", "red"), want: "no parameter Colour"},
		"against the pattern":      {given: map[string]string{"Issuer": "http://a"}, want: "does not match"},
		"none of the values":       {given: with("Channel", "maybe"), want: "is none of"},
		"out of bounds":            {given: with("Days", "61"), want: "is not within"},
		"no number":                {given: with("Days", "many"), want: "is no number"},
		"unknown reference":        {given: issuer, old: "!Ref Bells }", new: "!Ref Bell }", want: "neither resource nor parameter"},
		"reference to what is off": {given: with("Channel", "off"), old: "!If [On, !Ref Bells, !Ref AWS::NoValue]", new: "!Ref Bells", want: "Bells, whose condition is false"},
		"unknown condition":        {given: issuer, old: "Condition: On\n", new: "Condition: Onn\n", want: "no condition Onn"},
		"a circle":                 {given: issuer, old: "On: !Equals [!Ref Channel, 'on']", new: "On: !Not [!Condition Off]", want: "depends on itself"},
		"unknown function":         {given: issuer, old: "!Join ['.'", new: "!Base64 ['.'", want: "Fn::Base64 is not known"},
		"unknown attribute":        {given: issuer, old: "!GetAtt Table.Arn", new: "!GetAtt Table.Colour", want: "Colour of Table"},
	} {
		t.Run(name, func(t *testing.T) {
			text := small
			if c.old != "" {
				text = strings.Replace(small, c.old, c.new, 1)
			}
			_, err := made(t, text).Evaluate(template.Inputs{Parameters: c.given})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestCommentsStayWithTheirText(t *testing.T) {
	found := false
	for s := range made(t, small).Scalars() {
		if s.Text == "*" {
			found = s.Comment == "why not" && slices.Contains(s.Path, "Statement")
		}
	}
	if !found {
		t.Error("the comment beside * was not found")
	}
}
