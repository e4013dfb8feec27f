package app

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/transfer"
	"github.com/zhida-project/zhida/web"
)

// pages mounts the pages, and with Demo the endpoints that only the demo page
// uses: it plays the company's backend that vouches for customers.
func (a *App) pages(mux *http.ServeMux) error {
	pages, err := web.Pages()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "app.pages", "")
	}
	mux.Handle("/web/", pages)
	mux.Handle("GET /desk/{$}", pages)
	if !a.o.Demo {
		mux.Handle("GET /{$}", http.RedirectHandler("/desk/", http.StatusFound))
		return nil
	}
	mux.Handle("GET /{$}", pages)
	mux.Handle("GET /dev/info", local(a.demoInfo))
	mux.Handle("POST /dev/customer", local(a.demoCustomer))
	mux.Handle("POST /dev/agent", local(a.demoAgent))
	mux.Handle("GET /dev/ask", local(a.demoAsk))
	for path, console := range map[string]http.Handler{phonesPath: a.o.Phones, slackPath: a.o.SlackWindow, textsPath: a.o.TextPhones} {
		if console != nil {
			mux.Handle(path+"/", local(http.StripPrefix(path, console).ServeHTTP))
		}
	}
	return nil
}

// Where the demo page plays the customers of other channels.
const (
	phonesPath = "/dev/wechat"
	slackPath  = "/dev/slack"
	textsPath  = "/dev/sms"
)

// forwarded are the headers by which proxies say that a call came from elsewhere.
var forwarded = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via", "Cf-Connecting-Ip"}

// local serves whoever names this machine in the address bar. A page elsewhere
// that points a name of its own at this machine is refused, and so is a proxy.
func local(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range forwarded {
			if r.Header.Get(name) != "" {
				jsonhttp.Refuse(w, fault.New(fault.Forbidden, "dev", "the demo is not served through proxies"))
				return
			}
		}
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if !strings.EqualFold(host, "localhost") && (err != nil || !ip.IsLoopback()) {
			jsonhttp.Refuse(w, fault.New(fault.Forbidden, "dev", "the demo is served to this machine only"))
			return
		}
		h(w, r)
	})
}

func (a *App) demoInfo(w http.ResponseWriter, _ *http.Request) {
	agents := make([]agentView, 0, len(a.o.Config.Desk.Agents))
	for _, agent := range a.o.Config.Desk.Agents {
		agents = append(agents, agentView{agent.ID, agent.Name})
	}
	jsonhttp.Write(w, http.StatusOK, struct {
		Company config.Text `json:"company"`
		Lease   int64       `json:"lease_seconds"`
		Agents  []agentView `json:"agents"`
		Code    string      `json:"code"`
		WeChat  bool        `json:"wechat"`
		Slack   bool        `json:"slack"`
		SMS     bool        `json:"sms"`
	}{a.o.Config.Company, int64(a.o.Config.Desk.Lease / time.Second), agents, a.sessions.code, a.o.Phones != nil, a.o.SlackWindow != nil, a.o.TextPhones != nil})
}

func (a *App) demoCustomer(w http.ResponseWriter, r *http.Request) {
	var b struct {
		User string `json:"user"`
		Name string `json:"name"`
	}
	if err := jsonhttp.Read(w, r, maxBody, &b); err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	token, err := a.vouch(b.User, b.Name)
	if err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	id, err := a.conversationOf(r.Context(), token)
	if err != nil { // the token is our own, so it is the user that will not do
		jsonhttp.Refuse(w, fault.New(fault.BadRequest, "dev.customer", "user has 1 to 128 bytes without control characters"))
		return
	}
	jsonhttp.Write(w, http.StatusOK, struct {
		Token        string          `json:"token"`
		Conversation conversation.ID `json:"conversation"`
	}{token, id})
}

// vouch signs a customer's token, as the company's backend would.
func (a *App) vouch(user, name string) (string, error) {
	settings := a.o.Config.Channels.InApp
	if settings.Secret.Empty() {
		return "", fault.New(fault.NotPossible, "app.vouch", "only your identity provider signs customers' tokens: the demo needs channels.inapp.secret")
	}
	now := a.o.Clock.Now()
	claims := jwt.MapClaims{
		"sub": user, "name": name, "aud": settings.Audience, "iat": now.Unix(), "exp": now.Add(sessionLength).Unix(),
	}
	if settings.Issuer != "" {
		claims["iss"] = settings.Issuer
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(settings.Secret.Reveal())
	return token, fault.Wrap(err, fault.Internal, "app.vouch", "")
}

func (a *App) conversationOf(ctx context.Context, token string) (conversation.ID, error) {
	who, err := a.inapp.Identify(ctx, token, a.o.Clock.Now())
	return a.inbound.ID(who.Peer), err
}

func (a *App) demoAgent(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Agent conversation.AgentID `json:"agent"`
	}
	if err := jsonhttp.Read(w, r, maxBody, &b); err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	answer, err := a.sessions.open(b.Agent)
	if err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	jsonhttp.Write(w, http.StatusOK, answer)
}

type recordView struct {
	Event conversation.RecordEvent `json:"event"`
	At    int64                    `json:"at"`
	Nth   int                      `json:"nth"`
}

// demoAsk shows the customer's latest ask: its records, and the event as it lies
// in the queue.
func (a *App) demoAsk(w http.ResponseWriter, r *http.Request) {
	answer, err := a.ask(r)
	if err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	jsonhttp.Write(w, http.StatusOK, answer)
}

type askAnswer struct {
	Ticket  conversation.TicketID `json:"ticket"`
	Records []recordView          `json:"records"`
	Event   json.RawMessage       `json:"event"`
}

// askedFor is the conversation of whoever holds one of the demo's phones: the app's tells who
// it is by a token, others by what their platform calls it, which is played here.
func (a *App) askedFor(r *http.Request) (conversation.ID, error) {
	played := map[string]bool{wechat.Name: a.o.Phones != nil, slack.Name: a.o.SlackWindow != nil, sms.Name: a.o.TextPhones != nil}
	if channel := r.FormValue("channel"); played[channel] {
		return a.inbound.ID(conversation.Peer{
			Channel: channel, Account: r.FormValue("account"), User: r.FormValue("user"), Thread: r.FormValue("thread"),
		}), nil
	}
	id, err := a.conversationOf(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if asked := r.FormValue("conversation"); err == nil && asked != "" && conversation.ID(asked) != id {
		return "", fault.New(fault.Forbidden, "dev.ask", "this is another customer's conversation")
	}
	return id, err
}

func (a *App) ask(r *http.Request) (askAnswer, error) {
	ctx := r.Context()
	answer := askAnswer{Records: []recordView{}, Event: json.RawMessage("null")}
	id, err := a.askedFor(r)
	if err != nil {
		return answer, err
	}
	c, err := a.engines.Store.Conversation(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && c.Ticket.ID == "" {
		return answer, nil
	}
	if err != nil {
		return answer, err
	}
	answer.Ticket = c.Ticket.ID
	records, err := a.engines.Store.Ledger(ctx, c.Ticket.ID)
	if err != nil {
		return answer, err
	}
	for _, record := range records {
		answer.Records = append(answer.Records, recordView{record.Event, record.At.UnixMilli(), record.Nth})
	}
	return answer, a.permitOf(ctx, c.Ticket.ID, &answer.Event)
}

// permitsShown is how far into the queue the demo looks.
const permitsShown = 1_000

func (a *App) permitOf(ctx context.Context, ticket conversation.TicketID, into *json.RawMessage) error {
	entries, err := a.engines.Permits.Peek(ctx, permitsShown)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if event, err := transfer.Decode(e.Body); err == nil && event.Data.Ticket == ticket {
			*into = e.Body // the newest of several wins: a ticket that came back has two
		}
	}
	return nil
}
