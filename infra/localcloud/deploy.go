package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/infra/template"
)

// Deploy makes what the template says, and lets it work.
func Deploy(ctx context.Context, o Options) (*Cloud, error) {
	if o.Template == nil || o.Stack == "" || o.Now == nil || o.Client == nil {
		return nil, errors.New("a deployment needs a template, a name, a clock and a client")
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	c := &Cloud{
		o: o, names: names{partition, region, account}, record: newRecord(o.OnRefused), log: &shared{to: o.Log},
		functions: map[string]*Function{}, arns: map[string]string{}, policies: map[string]policy{}, sockets: map[string]*Sockets{}, urls: map[string]string{},
		stop: func() {}, polling: newTasks(), empty: map[string]int{},
	}
	c.kept = newKept(&c.o, c.names)
	if err := c.deploy(ctx); err != nil {
		return nil, errors.Join(err, c.Delete(ctx))
	}
	return c, nil
}

func (c *Cloud) evaluate() (*template.Stack, error) {
	return c.o.Template.Evaluate(template.Inputs{
		Parameters: c.o.Parameters, Place: template.Place{Region: region, Account: account, Stack: c.o.Stack}, Attribute: c.kept.attribute,
	})
}

// deploy reads the template twice: what is made of the first reading has the
// addresses that the second knows.
func (c *Cloud) deploy(ctx context.Context) error {
	planned, err := c.evaluate()
	if err != nil {
		return err
	}
	if err := c.kept.make(ctx, planned); err != nil {
		return err
	}
	made, err := c.evaluate()
	if err != nil {
		return err
	}
	for _, step := range []func(*template.Stack) error{c.makePolicies, c.makeSockets, c.makeFunctions, c.makeRoutes, c.makeSchedules} {
		if err := step(made); err != nil {
			return err
		}
	}
	polling, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	for _, p := range c.pollers {
		c.polling.run(func() { p.run(polling) })
	}
	return nil
}

// listen serves on a free port of this machine.
func (c *Cloud) listen(what string, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	c.servers = append(c.servers, server)
	c.urls[what] = "http://" + listener.Addr().String()
	go func() { _ = server.Serve(listener) }() // until Delete closes it
	return nil
}

// makeSockets makes the WebSocket APIs. Whose they are is known with the routes.
func (c *Cloud) makeSockets(s *template.Stack) error {
	for _, api := range s.Of("AWS::ApiGatewayV2::Api") {
		if api.Text("ProtocolType") != "WEBSOCKET" {
			continue
		}
		for _, stage := range s.Of("AWS::ApiGatewayV2::Stage") {
			if stage.Text("ApiId") != api.Name {
				continue
			}
			c.sockets[api.Name] = NewSockets(api.Name, stage.Text("StageName"), nil, c.o.Now)
			if err := c.listen(api.Name, c.sockets[api.Name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Cloud) makeFunctions(s *template.Stack) error {
	to := upstreams{}
	for service, address := range map[string]string{"dynamodb": c.o.DynamoDB, "sqs": c.o.SQS, "secretsmanager": c.o.Secrets, "s3": c.o.S3, "kms": c.o.KMS, "sms-voice": c.o.SMS} {
		at, err := url.Parse(address)
		if err != nil {
			return err
		}
		to[service] = at
	}
	for _, r := range s.Of(template.Function) {
		name := path.Base(r.Text("CodeUri"))
		if err := c.listen("proxy of "+name, newProxy(name, c.policies[name], c.names, c.record, to, c.o.Client.Transport, c.sockets)); err != nil {
			return err
		}
		if err := c.makeFunction(s, r, name); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		if err := c.makeSources(s, r, name); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

func (c *Cloud) makeFunction(s *template.Stack, r template.Resource, name string) error {
	seconds, err := strconv.Atoi(r.Text("Timeout"))
	if err != nil {
		return fmt.Errorf("its timeout: %w", err)
	}
	memory, err := strconv.Atoi(r.Text("MemorySize"))
	if err != nil {
		return fmt.Errorf("its memory: %w", err)
	}
	env, err := c.environment(s, r, name)
	if err != nil {
		return err
	}
	full := r.Text("FunctionName")
	c.arns[name] = c.names.arn("lambda", "function:"+full)
	f, err := NewFunction(FunctionOptions{
		Name: full, ARN: c.arns[name], Program: c.o.Programs[name], Env: env, Region: region, Memory: memory,
		Timeout: time.Duration(seconds) * time.Second, Now: c.o.Now, Log: c.log,
	})
	if err != nil {
		return err
	}
	c.functions[name] = f
	return nil
}

// environment is what the template says, with this machine's addresses.
func (c *Cloud) environment(s *template.Stack, r template.Resource, name string) ([]string, error) {
	all, err := s.Environment(r.Name)
	if err != nil {
		return nil, err
	}
	proxy := c.urls["proxy of "+name]
	for variable, value := range all {
		all[variable] = c.local(value, proxy)
	}
	for _, service := range []string{"DYNAMODB", "SQS", "SECRETS_MANAGER", "S3", "KMS", "PINPOINT_SMS_VOICE_V2"} {
		all["AWS_ENDPOINT_URL_"+service] = proxy
	}
	for _, of := range []string{"", name} {
		for variable, value := range c.o.Env[of] {
			all[variable] = value
		}
	}
	var lines []string
	for variable, value := range all {
		lines = append(lines, variable+"="+value)
	}
	return lines, nil
}

// local puts an address on this machine in the place of an API's: functions reach
// the connections of one by their proxy, and clients the API itself.
func (c *Cloud) local(value, proxy string) string {
	scheme, rest, _ := strings.Cut(value, "://")
	host, stage, _ := strings.Cut(rest, "/")
	api, _, ok := strings.Cut(host, ".execute-api.")
	switch {
	case !ok || c.sockets[api] == nil:
		return value
	case scheme == "wss":
		return c.Live(api)
	default:
		return proxy + "/" + api + "/" + stage
	}
}

// makeSources lets the function's queues feed it. Its role is Lambda's to poll with.
func (c *Cloud) makeSources(s *template.Stack, r template.Resource, name string) error {
	sources, err := s.Sources(r.Name)
	if err != nil {
		return err
	}
	for _, from := range sources {
		queue := from.Queue[strings.LastIndexByte(from.Queue, ':')+1:]
		address, ok := c.kept.queues[queue]
		if !ok {
			return fmt.Errorf("there is no queue %s", queue)
		}
		c.pollers = append(c.pollers, newPoller(c.kept.queue, Source{
			URL: address, ARN: from.Queue, Region: region, To: c.functions[name], Batch: from.Batch, Most: from.AtOnce, Partial: from.Partial,
		}))
		polls := []permission{{"sqs:ReceiveMessage", from.Queue}, {"sqs:DeleteMessage", from.Queue}, {"sqs:GetQueueAttributes", from.Queue}}
		c.record.note(name, polls, c.policies[name].denied(name, polls))
	}
	return nil
}

// makeRoutes leads what comes to each API to its function.
func (c *Cloud) makeRoutes(s *template.Stack) error {
	var routes []Route
	for _, r := range s.Of("AWS::ApiGatewayV2::Route") {
		integration, err := s.Resource(strings.TrimPrefix(r.Text("Target"), "integrations/"))
		if err != nil {
			return err
		}
		to := c.functionIn(integration.Text("IntegrationUri"))
		if to == nil {
			return fmt.Errorf("%s leads to no function", r.Name)
		}
		if sockets := c.sockets[r.Text("ApiId")]; sockets != nil {
			sockets.to = to
			continue
		}
		routes = append(routes, Route{r.Text("RouteKey"), to})
	}
	gateway, err := NewGateway(c.o.Now, routes...)
	if err != nil {
		return err
	}
	return c.listen("http", gateway)
}

// functionIn finds the function whose ARN is in a text.
func (c *Cloud) functionIn(text string) *Function {
	for name, arn := range c.arns {
		if strings.HasSuffix(text, arn) || strings.Contains(text, arn+"/") {
			return c.functions[name]
		}
	}
	return nil
}

func (c *Cloud) makeSchedules(s *template.Stack) error {
	for _, r := range s.Of("AWS::Scheduler::Schedule") {
		f := c.functionIn(r.Text("Target.Arn"))
		if f == nil {
			return fmt.Errorf("%s runs no function", r.Name)
		}
		c.scheduled = append(c.scheduled, f)
	}
	return nil
}
