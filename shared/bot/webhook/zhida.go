package webhook

import (
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// zhida is the shape that the package comment documents.
type zhida struct {
	secret   config.Secret
	unsigned bool // an answer without a signature will do
}

type zhidaQuestion struct {
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

func (z zhida) ask(t bot.Turn, now time.Time) (question, error) {
	body, err := write(zhidaQuestion{t.Conversation, t.Language, t.Text, told(t)})
	return question{header: signature{secret: z.secret, at: now}.question(body), body: body}, err
}

// told leaves out what the customer was never told: a bot that reads it would take
// it for said.
func told(t bot.Turn) []line {
	lines := []line{}
	for _, m := range t.Transcript {
		if !m.Private {
			lines = append(lines, line{m.Author, m.Body(t.Language), m.Key.Time().UTC()})
		}
	}
	return lines
}

// understand takes fields that it does not know for the bot's own business, but one
// of those it knows must be there.
func (z zhida) understand(q question, a answer, now time.Time) (bot.Answer, error) {
	if err := z.signed(q, a, now); err != nil {
		return bot.Answer{}, err
	}
	var said struct {
		Answer *string            `json:"answer"`
		Link   *conversation.Card `json:"link"`
		Person bool               `json:"person"`
	}
	if err := read(a.body, &said); err != nil {
		return bot.Answer{}, err
	}
	switch {
	case said.Person:
		return bot.Answer{Person: true}, nil
	case said.Answer == nil:
		return bot.Answer{}, wrongAnswer("it has neither answer nor person")
	case said.Link == nil:
		return bot.Answer{Text: *said.Answer}, nil
	case *said.Link == conversation.Card{}:
		return bot.Answer{}, wrongAnswer("it has a link without anything in it")
	case strings.TrimSpace(*said.Answer) == "":
		// A card has room for neither who speaks nor the way to a person.
		return bot.Answer{}, wrongAnswer("it has a link and says nothing: put a sentence into answer")
	default:
		return bot.Answer{Text: *said.Answer, Card: *said.Link}, nil
	}
}

func (z zhida) signed(q question, a answer, now time.Time) error {
	if a.header.Get(SignatureHeader) == "" && z.unsigned {
		return nil
	}
	return signature{secret: z.secret, at: now}.check(q, a)
}

func (z zhida) refused(a answer) string {
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		return "it must know the same secret and the same time"
	}
	return ""
}
