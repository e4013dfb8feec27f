package media

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/fault"
)

// handle is what an upload is named by until a message shows it: the blob's key, and
// what its author said of it, which nobody else has to remember. As text it is the
// key, a slash, the seconds, a dot, and the name in base64url.
type handle struct {
	key     blob.Key
	name    string // clean
	seconds int
}

func (h handle) String() string {
	return string(h.key) + "/" + strconv.Itoa(h.seconds) + "." + base64.RawURLEncoding.EncodeToString([]byte(h.name))
}

// readHandle trusts nothing in a handle: its author could have written it.
func readHandle(text string) (handle, error) {
	wrong := fault.New(fault.BadRequest, "media.Take", "name a file by the key that its offer was answered with")
	cut := strings.LastIndexByte(text, '/')
	if cut < 0 {
		return handle{}, wrong
	}
	h := handle{key: blob.Key(text[:cut])}
	seconds, encoded, _ := strings.Cut(text[cut+1:], ".")
	name, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || h.key.Check() != nil {
		return handle{}, wrong
	}
	if h.seconds, err = strconv.Atoi(seconds); err != nil || h.seconds < 0 || h.seconds > maxSeconds {
		return handle{}, wrong
	}
	h.name = cleanName(string(name))
	return h, nil
}
