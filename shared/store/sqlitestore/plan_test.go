package sqlitestore

import (
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Every statement finds its rows by an index: none reads a whole table, and none
// sorts more than the rows of one time.
func TestStatementsUseIndexes(t *testing.T) {
	conn, err := sqlite.OpenConn(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // nothing in it is kept
	for _, script := range schema {
		if err := sqlitex.ExecuteScript(conn, script, nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, sql := range map[string]string{
		"state":       selectState,
		"advance":     advance,
		"transit":     transit,
		"mark":        deleteMark,
		"outcome":     updateOutcome,
		"delivered":   deleteDelivered,
		"more":        anyUndelivered,
		"cause":       selectCause,
		"once":        selectOnceCause,
		"settle":      settleWork,
		"messages":    selectMessages,
		"undelivered": selectUndelivered,
		"spend":       spend,
		"erase":       eraseMessages,
		"marks":       eraseWork,
		"seen":        selectSeen,
		"line":        selectLine,
		"ahead":       countLine,
		"pace":        selectPace,
		"held":        selectHeld,
		"due":         selectDue,
		"ledger":      selectLedger, // sorts the few records of one ask
		"records":     selectRecords,
	} {
		for _, step := range plan(t, conn, sql) {
			history := strings.HasPrefix(step, "SEARCH messages") && !strings.Contains(step, "key") && !strings.Contains(step, "messages_undelivered")
			whole := strings.HasPrefix(step, "SCAN") && !strings.HasPrefix(step, "SCAN (subquery") && step != "SCAN CONSTANT ROW"
			sorts := strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY") && name != "ledger"
			if whole || sorts || history {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

// plan returns the steps of a statement's query plan.
func plan(t *testing.T, conn *sqlite.Conn, sql string) []string {
	t.Helper()
	stmt, _, err := conn.PrepareTransient("EXPLAIN QUERY PLAN " + sql)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stmt.Finalize() }() // repeats the step's error
	var steps []string
	for {
		more, err := stmt.Step()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			t.Logf("%s\n\t%s", sql, strings.Join(steps, "\n\t"))
			return steps
		}
		steps = append(steps, stmt.ColumnText(3))
	}
}
