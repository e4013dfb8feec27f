package media

import (
	"bytes"
	"errors"
	"image"
	"image/color/palette"
	"image/gif"
	"image/png"
	"io"
	"testing"
)

// TestSizesAreThoseOfTheStandardLibrary, which reads all of a picture for them.
func TestSizesAreThoseOfTheStandardLibrary(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {3, 300}, {1000, 7}} {
		drawn := image.NewPaletted(image.Rectangle{Max: size}, palette.WebSafe)
		var asPNG, asGIF bytes.Buffer
		if err := errors.Join(png.Encode(&asPNG, drawn), gif.Encode(&asGIF, drawn, nil)); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			content   []byte
			size, std func(io.Reader) (image.Config, error)
			header    int
		}{
			"png": {asPNG.Bytes(), pngConfig, png.DecodeConfig, 33}, "gif": {asGIF.Bytes(), gifConfig, gif.DecodeConfig, 13},
		} {
			got, err := c.size(bytes.NewReader(c.content))
			want, stdErr := c.std(bytes.NewReader(c.content))
			if err != nil || stdErr != nil || got.Width != want.Width || got.Height != want.Height {
				t.Errorf("%s %v: %+v, %v; want %+v, %v", name, size, got, err, want, stdErr)
			}
			for n := range c.header {
				if _, err := c.size(bytes.NewReader(c.content[:n])); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%s, %d bytes: %v", name, n, err)
				}
			}
		}
		broken := asPNG.Bytes()
		broken[18]++ // of the width, and the CRC says so
		if _, err := pngConfig(bytes.NewReader(broken)); !errors.Is(err, errNoPNG) {
			t.Errorf("a broken PNG: %v", err)
		}
		broken = asGIF.Bytes()
		broken[4] = '8'
		if _, err := gifConfig(bytes.NewReader(broken)); !errors.Is(err, errNoGIF) {
			t.Errorf("a broken GIF: %v", err)
		}
	}
}
