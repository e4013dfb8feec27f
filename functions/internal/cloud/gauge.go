package cloud

import (
	"context"
	"encoding/json"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// gauges is a line of the log in CloudWatch's embedded metric format, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
type gauges struct {
	About   about   `json:"_aws"`
	Stack   string  `json:"Stack"`
	Waiting int     `json:"Waiting"` // maxWaiting stands for that many or more
	Oldest  float64 `json:"OldestWaitingSeconds"`
}

// maxWaiting bounds what is read of a line once a minute.
const maxWaiting = 100

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

// Gauge tells CloudWatch, through the log, how many wait and for how long somebody
// has waited: 0 where nobody waits.
func (d *Deployment) Gauge(ctx context.Context) error {
	line, err := d.Store().Line(ctx, conversation.Front, maxWaiting)
	if err != nil {
		return err
	}
	text, err := json.Marshal(gaugesOf(line, d.Now(), d.wall(), d.environment["ZHIDA_STACK"]))
	if err == nil {
		_, err = d.out.Write(append(text, '\n'))
	}
	return fault.Wrap(err, fault.Internal, "cloud.Gauge", "")
}

// gaugesOf looks at all of the line: who is first in it may have come last.
func gaugesOf(line []store.Waiting, now, wall time.Time, stack string) gauges {
	g := gauges{Stack: stack, Waiting: len(line), About: about{
		Timestamp: wall.UnixMilli(),
		Metrics: []directive{{
			Namespace: "Zhida", Dimensions: [][]string{{"Stack"}},
			Metrics: []metric{{"Waiting", "Count"}, {"OldestWaitingSeconds", "Seconds"}},
		}},
	}}
	for _, w := range line {
		g.Oldest = max(g.Oldest, now.Sub(w.AskedAt).Round(time.Millisecond).Seconds())
	}
	return g
}
