package media

import (
	"path"
	"strings"

	"github.com/zhida-project/zhida/shared/blob"
)

// nameless is what is called nothing that can be shown.
const nameless = "file"

// cleanName is a file's name as people see it: the last of a path, without anything
// unseen, and without the row of spaces behind which an ending hides.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Join(strings.Fields(blob.CleanName(name)), " ")
	if name == "" {
		return nameless
	}
	return name
}

// ending is what a name says its content is: "png" of "a.b.PNG"; "" where it says
// nothing.
func ending(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

// withEnding puts the ending behind a name, whose own stays in sight.
func withEnding(name, ending string) string {
	return blob.CleanName(name + "." + ending)
}
