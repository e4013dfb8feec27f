package slack

import (
	"context"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/vault"
)

// Paths, below the address of the deployment: https://docs.slack.dev/authentication/installing-with-oauth.
const (
	below       = "/channels/" + Name + "/"
	CallsPath   = below + "events"  // events, buttons and commands, all at one address
	InstallPath = below + "install" // where whoever installs the app begins
	OAuthPath   = below + "oauth"   // where Slack leads them back to
)

// Host is what a program gives to the channel; all is required but Language.
type Host struct {
	Vault    vault.Vault
	Client   *http.Client // channel.NewClient's
	Now      func() time.Time
	Wait     func(ctx context.Context, d time.Duration) error // until d has passed, or ctx ends
	Random   func() string                                    // an unguessable text
	Failed   func(context.Context, error)                     // is told why somebody could not install the app
	Language conversation.Language
}

// Open makes what zhida.yaml names: the connector, and how workspaces install the app. Errors: Config.
func Open(c *config.Slack, h Host) (*Connector, *Installer, error) {
	keeper, err := NewKeeper(KeeperOptions{
		Vault: h.Vault, ClientID: c.ClientID, ClientSecret: c.ClientSecret, API: c.API, Client: h.Client,
		Now: h.Now, Holder: h.Random, Wait: h.Wait,
	})
	if err != nil {
		return nil, nil, err
	}
	connector, err := New(Options{SigningSecret: c.SigningSecret, API: c.API, Client: h.Client, Tokens: keeper, Language: h.Language})
	if err != nil {
		return nil, nil, err
	}
	installer, err := NewInstaller(InstallerOptions{
		Keeper: keeper, Callback: c.Address + OAuthPath, Authorize: c.Authorize, Random: h.Random, Failed: h.Failed, Language: h.Language,
	})
	return connector, installer, err
}
