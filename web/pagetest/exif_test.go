package pagetest

import (
	"bytes"
	"encoding/base64"
	bits "encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/chromedp/chromedp"
)

// secret stands for what a camera writes beside a picture.
const secret = "52N-13E-SECRET"

// exifOf is a TIFF block of Exif: how the picture is turned, and something else.
func exifOf(orientation byte) []byte {
	return append([]byte("II*\x00\x08\x00\x00\x00\x02\x00\x12\x01\x03\x00\x01\x00\x00\x00"+string(orientation)+"\x00\x00\x00"+
		"\x25\x88\x04\x00\x01\x00\x00\x00\x26\x00\x00\x00\x00\x00\x00\x00"), secret...)
}

// cameraJPEG has all that cameras write, before, between and behind.
func cameraJPEG(t *testing.T, orientation byte) []byte {
	t.Helper()
	var drawn bytes.Buffer
	if err := jpeg.Encode(&drawn, sample(), nil); err != nil {
		t.Fatal(err)
	}
	segment := func(marker byte, content string) []byte {
		return append(bits.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
	}
	made := append([]byte{0xff, 0xd8}, segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")...)
	made = append(made, segment(0xe1, "Exif\x00\x00"+string(exifOf(orientation)))...)
	for marker, name := range map[byte]string{0xe1: "http://ns.adobe.com/xap/1.0/\x00", 0xe2: "MPF\x00", 0xed: "Photoshop 3.0\x00", 0xfe: ""} {
		made = append(made, segment(marker, name+secret)...)
	}
	return append(append(made, drawn.Bytes()[2:]...), "a film "+secret...)
}

// sample is 40 pixels wide and 30 high, black at the top.
func sample() image.Image {
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for y := 15; y < 30; y++ {
		for x := range 40 {
			img.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	return img
}

func pngChunk(name string, content []byte) []byte {
	named := append([]byte(name), content...)
	made := append(bits.BigEndian.AppendUint32(nil, uint32(len(content))), named...)
	return bits.BigEndian.AppendUint32(made, crc32.ChecksumIEEE(named))
}

// cameraPNG has chunks beside the picture behind its first one.
func cameraPNG(t *testing.T, chunks ...[]byte) []byte {
	t.Helper()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, sample()); err != nil {
		t.Fatal(err)
	}
	const first = 8 + 25 // the signature and IHDR
	made := append([]byte(nil), drawn.Bytes()[:first]...)
	for _, chunk := range chunks {
		made = append(made, chunk...)
	}
	return append(append(made, drawn.Bytes()[first:]...), secret...)
}

// cameraWebP is one pixel, with an extended header and what is beside it.
func cameraWebP(t *testing.T) []byte {
	t.Helper()
	plain, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	made := []byte("WEBPVP8X\x0a\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	made = append(made, plain[12:]...)
	for _, name := range []string{"EXIF", "XMP "} {
		content := exifOf(1)
		made = append(bits.LittleEndian.AppendUint32(append(made, name...), uint32(len(content))), content...)
	}
	return append(bits.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(made))), made...)
}

// stored is what the server has of a picture.
func (p *page) stored(part, name string) []byte {
	p.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(async () => {%s;
		const {src} = all(%q, "picture").find((i) => i.alt === %q);
		return btoa(String.fromCharCode(...new Uint8Array(await (await fetch(src)).arrayBuffer())));
	})()`, finder, part, name), chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatal(err)
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		p.Fatal(err)
	}
	return content
}

// TestNothingBesideThePicture: neither where it was taken nor anything else that a camera
// notes leaves the browser; the picture does, as it was, and upright.
func TestNothingBesideThePicture(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := openDemo(t, b, desktop)
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "转人工")
	still := cameraPNG(t, pngChunk("eXIf", exifOf(1)), pngChunk("tEXt", []byte("Comment\x00"+secret)))
	moving := cameraPNG(t, pngChunk("acTL", []byte{0, 0, 0, 1, 0, 0, 0, 0}), pngChunk("tEXt", []byte("Comment\x00"+secret)), pngChunk("eXIf", exifOf(6)))
	for name, c := range map[string]struct {
		part, kind string
		content    []byte
		width      int
		same       bool // to the pixel
	}{
		"plain.jpg":   {chat, "image/jpeg", cameraJPEG(t, 1), 40, true},
		"turned.jpg":  {chat, "image/jpeg", cameraJPEG(t, 6), 30, false},
		"replied.jpg": {desk, "image/jpeg", cameraJPEG(t, 1), 40, true},
		"still.png":   {chat, "image/png", still, 40, true},
		"moving.png":  {chat, "image/png", moving, 30, true},
		"one.webp":    {chat, "image/webp", cameraWebP(t), 1, false},
	} {
		if !bytes.Contains(c.content, []byte(secret)) {
			t.Fatalf("%s holds no secret", name)
		}
		p.pick(c.part, name, c.kind, c.content)
		p.seen(c.part, name, c.width)
		got := p.stored(c.part, name)
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("%s was sent with what is beside it", name)
		}
		if c.same {
			sameAs(t, name, got, c.content)
		}
		if moves := bytes.Contains(got, []byte("acTL")); moves != (name == "moving.png") {
			t.Errorf("%s moves: %v", name, moves)
		}
	}
	turned, _, err := image.Decode(bytes.NewReader(p.stored(chat, "turned.jpg")))
	if err != nil || turned.Bounds().Dx() != 30 {
		t.Fatal(turned.Bounds(), err)
	}
	left, _, _, _ := turned.At(2, 20).RGBA()
	right, _, _, _ := turned.At(27, 20).RGBA()
	if left < 0xc000 || right > 0x4000 { // a quarter to the right
		t.Errorf("it is turned wrong: %x at the left, %x at the right", left, right)
	}
	p.silent()
}

func sameAs(t *testing.T, name string, got, want []byte) {
	t.Helper()
	a, _, err := image.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	b, _, err := image.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i := range 40 * 30 {
		if x, y := i%40, i/40; a.At(x, y) != b.At(x, y) {
			t.Fatalf("%s: %d, %d is another pixel", name, x, y)
		}
	}
}
