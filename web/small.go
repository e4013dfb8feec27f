package web

import (
	"bytes"
	"path"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// small is a file as it is served: a script goes without its comments and spaces, which
// are a third of what a customer's phone would load. Names stay, so that an error that a
// customer reports can be found in the sources. What cannot be made small is served as
// it is.
func small(name string, body []byte) []byte {
	if path.Ext(name) != ".js" {
		return body
	}
	var out bytes.Buffer
	minifier := js.Minifier{KeepVarNames: true}
	if err := minifier.Minify(minify.New(), &out, bytes.NewReader(body), nil); err != nil {
		return body
	}
	return out.Bytes()
}
