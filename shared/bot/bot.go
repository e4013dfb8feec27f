// Package bot is the seam for answers that a program gives. A bot answers or
// says that it cannot; it never decides whether a customer reaches a person, and
// nothing waits for it that matters: its turns lie on a queue of their own.
// Engines: webhook (a bot that the company has, over HTTP, of several kinds). Beside them lies faq, which
// answers from zhida.yaml at once and so needs no turn.
package bot

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Bot answers one turn. It may take long, and it may fail: the customer is then
// offered a person. Its errors are logged, so no error of an engine holds a text.
type Bot interface {
	Answer(ctx context.Context, t Turn) (Answer, error)
}

// Turn is what a bot is asked.
type Turn struct {
	Conversation conversation.ID
	Language     conversation.Language
	Text         string
	Transcript   []conversation.Message // the newest messages before it, oldest first
}

// Answer is what a bot says. An empty Text says that it has no answer.
type Answer struct {
	Text   string
	Card   conversation.Card // shown below the text, as it comes from the bot; the zero Card: none
	Person bool              // the bot itself asks for a person
}
