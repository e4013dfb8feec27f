package slack_test

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/zhida-project/zhida/connectors/slack"
)

// TestTheManifestAsksForWhatTheInstallerDoes, in the same order.
func TestTheManifestAsksForWhatTheInstallerDoes(t *testing.T) {
	text, err := os.ReadFile("manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		OAuth struct {
			Scopes struct{ Bot []string }
		} `yaml:"oauth_config"`
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil || !slices.Equal(manifest.OAuth.Scopes.Bot, slack.Scopes()) {
		t.Errorf("the manifest has %v, the installer %v, %v", manifest.OAuth.Scopes.Bot, slack.Scopes(), err)
	}
}
