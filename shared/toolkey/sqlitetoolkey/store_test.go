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
	var files files
	toolkeytest.Run(t, toolkeytest.Harness{New: files.make, Again: files.again})
}

// files remembers which file a store is in.
type files struct{ opened sync.Map }

func (f *files) make(t *testing.T) toolkey.Store {
	t.Helper()
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return f.open(t, file)
}

func (f *files) again(t *testing.T, s toolkey.Store) toolkey.Store {
	t.Helper()
	file, _ := f.opened.Load(s)
	return f.open(t, file.(*sqlitefile.File))
}

func (f *files) open(t *testing.T, file *sqlitefile.File) toolkey.Store {
	t.Helper()
	s, err := sqlitetoolkey.New(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	f.opened.Store(s, file)
	return s
}

func TestNewNeedsAFile(t *testing.T) {
	if _, err := sqlitetoolkey.New(t.Context(), nil); !fault.Is(err, fault.Config) {
		t.Errorf("without a file: %v", err)
	}
}
