package channel

import (
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// View is what a message needs besides itself to be shown.
type View struct {
	Language conversation.Language // of the conversation: media are told in words as well
	Links    Links                 // to its media
}

// Links lead to media, by Media.Shown. They are made when a message is read, last for minutes, are proof
// by themselves, and so are neither stored nor logged. What has none is no longer kept.
type Links map[string]Link

// Link is where something is got with GET.
type Link struct {
	URL   string // absolute, or relative to the address that was asked; "": it is not to be had now
	Until time.Time
}

// ShownPart is a part of a message as clients read it, customers' and agents' alike.
type ShownPart struct {
	Kind conversation.PartKind `json:"kind"`
	Text string                `json:"text,omitempty"` // of what is no media; of a link its lines, for clients that know none

	// Of a link; URL is where it leads, and lasts.
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Picture     string `json:"picture,omitempty"` // our own pages do not fetch it: see CleanCard

	Name    string `json:"name,omitempty"` // of media, as all that follows
	Type    string `json:"type,omitempty"`
	Size    int64  `json:"size,omitempty"` // bytes
	Width   int    `json:"width,omitempty"`
	Height  int    `json:"height,omitempty"`
	Seconds int    `json:"seconds,omitempty"`
	URL     string `json:"url,omitempty"`   // absent: it is no longer kept, but for
	Later   bool   `json:"later,omitempty"` // it may be: only, it is not to be had now
	Until   int64  `json:"until,omitempty"` // when URL ends, in Unix milliseconds
}

// Parts returns a message part by part; nil where its text is all there is to it.
func (v View) Parts(m conversation.Message) []ShownPart {
	if !slices.ContainsFunc(m.Parts, func(p conversation.Part) bool { return p.Kind.Whole() }) {
		return nil
	}
	shown := make([]ShownPart, len(m.Parts))
	for i, p := range m.Parts {
		shown[i] = v.part(p)
	}
	return shown
}

func (v View) part(p conversation.Part) ShownPart {
	switch {
	case p.Kind == conversation.Link:
		return ShownPart{Kind: p.Kind, Text: p.Body(v.Language), Title: p.Card.Title, Description: p.Card.Description, Picture: p.Card.Picture, URL: p.Card.URL}
	case p.Media.Remote != "": // in words, until it has come
		return ShownPart{Kind: p.Kind, Text: p.Body(v.Language), Later: true}
	}
	s := ShownPart{
		Kind: p.Kind, Text: p.Text, Name: p.Media.Name, Type: p.Media.Type, Size: p.Media.Size,
		Width: p.Media.Width, Height: p.Media.Height, Seconds: p.Media.Seconds,
	}
	link, there := v.Links[p.Media.Shown()]
	if link.URL == "" {
		s.Later = there
		return s
	}
	s.URL, s.Until = link.URL, link.Until.UnixMilli()
	return s
}
