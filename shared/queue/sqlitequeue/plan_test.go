package sqlitequeue

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/sqlitefile"
)

// What a message costs must not grow with the number that waits: no statement on its way
// may scan a table or sort.
func TestNoStatementScans(t *testing.T) {
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := file.Migrate(t.Context(), "queue", schema); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ sql, index string }{
		"forget":   {sqlForget, "queue_id_until"},
		"remember": {sqlRemember, ""},
		"insert":   {sqlInsert, ""},
		"occupied": {sqlOccupied, "queue_group (queue=? AND grp=?)"},
		"due":      {sqlDue, "queue_open (queue=? AND due<?)"},
		"next":     {sqlNext, "queue_open (queue=?)"},
		"find":     {sqlFind, "PRIMARY KEY"},
		"take":     {sqlTake, "PRIMARY KEY"},
		"remove":   {sqlRemove, "PRIMARY KEY"},
		"bury":     {sqlBury, "PRIMARY KEY"},
		"promote":  {sqlPromote, "queue_group (queue=? AND grp=?)"},
		"giveBack": {sqlGiveBack, "PRIMARY KEY"},
		"extend":   {sqlExtend, "PRIMARY KEY"},
	} {
		plan := planOf(t, file, tc.sql)
		if strings.Contains(plan, "SCAN queue") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s reads more than it needs:\n%s", name, plan)
		}
		if !strings.Contains(plan, tc.index) {
			t.Errorf("%s does not use %s:\n%s", name, tc.index, plan)
		}
	}
}

func planOf(t *testing.T, file *sqlitefile.File, sql string) string {
	t.Helper()
	var lines []string
	err := file.Write(t.Context(), func(conn *sqlite.Conn) (err error) {
		stmt, _, err := conn.PrepareTransient("EXPLAIN QUERY PLAN " + sql)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stmt.Finalize()) }()
		for {
			row, err := stmt.Step()
			if err != nil || !row {
				return err
			}
			lines = append(lines, stmt.GetText("detail"))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
