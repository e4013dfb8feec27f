package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
	"github.com/zhida-project/zhida/shared/toolkey"
	"github.com/zhida-project/zhida/shared/toolkey/sqlitetoolkey"
	"github.com/zhida-project/zhida/shared/vault"
	"github.com/zhida-project/zhida/shared/vault/sqlitevault"
)

// Engines are where everything is kept.
type Engines struct {
	Store     store.Store
	Transfers queue.Queue            // permits of the front lane
	Outbound  map[string]queue.Queue // doorbells, by channel
	Inbound   map[string]queue.Queue // what platforms put there in the place of a call, by channel
	Turns     queue.Queue            // of a slow bot
	Tools     toolkey.Store
	Vault     vault.Vault // what providers gave us
	Media     string      // the folder of pictures and files; "" takes none
	Permits   Peeker      // shows what lies in Transfers; for the demo page
	Trimmed   []Trimmer   // the queues that keep what nobody takes until it is too old
}

// Trimmer removes messages that are older than a queue keeps them.
type Trimmer interface {
	Trim(ctx context.Context) (removed int, err error)
}

// Peeker shows what lies in a queue without taking it.
type Peeker interface {
	Peek(ctx context.Context, limit int) ([]sqlitequeue.Entry, error)
}

// FileName is the one file in the data folder that holds everything but media.
const FileName = "zhida.db"

// MediaFolder is the folder in the data folder that holds pictures and files.
const MediaFolder = "media"

// OpenEngines opens the engines in a folder; the deployment's key seals what is secret in
// it. Whoever opened the file closes it, after everything else has stopped.
func OpenEngines(ctx context.Context, dir string, key config.Secret, clock queue.Clock) (Engines, *sqlitefile.File, error) {
	file, err := sqlitefile.Open(ctx, sqlitefile.Options{Path: filepath.Join(dir, FileName)})
	if err != nil {
		return Engines{}, nil, err
	}
	e, err := engines(ctx, file, key, clock)
	if err != nil {
		return Engines{}, nil, closeAfter(file, err)
	}
	e.Media = filepath.Join(dir, MediaFolder)
	return e, file, nil
}

// bellLease is how long a conversation's bells stay with a process that died; a
// worker that lives extends it. Until then the conversation hears nothing live.
const bellLease = 5 * time.Second

func engines(ctx context.Context, file *sqlitefile.File, key config.Secret, clock queue.Clock) (e Engines, err error) {
	if e.Store, err = sqlitestore.New(ctx, file, clock.Now); err != nil {
		return e, err
	}
	if e.Tools, err = sqlitetoolkey.New(ctx, file); err != nil {
		return e, err
	}
	if e.Vault, err = sqlitevault.Open(ctx, file, sqlitevault.Options{Key: key, Now: clock.Now}); err != nil {
		return e, err
	}
	open := func(o sqlitequeue.Options) (*sqlitequeue.Queue, error) {
		o.Clock = clock
		q, err := sqlitequeue.Open(ctx, file, o)
		e.Trimmed = append(e.Trimmed, q)
		return q, err
	}
	permits, err := open(sqlitequeue.Options{Name: transfersQueue})
	if err != nil {
		return e, err
	}
	e.Transfers, e.Permits = permits, permits
	if e.Turns, err = open(sqlitequeue.Options{Name: turnsQueue, Ordered: true, Lease: bellLease}); err != nil {
		return e, err
	}
	e.Outbound = map[string]queue.Queue{}
	for _, channel := range []string{inapp.Name, wechat.Name, slack.Name, sms.Name} {
		if e.Outbound[channel], err = open(sqlitequeue.Options{Name: outboundQueue(channel), Ordered: true, Lease: bellLease}); err != nil {
			return e, err
		}
	}
	inbound, err := open(sqlitequeue.Options{Name: inboundQueue(sms.Name), MaxAttempts: inboundAttempts})
	e.Inbound = map[string]queue.Queue{sms.Name: inbound}
	return e, err
}

// The queues' names, as on AWS.
const (
	transfersQueue = "transfers-" + string(conversation.Front)
	turnsQueue     = "bot"
)

// inboundAttempts is how often a call is handed out before it is put aside, as on AWS.
const inboundAttempts = 20

func inboundQueue(channel string) string { return "inbound-" + channel }

func outboundQueue(channel string) string { return "outbound-" + channel }

func closeAfter(file *sqlitefile.File, err error) error {
	_ = file.Close() // the first error is the one to tell
	return err
}
