package conversation

import "strings"

// Card is what a part of kind Link shows, and where it leads. Whoever takes one in
// makes it fit with channel.CleanCard, where its limits stand. Nothing of ours fetches
// either address.
type Card struct {
	Title       string `json:"title"`                 // one line
	Description string `json:"description,omitempty"` // may have several
	URL         string `json:"url"`                   // where the title leads
	Picture     string `json:"picture,omitempty"`     // address of a picture, for channels whose provider fetches it
}

// told is the card for whoever can show text only, in lines. Its picture is not told:
// nothing is said by it that the title does not say.
func (c Card) told() string {
	lines := []string{c.Title}
	if c.Description != "" {
		lines = append(lines, c.Description)
	}
	return strings.Join(append(lines, c.URL), "\n")
}
