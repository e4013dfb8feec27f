package lambdahost

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// Options are what a host serves. What is nil is not served: its events are errors.
type Options struct {
	HTTP http.Handler

	// Live needs Sessions and Poster.
	Live     live.Handler
	Sessions Sessions
	Poster   Poster

	// Pages says whether a client may connect that sent these values of the header
	// Origin to this host: see live.Origins. Default: every page's may.
	Pages func(origin []string, host string) bool

	// Queues are the handlers of messages, by the queue's ARN, its name, or the
	// end of its name behind a hyphen; ".fifo" may be left out. The longest key that
	// fits is taken. A handler may be called for the same message again. It gets the
	// body that was published, whatever SQS does not carry as it is (queue.Wrap).
	Queues map[string]func(ctx context.Context, body []byte) error

	// Calls are the same of queues that hold what nobody can say again, such as a platform's
	// calls, and no bells: what a handler can never do comes again, too, until the queue puts it
	// aside, where somebody looks.
	Calls map[string]func(ctx context.Context, body []byte) error

	// Schedule does what is due.
	Schedule func(ctx context.Context) error

	// Margin is how long before Lambda's own deadline the handlers' contexts end,
	// so that there is time left to say so. Default: DefaultMargin.
	Margin time.Duration

	// Now tells the time. Required.
	Now func() time.Time

	// Log gets the faults of ours. Default: none are logged.
	Log *slog.Logger
}

// DefaultMargin is enough to write an answer, and to push one frame.
const DefaultMargin = 500 * time.Millisecond

// Host serves Lambda events. It keeps nothing between two of them and is safe for
// concurrent use.
type Host struct {
	o Options
}

var _ lambda.Handler = (*Host)(nil)

// New makes a host. Errors: Config.
func New(o Options) (*Host, error) {
	switch {
	case o.Now == nil:
		return nil, config("a host needs a clock")
	case o.HTTP == nil && o.Live == nil && len(o.Queues) == 0 && len(o.Calls) == 0 && o.Schedule == nil:
		return nil, config("a host needs something to serve")
	case o.Live != nil && (o.Sessions == nil || o.Poster == nil):
		return nil, config("live connections need Sessions and a Poster")
	case o.Margin < 0:
		return nil, config("a margin is not negative")
	}
	for _, queues := range []map[string]func(context.Context, []byte) error{o.Queues, o.Calls} {
		for key, do := range queues {
			if key == "" || do == nil {
				return nil, config("a queue needs a name and a handler")
			}
		}
	}
	if o.Margin == 0 {
		o.Margin = DefaultMargin
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Host{o}, nil
}

func config(hint string) error { return fault.New(fault.Config, "lambdahost.New", hint) }

// Invoker serves one event: a Host, or whoever picks one.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Start serves events until Lambda ends the process. It does not return.
func Start(i Invoker) { lambda.Start(i) }

// event is every event that a host knows, in one: each field is of those kinds
// that have it.
type event struct {
	Records []record `json:"Records"` // SQS

	Source string `json:"source"` // EventBridge
	Detail string `json:"detail-type"`

	Context struct {
		Connection string `json:"connectionId"` // WebSocket API
		Kind       string `json:"eventType"`
		Identity   struct {
			Caller string `json:"sourceIp"`
		} `json:"identity"`

		Domain string `json:"domainName"` // HTTP API, function URL
		Stage  string `json:"stage"`
		HTTP   *struct {
			Method   string `json:"method"`
			Protocol string `json:"protocol"`
			Caller   string `json:"sourceIp"`
		} `json:"http"`
	} `json:"requestContext"`

	Path    string            `json:"rawPath"`
	Query   string            `json:"rawQueryString"`
	Cookies []string          `json:"cookies"`
	Headers map[string]string `json:"headers"`

	Body   string `json:"body"`
	Base64 bool   `json:"isBase64Encoded"`
}

func (e *event) scheduled() bool {
	return e.Detail == "Scheduled Event" && (e.Source == "aws.events" || e.Source == "aws.scheduler")
}

// Invoke implements lambda.Handler. An error says that nothing of the event was
// done, or that a schedule's work stopped early; Lambda then tries again where the
// event's source does.
func (h *Host) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, unknown("it is no JSON object of a known shape") // what the decoder says may quote the event
	}
	inner, cancel := h.within(ctx)
	defer cancel()
	switch {
	case len(e.Records) > 0:
		return h.consume(inner, e.Records)
	case e.Context.Connection != "" && h.o.Live != nil:
		return h.converse(inner, ctx, &e)
	case e.Context.HTTP != nil && h.o.HTTP != nil:
		return h.serve(inner, &e)
	case e.scheduled() && h.o.Schedule != nil:
		return h.tick(inner)
	case e.Context.Connection != "", e.Context.HTTP != nil, e.scheduled():
		return nil, unknown("this function does not serve its source")
	default:
		return nil, unknown("it is of no HTTP API (payload format 2.0), function URL, WebSocket API, SQS queue or schedule without input")
	}
}

func unknown(why string) error {
	return fault.New(fault.BadRequest, "lambdahost.Invoke", "nothing was done with the event: "+why)
}

// within ends a context while there is still time to answer.
func (h *Host) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-h.o.Margin))
	}
	return context.WithCancel(ctx)
}

func (h *Host) tick(ctx context.Context) ([]byte, error) {
	if err := h.contain(ctx, "schedule", func() error { return h.o.Schedule(ctx) }); err != nil {
		return nil, err
	}
	return []byte(`{}`), nil
}

// contain calls do and turns its panic into a fault.
func (h *Host) contain(ctx context.Context, op string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			h.log(ctx, slog.LevelError, "a panic", slog.String("op", op),
				slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			err = fault.New(fault.Internal, "lambdahost."+op, "see the log: a handler panicked")
		}
	}()
	return do()
}

// log adds Lambda's own id of the invocation.
func (h *Host) log(ctx context.Context, level slog.Level, text string, attrs ...slog.Attr) {
	if of, ok := lambdacontext.FromContext(ctx); ok {
		attrs = append(attrs, slog.String("request", of.AwsRequestID))
	}
	h.o.Log.LogAttrs(ctx, level, text, attrs...)
}
