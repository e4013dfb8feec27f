package blob

import (
	"mime"
	"strings"
	"unicode"
)

// shown are the types that a browser may show where it got them: pictures and sounds
// that hold no code. SVG does, and so is not among them.
var shown = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/avif": true,
	"audio/mpeg": true, "audio/mp4": true, "audio/aac": true, "audio/ogg": true, "audio/webm": true,
	"audio/wav": true, "audio/x-wav": true,
}

// longestName is how many characters of a file's name are kept: the last ones, which
// say its kind.
const longestName = 100

// Serve says how content of a type is served under a file's name: the Content-Type and
// the Content-Disposition. What is not sure to be harmless is bytes to be saved.
func Serve(mediaType, name string) (contentType, disposition string) {
	contentType, disposition = "application/octet-stream", "attachment"
	if bare, _, err := mime.ParseMediaType(mediaType); err == nil && shown[bare] {
		contentType, disposition = mediaType, "inline"
	}
	if name = harmless(name); name == "" {
		return contentType, disposition
	}
	return contentType, mime.FormatMediaType(disposition, map[string]string{"filename": name})
}

// harmless leaves nothing in a file's name that is a path, or that turns its end round
// so that a program looks like a picture.
func harmless(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|%`, c) || c == unicode.ReplacementChar:
			return '_'
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c):
			return -1
		}
		return c
	}, name)
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[len(runes)-longestName:])
	}
	return strings.Trim(name, " .")
}
