package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/infra/template"
)

// Options are what a template is deployed with. All is required but Env, Log and SMS.
type Options struct {
	Template   *template.Template
	Parameters map[string]string
	Stack      string // its name: what tells two deployments on the same emulators apart

	Programs     map[string]string            // the paths of bootstraps, by the last folder of CodeUri
	Env          map[string]map[string]string // variables by function, in place of the template's; those of "" are everybody's
	SecretValues map[string]string            // by the resources' names

	DynamoDB, SQS, Secrets, S3, KMS string       // where the emulators answer
	SMS                             string       // where AWS's SMS service is played
	Client                          *http.Client // to them
	Now                             func() time.Time
	Log                             io.Writer   // what the functions say
	OnRefused                       func(error) // hears of each call that is refused; nil for nobody
}

// Where everything is. It shows in addresses only.
const (
	partition = "aws"
	region    = "eu-west-1"
	account   = "123456789012"
)

// Cloud is a deployed template. Functions are called by the last folder of their
// CodeUri, APIs by their resource's name, and queues by their names without the
// stack's.
type Cloud struct {
	o      Options
	names  names
	kept   *kept
	record *Record
	log    *shared

	functions map[string]*Function
	arns      map[string]string // of functions
	policies  map[string]policy // of functions
	sockets   map[string]*Sockets
	scheduled []*Function
	pollers   []*poller
	servers   []*http.Server
	urls      map[string]string // where each server listens, by what it serves
	stop      context.CancelFunc
	polling   *tasks

	mu    sync.Mutex
	empty map[string]int // by queue: how often it had been stirred when it was last seen empty
}

// Stack is its name.
func (c *Cloud) Stack() string { return c.o.Stack }

// URL is where the HTTP API answers.
func (c *Cloud) URL() string { return c.urls["http"] }

// Live is where a WebSocket API takes connections.
func (c *Cloud) Live(api string) string { return "ws" + strings.TrimPrefix(c.urls[api], "http") + "/" }

// Function returns a function; nil if there is none of this name.
func (c *Cloud) Function(name string) *Function { return c.functions[name] }

// Queue returns a client, and the address of a queue for it.
func (c *Cloud) Queue(name string) (*sqs.Client, string) {
	return c.kept.queue, c.kept.queues[c.o.Stack+"-"+name]
}

// Table returns a client, and the name of a table for it; name is the resource's.
func (c *Cloud) Table(name string) (*dynamodb.Client, string) {
	return c.kept.table, c.kept.known[name+"."]
}

// Tick does what time has brought: connections whose time is up are closed, and what is
// scheduled runs, once.
func (c *Cloud) Tick(ctx context.Context) error {
	for _, s := range c.sockets {
		s.Sweep()
	}
	now := c.o.Now().UTC().Format(time.RFC3339)
	event := fmt.Appendf(nil, `{"version":"0","id":"00000000-0000-4000-8000-000000000000","detail-type":"Scheduled Event",`+
		`"source":"aws.scheduler","account":%q,"time":%q,"region":%q,"resources":[],"detail":"{}"}`, account, now, region)
	var errs []error
	for _, f := range c.scheduled {
		_, err := f.Invoke(ctx, event)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Break makes the calls fail that broken picks, as a service does that is away; nil
// makes all of them work. A call waits while broken thinks about it, and others are made.
func (c *Cloud) Break(broken func(Call) bool) {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	c.record.broken = broken
}

// Cut breaks off every connection. Functions are not told.
func (c *Cloud) Cut() {
	for _, s := range c.sockets {
		s.Cut()
	}
}

// Kill ends every instance at once, whatever it does; new ones start with the next
// events.
func (c *Cloud) Kill() {
	for _, f := range c.functions {
		f.Kill()
	}
}

// Calls are what every function has called, and what was refused. A function that ran
// has written its log.
func (c *Cloud) Calls() ([]Call, []error) {
	for name, f := range c.functions {
		if f.Stats().Calls == 0 {
			continue
		}
		log := c.names.arn("logs", "log-group:/aws/lambda/"+f.o.Name+":*")
		logs := []permission{{"logs:CreateLogStream", log}, {"logs:PutLogEvents", log}}
		c.record.note(name, logs, c.policies[name].denied(name, logs))
	}
	return c.record.Calls()
}

// Delete ends everything and removes what it kept. What has begun finishes, but for
// the functions', which end at once.
func (c *Cloud) Delete(ctx context.Context) error {
	c.stop()
	for _, s := range c.sockets {
		s.Close()
	}
	for _, f := range c.functions {
		f.Delete()
	}
	c.polling.wait()
	for _, p := range c.pollers {
		p.tasks.wait()
	}
	for _, s := range c.sockets {
		s.Rest()
	}
	var errs []error
	for _, s := range c.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.kept.remove(ctx))...)
}
