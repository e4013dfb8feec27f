// Command secret is the least that a function of ours with a secret can be: it makes
// the clients that it needs and asks for one secret.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	region := os.Getenv("AWS_REGION")
	table, queues := dynamodb.New(dynamodb.Options{Region: region}), sqs.New(sqs.Options{Region: region})
	secrets := secretsmanager.New(secretsmanager.Options{
		Region: region, BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_SECRETS_MANAGER")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
		}),
	})
	got, err := secrets.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("any")})
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(func() (string, error) {
		return aws.ToString(got.ARN) + table.Options().Region + queues.Options().Region, nil
	})
}
