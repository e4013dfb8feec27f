package media

import (
	"bytes"
	"encoding/binary"
	"mime"
	"net/http"
	"strings"

	"github.com/zhida-project/zhida/shared/blob"
)

// pictures are the types of pictures that browsers show, to the ending that says so.
var pictures = map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}

// sounds are the types of sound that browsers play, or that phones record (AMR), to the ending that says so.
var sounds = map[string]string{
	"audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/aac": "aac", "audio/wav": "wav",
	"audio/amr": "amr",
}

// otherNames are what else browsers call them.
var otherNames = map[string]string{
	"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/mp3": "audio/mpeg",
	"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/x-aac": "audio/aac",
}

// says is what the endings of names say of pictures and sounds.
var says = map[string]string{
	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "jfif": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
	"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg", "aac": "audio/aac", "wav": "audio/wav",
	"amr": "audio/amr",
}

const unknown = "application/octet-stream"

// claimed is the type under which content is stored: one of the pictures and sounds
// above, if that is what the client or the name says it is, and otherwise bytes, which
// are never shown. A picture's name makes a picture of what claims to be something else.
func claimed(mediaType, name string) string {
	bare, _, err := mime.ParseMediaType(mediaType)
	if other := otherNames[bare]; err == nil && other != "" {
		bare = other
	}
	by := says[ending(name)]
	switch {
	case pictures[bare] != "" || sounds[bare] != "":
		return bare
	case pictures[by] != "":
		return by
	case by != "" && (bare == "" || bare == unknown):
		return by
	}
	return unknown
}

// headSize is how many bytes tell a type: more than http.DetectContentType reads, for a
// PDF may begin in the first 1,024 (Adobe's PDF Reference 1.7, appendix H, note 13).
const headSize = 1024

// sniff says what content is, by its first bytes: http.DetectContentType, and what it
// leaves open and matters here. Signatures: https://mimesniff.spec.whatwg.org/, section
// 6; the brands of ISO base media files: https://mp4ra.org/registered-types/brands;
// AMR: RFC 4867, 5.1, of one channel; MPEG audio frames: ISO 11172-3, 2.4.1.3, and ADTS: ISO 13818-7, 6.2.
func sniff(head []byte) string {
	if brand, is := isoBrand(head); is {
		return isoTypes(brand)
	}
	if len(head) > 1 && head[0] == 0xff {
		switch {
		case head[1]&0xf6 == 0xf0:
			return "audio/aac"
		case head[1]&0xe6 == 0xe2: // layer III; a mark of UTF-16 has another
			return "audio/mpeg"
		}
	}
	found, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch {
	case found == "application/ogg":
		return "audio/ogg"
	case found == "audio/wave":
		return "audio/wav"
	case bytes.HasPrefix(head, []byte("PK\x05\x06")): // the end of a ZIP archive, and of an empty one the beginning
		return "application/zip"
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return oleStorage
	case quickTime(head):
		return "video/quicktime"
	case bytes.HasPrefix(head, []byte("#!AMR\n")):
		return "audio/amr"
	case bytes.HasPrefix(head, []byte("#!")):
		return "text/x-shellscript"
	case found != unknown:
		return found
	case bytes.HasPrefix(head, []byte("MZ")), bytes.HasPrefix(head, []byte("\x7fELF")), machO(head):
		return executable
	}
	return unknown
}

const (
	executable = "application/x-executable"
	oleStorage = "application/x-ole-storage" // [MS-CFB], 2.2
)

// quickTime knows films older than ISO's brands, by the first atom of those that a film
// may begin with: https://developer.apple.com/documentation/quicktime-file-format.
func quickTime(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	size := binary.BigEndian.Uint32(head) // 1: it stands behind the name
	switch string(head[4:8]) {
	case "moov", "mdat", "wide", "free", "skip", "pnot":
		return size == 1 || size >= 8 && size <= blob.MaxSize
	}
	return false
}

// machO knows programs of macOS: https://github.com/apple-oss-distributions/xnu,
// EXTERNAL_HEADERS/mach-o/loader.h.
func machO(head []byte) bool {
	for _, magic := range []string{"\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

func isoBrand(head []byte) (brand string, is bool) {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return "", false
	}
	return string(head[8:12]), true
}

func isoTypes(brand string) string {
	switch brand {
	case "M4A ", "M4B ":
		return "audio/mp4"
	case "avif", "avis":
		return "image/avif"
	case "heic", "heix", "hevc", "mif1", "msf1":
		return "image/heic"
	case "qt  ":
		return "video/quicktime"
	}
	return "video/mp4"
}

// carries reports whether content that was found to be of a type can be the sound it is
// said to be: containers look the same with a film in them.
func carries(sound, found string) bool {
	switch sound {
	case "audio/webm":
		return found == "video/webm"
	case "audio/mp4":
		return found == "audio/mp4" || found == "video/mp4"
	case "audio/aac":
		return found == "audio/aac" || found == "audio/mp4"
	}
	return found == sound
}
