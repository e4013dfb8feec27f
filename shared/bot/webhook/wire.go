package webhook

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// question is the body of a call.
type question struct {
	Conversation conversation.ID       `json:"conversation"`
	Language     conversation.Language `json:"language"`
	Text         string                `json:"text"`
	Transcript   []line                `json:"transcript"`
}

type line struct {
	Author conversation.Author `json:"author"`
	Text   string              `json:"text"`
	At     time.Time           `json:"at"`
}

// encode leaves out what the customer was never told: a bot that reads it would
// take it for said.
func encode(t bot.Turn) ([]byte, error) {
	q := question{Conversation: t.Conversation, Language: t.Language, Text: t.Text, Transcript: []line{}}
	for _, m := range t.Transcript {
		if !m.Private {
			q.Transcript = append(q.Transcript, line{m.Author, m.Body(), m.Key.Time().UTC()})
		}
	}
	body, err := json.Marshal(q)
	return body, fault.Wrap(err, fault.Internal, "webhook.encode", "")
}

// decode reads an answer. Fields it does not know are the bot's own business,
// but one of those it knows must be there.
func decode(body []byte) (bot.Answer, error) {
	if len(body) > MaxAnswer {
		return bot.Answer{}, wrongAnswer("it is longer than 64 KB")
	}
	if !utf8.Valid(body) {
		return bot.Answer{}, wrongAnswer("it is not UTF-8")
	}
	var a struct {
		Answer *string `json:"answer"`
		Person bool    `json:"person"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(&a) // it may quote the answer
	if _, end := d.Token(); err != nil || end != io.EOF {
		return bot.Answer{}, wrongAnswer("it is not the documented JSON object")
	}
	switch {
	case a.Person:
		return bot.Answer{Person: true}, nil
	case a.Answer == nil:
		return bot.Answer{}, wrongAnswer("it has neither answer nor person")
	default:
		return bot.Answer{Text: *a.Answer}, nil
	}
}

func wrongAnswer(why string) error {
	return fault.New(fault.Config, "webhook.decode", "correct the bot's answer: "+why)
}
