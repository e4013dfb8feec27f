package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// secretsOf returns the parts of a configuration that have a secret.
func secretsOf(c config.Config) []config.Part {
	var parts []config.Part
	for part, s := range map[config.Part]config.Secret{
		config.DeploymentKey: c.DeploymentKey, config.InAppSecret: c.Channels.InApp.Secret,
		config.DeskSecret: c.Desk.Secret, config.BotSecret: c.Bot.Secret,
	} {
		if !s.Empty() {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return parts
}

var names = map[config.Part]string{
	config.DeploymentKey: "ZHIDA_DEPLOYMENT_KEY", config.InAppSecret: "ZHIDA_INAPP_SECRET",
	config.DeskSecret: "ZHIDA_DESK_SECRET", config.BotSecret: "ZHIDA_BOT_SECRET",
}

// TestPartHasItsSecretsOnly asks for every combination of parts.
func TestPartHasItsSecretsOnly(t *testing.T) {
	file := read(t, "good/whole.yaml")
	whole, err := config.Load(file, lookup)
	if err != nil || len(secretsOf(whole)) != len(names) {
		t.Fatal("the file has not all secrets", err)
	}
	for mask := range 1 << len(names) {
		var want []config.Part
		for i, part := range secretsOf(whole) {
			if mask>>i&1 == 1 {
				want = append(want, part)
			}
		}
		t.Run(fmt.Sprint(want), func(t *testing.T) { checkPart(t, file, want) })
	}
}

func checkPart(t *testing.T, file []byte, want []config.Part) {
	t.Helper()
	var asked, expected []string
	got, err := config.Parse(file).Load(func(name string) (string, bool) {
		asked = append(asked, name)
		return lookup(name)
	}, want...)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range want {
		expected = append(expected, names[part])
	}
	slices.Sort(asked)
	slices.Sort(expected)
	if !slices.Equal(asked, expected) {
		t.Errorf("looked up %v, want %v", asked, expected)
	}
	if has := secretsOf(got); !slices.Equal(has, want) {
		t.Errorf("has %v, want %v", has, want)
	}
	if got.Bot.URL == "" || got.Desk.Lease == 0 || got.Channels.InApp.Account != "shop" || len(got.FAQ) == 0 {
		t.Errorf("the rest of the file is missing: %+v", got)
	}
	if before, err := config.Parse(file).Names(want...); err != nil || !slices.Equal(before, expected) {
		t.Errorf("Names says %v, %v; looked up %v", before, err, expected)
	}
}

func TestPartsOfALeastFile(t *testing.T) {
	file := read(t, "good/least.yaml")
	got, err := config.Parse(file).Names(config.BotSecret, config.DeskSecret, config.DeploymentKey)
	if err != nil || !slices.Equal(got, []string{"ZHIDA_DEPLOYMENT_KEY"}) {
		t.Errorf("names %v, %v", got, err)
	}
	c, err := config.Parse(file).Load(lookup, config.BotSecret, config.DeskSecret)
	if err != nil || c.Bot != nil || !c.Desk.Secret.Empty() || !c.DeploymentKey.Empty() {
		t.Errorf("got %+v, %v", c, err)
	}
}

// TestPartsBadFiles compares what is told of files whose secrets are wanted in
// part, where the environment has no deployment key.
func TestPartsBadFiles(t *testing.T) {
	for name, want := range map[string][]config.Part{
		"none": nil, "half": {config.DeskSecret}, "missing": {config.DeploymentKey, config.DeskSecret},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse(read(t, "part/"+name+".yaml")).Load(func(name string) (string, bool) {
				value, ok := lookup(name)
				return value, ok && name != names[config.DeploymentKey]
			}, want...)
			if err == nil {
				t.Fatal("no mistakes")
			}
			golden(t, "testdata/part/"+name+".golden", err.Error()+"\n")
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("a secret was shown")
			}
		})
	}
}

func TestNamesTellsMistakes(t *testing.T) {
	for _, name := range []string{"none", "half", "missing"} {
		if got, err := config.Parse(read(t, "part/"+name+".yaml")).Names(config.DeskSecret); len(got) > 1 || !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	wrong := strings.Replace(string(read(t, "good/wechat.yaml")), "company:", "compny:", 1)
	if got, err := config.Parse([]byte(wrong)).Names(config.WeChatSecrets); !fault.Is(err, fault.Config) || !slices.Equal(got, []string{"ZHIDA_WECHAT_SECRETS"}) {
		t.Errorf("%v, %v", got, err)
	}
}
