package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/zhida-project/zhida/shared/conversation"
)

type language = conversation.Language

// languages are those Zhida has texts in.
var languages = []string{string(conversation.Chinese), string(conversation.English)}

// fields returns the values of a mapping by key, and notes every key that is
// unknown or there twice.
func (r *reader) fields(f field, known ...string) map[string]field {
	if !r.kind(f, yaml.MappingNode, "needs keys and values") {
		return nil
	}
	found := make(map[string]field, len(f.value.Content)/2)
	for i := 0; i+1 < len(f.value.Content); i += 2 {
		key, value := f.value.Content[i], f.value.Content[i+1]
		child := field{path: join(f.path, shown(key.Value)), at: key, value: value}
		switch _, twice := found[key.Value]; {
		case refused(key):
		case key.Kind != yaml.ScalarNode:
			r.wrong(field{path: f.path, at: key}, "a key must be a plain word", "")
		case !slices.Contains(known, key.Value):
			r.wrong(child, "there is no such key", suggest(key.Value, known))
		case twice:
			r.wrong(child, fmt.Sprintf("the key is here twice, first on line %d", found[key.Value].at.Line), "keep one")
		default:
			found[key.Value] = child
		}
	}
	return found
}

// need returns a field that must be there, and notes it as missing if it is not.
func (r *reader) need(parent field, in map[string]field, key, hint string) (field, bool) {
	f, ok := in[key]
	if !ok && in != nil {
		r.wrong(field{path: join(parent.path, key), at: parent.at}, "is missing", hint)
	}
	return f, ok
}

// list returns the items of a sequence.
func (r *reader) list(f field) []field {
	if !r.kind(f, yaml.SequenceNode, "needs a list") {
		return nil
	}
	items := make([]field, len(f.value.Content))
	for i, n := range f.value.Content {
		items[i] = field{path: fmt.Sprintf("%s[%d]", f.path, i), at: n, value: n}
	}
	return items
}

// kind notes a value of another kind than wanted, never showing the value: it
// may be a secret that slipped into a wrong place.
func (r *reader) kind(f field, want yaml.Kind, needs string) bool {
	switch {
	case refused(f.value):
		return false
	case f.value.Kind == want && f.value.ShortTag() != "!!null":
		return true
	case f.value.ShortTag() == "!!null":
		r.wrong(f, "is empty: it "+needs, "")
	default:
		r.wrong(f, needs+", and has "+described(f.value), "")
	}
	return false
}

func described(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!map":
		return "keys and values"
	case "!!seq":
		return "a list"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!timestamp":
		return "a date"
	default:
		return "a text"
	}
}

// text returns a text of 1 to limit characters.
func (r *reader) text(f field, limit int) string {
	if !r.kind(f, yaml.ScalarNode, "needs a text") {
		return ""
	}
	if f.value.ShortTag() != "!!str" {
		r.wrong(f, "needs a text, and has "+described(f.value), "put it in quotes")
		return ""
	}
	text := strings.TrimSpace(f.value.Value)
	switch count := utf8.RuneCountInString(text); {
	case count == 0:
		r.wrong(f, "the text is empty", "")
	case count > limit:
		r.wrong(f, fmt.Sprintf("the text has %d characters", count), fmt.Sprintf("at most %d", limit))
	case strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }):
		r.wrong(f, "the text has a control character", "remove it")
	}
	return text
}

var nameShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]*$`)

// name returns an id that people chose.
func (r *reader) name(f field) string {
	before := len(r.mistakes)
	text := r.text(f, maxName)
	if len(r.mistakes) == before && !nameShape.MatchString(text) {
		r.wrong(f, "this cannot be an id", "use letters a to z, digits and . _ @ - inside")
	}
	return text
}

func (r *reader) language(f field) language {
	before := len(r.mistakes)
	text := r.text(f, maxName)
	if len(r.mistakes) == before && !slices.Contains(languages, text) {
		r.wrong(f, "there are no texts in the language "+shown(text), suggest(text, languages))
	}
	return language(text)
}

// oneOf returns one of the known words for what.
func (r *reader) oneOf(f field, what string, known []string) string {
	before := len(r.mistakes)
	text := r.text(f, maxName)
	if len(r.mistakes) == before && !slices.Contains(known, text) {
		r.wrong(f, "there is no "+what+" "+shown(text), suggest(text, known))
	}
	return text
}

// texts returns a text by language, the file's own among them.
func (r *reader) texts(f field, limit int) Text {
	if !refused(f.value) && f.value.Kind == yaml.ScalarNode && f.value.ShortTag() != "!!null" {
		r.wrong(f, "needs a text for each language", "such as { zh-CN: …, en: … }")
		return nil
	}
	all := r.fields(f, languages...)
	texts := Text{}
	for _, name := range languages {
		if v, ok := all[name]; ok {
			texts[language(name)] = r.text(v, limit)
		}
	}
	if slices.Contains(languages, string(r.main)) {
		r.need(f, all, string(r.main), "every text is needed in the file's language")
	}
	return texts
}

func (r *reader) duration(f field, least, most time.Duration) time.Duration {
	if !r.kind(f, yaml.ScalarNode, "needs a duration") {
		return 0
	}
	d, err := time.ParseDuration(f.value.Value)
	bounds := fmt.Sprintf("from %s to %s", short(least), short(most))
	switch {
	case err != nil:
		r.wrong(f, "this is not a duration", "a number with its unit, such as 30s or 2m, "+bounds)
	case d < least || d > most:
		r.wrong(f, "the duration is out of range", bounds)
	}
	return d
}

// short prints a duration without the zero seconds of Duration.String.
func short(d time.Duration) string {
	if minutes, ok := strings.CutSuffix(d.String(), "m0s"); ok {
		return minutes + "m"
	}
	return d.String()
}

// once remembers where a value was first seen, whatever its case.
type once map[string]field

func (r *reader) unique(f field, seen once, value string) {
	if value == "" {
		return
	}
	folded := strings.ToLower(value)
	if first, ok := seen[folded]; ok {
		r.wrong(f, fmt.Sprintf("%s is here twice, first as %s on line %d", shown(value), first.path, first.at.Line), "keep one")
		return
	}
	seen[folded] = f
}

// shown shortens what somebody wrote for a message.
func shown(text string) string {
	const most = 40
	runes := []rune(strings.ReplaceAll(text, "\n", " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
