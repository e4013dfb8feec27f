package bench

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
)

const customerSecret = "customers' secret, of enough bytes"

func shop() config.Config {
	return config.Config{
		Company: config.Text{conversation.Chinese: "店"}, Language: conversation.Chinese,
		DeploymentKey: config.NewSecret("0123456789abcdef0123456789abcdef"),
		Channels: config.Channels{InApp: &config.InApp{
			Account: "main", Audience: "zhida-inapp", Secret: config.NewSecret(customerSecret),
		}},
		Desk: config.Desk{
			Lease: time.Hour, Secret: config.NewSecret("agents' secret, which is long enough"),
			Agents: []config.Agent{{ID: "lin", Name: config.Text{conversation.Chinese: "小林"}}},
		},
		FAQ: []config.Entry{{ID: "refund", Match: []string{"退款"}, Answer: config.Text{conversation.Chinese: "三天内退款。"}}},
	}
}

// memory is a folder without a disk behind it, where there is such a thing: for
// figures that are about the processor.
func memory(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "zhida-bench")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func engines(b *testing.B, dir string) app.Engines {
	b.Helper()
	e, file, err := app.OpenEngines(context.Background(), dir, shop().DeploymentKey, queue.SystemClock(time.Now))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := file.Close(); err != nil {
			b.Error(err)
		}
	})
	return e
}

func openStore(b *testing.B, path string) (*sqlitestore.Store, *sqlitefile.File) {
	b.Helper()
	file, err := sqlitefile.Open(context.Background(), sqlitefile.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	s, err := sqlitestore.New(context.Background(), file, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	return s, file
}

// newApp wires the whole binary, without starting its workers.
func newApp(b *testing.B, e app.Engines) *app.App {
	b.Helper()
	a, err := app.New(app.Options{
		Config: shop(), Clock: queue.SystemClock(time.Now), Log: slog.New(slog.DiscardHandler),
		Rand: bytes.NewReader(make([]byte, 64)),
	}, e)
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// token vouches for a customer.
func token(b testing.TB, user string) string { return tokenAt(b, user, "", time.Now()) }

func tokenAt(b testing.TB, user, name string, at time.Time) string {
	b.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": user, "name": name, "aud": "zhida-inapp", "exp": at.Add(time.Hour).Unix(),
	}).SignedString([]byte(customerSecret))
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// ids are the conversation ids of the shop.
func ids(b testing.TB) conversation.IDs {
	b.Helper()
	made, err := conversation.NewIDs(shop().DeploymentKey.Reveal())
	if err != nil {
		b.Fatal(err)
	}
	return made
}

func peer(n int) conversation.Peer {
	return conversation.Peer{Channel: "inapp", Account: "main", User: fmt.Sprintf("user-%d", n)}
}

// quantile returns a quantile of what was measured, which it sorts.
func quantile[T int64 | float64 | time.Duration](all []T, q float64) T {
	slices.Sort(all)
	return all[min(int(q*float64(len(all))), len(all)-1)]
}
