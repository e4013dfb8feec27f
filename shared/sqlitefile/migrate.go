package sqlitefile

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Migrate brings the tables of one engine up to date. schema is the whole history:
// the n-th entry is an SQL script that leads from version n-1 to version n, and never
// changes once released. Each runs in a transaction of its own together with the
// record that it ran, so a crash leaves a whole version behind. A file that is further
// than schema goes is ErrNewer and stays as it is. Names are per engine; the tables of
// all engines share one name space.
func (f *File) Migrate(ctx context.Context, name string, schema []string) error {
	for done := false; !done; {
		err := f.Write(ctx, func(conn *sqlite.Conn) error {
			version, err := schemaVersion(conn, name)
			switch {
			case err != nil:
				return err
			case version > len(schema):
				return fmt.Errorf("%w: schema %q is at version %d, this program knows up to %d",
					ErrNewer, name, version, len(schema))
			case version == len(schema):
				done = true
				return nil
			}
			if err := sqlitex.ExecuteScript(conn, schema[version], nil); err != nil {
				return fmt.Errorf("version %d: %w", version+1, err)
			}
			return setSchemaVersion(conn, name, version+1)
		})
		if err != nil {
			return fmt.Errorf("sqlitefile: migrate %s: %w", name, err)
		}
	}
	return nil
}

func schemaVersion(conn *sqlite.Conn, name string) (int, error) {
	stmt := conn.Prep("SELECT version FROM schema WHERE name = ?")
	stmt.BindText(1, name)
	found, err := stmt.Step()
	if err != nil || !found {
		return 0, err
	}
	return stmt.ColumnInt(0), stmt.Reset()
}

func setSchemaVersion(conn *sqlite.Conn, name string, version int) error {
	stmt := conn.Prep("INSERT INTO schema (name, version) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET version = ?2")
	stmt.BindText(1, name)
	stmt.BindInt64(2, int64(version))
	return step(stmt)
}
