package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/infra/template"
)

// kept is what makes and removes the resources that keep something.
type kept struct {
	o     *Options
	names names

	table   *dynamodb.Client
	queue   *sqs.Client
	secrets *secretsmanager.Client
	objects *s3.Client
	keys    *kms.Client

	known  map[string]string // attributes by "resource.attribute"; "resource." is what Ref gives
	queues map[string]string // addresses by names
	tables []string
	arns   []string // of secrets

	buckets []string
}

func newKept(o *Options, n names) *kept {
	config := aws.Config{
		Region: region, HTTPClient: o.Client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
	return &kept{
		o: o, names: n, known: map[string]string{}, queues: map[string]string{},
		table:   dynamodb.NewFromConfig(config, func(d *dynamodb.Options) { d.BaseEndpoint = &o.DynamoDB }),
		queue:   sqs.NewFromConfig(config, func(q *sqs.Options) { q.BaseEndpoint = &o.SQS }),
		secrets: secretsmanager.NewFromConfig(config, func(s *secretsmanager.Options) { s.BaseEndpoint = &o.Secrets }),
		objects: s3.NewFromConfig(config, func(s *s3.Options) { s.BaseEndpoint = &o.S3 }),
		keys:    kms.NewFromConfig(config, func(k *kms.Options) { k.BaseEndpoint = &o.KMS }),
	}
}

// attribute is what a template may refer to: addresses and names of what was made.
func (k *kept) attribute(r template.Resource, attribute string) (string, bool) {
	switch r.Type {
	case "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration":
		return r.Name, attribute == ""
	default:
		value, ok := k.known[r.Name+"."+attribute]
		return value, ok
	}
}

// make makes tables, queues and secrets from a template's properties. Queues of dead
// letters come before those that name them.
func (k *kept) make(ctx context.Context, s *template.Stack) error {
	var queues, late []template.Resource
	for _, r := range s.Of("AWS::SQS::Queue") {
		if r.Value("RedrivePolicy") == nil {
			queues = append(queues, r)
		} else {
			late = append(late, r)
		}
	}
	for _, step := range []struct {
		resources []template.Resource
		make      func(context.Context, template.Resource) error
	}{
		{s.Of("AWS::DynamoDB::Table"), k.makeTable}, {append(queues, late...), k.makeQueue},
		{s.Of("AWS::SecretsManager::Secret"), k.makeSecret}, {s.Of("AWS::S3::Bucket"), k.makeBucket}, {s.Of("AWS::KMS::Key"), k.makeKey},
	} {
		for _, r := range step.resources {
			if err := step.make(ctx, r); err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
		}
	}
	return nil
}

// beyond are the properties of a table that CreateTable does not take: they protect
// it, and no emulator knows them.
var beyond = []string{"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "SSESpecification", "Tags"}

func (k *kept) makeTable(ctx context.Context, r template.Resource) error {
	in := &dynamodb.CreateTableInput{}
	wanted := maps.Clone(r.Properties)
	for _, name := range beyond {
		delete(wanted, name)
	}
	if err := fill(in, wanted); err != nil {
		return err
	}
	if in.TableName == nil {
		in.TableName = aws.String(k.o.Stack + "-" + r.Name)
	}
	if _, err := k.table.CreateTable(ctx, in); err != nil {
		return err
	}
	k.tables = append(k.tables, *in.TableName)
	k.known[r.Name+"."] = *in.TableName
	k.known[r.Name+".Arn"] = k.names.arn("dynamodb", "table/"+*in.TableName)
	return nil
}

// fill sets the fields of an SDK's input from properties of the same names, all of
// which must exist.
func fill(in any, properties map[string]any) error {
	text, err := json.Marshal(properties)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	return d.Decode(in)
}

// notAttributes are the properties of a queue that CreateQueue does not take as
// attributes.
var notAttributes = []string{"QueueName", "Tags"}

func (k *kept) makeQueue(ctx context.Context, r template.Resource) error {
	name := r.Text("QueueName")
	attributes, err := r.Flat()
	if err != nil {
		return err
	}
	for _, other := range notAttributes {
		delete(attributes, other)
	}
	if r.Value("RedrivePolicy") != nil {
		if attributes["RedrivePolicy"], err = k.redrive(ctx, r); err != nil {
			return err
		}
	}
	out, err := k.queue.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		return err
	}
	k.queues[name] = *out.QueueUrl
	k.known[r.Name+"."] = *out.QueueUrl
	k.known[r.Name+".QueueUrl"] = *out.QueueUrl
	k.known[r.Name+".QueueName"] = name
	k.known[r.Name+".Arn"] = k.names.arn("sqs", name)
	return nil
}

// redrive names the queue of dead letters as the emulator does.
func (k *kept) redrive(ctx context.Context, r template.Resource) (string, error) {
	target := r.Text("RedrivePolicy.deadLetterTargetArn")
	url, ok := k.queues[target[strings.LastIndexByte(target, ':')+1:]]
	if !ok {
		return "", fmt.Errorf("there is no queue %s for dead letters", target)
	}
	out, err := k.queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn}})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]string{
		"deadLetterTargetArn": out.Attributes["QueueArn"], "maxReceiveCount": r.Text("RedrivePolicy.maxReceiveCount"),
	})
	return string(text), err
}

func (k *kept) makeSecret(ctx context.Context, r template.Resource) error {
	value, ok := k.o.SecretValues[r.Name]
	if given := r.Text("SecretString"); !ok && given != "" {
		value, ok = given, true
	}
	if !ok {
		return errors.New("Options.SecretValues does not have it")
	}
	out, err := k.secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(k.o.Stack + "-" + r.Name), SecretString: &value,
	})
	if err != nil {
		return err
	}
	k.arns = append(k.arns, *out.ARN)
	k.known[r.Name+"."], k.known[r.Name+".Id"] = *out.ARN, *out.ARN
	return nil
}

// makeBucket makes a bucket without its rules: no browser comes to this machine's.
func (k *kept) makeBucket(ctx context.Context, r template.Resource) error {
	name := strings.ToLower(k.o.Stack + "-" + r.Name)
	_, err := k.objects.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	if err != nil {
		return err
	}
	k.buckets = append(k.buckets, name)
	k.known[r.Name+"."], k.known[r.Name+".Arn"] = name, k.names.ofBucket(name)
	k.known[r.Name+".RegionalDomainName"] = name + ".s3." + region + ".amazonaws.com"
	return nil
}

// makeKey makes a key without its policy, which the proxies of functions stand in for. It
// stays, as a key does for a week at least.
func (k *kept) makeKey(ctx context.Context, r template.Resource) error {
	out, err := k.keys.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		return err
	}
	k.known[r.Name+"."], k.known[r.Name+".Arn"] = *out.KeyMetadata.KeyId, *out.KeyMetadata.Arn
	return nil
}

// removeBucket removes a bucket with what is in it, a page at most.
func (k *kept) removeBucket(ctx context.Context, name string) error {
	listed, err := k.objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &name})
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range listed.Contents {
		_, err := k.objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &name, Key: o.Key})
		errs = append(errs, err)
	}
	_, err = k.objects.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
	return errors.Join(append(errs, err)...)
}

// remove removes all that was made.
func (k *kept) remove(ctx context.Context) error {
	var errs []error
	for _, url := range k.queues {
		_, err := k.queue.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		errs = append(errs, err)
	}
	for _, name := range k.tables {
		_, err := k.table.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
		errs = append(errs, err)
	}
	for _, name := range k.buckets {
		errs = append(errs, k.removeBucket(ctx, name))
	}
	for _, arn := range k.arns {
		_, err := k.secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: aws.Bool(true)})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
