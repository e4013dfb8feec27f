package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// awsConfig is what Lambda's environment says of AWS. The SDK's own reader of it
// knows files, profiles and instances too, and costs a function half of its start.
func awsConfig(environment map[string]string) aws.Config {
	return aws.Config{
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
}

// endpoint is the address of a service, where the environment names another than
// AWS's own: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
func endpoint(environment map[string]string, service string) *string {
	if address := environment["AWS_ENDPOINT_URL_"+service]; address != "" {
		return &address
	}
	return nil
}

func (d *Deployment) dynamodb() *dynamodb.Client {
	return once(d, "dynamodb", func() *dynamodb.Client {
		return dynamodb.NewFromConfig(awsConfig(d.environment), func(o *dynamodb.Options) {
			o.BaseEndpoint = endpoint(d.environment, "DYNAMODB")
		})
	})
}

func (d *Deployment) sqs() *sqs.Client {
	return once(d, "sqs", func() *sqs.Client {
		return sqs.NewFromConfig(awsConfig(d.environment), func(o *sqs.Options) {
			o.BaseEndpoint = endpoint(d.environment, "SQS")
		})
	})
}

// gateway reaches the connections of this function's own WebSocket API. A frame is
// posted once: the SDK is not to repeat it behind our back.
func (d *Deployment) gateway() *api.Client {
	address := d.need("ZHIDA_CONNECTIONS", "the https address under which the WebSocket API's connections are managed")
	return api.NewFromConfig(awsConfig(d.environment), func(o *api.Options) {
		o.BaseEndpoint = &address
		o.RetryMaxAttempts = 1
	})
}
