package pagetest

import (
	"testing"
	"time"
)

// TestAnAskDoesNotWaitForMedia: where no WebSocket gets through and the store of media
// hangs, an ask that is written later is heard at once; the file goes when it can.
func TestAnAskDoesNotWaitForMedia(t *testing.T) {
	t.Parallel()
	for name, stuck := range map[string]string{"offer": `"type":"media"`, "message": `"media":[`} {
		t.Run(name, func(t *testing.T) {
			w := between(t, start(t))
			w.blocked.Store(true)
			w.stuck.Store(stuck)
			p := phoneOn(t, w)
			p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
			until(t, "the file hangs", func() bool { return w.held.Load() == 1 })
			asked := time.Now()
			p.write(chat, "input", "找个活人")
			p.has(chat, "position", "3")
			if took := time.Since(asked); took > 10*time.Second {
				t.Errorf("the ask waited for %v", took)
			}
			until(t, "the file's call is given up, and made again", func() bool {
				p.pass(3 * time.Second)
				p.do(look)
				return w.held.Load() > 1
			})
			w.stuck.Store("")
			until(t, "it goes", func() bool {
				p.pass(3 * time.Second)
				p.do(look)
				return eval[bool](p, `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
			})
			p.seen(chat, "a.png", 31)
			if n := w.hellos.Load(); n != 1 {
				t.Errorf("said hello %d times", n)
			}
		})
	}
}
