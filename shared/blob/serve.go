package blob

import (
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown are the types that a browser may show where it got them: pictures and sounds
// that hold no code. SVG does, and so is not among them.
var shown = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/avif": true,
	"audio/mpeg": true, "audio/mp4": true, "audio/aac": true, "audio/ogg": true, "audio/webm": true,
	"audio/wav": true, "audio/x-wav": true, "audio/amr": true,
}

// MaxName is how many characters of a file's name are kept: the last ones, which say
// its kind.
const MaxName = 100

// Serve says how content of a type is served under a file's name: the Content-Type and
// the Content-Disposition. What is not sure to be harmless is bytes to be saved.
func Serve(mediaType, name string) (contentType, disposition string) {
	contentType, disposition = "application/octet-stream", "attachment"
	if bare, _, err := mime.ParseMediaType(mediaType); err == nil && shown[bare] {
		contentType, disposition = mediaType, "inline"
	}
	if name = savedName(name); name == "" {
		return contentType, disposition
	}
	return contentType, mime.FormatMediaType(disposition, map[string]string{"filename": name})
}

// maxSaved is how many bytes of a name a link carries: on S3 each that is not ASCII is
// five characters of its URL, and a frame holds many.
const maxSaved = 120

// savedName is the end of a clean name.
func savedName(name string) string {
	name = CleanName(name)
	for len(name) > maxSaved {
		_, first := utf8.DecodeRuneInString(name)
		name = name[first:]
	}
	return strings.Trim(name, " .")
}

// Shown reports whether content of a type is served so that a browser shows it. The
// type has no parameters.
func Shown(mediaType string) bool { return shown[mediaType] }

// blanks are letters, and a symbol, that look like nothing at all, for Unicode takes them
// for more: of Hangul, a filler, two of its parts and a narrow one, and Braille without dots.
const blanks = "\u3164\u115f\u1160\uffa0\u2800"

// CleanName leaves nothing in a file's name that is a path, or that turns its end round
// so that a program looks like a picture: what is shown to people is also what a saved
// file is called. It may leave nothing at all.
func CleanName(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|%`, c) || c == unicode.ReplacementChar:
			return '_'
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c) || strings.ContainsRune(blanks, c):
			return -1
		}
		return c
	}, name)
	if runes := []rune(name); len(runes) > MaxName {
		name = string(runes[len(runes)-MaxName:])
	}
	return strings.Trim(name, " .")
}
