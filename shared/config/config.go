package config

import (
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Config is a whole zhida.yaml, its secrets looked up, everything checked.
type Config struct {
	Company       Text                  // what customers see
	Language      conversation.Language // until the customer's words tell another
	DeploymentKey Secret                // the decoded bytes, at least conversation.MinDeploymentKey
	Channels      Channels
	Desk          Desk
	Media         Media
	Bot           *Bot // nil where only the file answers
	FAQ           []Entry
}

// Text is one text in several languages. It always has the file's Language.
type Text map[conversation.Language]string

// Channels holds the channels the file names; nil is a channel that is off.
type Channels struct {
	InApp  *InApp
	WeChat *WeChat
	Slack  *Slack
	SMS    *SMS
}

// InApp is the channel inside the company's own app or site.
type InApp struct {
	Account  string
	Audience string   // the aud every customer's token must carry
	Issuer   string   // the iss every customer's token must carry; "" checks none
	Secret   Secret   // signs customers' tokens (HS256); its bytes are used as they are; empty where only JWKS is named
	Origins  []string // the web origins, besides the host's own, whose pages may connect and call, as browsers name them
	Visitors bool     // whether there may be visitors whom nobody vouches for
	Limits   Limits
	JWKS     string // where an identity provider publishes the keys that sign them; "" for none
}

// Limits are how much customers may write.
type Limits struct {
	Customer Rate // one of them
	Address  Rate // all at one address
	Visitors Rate // new visitors at one address

	CustomerMB Rate // megabytes of files that one of them offers
	AddressMB  Rate // megabytes of files offered from one address
}

// Rate is so many at once, and then one for each span of time.
type Rate struct {
	Burst int
	Every time.Duration
}

// Desk is the agents' side.
type Desk struct {
	Lease  time.Duration // how long an agent may be silent before their tickets go back in line
	Secret Secret        // signs agents' sessions in the single binary; empty where agents come by OIDC
	Agents []Agent       // the single binary's own agents
}

// Agent is a person who answers.
type Agent struct {
	ID   conversation.AgentID
	Name Text
	Role string // one of AgentRoles; "" where the file says none, which is the first
}

// AgentRoles returns what an agent may be, least first.
func AgentRoles() []string { return []string{"agent", "lead", "admin"} }

// Entry is one question the bot can answer by itself.
type Entry struct {
	ID     string
	Match  []string // phrases a customer may use
	Answer Text
}

// The bounds and defaults of the file.
const (
	MaxFile      = 256 << 10 // bytes
	MinSecret    = 32        // bytes
	DefaultLease = 30 * time.Second
	MinLease     = 5 * time.Second
	MaxLease     = 10 * time.Minute

	defaultLanguage = conversation.Chinese
	defaultAccount  = "main"
	defaultAudience = "zhida-inapp"

	minAPIKey = 16   // bytes: the shortest that is worth the name
	maxName   = 64   // characters
	maxPhrase = 64   // characters
	maxAnswer = 2000 // characters
)

// Load reads a zhida.yaml. lookup finds environment variables, as os.LookupEnv
// does. The error, if any, is a *Mistakes with everything that is wrong.
func Load(yaml []byte, lookup func(name string) (string, bool)) (Config, error) {
	return Parse(yaml).Load(lookup, DeploymentKey, InAppSecret, DeskSecret, BotSecret, WeChatWebhooks, WeChatSecrets, SlackSigningSecret, SlackClientSecret)
}

func (r *reader) file(root field) Config {
	top := r.fields(root, "company", "language", "deployment_key", "channels", "desk", "media", "bot", "faq")
	c := Config{Language: defaultLanguage}
	if f, ok := top["language"]; ok {
		c.Language = r.language(f)
	}
	r.main = c.Language
	if f, ok := r.need(root, top, "company", "name the company as customers know it"); ok {
		c.Company = r.texts(f, maxName)
	}
	if f, ok := r.need(root, top, "deployment_key", "add deployment_key: { env: ZHIDA_DEPLOYMENT_KEY }"); ok {
		c.DeploymentKey = r.key(f)
	}
	if f, ok := r.need(root, top, "channels", "add at least one channel, such as inapp"); ok {
		c.Channels = r.channels(f)
	}
	c.Desk = Desk{Lease: DefaultLease}
	if f, ok := top["desk"]; ok {
		c.Desk = r.desk(f)
	}
	c.Media = DefaultMedia()
	if f, ok := top["media"]; ok {
		c.Media = r.media(f)
	}
	if f, ok := top["bot"]; ok {
		c.Bot = r.bot(f)
	}
	if f, ok := top["faq"]; ok {
		c.FAQ = r.faq(f)
	}
	return c
}

func (r *reader) channels(f field) Channels {
	all := r.fields(f, "inapp", "wechat", "slack", "sms")
	if len(all) == 0 && isMap(f.value) && len(f.value.Content) == 0 {
		r.wrong(f, "no channel is named", "add at least one channel, such as inapp")
	}
	var c Channels
	if in, ok := all["inapp"]; ok {
		c.InApp = r.inapp(in)
	}
	if in, ok := all["wechat"]; ok {
		c.WeChat = r.weChat(in)
	}
	if in, ok := all["slack"]; ok {
		c.Slack = r.slack(in)
	}
	if in, ok := all["sms"]; ok {
		c.SMS = r.sms(in)
	}
	return c
}

func (r *reader) desk(f field) Desk {
	all := r.fields(f, "lease", "secret", "agents")
	d := Desk{Lease: DefaultLease}
	if v, ok := all["lease"]; ok {
		d.Lease = r.duration(v, MinLease, MaxLease)
	}
	if v, ok := all["secret"]; ok {
		d.Secret = r.secret(v)
	}
	if v, ok := all["agents"]; ok {
		d.Agents = r.agents(v)
		if len(d.Agents) > 0 {
			r.need(f, all, "secret", "the file's own agents need it: add secret: { env: ZHIDA_DESK_SECRET }")
		}
	}
	return d
}

func (r *reader) agents(f field) []Agent {
	items := r.list(f)
	agents := make([]Agent, 0, len(items))
	seen := once{}
	for _, item := range items {
		var a Agent
		all := r.fields(item, "id", "name", "role")
		if v, ok := r.need(item, all, "id", "give the agent an id, such as lin"); ok {
			id := r.name(v)
			r.unique(v, seen, id)
			a.ID = conversation.AgentID(id)
		}
		if v, ok := r.need(item, all, "name", "give the name customers see"); ok {
			a.Name = r.texts(v, maxName)
		}
		if v, ok := all["role"]; ok {
			a.Role = r.oneOf(v, "role", AgentRoles())
		}
		agents = append(agents, a)
	}
	return agents
}

func (r *reader) faq(f field) []Entry {
	items := r.list(f)
	entries := make([]Entry, 0, len(items))
	ids, phrases := once{}, once{}
	for _, item := range items {
		var e Entry
		all := r.fields(item, "id", "match", "answer")
		if v, ok := r.need(item, all, "id", "give the entry an id, such as refund"); ok {
			e.ID = r.name(v)
			r.unique(v, ids, e.ID)
		}
		if v, ok := r.need(item, all, "match", "list the phrases it answers"); ok {
			e.Match = r.phrases(v, phrases)
		}
		if v, ok := r.need(item, all, "answer", "write what the bot says"); ok {
			e.Answer = r.texts(v, maxAnswer)
		}
		entries = append(entries, e)
	}
	return entries
}

func (r *reader) phrases(f field, seen once) []string {
	items := r.list(f)
	if isList(f.value) && len(items) == 0 {
		r.wrong(f, "the list is empty", "name at least one phrase")
	}
	phrases := make([]string, 0, len(items))
	for _, item := range items {
		phrase := r.text(item, maxPhrase)
		r.unique(item, seen, phrase)
		phrases = append(phrases, phrase)
	}
	return phrases
}
