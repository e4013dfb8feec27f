package cloud

import (
	"encoding/binary"
	"os"
	"time"
)

// clockFile is empty in every program that is deployed. A test that plays weeks in
// seconds sets it when it links the program: to the name of an environment variable
// that names a file, which holds the time in Unix milliseconds, big-endian.
var clockFile string

// clockOf is the wall clock, but in such a test.
func clockOf(environment map[string]string, wall func() time.Time) func() time.Time {
	if clockFile == "" {
		return wall
	}
	name := environment[clockFile]
	return func() time.Time {
		b, err := os.ReadFile(name)
		if err != nil || len(b) != 8 {
			panic("the clock of the test cannot be read")
		}
		return time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	}
}
