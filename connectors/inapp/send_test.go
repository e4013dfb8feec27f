package inapp_test

import (
	"encoding/json"
	"testing"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

func TestFrames(t *testing.T) {
	c, err := inapp.New(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	key := conversation.Key("1760000000000-c.m-1")
	for name, f := range map[string]struct {
		m    conversation.Message
		want string
	}{
		"customer": {
			conversation.Message{Key: key, Author: conversation.Customer, Name: "never", ClientID: "m-1", Parts: conversation.TextParts("a")},
			`{"key":"1760000000000-c.m-1","author":"customer","text":"a","at":1760000000000,"id":"m-1","way":false}`,
		},
		"bot": {
			conversation.Message{Key: key, Author: conversation.Bot, Purpose: conversation.Offer, Way: true,
				Parts: []conversation.Part{{Kind: conversation.Text, Text: "a"}, {Kind: conversation.Text, Text: "b"}}},
			`{"key":"1760000000000-c.m-1","author":"bot","purpose":"offer","text":"a\nb","at":1760000000000,"way":true}`,
		},
		"person": {
			conversation.Message{Key: key, Author: conversation.Person, Agent: "li@shop", Name: "Li", ClientID: "tool-9", Parts: conversation.TextParts("a")},
			`{"key":"1760000000000-c.m-1","author":"person","name":"Li","text":"a","at":1760000000000,"way":false}`,
		},
		"an author nobody knows is no person": {
			conversation.Message{Key: key, Author: "", Parts: conversation.TextParts("a")},
			`{"key":"1760000000000-c.m-1","author":"bot","text":"a","at":1760000000000,"way":false}`,
		},
	} {
		got, err := json.Marshal(c.Frame(f.m, channel.View{}))
		if err != nil || string(got) != f.want {
			t.Errorf("%s: got %s, %v\nwant %s", name, got, err, f.want)
		}
	}
}
