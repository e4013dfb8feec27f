package bench

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/apigwlive"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// deployment is the in-app channel and the desk as functions/ puts them together,
// on one table whose calls are metered. Its queues and its gateway count what goes
// through them, and hand on nothing by themselves.
type deployment struct {
	testing.TB
	now    time.Time
	meter  *dynamotest.Meter
	queues map[string]*tally
	frames int // posted to connections
	inapp  http.Handler
	polled http.Handler // customers' pages without a WebSocket
	desk   http.Handler
	listen map[string]func(context.Context, []byte) error // by queue
	calls  []storeCall                                    // of the invocation that runs
}

// The queues: those of functions/, as far as they are used here.
const (
	bells      = "outbound-inapp.fifo"
	deskEvents = "desk-events"
	inappNews  = "inapp-events"
	deskLines  = "desk-lines.fifo"
	inappLines = "inapp-lines.fifo"
	permits    = "transfers-front"
)

// tally is a queue of one deployment.
type tally struct {
	queue.Queue
	sent [][]byte // and not handed on yet
	all  int
}

func (q *tally) Publish(_ context.Context, m queue.Message) error {
	q.sent = append(q.sent, m.Body)
	q.all++
	return nil
}

// gateway counts frames.
type gateway struct{ d *deployment }

func (g gateway) PostToConnection(context.Context, *apigatewaymanagementapi.PostToConnectionInput, ...func(*apigatewaymanagementapi.Options)) (*apigatewaymanagementapi.PostToConnectionOutput, error) {
	g.d.frames++
	return &apigatewaymanagementapi.PostToConnectionOutput{}, nil
}

func (g gateway) DeleteConnection(context.Context, *apigatewaymanagementapi.DeleteConnectionInput, ...func(*apigatewaymanagementapi.Options)) (*apigatewaymanagementapi.DeleteConnectionOutput, error) {
	return &apigatewaymanagementapi.DeleteConnectionOutput{}, nil
}

// agentID is as identity providers name people.
const agentID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

// noTools keeps no tokens: the agent is a person.
type noTools struct{ toolkey.Store }

type oneAgent struct{}

func (oneAgent) Agent(context.Context, string, time.Time) (desk.Agent, error) {
	return desk.Agent{ID: agentID, Role: desk.RoleAgent, Names: map[conversation.Language]string{conversation.Chinese: "林小雨"}}, nil
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// need is for what cannot fail here.
func need[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		must(tb, err)
		return v
	}
}

// deploy makes a deployment on an empty table.
func deploy(tb testing.TB) *deployment {
	tb.Helper()
	d := &deployment{
		TB: tb, now: time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC), meter: &dynamotest.Meter{Latency: 20 * time.Millisecond}, queues: map[string]*tally{},
	}
	for _, name := range []string{bells, deskEvents, inappNews, deskLines, inappLines, permits} {
		d.queues[name] = &tally{}
	}
	client := dynamotest.Client(emulator.DynamoDB(tb), nil, d.meter.Watch)
	table := fmt.Sprintf("bench-%d", rand.Uint64())
	_, err := client.CreateTable(tb.Context(), dynamostore.Table(table))
	must(tb, err)
	tb.Cleanup(func() {
		_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &table})
		must(tb, err)
	})
	kept := need(dynamostore.New(dynamostore.Options{Client: client, Table: table, Now: d.clock, Random: rand.Float64}))(tb)
	d.wire(watched{kept, d}, need(apigwlive.NewSessions(client, table, d.clock))(tb))
	return d
}

func (d *deployment) clock() time.Time { return d.now }

func (d *deployment) wire(kept store.Store, sessions *apigwlive.Sessions) {
	log := slog.New(slog.DiscardHandler)
	push := need(apigwlive.NewPusher(sessions, need(apigwlive.NewPoster(gateway{d}))(d)))(d)
	connector := need(inapp.New(inapp.Options{Account: "main", Secret: shop().Channels.InApp.Secret, Audience: "zhida-inapp", Push: push}))(d)
	maxText := map[string]int{inapp.Name: connector.Info().MaxText}
	channels := desk.Channels{inapp.Name: {MaxText: connector.Info().MaxText}}

	customers := need(inbound.NewAudience(kept, connector, push, nil, log))(d)
	box := d.outbox(kept, maxText, customers, outbox.Relay{Queue: d.queues[deskEvents], Concerns: func(n outbox.News) bool {
		return n.Holder != "" || n.Left != ""
	}})
	answers := faq.New([]config.Entry{{ID: "refund", Match: []string{"退款"}, Answer: config.Text{
		conversation.Chinese: "退款会在审核通过后三个工作日内原路退回，节假日顺延；您可以在“我的订单”里查看进度。",
	}}})
	router := need(routing.New(routing.Options{Language: conversation.Chinese, Answers: answers, Line: kept}))(d)
	service := need(inbound.New(inbound.Options{IDs: ids(d), Store: kept, Outbox: box, Decider: router, Now: d.clock, Log: log}))(d)
	drain := need(outbound.New(outbound.Options{Store: kept, Outbox: box, Connector: connector, Now: d.clock, Log: log}))(d)
	d.inapp = service.NewHandler(connector, nil)
	d.polled = inbound.NewCalls(service.NewVisitors(connector, customers, inbound.NewDoor(inbound.DoorOptions{})), sessions)

	agents := need(desk.NewAudience(kept, push, channels, nil, d.clock, log))(d)
	own := d.outbox(kept, maxText, agents, outbox.Relay{Queue: d.queues[inappNews], Concerns: func(n outbox.News) bool {
		return n.Moved || n.Typing == conversation.Person
	}})
	d.desk = need(desk.New(desk.Options{Store: kept, Outbox: own, Auth: oneAgent{}, Tools: noTools{}, Rand: strings.NewReader(""), Channels: channels, Lease: 2 * time.Minute, Now: d.clock, Log: log}))(d).Handler()

	d.listen = map[string]func(context.Context, []byte) error{
		bells: drain.Handle, inappNews: outbox.Listen(customers), inappLines: outbox.Watch(customers.ShowLine),
		deskEvents: outbox.Listen(agents), deskLines: outbox.Watch(agents.ShowLine),
	}
	// Somebody looks on at either end.
	for _, topics := range [][]string{{"agent:" + agentID, "lane:" + string(conversation.Front)}, {string(ids(d).Of(customer()))}} {
		must(d, sessions.Put(d.Context(), fmt.Sprintf("%016x=", rand.Uint64()), live.Session{Topics: topics}))
	}
}

// customer is who writes.
func customer() conversation.Peer {
	return conversation.Peer{Channel: inapp.Name, Account: "main", User: "8f14e45f-ceea-467a-9d2b-1a5dedd4bea2"}
}

func (d *deployment) outbox(kept store.Store, maxText map[string]int, audiences ...outbox.Audience) *outbox.Outbox {
	for _, name := range []string{deskLines, inappLines} {
		audiences = append(audiences, outbox.Lines{Queue: d.queues[name], Now: d.clock})
	}
	return need(outbox.New(outbox.Options{
		Store: kept, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: d.queues[permits]},
		Outbound: map[string]queue.Queue{inapp.Name: d.queues[bells]}, MaxText: maxText,
		Audience: outbox.Audiences(audiences), Now: d.clock, Log: slog.New(slog.DiscardHandler),
	}))(d)
}

// post makes one call of a handler and fails if it is refused.
func (d *deployment) post(h http.Handler, path, token, body string) {
	d.Helper()
	r := httptest.NewRequestWithContext(d.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	if out.Code != http.StatusOK {
		d.Fatalf("%s: %d %s", path, out.Code, out.Body)
	}
}
