package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/config"
)

// withBot is the least file with a bot at an address.
func withBot(t *testing.T, url string) []byte {
	t.Helper()
	return append(read(t, "good/least.yaml"), "bot: { url: '"+url+"', secret: { env: ZHIDA_BOT_SECRET } }\n"...)
}

func TestBotAddresses(t *testing.T) {
	const (
		noURL    = "this is not a URL — such as https://bot.shop.example/zhida"
		noUser   = "the URL has a user or a password — remove it: the bot knows who asks by secret; if a real secret stood here, make a new one"
		noPart   = "the URL has a # part, which no server sees — remove it"
		open     = "what customers write would travel in the open — use https; http is for this machine only, such as http://localhost:5005/"
		noScheme = "the URL is not one of the web — begin it with https://"
	)
	for url, want := range map[string]string{
		"https://bot.shop.example/zhida":                   "",
		"https://bot.shop.example:8443/a?b=c":              "",
		"HTTPS://BOT.SHOP.EXAMPLE":                         "",
		"https://[2001:db8::1]/":                           "",
		"http://localhost:5005/webhooks/zhida":             "",
		"http://LOCALHOST/":                                "",
		"http://127.0.0.1:5005":                            "",
		"http://127.8.8.8/":                                "",
		"http://[::1]:5005/":                               "",
		"http://[::ffff:127.0.0.1]/":                       "",
		"http://bot.shop.example/hunter2":                  open,
		"http://localhost.shop.example/":                   open,
		"http://10.0.0.1/":                                 open,
		"http://0.0.0.0/":                                  open,
		"http://127.1/":                                    open,
		"https://me:hunter2@bot.shop.example/":             noUser,
		"http://hunter2@localhost/":                        noUser,
		"https://bot.shop.example/#hunter2":                noPart,
		"https://bot.shop.example/#":                       noPart,
		"wss://bot.shop.example/":                          noScheme,
		"bot.shop.example/hunter2":                         noURL,
		"localhost:5005":                                   noURL,
		"/hunter2":                                         noURL,
		"https:///hunter2":                                 noURL,
		"https://:443/":                                    noURL,
		"https:hunter2":                                    noURL,
		"https://bot.shop.example:/":                       noURL,
		"https://bot.shop.example:99999/":                  noURL,
		"https://bot.shop.example:0/":                      noURL,
		"https://bot.shop.example:hunter2/":                noURL,
		"https://bot.shop.example/%zz":                     noURL,
		"https://[::1/hunter2":                             noURL,
		"":                                                 "the text is empty",
		"https://bot.example/" + strings.Repeat("a", 2000): "the text has 2020 characters — at most 2000",
	} {
		t.Run(url, func(t *testing.T) {
			if want != "" {
				if got := mistakesOf(t, withBot(t, url)); got != "zhida.yaml:10:8: bot.url: "+want+"\n" {
					t.Errorf("got %s", got)
				}
				return
			}
			got, err := config.Load(withBot(t, url), lookup)
			if err != nil {
				t.Fatal(err)
			}
			if got.Bot.URL != url || got.Bot.Patience != time.Minute || string(got.Bot.Secret.Reveal()) != environment["ZHIDA_BOT_SECRET"] {
				t.Errorf("got %+v", got.Bot)
			}
		})
	}
}

func TestBotKinds(t *testing.T) {
	const (
		rasa  = "https://rasa.shop.example/webhooks/rest/webhook"
		rasas = "kind: rasa, url: '" + rasa + "'"
	)
	bot := config.Bot{URL: rasa, Patience: time.Minute, Secret: config.NewSecret(environment["ZHIDA_BOT_SECRET"])}
	of := func(change func(*config.Bot)) config.Bot { b := bot; change(&b); return b }
	for block, want := range map[string]config.Bot{
		"kind: zhida, url: '" + rasa + "', secret: { env: ZHIDA_BOT_SECRET }": of(func(b *config.Bot) { b.Kind = config.BotZhida }),
		"url: '" + rasa + "', answers: signed, secret: { env: ZHIDA_BOT_SECRET }": of(func(b *config.Bot) {
			b.Kind = config.BotZhida
		}),
		"url: '" + rasa + "', answers: unsigned, secret: { env: ZHIDA_BOT_SECRET }": of(func(b *config.Bot) {
			b.Kind, b.Unsigned = config.BotZhida, true
		}),
		rasas: of(func(b *config.Bot) {
			b.Kind, b.Person, b.Secret = config.BotRasa, "handoff_to_human", config.Secret{}
		}),
		rasas + ", secret: { env: ZHIDA_BOT_KEY }, person: action_human": of(func(b *config.Bot) {
			b.Kind, b.Person, b.Secret = config.BotRasa, "action_human", config.NewSecret("app-of-16-bytes.")
		}),
		"kind: dify, url: '" + rasa + "', secret: { env: ZHIDA_BOT_KEY }, patience: 5s, person: '[[person]]'": of(func(b *config.Bot) {
			b.Kind, b.Person, b.Patience, b.Secret = config.BotDify, "[[person]]", 5*time.Second, config.NewSecret("app-of-16-bytes.")
		}),
	} {
		got, err := config.Load(append(read(t, "good/least.yaml"), "bot: { "+block+" }\n"...), lookup)
		if err != nil {
			t.Errorf("%s: %v", block, err)
			continue
		}
		if !reflect.DeepEqual(*got.Bot, want) {
			t.Errorf("%s: got %+v, want %+v", block, *got.Bot, want)
		}
	}
}
