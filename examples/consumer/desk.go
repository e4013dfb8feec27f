package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

// nobodyWaiting is what a claim is answered where somebody else was served for it.
const nobodyWaiting = "nobody_waiting"

// answer has what is read here of the desk API's answers.
type answer struct {
	Conversation struct{ ID string }
	Messages     []message
	Error        struct{ Code, Hint string }
}

type message struct {
	Author   string // customer, bot, person
	Text     string
	Received int64 // when it came, in Unix milliseconds
}

// answerTo says what to reply, and when the newest of the customer's messages
// came that the reply is about. Your own tool begins here.
func answerTo(messages []message) (text string, seen int64) {
	for _, m := range messages {
		if m.Author == "customer" {
			seen = max(seen, m.Received)
		}
	}
	return "Thank you. We have it, and will write again today. / 已收到，今天内回复您。", seen
}

// post calls the desk API. That nobody waits is no error.
func post(ctx context.Context, path string, body any) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("ZHIDA_DESK_URL")+"/desk/v1/"+path, bytes.NewReader(text))
	if err != nil {
		return a, err
	}
	r.Header.Set("Authorization", "Bearer "+os.Getenv("ZHIDA_TOOL_TOKEN"))
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer func() { _ = got.Body.Close() }()
	err = json.NewDecoder(got.Body).Decode(&a)
	if got.StatusCode != http.StatusOK && a.Error.Code != nobodyWaiting {
		err = fmt.Errorf("%s: %s %s: %s", path, got.Status, a.Error.Code, a.Error.Hint)
	}
	return a, err
}
