package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// prices are a price list, and how long things take where time is what is paid for.
type prices struct {
	Date   string
	Region string
	Prices map[string]struct {
		PerMillion float64 `json:"per_million"`
		Source     string
	}
	Milliseconds map[string]struct {
		MS     float64
		Source string
	}
	MemoryGB float64 `json:"memory_gb"`
	Goal     struct {
		Message float64 `json:"message_gb_s"`
		Reply   float64 `json:"reply_gb_s"`
	}
}

// newestPrices reads the newest list there is.
func newestPrices(tb testing.TB) prices {
	tb.Helper()
	files := need(filepath.Glob("testdata/prices-*.json"))(tb) // sorted by their date
	if len(files) == 0 {
		tb.Fatal("no price list")
	}
	name := files[len(files)-1]
	var p prices
	must(tb, json.Unmarshal(need(os.ReadFile(name))(tb), &p))
	if !strings.Contains(name, p.Date) || p.Region == "" {
		tb.Errorf("%s is the list of %q, in %q", name, p.Date, p.Region)
	}
	for what, of := range p.Prices {
		if of.Source == "" || of.PerMillion <= 0 {
			tb.Errorf("%s: %s costs %v, by %q", name, what, of.PerMillion, of.Source)
		}
	}
	return p
}

func (p prices) of(what string, n float64) float64 {
	price, ok := p.Prices[what]
	if !ok {
		panic("no price of " + what)
	}
	return n * price.PerMillion
}

// bill is what a million of something costs, in dollars, by what is paid for.
type bill struct {
	Table    float64 // units of DynamoDB
	Lambda   float64 // invocations and their time
	Logs     float64 // what Lambda itself logs
	Queues   float64
	FrontAPI float64 // HTTP API; nothing for a Function URL
	Frames   float64 // WebSocket messages
}

func (b bill) plus(o bill) bill {
	return bill{b.Table + o.Table, b.Lambda + o.Lambda, b.Logs + o.Logs, b.Queues + o.Queues, b.FrontAPI + o.FrontAPI, b.Frames + o.Frames}
}

func (b bill) half() bill {
	return bill{b.Table / 2, b.Lambda / 2, b.Logs / 2, b.Queues / 2, b.FrontAPI / 2, b.Frames / 2}
}

// sum leaves out the frames: they are the price of the channel, and of a desk page
// that is looked at.
func (b bill) sum() float64 { return b.Table + b.Lambda + b.Logs + b.Queues + b.FrontAPI }

func (b bill) String() string {
	return fmt.Sprintf("%5.2f  (table %.2f, Lambda %.2f, its log lines %.2f, queues %.2f, HTTP API %.2f); WebSocket frames %.2f besides",
		b.sum(), b.Table, b.Lambda, b.Logs, b.Queues, b.FrontAPI, b.Frames)
}

// milliseconds is how long an invocation takes, by the published time of each of
// its calls, one after the other.
func (p prices) milliseconds(i invocation) float64 {
	ms := func(what string, n int) float64 { return float64(n) * p.Milliseconds[what].MS }
	return ms("own", 1) + ms("transaction", i.Table.Whole) + ms("write", i.Table.Trips-i.Table.Whole) +
		ms("publish", i.Standard+i.Ordered) + ms("frame", i.Frames)
}

// bill is what a million of an invocation cost. A message of a queue is received and
// deleted by one request each, as where messages come one by one.
func (p prices) bill(i invocation) bill {
	b := bill{
		Table:  p.of("write_unit", i.Table.Writes) + p.of("read_unit", i.Table.Reads),
		Lambda: p.of("lambda_request", 1) + p.of("lambda_gb_s", p.milliseconds(i)/1000*p.MemoryGB),
		Logs:   p.of("log_line", 1),
		Queues: p.of("sqs_standard", float64(i.Standard)) + p.of("sqs_fifo", float64(i.Ordered)),
		Frames: p.of("frame", float64(i.Frames)),
	}
	switch {
	case i.Trigger == "call":
		b.FrontAPI = p.of("http_request", 1)
	case isOrdered(i.Trigger):
		b.Queues += p.of("sqs_fifo", 2)
	default:
		b.Queues += p.of("sqs_standard", 2)
	}
	return b
}

// goal is what carrying a message takes, as the goal was set for it: the front door,
// one run of a function, its log lines, and what the store does for the message and
// for its delivery. Telling those who look on is not in it.
func (p prices) goal(all []invocation, gbS float64) bill {
	b := bill{
		FrontAPI: p.of("http_request", 1), Logs: p.of("log_line", 1),
		Lambda: p.of("lambda_request", 1) + p.of("lambda_gb_s", gbS),
	}
	for _, i := range all {
		if i.Trigger == deskEvents {
			continue
		}
		for _, c := range i.Store {
			b.Table += p.of("write_unit", c.Writes) + p.of("read_unit", c.Reads)
		}
	}
	return b
}

func (p prices) bills(all []invocation) (sum bill) {
	for _, i := range all {
		sum = sum.plus(p.bill(i))
	}
	return sum
}
