package config

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	makeOne = "openssl rand -base64 32"
	another = "make another: who holds one of them must not hold both"
	replace = "; if a real secret stood here, make a new one"

	setRandom = "set it to at least 32 random bytes (" + makeOne + ")"
	setKey    = "set it to the key that the bot asks for"
)

var envShape = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// secret returns the environment variable the file names, its bytes as they are.
func (r *reader) secret(f field) Secret {
	env, value, ok := r.environment(f, setRandom)
	switch {
	case !ok:
		return Secret{}
	case strings.TrimSpace(value) != value:
		r.wrong(f, "the environment variable "+env+" begins or ends with white space",
			"set it without: both sides must use the same bytes")
	case len(value) < MinSecret:
		r.wrong(f, fmt.Sprintf("the environment variable %s has only %d bytes", env, len(value)),
			setRandom)
	}
	return NewSecret(value)
}

// given returns the environment variable the file names: a key that others made, fit for a
// header. hint says where it is to be had.
func (r *reader) given(f field, hint string) Secret {
	env, value, ok := r.environment(f, hint)
	switch {
	case !ok:
		return Secret{}
	case strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c > '~' }):
		r.wrong(f, "the environment variable "+env+" holds more than a key: white space, or a letter no key has", hint)
	case len(value) < minAPIKey:
		r.wrong(f, fmt.Sprintf("the environment variable %s has only %d bytes", env, len(value)), hint)
	}
	return NewSecret(value)
}

// key returns the environment variable the file names, decoded from base64.
func (r *reader) key(f field) Secret {
	env, value, ok := r.environment(f, setRandom)
	if !ok {
		return Secret{}
	}
	key, err := decodeBase64(strings.TrimSpace(value))
	switch {
	case err != nil:
		r.wrong(f, "the environment variable "+env+" is not base64", "set it to the output of "+makeOne+", once and for ever")
	case len(key) < conversation.MinDeploymentKey:
		r.wrong(f, fmt.Sprintf("the environment variable %s has only %d bytes after base64", env, len(key)),
			"set it to the output of "+makeOne+", once and for ever")
	}
	return NewSecret(string(key))
}

// decodeBase64 takes both alphabets, with or without padding.
func decodeBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	return base64.RawStdEncoding.DecodeString(text)
}

// environment returns the variable that a field names, and its value; not ok
// where the secret is not wanted, or there is none. hint says what to set it to.
func (r *reader) environment(f field, hint string) (env, value string, ok bool) {
	env, ok = r.variable(f)
	if !ok {
		return "", "", false
	}
	first := r.named[env]
	if first == "" {
		r.named[env] = f.path
	}
	if !r.wanted(f) {
		if first != "" {
			r.wrong(f, "the environment variable "+env+" is that of "+first, another)
		}
		return env, "", false
	}
	value, set := r.lookup(env)
	switch {
	case !set:
		r.wrong(f, "the environment variable "+env+" is not set", hint)
	case value == "":
		r.wrong(f, "the environment variable "+env+" is empty", hint)
	case r.secrets[value] != "":
		r.wrong(f, "the environment variable "+env+" has the value of "+r.secrets[value], another)
	case first != "":
		r.wrong(f, "the environment variable "+env+" is that of "+first, another)
	default:
		r.secrets[value] = f.path
	}
	return env, value, value != ""
}

// variable reads { env: NAME }. What stands in the file instead is never shown:
// it is likely to be the secret itself.
func (r *reader) variable(f field) (env string, ok bool) {
	hint := "write { env: NAME } with the name of the environment variable that holds it"
	n := f.value
	switch {
	case refused(n):
		return "", false
	case n.ShortTag() == "!!null":
		r.wrong(f, "is empty", hint)
		return "", false
	case n.Kind != yaml.MappingNode:
		r.wrong(f, "a secret never stands in the file", hint+replace)
		return "", false
	case len(n.Content) != 2 || n.Content[0].Value != "env" || n.Content[1].Kind != yaml.ScalarNode:
		r.wrong(f, "a secret has one key, env", hint+replace)
		return "", false
	case refused(n.Content[1]):
		return "", false
	case !envShape.MatchString(n.Content[1].Value):
		r.wrong(f, "env is not the name of an environment variable", "capital letters, digits and _, such as ZHIDA_DESK_SECRET"+replace)
		return "", false
	}
	return n.Content[1].Value, true
}
