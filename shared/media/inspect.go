package media

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// maxLook is how many bytes of content are read, at most: a picture's size stands
// behind all that a camera writes into it.
const maxLook = 1 << 20

// maxPixels unpack to 400 MB, which a browser survives. Phones take 12 to 50 million
// unless they are told otherwise; the 200 million that some can are a file of 30 MB and
// more, and the widget makes them smaller anyway.
const maxPixels = 100_000_000

// content is what was found.
type content struct {
	kind          conversation.PartKind
	mediaType     string
	name          string
	width, height int
}

// inspect looks at content that is stored under a type (see claimed) and was called by
// a clean name. Errors: BadMedia where it is not what it is said to be; Unavailable
// where it cannot be read.
func inspect(claim, name string, body io.Reader) (content, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return content{}, fault.Wrap(err, fault.Unavailable, "media.inspect", "the store ended early: submit again")
	}
	head = head[:n]
	found := sniff(head)
	switch {
	case pictures[claim] != "" || pictures[says[ending(name)]] != "":
		return picture(found, name, io.MultiReader(bytes.NewReader(head), body))
	case sounds[claim] != "":
		if !carries(claim, found) {
			return content{}, bad("this is no sound of the type it is said to be")
		}
		return content{kind: conversation.Audio, mediaType: claim, name: named(name, claim)}, nil
	}
	return file(found, name, head)
}

func bad(hint string) error { return fault.New(fault.BadMedia, "media.inspect", hint) }

// decoders read a picture's size.
var decoders = map[string]func(io.Reader) (image.Config, error){
	"image/png": pngConfig, "image/jpeg": jpeg.DecodeConfig, "image/gif": gifConfig, "image/webp": webpConfig,
}

// picture wants a picture, whatever it is called.
func picture(found, name string, body io.Reader) (content, error) {
	if pictures[found] == "" {
		return content{}, bad("this is no picture, whatever it is called: send a PNG, JPEG, GIF or WebP, or give it its own name")
	}
	c := content{kind: conversation.Image, mediaType: found, name: named(name, found)}
	config, err := decoders[found](body)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		// It ends early, or its size stands further behind than is read.
		return content{}, bad("this picture is not whole: save it anew")
	case err != nil:
		return content{}, bad("this is no picture that can be read: save it anew")
	case config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height:
		return content{}, bad("this picture has too many pixels: make it smaller")
	}
	c.width, c.height = config.Width, config.Height
	return c, nil
}

// named gives a picture or a sound an ending that says what it is.
func named(name, mediaType string) string {
	by := says[ending(name)]
	if by == mediaType || sounds[mediaType] != "" && ending(name) == sounds[mediaType] {
		return name
	}
	return withEnding(name, pictures[mediaType]+sounds[mediaType])
}

// tells are the endings that people open without a thought, to what must be in them.
// Office's are ZIP archives, and with a password a storage of OLE's ([MS-OFFCRYPTO], 2.3.4).
var tells = map[string][]string{
	"pdf": {"application/pdf"}, "docx": office, "xlsx": office, "pptx": office, "zip": zipped,
	"mp4": {"video/mp4", "video/quicktime"}, "mov": {"video/quicktime", "video/mp4"}, "webm": {"video/webm"},
}

var (
	zipped = []string{"application/zip"}
	office = []string{"application/zip", oleStorage}
)

// file is anything that is only saved, under the name that it has: what would be run by
// another one is not helped to it.
func file(found, name string, head []byte) (content, error) {
	end := ending(name)
	if end == "pdf" && (found == unknown || found == "text/plain") && bytes.Contains(head, []byte("%PDF-")) {
		found = "application/pdf"
	}
	if allowed, told := tells[end]; told && !slices.Contains(allowed, found) {
		return content{}, bad("this is no " + strings.ToUpper(end) + " file, whatever it is called: give it its own name")
	}
	c := content{kind: conversation.File, mediaType: found, name: name}
	if strings.HasPrefix(found, "video/") {
		c.kind = conversation.Video
	}
	return c, nil
}
