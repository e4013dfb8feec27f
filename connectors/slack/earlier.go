package slack

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Who is mentioned in the middle of a thread has not been told what stands above: people there would
// have to say it again (promise P5). It is fetched as a file is, once, when a conversation begins.

// above is what stood in a thread before a message.
type above struct{ channel, thread, before string }

// abovePrefix begins the name of one; no file's id has such characters.
const abovePrefix = "thread/"

func (w words) before(channel, thread, ts string) conversation.Part {
	remote := abovePrefix + channel + "/" + thread + "/" + ts
	return conversation.Part{Kind: conversation.File, Media: conversation.Media{Remote: remote, Type: "text/plain", Name: w.earlier}}
}

func aboveOf(remote string) (p above, asked bool) {
	rest, asked := strings.CutPrefix(remote, abovePrefix)
	fields := strings.Split(rest, "/")
	if !asked || len(fields) != 3 {
		return p, false
	}
	return above{fields[0], fields[1], fields[2]}, true
}

// maxEarlier is how many messages are shown. Apps that are distributed and not listed get fifteen:
// https://docs.slack.dev/apis/web-api/rate-limits
const maxEarlier = 100

// earlier is a text of what stood in a thread, a message a line.
// https://docs.slack.dev/reference/methods/conversations.replies
func (c *client) earlier(ctx context.Context, api *slack.Client, p above) (channel.Fetched, error) {
	said, more, _, err := api.GetConversationRepliesContext(c.traced(ctx), &slack.GetConversationRepliesParameters{
		ChannelID: p.channel, Timestamp: p.thread, Latest: p.before, Limit: maxEarlier,
	})
	var no slack.SlackErrorResponse
	switch {
	case errors.As(err, &no) && !refused[no.Err] && meanings[no.Err].code != fault.ProviderBusy:
		return channel.Fetched{}, &fault.Error{Code: fault.NotFound, Op: fetchOp, Hint: "Slack does not show the thread to the app: ask what it was about", Err: slackError("no")}
	case err != nil:
		return channel.Fetched{}, c.before(err)
	}
	var b strings.Builder
	for _, m := range said {
		if m.Timestamp >= p.before {
			continue
		}
		who := "@" + m.User
		if m.BotID != "" {
			who = "(bot) " + nameOf(m.Username)
		}
		at, _ := timeOf(m.Timestamp)
		b.WriteString(at.Format("2006-01-02 15:04 MST ") + who + ": " + readable(m.Text, "") + "\n")
	}
	if more {
		b.WriteString("…\n")
	}
	text := b.String()
	return channel.Fetched{Body: io.NopCloser(strings.NewReader(text)), Type: "text/plain", Size: int64(len(text))}, nil
}
