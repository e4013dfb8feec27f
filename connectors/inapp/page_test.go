package inapp_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/live"
)

// TestTheLongestMessageFitsAPage, whoever wrote it and in whatever characters: one that did
// not would hide everything before it.
func TestTheLongestMessageFitsAPage(t *testing.T) {
	c := new(inapp.Connector)
	inRunes, inBytes := c.Info().MaxText, webhook.MaxAnswer
	const most = 20 // files of one message, by shared/config
	for _, one := range []string{"a", `"`, "<", "\\", "\t", "直", "\U0001F468", "\u200D", "\u0301"} {
		for author, text := range map[conversation.Author]string{
			conversation.Customer: strings.Repeat(one, inRunes), conversation.Person: strings.Repeat(one, inRunes),
			conversation.Bot: strings.Repeat(one, inBytes/len(one)),
		} {
			if clean, err := channel.CleanText("x" + text); err != nil || len(clean) < len(text) {
				t.Fatalf("%q is not kept as it is: %v", one, err)
			}
			m := conversation.Message{
				Key: conversation.OwnKey(time.UnixMilli(1760000000000), strings.Repeat("c", 200), 0), Author: author,
				Name: strings.Repeat(`"`, 100), ClientID: strings.Repeat("i", 64), Parts: conversation.TextParts(text), Way: true,
			}
			links := channel.Links{}
			for i := range most {
				if author == conversation.Bot {
					break // has no files
				}
				key := strings.Repeat("k", 53) + strconv.Itoa(i)
				file := conversation.Media{Key: key, Name: strings.Repeat("\U0001F468", 100), Type: strings.Repeat("t", 100), Size: 1 << 30}
				m.Parts = append(m.Parts, conversation.Part{Kind: conversation.File, Media: file})
				links[file.Shown()] = channel.Link{URL: "https://" + strings.Repeat("u", 2000)} // as long as one that a role signed
			}
			frame := c.Frame(m, channel.View{Language: conversation.Chinese, Links: links})
			if kept, cut := live.Fitting([]any{frame}, live.PageBytes); len(kept) != 1 || cut {
				t.Errorf("%d bytes of %q by %s do not fit", len(text), one, author)
			}
		}
	}
	if _, cut := live.Fitting([]string{strings.Repeat(`"`, live.PageBytes)}, live.PageBytes); !cut {
		t.Error("everything fits")
	}
}
