// Command clients is the least that a function of ours can be: it makes the two
// clients that every one needs.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	region := os.Getenv("AWS_REGION")
	table, queues := dynamodb.New(dynamodb.Options{Region: region}), sqs.New(sqs.Options{Region: region})
	lambda.Start(func() (string, error) { return table.Options().Region + queues.Options().Region, nil })
}
