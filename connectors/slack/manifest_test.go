package slack_test

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/zhida-project/zhida/connectors/slack"
)

// TestTheManifestAsksForWhatTheInstallerDoes, in the same order, and names the addresses that are served.
func TestTheManifestAsksForWhatTheInstallerDoes(t *testing.T) {
	text, err := os.ReadFile("manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		OAuth struct {
			Scopes    struct{ Bot []string }
			Redirects []string `yaml:"redirect_urls"`
		} `yaml:"oauth_config"`
		Features struct {
			Commands  []struct{ URL string } `yaml:"slash_commands"`
			Assistant any                    `yaml:"assistant_view"`
			Agent     any                    `yaml:"agent_view"`
		}
		Settings struct {
			Events struct {
				Address string `yaml:"request_url"`
			} `yaml:"event_subscriptions"`
			Buttons struct {
				Address string `yaml:"request_url"`
			} `yaml:"interactivity"`
		}
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil || !slices.Equal(manifest.OAuth.Scopes.Bot, slack.Scopes()) {
		t.Errorf("the manifest has %v, the installer %v, %v", manifest.OAuth.Scopes.Bot, slack.Scopes(), err)
	}
	// Slack takes no manifest with one of the two alone; in an assistant's threads commands are not given.
	if asks := slices.Contains(manifest.OAuth.Scopes.Bot, "assistant:write"); asks || manifest.Features.Assistant != nil || manifest.Features.Agent != nil {
		t.Error("the app is an assistant: /human is lost there")
	}
	const base = "https://zhida.example"
	calls := []string{manifest.Settings.Events.Address, manifest.Settings.Buttons.Address}
	for _, c := range manifest.Features.Commands {
		calls = append(calls, c.URL)
	}
	if want := base + slack.CallsPath; len(calls) != 3 || slices.ContainsFunc(calls, func(c string) bool { return c != want }) {
		t.Errorf("Slack is to call %q, want %q", calls, want)
	}
	if want := []string{base + slack.OAuthPath}; !slices.Equal(manifest.OAuth.Redirects, want) {
		t.Errorf("workspaces come back to %q, want %q", manifest.OAuth.Redirects, want)
	}
}
