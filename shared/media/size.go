package media

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"io"
	"strings"
)

// The standard library's packages of PNG and GIF decode whole pictures, and are in a
// program with all of that: a function would be 40 KB larger for a few bytes at the
// beginning of each.

var (
	errNoPNG  = errors.New("no IHDR here")
	errNoGIF  = errors.New("no GIF here")
	errNoWebP = errors.New("no VP8 here")
)

// pngConfig reads a PNG's size: https://www.w3.org/TR/png-3/, 5.2 (the signature), 5.3
// (length, type, data, and a CRC of type and data) and 11.2.1 (IHDR, which is the first).
func pngConfig(r io.Reader) (image.Config, error) {
	head := make([]byte, 33)
	if _, err := io.ReadFull(r, head); err != nil {
		return image.Config{}, err
	}
	sum := binary.BigEndian.Uint32(head[29:])
	if string(head[:16]) != "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" || crc32.ChecksumIEEE(head[12:29]) != sum {
		return image.Config{}, errNoPNG
	}
	return image.Config{Width: int(binary.BigEndian.Uint32(head[16:])), Height: int(binary.BigEndian.Uint32(head[20:]))}, nil
}

// gifConfig reads a GIF's size: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, sections
// 17 (header) and 18 (logical screen descriptor).
func gifConfig(r io.Reader) (image.Config, error) {
	head := make([]byte, 13)
	if _, err := io.ReadFull(r, head); err != nil {
		return image.Config{}, err
	}
	if version, ok := strings.CutPrefix(string(head[:6]), "GIF"); !ok || version != "87a" && version != "89a" {
		return image.Config{}, errNoGIF
	}
	return image.Config{Width: int(binary.LittleEndian.Uint16(head[6:])), Height: int(binary.LittleEndian.Uint16(head[8:]))}, nil
}

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
