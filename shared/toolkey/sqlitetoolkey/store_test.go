package sqlitetoolkey_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/toolkey"
	"github.com/zhida-project/zhida/shared/toolkey/sqlitetoolkey"
	"github.com/zhida-project/zhida/shared/toolkey/toolkeytest"
)

func TestConformance(t *testing.T) {
	var files sync.Map // which file a store is in
	open := func(t *testing.T, path string) toolkey.Store {
		t.Helper()
		file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := file.Close(); err != nil {
				t.Error(err)
			}
		})
		return again(t, &files, file)
	}
	toolkeytest.Run(t, toolkeytest.Harness{
		New: func(t *testing.T) toolkey.Store { return open(t, filepath.Join(t.TempDir(), "zhida.db")) },
		Again: func(t *testing.T, s toolkey.Store) toolkey.Store {
			file, _ := files.Load(s)
			return again(t, &files, file.(*sqlitefile.File))
		},
	})
}

func again(t *testing.T, files *sync.Map, file *sqlitefile.File) toolkey.Store {
	t.Helper()
	s, err := sqlitetoolkey.New(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	files.Store(s, file)
	return s
}

func TestNewNeedsAFile(t *testing.T) {
	if _, err := sqlitetoolkey.New(t.Context(), nil); !fault.Is(err, fault.Config) {
		t.Errorf("without a file: %v", err)
	}
}
