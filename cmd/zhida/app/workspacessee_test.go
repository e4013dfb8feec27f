package app

import (
	"fmt"
	"strings"

	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// theirs are the marks of what customers did, by how often each is kept.
func (w *workspaces) theirs() map[string]int {
	w.Helper()
	kept := map[string]int{}
	for id := range w.talks {
		for before := conversation.Key(""); ; {
			messages, err := w.app.engines.Store.Messages(w.Context(), id, before, 100)
			w.must(err)
			for _, m := range messages {
				if _, mark, marked := strings.Cut(m.Words(), "〈"); marked && m.Author == conversation.Customer {
					kept["〈"+mark]++
				}
			}
			if len(messages) < 100 {
				break
			}
			before = messages[0].Key
		}
	}
	return kept
}

// keeps looks whether all that customers did is there, once.
func (w *workspaces) keeps() {
	w.Helper()
	kept, gone := w.theirs(), 0
	for _, p := range w.people {
		for _, d := range p.did {
			switch n := kept[d.mark]; {
			case n > 1:
				w.Errorf("%s of %s is there %d times", d.mark, p.Name, n)
			case n == 0 && d.call.Taken:
				w.Errorf("%s of %s was taken, and is not there", d.mark, p.Name)
			case n == 0:
				gone++ // four calls of Slack's were lost, one after the other
			}
		}
	}
	if gone > w.acts/1_000+1 {
		w.Errorf("%d of %d never arrived", gone, w.acts)
	}
}

// shows looks at what customers see: each message of ours once, in order; what is not there
// was refused for good by a workspace that is gone, or nobody knows.
func (w *workspaces) shows() {
	w.Helper()
	var sum struct{ acts, talks, said, unsure, refused, edits int }
	sum.acts, sum.talks = w.acts, len(w.talks)
	for _, v := range w.slack.Violations() {
		w.Errorf("a violation: %+v", v)
	}
	for _, k := range w.talks {
		seen := map[string]int{}
		last := conversation.Key("")
		for _, post := range w.posts(k.peer) {
			if post.Bot && post.Edited {
				sum.edits++
			}
			for _, mark := range k.marks(post) {
				seen[mark]++
				if key := k.said[mark].key; key <= last {
					w.Errorf("%s is shown after what is newer", mark)
				} else {
					last = key
				}
			}
		}
		for mark, s := range k.said {
			sum.said++
			switch n, o := seen[mark], s.outcome; {
			case n > 1:
				w.Errorf("%s is shown %d times", mark, n)
			case o.Delivery == conversation.UnknownSent && o.Code == string(fault.Uncertain):
				sum.unsure++
			case o.Delivery == conversation.NotSent && o.Code == string(fault.RecipientGone) && n == 0 && k.peer.Account == uninstalled:
				sum.refused++
			case o.Delivery != conversation.Sent || n != 1:
				w.Errorf("%s, said at %v to %s, is shown %d times, and kept as %+v", mark, s.at, k.peer.Account, n, o)
			}
		}
	}
	if n := w.unsure.Load(); int64(sum.unsure) != n {
		w.Errorf("of %d messages nobody knows whether Slack took them, and it told nothing of %d", sum.unsure, n)
	}
	w.Logf("%+v", sum)
}

// marks are those of a post. That of a note that was changed is known by the note.
func (k *talk) marks(post platform.Post) (all []string) {
	if !post.Bot {
		return nil
	}
	for _, found := range marks.FindAllStringSubmatch(post.Text, -1) {
		if k.said[found[1]] != nil {
			all = append(all, found[1])
		}
	}
	for mark, s := range k.said {
		if len(all) == 0 && k.notes[post.TS] == s.key {
			return []string{mark}
		}
	}
	return all
}

// posts are those of a conversation.
func (w *workspaces) posts(to conversation.Peer) []platform.Post {
	for _, p := range w.people {
		if to.User == p.ID {
			return w.slack.Posts(p.Direct(), "")
		}
		if to.User == p.help.ID {
			return w.slack.Posts(p.help, to.Thread)
		}
	}
	return nil
}

// places looks whether whoever waits at the head of the line sees where, in the one note that
// is changed.
func (w *workspaces) places() {
	w.Helper()
	line, err := w.app.engines.Store.Line(w.Context(), conversation.Front, 128)
	w.must(err)
	right := 0
	for i, waiting := range line {
		k := w.talks[waiting.Conversation]
		if k.peer.Account == uninstalled || waiting.Note.Key == "" {
			continue
		}
		want := fmt.Sprintf("第 %d 位", i+1)
		if i == 0 {
			want = "下一位就是您"
		}
		_, ts, _ := strings.Cut(waiting.Note.ProviderID, "/")
		for _, post := range w.posts(k.peer) {
			if post.TS != ts {
				continue
			}
			if right++; !strings.Contains(post.Text, want) {
				w.Errorf("number %d in line sees %q (%+v)", i+1, post.Text, waiting.Note)
			}
		}
	}
	if len(line) > 0 && right == 0 {
		w.Error("nobody sees where they stand")
	}
	w.Logf("%d of %d who wait see where", right, len(line))
}
