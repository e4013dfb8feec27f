//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/zhida-project/zhida/shared/fault"
)

// lock takes a data folder for this process; the system gives it back when the
// process ends, however it ends. Two on one folder would each deliver to their
// own browsers only.
func lock(dir string) (release func() error, err error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "--data", "the data folder cannot be written")
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close() // the lock is somebody else's
		return nil, fault.New(fault.Unavailable, "--data", "another zhida uses this folder: stop it, or take another --data")
	}
	return file.Close, nil
}
