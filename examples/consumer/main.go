// Command consumer is an agents' tool on one page: it takes permits from the transfers queue,
// claims who is first in line, reads, replies once and resolves.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/shared/transfer"
)

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	for queue := sqs.NewFromConfig(settings); err == nil; {
		err = next(ctx, queue, os.Getenv("ZHIDA_TRANSFERS_FRONT"))
	}
	log.Fatal(err)
}

// next waits for a permit and serves it. What is not deleted, SQS hands out again.
func next(ctx context.Context, queue *sqs.Client, url string) error {
	got, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
	if err != nil || len(got.Messages) == 0 {
		return err
	}
	permit := got.Messages[0]
	if err := serve(ctx, *permit.MessageId, *permit.Body); err != nil {
		log.Print(err)
		return nil
	}
	_, err = queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: permit.ReceiptHandle})
	return err
}

// serve may run twice for a permit: its ids make the second run repeat the first.
func serve(ctx context.Context, id, permit string) error {
	request, err := transfer.Decode([]byte(permit))
	if err != nil {
		return err
	}
	got, err := post(ctx, "claim", map[string]any{"lane": request.Data.Lane, "id": id})
	if err != nil || got.Error.Code == nobodyWaiting {
		return err
	}
	// What the customer writes after this is answered by another run.
	text, seen := answerTo(got.Messages)
	in := "conversations/" + got.Conversation.ID
	if _, err := post(ctx, in+"/replies", map[string]any{"id": fmt.Sprint(id, "-", seen), "text": text}); err != nil {
		return err
	}
	_, err = post(ctx, in+"/resolve", map[string]any{"seen": seen})
	return err
}
