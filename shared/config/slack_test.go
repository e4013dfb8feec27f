package config_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
)

const (
	slackSigning = "8f742231b10e8888abcd99yyyzzz85a5"
	slackClient  = "33fea0113f5b133fea0113f5b133fea0"
)

func TestSlack(t *testing.T) {
	got, err := config.Load(read(t, "good/slack.yaml"), lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Slack{
		ClientID: "2141029472.691202649728", Address: "https://chat.shop.example",
		API: "http://localhost:8091/api/", Authorize: "http://localhost:8091/oauth/v2/authorize",
		SigningSecret: config.NewSecret(slackSigning), ClientSecret: config.NewSecret(slackClient),
	}
	if !reflect.DeepEqual(got.Channels.Slack, want) {
		t.Errorf("got %+v", got.Channels.Slack)
	}
	if shown := fmt.Sprintf("%+v %#v", got.Channels.Slack, got.Channels.Slack); strings.Contains(shown, slackSigning) || strings.Contains(shown, slackClient) {
		t.Error("a secret is shown")
	}
}

// TestSlackByParts: whoever wants one of its secrets looks up no other.
func TestSlackByParts(t *testing.T) {
	file := config.Parse(read(t, "good/slack.yaml"))
	for part, name := range map[config.Part]string{
		config.SlackSigningSecret: "ZHIDA_SLACK_SIGNING_SECRET", config.SlackClientSecret: "ZHIDA_SLACK_CLIENT_SECRET",
	} {
		if names, err := file.Names(part); err != nil || !slices.Equal(names, []string{name}) {
			t.Errorf("%s: names %v, %v", part, names, err)
		}
		c, err := file.Load(lookup, part)
		if err != nil {
			t.Fatal(err)
		}
		s := c.Channels.Slack
		if s.SigningSecret.Empty() != (part == config.SlackClientSecret) || s.ClientSecret.Empty() != (part == config.SlackSigningSecret) {
			t.Errorf("%s: it has the other part's secret, or not its own", part)
		}
	}
}
