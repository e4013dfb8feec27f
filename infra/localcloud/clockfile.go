package localcloud

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"time"
)

// ClockVariable names the environment variable in which functions that are built with
// ClockLinked find the path of their clock.
const ClockVariable = "ZHIDA_CLOCK_FILE"

// ClockLinked is what a program is linked with to take its time from a file. As
// deployed, programs know no such file.
const ClockLinked = "github.com/zhida-project/zhida/functions/internal/cloud.clockFile=" + ClockVariable

// ClockFile is a time that programs read from a file: eight bytes, big-endian, Unix
// milliseconds.
type ClockFile struct {
	file *os.File
}

// NewClockFile makes the file in a folder.
func NewClockFile(folder string, now time.Time) (*ClockFile, error) {
	file, err := os.Create(filepath.Join(folder, "clock"))
	if err != nil {
		return nil, err
	}
	c := &ClockFile{file}
	return c, c.Set(now)
}

// Path is where programs find it.
func (c *ClockFile) Path() string { return c.file.Name() }

// Set changes the time for everybody at once.
func (c *ClockFile) Set(now time.Time) error {
	_, err := c.file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())), 0)
	return err
}

// Close closes the file; it stays where it is.
func (c *ClockFile) Close() error { return c.file.Close() }
