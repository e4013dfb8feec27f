//go:build linux || darwin

package dirblob

import "syscall"

// freeBytes is how much the program may still write to the disk that a folder is on.
func freeBytes(folder string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
