//go:build unix

package main

import (
	"testing"

	"github.com/zhida-project/zhida/shared/fault"
)

func TestOneProcessAFolder(t *testing.T) {
	dir := t.TempDir()
	release, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(dir); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a second process got the folder: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = lock(dir)
	if err != nil {
		t.Fatalf("the folder is not given back: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
