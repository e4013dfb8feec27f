package routing_test

import (
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/routing"
)

// TestWordsAside: what another wrote, or what was changed, may ask for a person, and costs nobody their
// place. No bot answers it, and its yes is none to what was offered before.
func TestWordsAside(t *testing.T) {
	r := router(t, line{}, true)
	decides := func(c conversation.Conversation, text string) routing.Decision {
		t.Helper()
		m := said(text)
		m.Parts = append([]conversation.Part{{Kind: conversation.Act, Text: "另一个人写道："}}, m.Parts...)
		d, err := r.Decide(t.Context(), c, m)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	offered := state(conversation.WithBot)
	offered.Offered = true
	for _, text := range []string{"好的", "中午吃什么", "退款多久", "谢谢"} {
		if d := decides(offered, text); !d.Empty(offered) {
			t.Errorf("%q with the bot: %+v", text, d)
		}
	}
	if d := decides(offered, "转人工"); d.Next.Status != conversation.Waiting {
		t.Errorf("an ask: %+v", d)
	}
	waiting := state(conversation.Waiting)
	if d := decides(waiting, "不等了"); !d.Empty(waiting) {
		t.Errorf("leaving the line: %+v", d)
	}
	if d := decides(waiting, "还要多久"); len(d.Replies) != 1 {
		t.Errorf("how long: %+v", d)
	}
}
