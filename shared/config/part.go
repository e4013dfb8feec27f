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
)

// LoadPart is Load for a program that must not have every secret: only those in
// want are looked up. The others are checked for their shape and stay empty.
func LoadPart(yaml []byte, lookup func(name string) (string, bool), want ...Part) (Config, error) {
	r := &reader{lookup: lookup, want: want, secrets: map[string]string{}, named: map[string]string{}}
	return r.load(yaml)
}

// Names returns the environment variables that LoadPart with the same want looks
// up, sorted, each once: for a program that has to fetch them first. A part that
// the file does not name has none. Nothing is looked up here; the error, if any,
// is a *Mistakes with everything else that is wrong.
func Names(yaml []byte, want ...Part) ([]string, error) {
	r := &reader{secrets: map[string]string{}, named: map[string]string{}}
	if _, err := r.load(yaml); err != nil {
		return nil, err
	}
	maps.DeleteFunc(r.named, func(_, path string) bool { return !slices.Contains(want, Part(path)) })
	return slices.Sorted(maps.Keys(r.named)), nil
}

func (r *reader) load(yaml []byte) (Config, error) {
	var c Config
	if root, ok := r.open(yaml); ok {
		c = r.file(root)
	}
	if err := r.result(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// wanted reports whether the secret at a field is to be looked up.
func (r *reader) wanted(f field) bool { return slices.Contains(r.want, Part(f.path)) }
