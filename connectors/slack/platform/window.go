package platform

import (
	"net/http"
	"slices"
	"strings"
)

// place is a channel as somebody sees it.
type place struct {
	ID     string      `json:"id"`
	Name   string      `json:"name,omitempty"` // none where it is the direct messages with the app
	Direct bool        `json:"direct,omitempty"`
	Posts  []shownPost `json:"posts"`
}

// shownPost is a message in a window.
type shownPost struct {
	TS      string      `json:"ts"`
	Thread  string      `json:"thread,omitempty"`
	Who     string      `json:"who"` // you, other, or app
	Name    string      `json:"name,omitempty"`
	Text    string      `json:"text,omitempty"`
	Blocks  []Block     `json:"blocks,omitempty"`
	Files   []shownFile `json:"files,omitempty"`
	Edited  bool        `json:"edited,omitempty"`
	Private bool        `json:"private,omitempty"`
}

type shownFile struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Size    int    `json:"size"`
	Picture bool   `json:"picture,omitempty"`
}

// places are those in somebody's window: their direct messages, and the channel.
func (c *console) places(u *Person) []place {
	shared := c.p.Channel(c.team, c.channel)
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	direct := c.p.direct(u)
	return []place{
		{ID: direct.ID, Direct: true, Posts: u.sees(direct)},
		{ID: shared.ID, Name: c.channel, Posts: u.sees(shared)},
	}
}

// sees is what a channel shows to somebody, oldest first; p.mu is held.
func (u *Person) sees(c *Channel) []shownPost {
	names := map[string]string{}
	for _, other := range c.of.people {
		names[other.ID] = other.Name
	}
	all := []shownPost{}
	for _, post := range c.posts {
		shown := shownPost{
			TS: post.TS, Thread: post.Thread, Who: "other", Name: names[post.By],
			Text: post.Text, Blocks: post.Blocks, Edited: post.Edited && post.Blocks == nil,
		}
		switch {
		case post.Bot:
			shown.Who, shown.Name = "app", post.Username
		case post.By == u.ID:
			shown.Who = "you"
		}
		for _, id := range post.Files {
			shown.Files = append(shown.Files, u.p.files[id].shown())
		}
		all = append(all, shown)
	}
	for _, t := range u.told {
		if t.in == c {
			all = append(all, shownPost{TS: t.ts, Who: "app", Text: t.text, Private: true})
		}
	}
	slices.SortStableFunc(all, func(a, b shownPost) int { return strings.Compare(a.TS, b.TS) })
	return all
}

func (f *file) shown() shownFile {
	return shownFile{ID: f.id, Name: f.name, Size: len(f.content), Picture: picture(http.DetectContentType(f.content))}
}
