package media

import (
	"encoding/binary"
	"errors"
	"image"
	"io"
)

var errNoWebP = errors.New("no VP8 here")

// webpConfig reads a WebP's size: https://www.rfc-editor.org/rfc/rfc9649, sections 2.5 to
// 2.7 (VP8X: less one, in 24 bits each), 3.4 (VP8L: less one, in 14 bits each, behind a
// byte), and https://www.rfc-editor.org/rfc/rfc6386, 9.1 (VP8: 14 bits of 16, behind a tag
// of three bytes and a start code of as many).
func webpConfig(r io.Reader) (image.Config, error) {
	head := make([]byte, 30)
	// The smallest VP8L ends before.
	if n, err := io.ReadFull(r, head); n < 25 {
		return image.Config{}, err
	}
	number := func(at, bytes int) int {
		word := [4]byte{}
		copy(word[:], head[at:at+bytes])
		return int(binary.LittleEndian.Uint32(word[:]))
	}
	switch form := string(head[12:16]); {
	case form == "VP8X":
		return image.Config{Width: number(24, 3) + 1, Height: number(27, 3) + 1}, nil
	case form == "VP8L" && head[20] == 0x2f:
		size := number(21, 4)
		return image.Config{Width: size&0x3fff + 1, Height: size>>14&0x3fff + 1}, nil
	case form == "VP8 " && string(head[23:26]) == "\x9d\x01\x2a":
		return image.Config{Width: number(26, 2) & 0x3fff, Height: number(28, 2) & 0x3fff}, nil
	}
	return image.Config{}, errNoWebP
}
