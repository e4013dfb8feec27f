package webhook

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// rasa is the shape of Rasa's REST channel:
// https://rasa.com/docs/reference/channels/your-own-website/.
type rasa struct {
	key    config.Secret // for whatever stands before Rasa, which asks for none; may be empty
	person string        // a custom payload that has it asks for a person
}

// rasaMessage is one of an answer's. What is of another type than documented is
// left out, since actions put there what they like.
type rasaMessage struct {
	Text       json.RawMessage `json:"text"`
	Buttons    json.RawMessage `json:"buttons"`
	Image      json.RawMessage `json:"image"`
	Attachment json.RawMessage `json:"attachment"`
	Custom     json.RawMessage `json:"custom"`
}

func (r rasa) ask(t bot.Turn, _ time.Time) (question, error) {
	body, err := write(struct {
		Sender  conversation.ID `json:"sender"`
		Message string          `json:"message"`
	}{t.Conversation, plainWords(t.Text)})
	return question{header: bearer(r.key), body: body}, err
}

// plainWords takes the strokes off the beginning, with which Rasa's own clients name
// an intent and fill slots: a customer's words are words. Rasa looks for them behind any
// white space of Unicode's, by Python's str.strip().
func plainWords(text string) string {
	if words := strings.TrimLeftFunc(text, func(r rune) bool { return r == '/' || unicode.IsSpace(r) }); words != "" {
		return words
	}
	return text
}

// understand makes one text of all that can be told in text. Nothing that can is no
// answer.
func (r rasa) understand(_ question, a answer, _ time.Time) (bot.Answer, error) {
	var messages []rasaMessage
	if err := read(a.body, &messages); err != nil {
		return bot.Answer{}, err
	}
	if messages == nil { // it was null
		return bot.Answer{}, wrongAnswer("it is not the documented list")
	}
	var lines []string
	for _, m := range messages {
		text := textOf(m.Text)
		if r.asksForPerson(m.Custom) || text == r.person {
			return bot.Answer{Person: true}, nil
		}
		lines = append(lines, text)
		lines = append(lines, titles(m.Buttons)...)
		lines = append(lines, link(m.Image), link(m.Attachment))
	}
	return bot.Answer{Text: joined(lines)}, nil
}

// asksForPerson reports whether a custom payload is the agreed word, or an object
// that has it as a key, whose value does not deny it, or as a value.
func (r rasa) asksForPerson(custom json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(custom, &fields) != nil {
		return textOf(custom) == r.person
	}
	if said, ok := fields[r.person]; ok && string(said) != "false" && string(said) != "null" {
		return true
	}
	for _, value := range fields {
		if textOf(value) == r.person {
			return true
		}
	}
	return false
}

// titles are a line for each button. They have no numbers: a digit is an answer of
// its own, to which 0 always is a person.
func titles(buttons json.RawMessage) []string {
	var all []struct {
		Title json.RawMessage `json:"title"`
	}
	if json.Unmarshal(buttons, &all) != nil {
		return nil
	}
	var lines []string
	for _, b := range all {
		if title := textOf(b.Title); title != "" {
			lines = append(lines, "· "+title)
		}
	}
	return lines
}

// link is where an image or a file lies, if a customer can go there.
func link(raw json.RawMessage) string {
	text := textOf(raw)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return text
}

// textOf is a JSON string without white space around it; "" of anything else.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

func joined(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (r rasa) refused(a answer) string {
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		return "what stands before Rasa wants another bot.secret"
	}
	return ""
}
