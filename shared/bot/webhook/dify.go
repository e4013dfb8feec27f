package webhook

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// MaxTranscript is how many characters of a transcript a Dify app is given: its
// variable must take as many, or Dify refuses the question.
const MaxTranscript = 4000

// dify is the shape of Dify's chat-messages API:
// https://docs.dify.ai/en/api-reference/chat-messages/send-chat-message.
//
// Every question begins a conversation of Dify's, and brings what was said before as
// an input. So nothing of Dify's has to be kept anywhere, and the app knows what a
// person said meanwhile, which Dify's own memory does not.
type dify struct {
	key    config.Secret
	person string // an answer that has it asks for a person
}

type difyQuestion struct {
	Inputs   difyInputs      `json:"inputs"`
	Query    string          `json:"query"`
	Mode     string          `json:"response_mode"`
	User     conversation.ID `json:"user"`
	AutoName bool            `json:"auto_generate_name"` // a model would be asked for each title
}

// difyInputs are variables of the app; Dify ignores those that the app has not.
type difyInputs struct {
	Language   conversation.Language `json:"language"`
	Transcript string                `json:"transcript"`
}

func (d dify) ask(t bot.Turn, _ time.Time) (question, error) {
	body, err := write(difyQuestion{
		Inputs: difyInputs{t.Language, newest(t, MaxTranscript)}, Query: t.Text, Mode: "blocking", User: t.Conversation,
	})
	return question{header: bearer(d.key), body: body}, err
}

// newest is the end of a transcript in whole messages, oldest first, a paragraph
// each, in at most so many characters.
func newest(t bot.Turn, most int) string {
	lines := told(t)
	text := ""
	for i := len(lines) - 1; i >= 0; i-- {
		longer := string(lines[i].Author) + ": " + lines[i].Text
		if text != "" {
			longer += "\n" + text
		}
		if utf8.RuneCountInString(longer) > most {
			break
		}
		text = longer
	}
	return text
}

func (d dify) understand(_ question, a answer, _ time.Time) (bot.Answer, error) {
	var said struct {
		Answer *string `json:"answer"`
	}
	if err := read(a.body, &said); err != nil {
		return bot.Answer{}, err
	}
	if said.Answer == nil {
		return bot.Answer{}, wrongAnswer("it has no answer")
	}
	text := afterThought(*said.Answer)
	if strings.Contains(text, d.person) {
		return bot.Answer{Person: true}, nil
	}
	return bot.Answer{Text: strings.TrimSpace(text)}, nil
}

// afterThought leaves out what a model thought before it answered, which some leave
// in the answer between these tags, or before the second.
func afterThought(answer string) string {
	const begin, end = "<think>", "</think>"
	if i := strings.LastIndex(answer, end); i >= 0 {
		return answer[i+len(end):]
	}
	if strings.HasPrefix(strings.TrimSpace(answer), begin) {
		return "" // it came to no end
	}
	return answer
}

// refused goes by the codes of
// https://docs.dify.ai/en/api-reference/guides/errors. Other words of an error may
// quote the question, so they are not passed on.
func (d dify) refused(a answer) string {
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		return "set bot.secret to the API key of the app"
	}
	var problem struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(a.body, &problem) != nil {
		return ""
	}
	switch problem.Code {
	case "invalid_param":
		return "invalid_param: the app wants another input, or a variable of it takes less than it is given, " +
			"or it is an Agent, which does not answer in one piece: see docs/bots.md"
	case "not_chat_app":
		return "not_chat_app: the key is of an app that is neither a Chatbot nor a Chatflow"
	case "app_unavailable", "provider_not_initialize", "provider_quota_exceeded", "model_currently_not_support",
		"completion_request_error":
		return problem.Code + ": look at the app and its model in Dify"
	}
	return ""
}
