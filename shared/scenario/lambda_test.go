package scenario

import (
	"cmp"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// lambda is the template, deployed on this machine: the functions' real bootstraps
// under a Runtime API, behind API Gateway's events, on emulators.
//
// Its time stands still as the binary's does, but not for what AWS counts: delays and
// visibility of queues, deadlines of functions.
type lambda struct {
	front
	clock  queuetest.Clock
	file   *localcloud.ClockFile
	cloud  *localcloud.Cloud
	issuer *emulator.Issuer
	*slowBot
	calls  bool // customers come by calls
	hook   hook
	wechat *weChat    // nil unless the story has it
	beside *slackSide // likewise
	texts  *smsSide   // likewise

	permits [][]byte // taken off the queue, where they would lie for tools
}

func startLambda(t testing.TB, s Setup) *lambda {
	t.Helper()
	l := &lambda{clock: queuetest.NewClock(opening), issuer: emulator.NewIssuer(t), calls: s.Calls}
	l.slowBot = newSlowBot(t, s.Bot, l.Now)
	if s.WeChat {
		l.wechat = startWeChat(t, l.clock)
		s.wechat = l.wechat
	}
	if s.Slack {
		l.beside = startSlack(t, l.clock)
		s.slack = l.beside
	}
	stack := theCloud.name()
	if s.SMS {
		l.texts = startSMS(t, l.clock, smsPlace{"arn:aws:sns:eu-west-1:123456789012:" + stack + "-sms", stack}, stored(t))
		s.sms = l.texts
	}
	l.front = newFront(t, l.URL, l.Now)
	l.issuer.Now, l.issuer.Lasts = l.Now, 12*time.Hour
	for _, a := range shop(t, s, l.slowBot).Desk.Agents {
		l.issuer.People[string(a.ID)] = map[string]any{
			"roles": []string{"agent"}, "name#zh-CN": a.Name[conversation.Chinese], "name#en": a.Name[conversation.English],
		}
	}
	t.Cleanup(func() {
		if l.cloud == nil {
			return
		}
		l.log.check(t) // when everything has ended
		_, refused := l.cloud.Calls()
		for _, why := range refused {
			t.Error(why)
		}
	})
	folder := t.TempDir()
	file, err := localcloud.NewClockFile(folder, l.Now())
	if err != nil {
		t.Fatal(err)
	}
	l.file = file
	t.Cleanup(func() { _ = file.Close() })
	o := localcloud.Options{
		Stack: stack, Log: l.log,
		Parameters: map[string]string{
			"OidcIssuer": "https://login.example", "OidcAudience": l.issuer.Audience, "OidcClient": l.issuer.ClientID, "OidcRolesClaim": "roles",
		},
		SecretValues: map[string]string{
			"DeploymentKey": secrets["ZHIDA_DEPLOYMENT_KEY"], "InappSecret": secrets["ZHIDA_INAPP_SECRET"], "BotSecret": secrets["ZHIDA_BOT_SECRET"],
		},
		Env: map[string]map[string]string{
			"":     {localcloud.ClockVariable: file.Path(), "ZHIDA_CONFIG": l.settings(folder, s)},
			"desk": {"ZHIDA_OIDC_ISSUER": l.issuer.URL}, // the template wants https
		},
	}
	if s.Bot != "" {
		o.Parameters["Bot"] = "on"
	}
	if s.WeChat {
		o.Parameters["WeChatChannel"] = "on"
		o.SecretValues["WechatWebhooks"], o.SecretValues["WechatSecrets"] = cmp.Or(s.Webhooks, weChatSecrets()["ZHIDA_WECHAT_WEBHOOKS"]), weChatSecrets()["ZHIDA_WECHAT_SECRETS"]
	}
	if s.Slack {
		o.Parameters["SlackChannel"] = "on"
		o.SecretValues["SlackSigningSecret"], o.SecretValues["SlackClientSecret"] = slackApp.SigningSecret, slackApp.ClientSecret
	}
	if s.SMS {
		o.Parameters["SMSChannel"], o.SMS = "on", l.texts.url
	}
	l.cloud = deploy(t, o)
	t.Cleanup(func() {
		l.release()
		l.web.CloseIdleConnections()
	})
	if s.WeChat {
		l.wechat.open(l, l.URL(), l.log.forbid)
		l.Advance(0) // the clock fetches the access tokens
	}
	if s.Slack {
		l.beside.open(l, l.URL(), l.log.forbid)
	}
	if s.SMS {
		l.texts.open(l, l.putter, l.log.forbid)
	}
	return l
}

// settings writes zhida.yaml.
func (l *lambda) settings(folder string, s Setup) string {
	l.t.Helper()
	path := filepath.Join(folder, "zhida.yaml")
	if err := os.WriteFile(path, shopFile(l.t, s, l.slowBot), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// Now is part of Host.
func (l *lambda) Now() time.Time { return l.clock.Now() }

func (l *lambda) advance(d time.Duration) {
	l.t.Helper()
	l.clock.Advance(d)
	if err := l.file.Set(l.Now()); err != nil {
		l.t.Fatal(err)
	}
}

// Advance is part of Host.
func (l *lambda) Advance(d time.Duration) {
	l.t.Helper()
	if l.wechat != nil {
		l.wechat.rest()
		defer l.wechat.rest()
	}
	if l.beside != nil {
		l.beside.rest()
		defer l.beside.rest()
	}
	if l.texts != nil {
		l.texts.rest()
		defer l.texts.rest()
	}
	l.advance(d)
	if err := l.cloud.Tick(context.Background()); err != nil {
		l.t.Errorf("the clock fails: %v", err)
	}
}

// Still is part of Host. The slow bot has every turn by then: a function takes longer
// to start than a story's time to stand still.
func (l *lambda) Still() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, name := range l.queues() {
		if err := l.cloud.Quiet(ctx, name); err != nil {
			l.t.Errorf("deliveries do not come to an end: %v", err)
		}
	}
	if function := l.cloud.Function("bot"); function != nil {
		if err := l.cloud.Taken(ctx, "bot"); err != nil {
			l.t.Errorf("turns do not reach the bot: %v", err)
		}
		for function.Running() > l.thinking() {
			if ctx.Err() != nil {
				l.t.Fatal("the bot is not asked")
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// queues are those of which everything is done when a story stands still, in order: what came,
// then what we say.
func (l *lambda) queues() []string {
	names := []string{"outbound-inapp.fifo"}
	if l.wechat != nil {
		names = append(names, "outbound-wechat.fifo")
	}
	if l.beside != nil {
		names = append(names, "outbound-slack.fifo")
	}
	if l.texts != nil {
		names = append([]string{inboundSMS}, append(names, "outbound-sms.fifo")...)
	}
	return names
}

// Restart is part of Host. On AWS nothing restarts as a whole; what comes nearest is
// an hour in which nothing runs, after which every instance is new and every client
// connects again.
func (l *lambda) Restart(away time.Duration) {
	l.t.Helper()
	l.Still()
	l.cloud.Cut()
	l.cloud.Kill()
	l.advance(away)
}

// Permits is part of Host.
func (l *lambda) Permits() [][]byte {
	l.t.Helper()
	taken, err := l.cloud.Take(context.Background(), "transfers-front")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, m := range taken {
		l.permits = append(l.permits, []byte(*m.Body))
	}
	return slices.Clone(l.permits)
}

// store is the table, for a test that puts something there.
func (l *lambda) store() store.Store {
	l.t.Helper()
	client, table := l.cloud.Table("Table")
	s, err := dynamostore.New(dynamostore.Options{Client: client, Table: table, Now: l.Now, Random: rand.New(rand.NewPCG(1, 2)).Float64})
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// Customer is part of Host.
func (l *lambda) Customer(name string) Customer {
	return newClient(l.t, l, l.user(name)).ByCalls(l.calls)
}

// Agent is part of Host.
func (l *lambda) Agent(name string) Agent { return newDesker(l.t, l, name) }

// CustomersLive is part of place.
func (l *lambda) CustomersLive() string { return l.cloud.Live("CustomersApi") }

// AgentsLive is part of office.
func (l *lambda) AgentsLive() string { return l.cloud.Live("AgentsApi") }

// URL is where the HTTP API answers.
func (l *lambda) URL() string { return l.cloud.URL() }

// Session is part of office: the company's identity provider knows the agents.
func (l *lambda) Session(agent string) (string, time.Time) {
	l.t.Helper()
	token := l.issuer.Sign(l.issuer.Claims(agent, nil))
	l.log.forbid(token)
	return token, l.Now().Add(l.issuer.Lasts)
}
