package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// AWS is what Lambda's environment says of AWS, for the client of a service by its
// name in https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
// The SDK's own reader of it knows files, profiles and instances too, and costs a
// function half of its start.
func (d *Deployment) AWS(service string) aws.Config {
	environment := d.environment
	c := aws.Config{
		Region: environment["AWS_REGION"],
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID:     environment["AWS_ACCESS_KEY_ID"],
				SecretAccessKey: environment["AWS_SECRET_ACCESS_KEY"],
				SessionToken:    environment["AWS_SESSION_TOKEN"],
				Source:          "Lambda",
			}, nil
		}),
	}
	if address := environment["AWS_ENDPOINT_URL_"+service]; address != "" {
		c.BaseEndpoint = &address // another than AWS's own
	}
	return c
}

// DynamoDB is the client of the one table.
func (d *Deployment) DynamoDB() *dynamodb.Client {
	return once(d, "dynamodb", func() *dynamodb.Client { return dynamodb.NewFromConfig(d.AWS("DYNAMODB")) })
}

func (d *Deployment) sqs() *sqs.Client {
	return once(d, "sqs", func() *sqs.Client { return sqs.NewFromConfig(d.AWS("SQS")) })
}
