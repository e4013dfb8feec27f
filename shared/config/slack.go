package config

import (
	"regexp"
	"strings"
)

// Slack is the channel of the company's Slack app, in all workspaces that installed it.
type Slack struct {
	ClientID      string // of the app, as its page has it
	Address       string // where Slack and browsers reach this deployment: an origin, without a slash at its end
	API           string // where its Web API answers, with a slash at its end; "" for Slack's own
	Authorize     string // where a workspace agrees to the app; "" for Slack's own
	SigningSecret Secret // with which Slack signs its calls
	ClientSecret  Secret // with which tokens are asked for
}

// clientIDShape is two words with a mark between: 2141029472.691202649728 today, 4b39e9-752c4 in
// https://docs.slack.dev/reference/methods/oauth.v2.access. It is none of the page's other values.
var clientIDShape = regexp.MustCompile(`^[0-9a-z]+[.-][0-9a-z]+$`)

const (
	basicInformation = "Basic Information → App Credentials, on the app's page at api.slack.com/apps"
	setSigning       = "set it to the Signing Secret of " + basicInformation
	setClient        = "set it to the Client Secret of " + basicInformation
)

func (r *reader) slack(f field) *Slack {
	all := r.fields(f, "client_id", "address", "api", "authorize", "signing_secret", "client_secret")
	c := &Slack{}
	if v, ok := r.need(f, all, "client_id", "it is the Client ID of "+basicInformation); ok {
		before := len(r.mistakes)
		if c.ClientID = r.text(v, maxPhrase); len(r.mistakes) == before && !clientIDShape.MatchString(c.ClientID) {
			r.wrong(v, "this is no client ID", "it is two numbers with a point between, from "+basicInformation)
		}
	}
	if v, ok := r.need(f, all, "address", "say where Slack reaches this deployment, such as address: https://chat.shop.example"); ok {
		c.Address = r.origin(v)
	}
	if v, ok := all["api"]; ok {
		c.API = r.url(v, address{
			such: "https://slack.com/api/", here: "http://localhost:8091/api/",
			open: "tokens would travel in the open", user: "workspaces give their tokens by installing the app",
		})
		if !strings.HasSuffix(c.API, "/") && c.API != "" {
			c.API += "/"
		}
	}
	if v, ok := all["authorize"]; ok {
		c.Authorize = r.url(v, address{
			such: "https://slack.com/oauth/v2/authorize", here: "http://localhost:8091/oauth/v2/authorize",
			open: "whoever sits in between could send people elsewhere", user: "the app is named by its client ID",
		})
	}
	if v, ok := r.need(f, all, "signing_secret", "add signing_secret: { env: ZHIDA_SLACK_SIGNING_SECRET }"); ok {
		c.SigningSecret = r.given(v, setSigning)
	}
	if v, ok := r.need(f, all, "client_secret", "add client_secret: { env: ZHIDA_SLACK_CLIENT_SECRET }"); ok {
		c.ClientSecret = r.given(v, setClient)
	}
	return c
}
