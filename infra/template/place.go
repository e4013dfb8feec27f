package template

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Place is where, and under which name, a stack is made.
type Place struct {
	Region  string // default us-east-1; cn-… is in the partition aws-cn
	Account string // default 123456789012
	Stack   string // default zhida
}

func (p Place) whole() Place {
	if p.Region == "" {
		p.Region = "us-east-1"
	}
	if p.Account == "" {
		p.Account = "123456789012"
	}
	if p.Stack == "" {
		p.Stack = "zhida"
	}
	return p
}

func (p Place) partition() (name, suffix string) {
	if strings.HasPrefix(p.Region, "cn-") {
		return "aws-cn", "amazonaws.com.cn"
	}
	return "aws", "amazonaws.com"
}

func (p Place) pseudo(name string) (any, error) {
	partition, suffix := p.partition()
	switch name {
	case "AWS::NoValue":
		return absent{}, nil
	case "AWS::Partition":
		return partition, nil
	case "AWS::URLSuffix":
		return suffix, nil
	case "AWS::Region":
		return p.Region, nil
	case "AWS::AccountId":
		return p.Account, nil
	case "AWS::StackName":
		return p.Stack, nil
	case "AWS::StackId":
		return p.arn("cloudformation", "stack/"+p.Stack+"/1"), nil
	default:
		return nil, fmt.Errorf("the pseudo parameter %s is not known here", name)
	}
}

func (p Place) arn(service, rest string) string {
	partition, _ := p.partition()
	return "arn:" + partition + ":" + service + ":" + p.Region + ":" + p.Account + ":" + rest
}

// global is an ARN without a region.
func (p Place) global(service, account, rest string) string {
	partition, _ := p.partition()
	return "arn:" + partition + ":" + service + "::" + account + ":" + rest
}

// attribute says what GetAtt gives of a resource, or Ref for "".
func (e *evaluator) attribute(name, attribute string) (any, error) {
	if err := e.known(name); err != nil {
		return nil, err
	}
	d := e.t.resources[name]
	if d.kind == "AWS::CloudFormation::Stack" && strings.HasPrefix(attribute, "Outputs.") {
		return e.nested(name, strings.TrimPrefix(attribute, "Outputs."))
	}
	r := Resource{Name: name, Type: d.kind}
	physical, err := e.physical(d, name)
	if err != nil {
		return nil, err
	}
	if e.in.Attribute != nil {
		if own, ok := e.in.Attribute(r, attribute); ok {
			return own, nil
		}
	}
	v, ok := e.in.Place.made(d.kind, physical, attribute)
	if !ok {
		return nil, fmt.Errorf("the attribute %s of %s (%s) is not known here", attribute, name, d.kind)
	}
	return v, nil
}

// nameOf is the property that names a resource of a type.
var nameOf = map[string]string{
	"AWS::SQS::Queue": "QueueName", "AWS::DynamoDB::Table": "TableName", Function: "FunctionName",
	"AWS::Logs::LogGroup": "LogGroupName", "AWS::ApiGatewayV2::DomainName": "DomainName",
	"AWS::ApiGatewayV2::Stage": "StageName", "AWS::Serverless::LayerVersion": "LayerName",
	"AWS::SMSVOICE::ConfigurationSet": "ConfigurationSetName", "AWS::SNS::Topic": "TopicName",
}

// physical is a resource's name: its own if it has one, else made up.
func (e *evaluator) physical(d definition, name string) (string, error) {
	if written, ok := object(d.properties)[nameOf[d.kind]]; ok {
		v, err := e.resolve(written)
		return text(v), err
	}
	return e.in.Place.Stack + "-" + name, nil
}

// made makes up what AWS would.
func (p Place) made(kind, name, attribute string) (string, bool) {
	_, suffix := p.partition()
	switch kind + " " + attribute {
	case "AWS::SQS::Queue ":
		return "https://sqs." + p.Region + "." + suffix + "/" + p.Account + "/" + name, true
	case "AWS::SQS::Queue Arn":
		return p.arn("sqs", name), true
	case "AWS::SQS::Queue QueueName":
		return name, true
	case "AWS::DynamoDB::Table Arn":
		return p.arn("dynamodb", "table/"+name), true
	case Function + " Arn":
		return p.arn("lambda", "function:"+name), true
	case "AWS::Serverless::LayerVersion ":
		return p.arn("lambda", "layer:"+name+":1"), true
	case "AWS::IAM::Role Arn":
		return p.global("iam", p.Account, "role/"+name), true
	case "AWS::SecretsManager::Secret ":
		return p.arn("secretsmanager", "secret:"+name+"-AbCdEf"), true
	case "AWS::S3::Bucket Arn":
		return p.global("s3", "", strings.ToLower(name)), true
	case "AWS::S3::Bucket RegionalDomainName":
		return strings.ToLower(name) + ".s3." + p.Region + "." + suffix, true
	case "AWS::S3::Bucket ":
		return strings.ToLower(name), true
	case "AWS::KMS::Key Arn":
		return p.arn("kms", "key/"+name), true
	case "AWS::SNS::Topic ":
		return p.arn("sns", name), true
	case "AWS::SMSVOICE::ConfigurationSet Arn":
		return p.arn("sms-voice", "configuration-set/"+name), true
	case "AWS::Logs::LogGroup Arn":
		return p.arn("logs", "log-group:"+name+":*"), true
	case "AWS::ApiGatewayV2::Api ":
		return apiID(name), true
	case "AWS::ApiGatewayV2::DomainName RegionalDomainName":
		return "d-abcdefghij.execute-api." + p.Region + "." + suffix, true
	case "AWS::Lambda::Url FunctionUrl":
		return "https://" + apiID(name) + ".lambda-url." + p.Region + ".on.aws/", true
	default:
		return name, attribute == ""
	}
}

var notInID = regexp.MustCompile(`[^a-z0-9]`)

// apiID is a name in the letters of an id that is part of a host name.
func apiID(name string) string { return notInID.ReplaceAllString(strings.ToLower(name), "") }

// nested evaluates the template of a stack within the stack, for one of its outputs.
func (e *evaluator) nested(name, output string) (any, error) {
	r, err := e.resource(name)
	if err != nil {
		return nil, err
	}
	inner, err := Load(filepath.Join(e.t.dir, text(r.Properties["TemplateURL"])))
	if err != nil {
		return nil, err
	}
	parameters := map[string]string{}
	for key, v := range object(r.Properties["Parameters"]) {
		parameters[key] = text(v)
	}
	place := e.in.Place
	place.Stack += "-" + name
	s, err := inner.Evaluate(Inputs{Parameters: parameters, Place: place, Attribute: e.in.Attribute})
	if err != nil {
		return nil, err
	}
	v, ok := s.Outputs[output]
	if !ok {
		return nil, fmt.Errorf("%s has no output %s", name, output)
	}
	return v, nil
}
