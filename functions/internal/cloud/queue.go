package cloud

import (
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/shared/queue"
)

func newQueue(*sqs.Client, string) (queue.Queue, error) { panic("not yet") }
