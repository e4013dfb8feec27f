package dynamotest

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Region is one that the SDK knows: for others it compiles regular expressions at
// every call, which takes a fifth of a test's time.
const Region = "us-east-1"

// Client is the SDK's client as programs have it, of a DynamoDB at a URL; through is
// nil for the network as it is.
func Client(url string, through http.RoundTripper, options ...func(*dynamodb.Options)) *dynamodb.Client {
	if through == nil {
		through = &http.Transport{MaxIdleConnsPerHost: 128}
	}
	return dynamodb.New(dynamodb.Options{
		Region: Region, BaseEndpoint: &url, HTTPClient: &http.Client{Transport: through},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}, options...)
}
