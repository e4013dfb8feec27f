// Command hello is the least that a Lambda in Go can be: what the functions' start
// is compared with.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() (string, error) { return "hello", nil }) }
