//go:build !linux

package emulator

func childOnly() bool { return false }
