package sqlitevault_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/vault"
	"github.com/zhida-project/zhida/shared/vault/sqlitevault"
	"github.com/zhida-project/zhida/shared/vault/vaulttest"
)

var deploymentKey = secret.New(strings.Repeat("k", secret.KeySize))

func TestConformance(t *testing.T) {
	vaulttest.Run(t, vaulttest.Harness{New: func(t *testing.T, now func() time.Time) vaulttest.Kept {
		path := filepath.Join(t.TempDir(), "zhida.db")
		file := openFile(t, path)
		return vaulttest.Kept{
			Open: func(t *testing.T) vault.Vault { return open(t, file, deploymentKey, now) },
			Dump: func(t *testing.T) []byte { return dump(t, path) },
			Swap: func(t *testing.T, one, two string) {
				for _, names := range [][]any{{one, "aside"}, {two, one}, {"aside", two}} {
					edit(t, file, `UPDATE vault_entry SET name = ?2 WHERE name = ?1`, names...)
				}
			},
			Flip: func(t *testing.T, name string) {
				edit(t, file, `UPDATE vault_entry SET sealed = substr(sealed, 1, length(sealed) - 1)
					|| CASE substr(sealed, -1) WHEN x'00' THEN x'01' ELSE x'00' END WHERE name = ?1`, name)
			},
			Late: func(t *testing.T, name string) {
				edit(t, file, `UPDATE vault_entry SET expires = expires + 3600000 WHERE name = ?1`, name)
			},
		}
	}})
}

func openFile(t *testing.T, path string) *sqlitefile.File {
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
	return file
}

func open(t *testing.T, file *sqlitefile.File, key secret.Value, now func() time.Time) *sqlitevault.Vault {
	t.Helper()
	v, err := sqlitevault.Open(t.Context(), file, sqlitevault.Options{Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// dump is the file and its log, in which a value may lie before or after the file.
func dump(t *testing.T, path string) (all []byte) {
	t.Helper()
	for _, part := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

// edit changes at least one row, past the vault.
func edit(t *testing.T, file *sqlitefile.File, sql string, args ...any) {
	t.Helper()
	err := file.Write(t.Context(), func(conn *sqlite.Conn) error {
		if err := sqlitex.Execute(conn, sql, &sqlitex.ExecOptions{Args: args}); err != nil {
			return err
		}
		if conn.Changes() == 0 {
			return fmt.Errorf("nothing was changed")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDumpWouldShowAValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zhida.db")
	file := openFile(t, path)
	open(t, file, deploymentKey, time.Now)
	edit(t, file, `INSERT INTO vault_entry VALUES ('plain', 'v', 0, 'hunter2')`)
	if !bytes.Contains(dump(t, path), []byte("hunter2")) {
		t.Error("a value that is not sealed was not found")
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zhida.db")
	file := openFile(t, path)
	v := open(t, file, deploymentKey, time.Now)
	if _, err := v.Put(t.Context(), "name", vault.Entry{Value: secret.New("hunter2")}); err != nil {
		t.Fatal(err)
	}
	other := open(t, file, secret.New(strings.Repeat("o", secret.KeySize)), time.Now)
	if e, err := other.Get(t.Context(), "name"); !fault.Is(err, fault.Config) || !e.Value.Empty() {
		t.Errorf("got %d bytes, %v", len(e.Value.Reveal()), err)
	}
	if e, err := v.Get(t.Context(), "name"); err != nil || string(e.Value.Reveal()) != "hunter2" {
		t.Errorf("the right key: %v", err)
	}
}

func TestEntriesAndLeasesOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zhida.db")
	file := openFile(t, path)
	v := open(t, file, deploymentKey, time.Now)
	version, err := v.Put(t.Context(), "name", vault.Entry{Value: secret.New("hunter2")})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Lease(t.Context(), "name", "me", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	v = open(t, openFile(t, path), deploymentKey, time.Now)
	if e, err := v.Get(t.Context(), "name"); err != nil || e.Version != version || string(e.Value.Reveal()) != "hunter2" {
		t.Errorf("version %q, %v", e.Version, err)
	}
	if err := v.Lease(t.Context(), "name", "you", time.Now().Add(time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("the lease was forgotten: %v", err)
	}
}

func TestOpenNeedsAll(t *testing.T) {
	file := openFile(t, filepath.Join(t.TempDir(), "zhida.db"))
	for name, o := range map[string]sqlitevault.Options{
		"key":      {Now: time.Now},
		"long key": {Key: secret.New("short"), Now: time.Now},
		"clock":    {Key: deploymentKey},
	} {
		if _, err := sqlitevault.Open(t.Context(), file, o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
	if _, err := sqlitevault.Open(t.Context(), nil, sqlitevault.Options{Key: deploymentKey, Now: time.Now}); !fault.Is(err, fault.Config) {
		t.Errorf("without a file: %v", err)
	}
}
