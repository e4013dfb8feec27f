package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/desk"
)

// approved is a channel whose provider approves every text before.
type approved struct{ channel.Connector }

func (approved) Info() channel.Info {
	return channel.Info{Name: "approved", MaxText: 70, Outbound: channel.Template}
}

// TestTheDeskKnowsItsChannels: what each carries is the connector's to say.
func TestTheDeskKnowsItsChannels(t *testing.T) {
	own := &inapp.Connector{}
	a := &App{inapp: own, platforms: []channel.Connector{approved{}}}
	want := desk.Channels{inapp.Name: {MaxText: own.Info().MaxText}, "approved": {MaxText: 70, Template: true}}
	if diff := cmp.Diff(want, a.deskChannels()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
