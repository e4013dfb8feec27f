package cloud

import (
	"context"
	"encoding/json"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// gauges is a line of the log in CloudWatch's embedded metric format, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
type gauges struct {
	About  about   `json:"_aws"`
	Stack  string  `json:"Stack"`
	Oldest float64 `json:"OldestWaitingSeconds"`
}

type about struct {
	Timestamp int64       `json:"Timestamp"` // Unix milliseconds
	Metrics   []directive `json:"CloudWatchMetrics"`
}

type directive struct {
	Namespace  string     `json:"Namespace"`
	Dimensions [][]string `json:"Dimensions"`
	Metrics    []metric   `json:"Metrics"`
}

type metric struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// Gauge tells CloudWatch, through the log, how long the first in line has waited:
// 0 where nobody waits.
func (d *Deployment) Gauge(ctx context.Context) error {
	line, err := d.Store().Line(ctx, conversation.Front, 1)
	if err != nil {
		return err
	}
	now := d.Now()
	g := gauges{Stack: d.environment["ZHIDA_STACK"], About: about{
		Timestamp: d.wall().UnixMilli(),
		Metrics: []directive{{
			Namespace: "Zhida", Dimensions: [][]string{{"Stack"}}, Metrics: []metric{{"OldestWaitingSeconds", "Seconds"}},
		}},
	}}
	if len(line) > 0 {
		g.Oldest = max(now.Sub(line[0].AskedAt), 0).Round(time.Millisecond).Seconds()
	}
	text, err := json.Marshal(g)
	if err == nil {
		_, err = d.out.Write(append(text, '\n'))
	}
	return fault.Wrap(err, fault.Internal, "cloud.Gauge", "")
}
