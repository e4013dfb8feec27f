package config

import (
	"maps"
	"slices"
)

// Part is one secret that a zhida.yaml names.
type Part string

// The parts, by their place in the file.
const (
	DeploymentKey Part = "deployment_key"
	InAppSecret   Part = "channels.inapp.secret"
	DeskSecret    Part = "desk.secret"
	BotSecret     Part = "bot.secret"

	WeChatWebhooks Part = "channels.wechat.webhooks" // tokens and keys of webhooks, by account
	WeChatSecrets  Part = "channels.wechat.secrets"  // AppSecrets, by account

	SlackSigningSecret Part = "channels.slack.signing_secret"
	SlackClientSecret  Part = "channels.slack.client_secret"
)

// File is a zhida.yaml that has been taken apart, but not been understood yet: for a
// program that must not have every secret, and has to fetch those it wants first.
type File struct {
	root     field
	mistakes []Mistake // of its form; without a root, they say why
}

// Parse takes a zhida.yaml apart. What is wrong with it is told by Names and Load.
func Parse(yaml []byte) File {
	var r reader
	root, _ := r.open(yaml)
	return File{root, r.mistakes}
}

// Load is the function of this name, but looks up only the secrets in want. The
// others are checked for their shape and stay empty.
func (f File) Load(lookup func(name string) (string, bool), want ...Part) (Config, error) {
	c, _, err := f.read(newReader(lookup, want))
	return c, err
}

// LoadSparing is Load for a program that goes on without an account whose secrets are
// wrong: the Config has that account without them, and spared, a *Mistakes, says what is
// wrong. What concerns more than single accounts is in err, as ever.
func (f File) LoadSparing(lookup func(name string) (string, bool), want ...Part) (c Config, spared, err error) {
	r := newReader(lookup, want)
	r.sparing = true
	return f.read(r)
}

func newReader(lookup func(name string) (string, bool), want []Part) *reader {
	return &reader{lookup: lookup, want: want, secrets: map[string]string{}, named: map[string]string{}}
}

// Names returns the environment variables that Load with the same want looks up,
// sorted, each once. A part that the file does not name has none. Nothing is looked
// up here; the error, if any, is a *Mistakes with everything else that is wrong, and
// the names are then those that can be read all the same.
func (f File) Names(want ...Part) ([]string, error) {
	r := newReader(nil, nil)
	_, _, err := f.read(r)
	maps.DeleteFunc(r.named, func(_, path string) bool { return !slices.Contains(want, Part(path)) })
	return slices.Sorted(maps.Keys(r.named)), err
}

func (f File) read(r *reader) (c Config, spared, err error) {
	r.mistakes = slices.Clone(f.mistakes)
	if f.root.value != nil {
		c = r.file(f.root)
	}
	if spared, err = r.result(); err != nil {
		return Config{}, nil, err
	}
	return c, spared, nil
}

// wanted reports whether the secret at a field is to be looked up.
func (r *reader) wanted(f field) bool { return slices.Contains(r.want, Part(f.path)) }
