package pagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAWrongClock: whatever the clock of a device says, what was written on it before the
// first connection is sent, once and in order.
func TestAWrongClock(t *testing.T) {
	t.Parallel()
	for _, off := range []string{"3 * 3600000", "-26 * 3600000"} {
		s := openSite(t, startChanged(t), full)
		s.files["/chat"] = strings.Replace(full["/chat"], "<head>", `<head><script>const now = Date.now; Date.now = () => now.call(Date) + (`+off+`);</script>`, 1)
		s.cut.Store(true)
		p := open(t, browser(t), s.URL+"/chat", phone)
		p.wait("it is there", `clickable("zhida-chat", "input", 0)`)
		var want []string
		for i := range 3 {
			want = append(want, fmt.Sprintf("word %d.", i))
			eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').say(%q), true)`, want[i]))
		}
		back(s, p)
		p.wait("all is sent", `all("zhida-chat", "message").length > 3 && all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
		got := eval[[]string](p, `all("zhida-chat", "message").map((m) => m.textContent.match(/word \d\./)?.[0]).filter(Boolean)`)
		if !slices.Equal(got, want) {
			t.Errorf("%s: it is %q", off, got)
		}
	}
}
