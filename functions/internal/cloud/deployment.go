package cloud

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// Deployment makes the parts of one function, each when it is first asked for. What
// is wrong with the environment is noted, and the part is then of no use: Run tells
// all of it together.
type Deployment struct {
	ctx         context.Context // of the start
	environment map[string]string
	secrets     *secrets
	wall        func() time.Time
	now         func() time.Time
	log         *slog.Logger
	out         io.Writer // where the log goes
	made        map[string]any
	boxed       bool // an outbox was asked for
	wrong       []error
}

func (f *function) deployment(ctx context.Context, s *secrets) *Deployment {
	return &Deployment{
		ctx: ctx, environment: f.environment, secrets: s, wall: f.wall, now: clockOf(f.environment, f.wall),
		log: f.log, out: f.out, made: map[string]any{},
	}
}

// once makes a part at its first use.
func once[T any](d *Deployment, name string, make func() T) T {
	if made, ok := d.made[name]; ok {
		part, _ := made.(T) // a nil interface, where it could not be made
		return part
	}
	part := make()
	d.made[name] = part
	return part
}

// Note keeps what is wrong, once.
func (d *Deployment) Note(err error) {
	for _, known := range d.wrong {
		if known.Error() == err.Error() {
			return
		}
	}
	d.wrong = append(d.wrong, err)
}

// Environment returns what the environment calls name, which may be nothing.
func (d *Deployment) Environment(name string) string { return d.environment[name] }

// Need returns what the environment calls name, and notes that it is not there.
func (d *Deployment) Need(name, hint string) string {
	value := d.environment[name]
	if strings.TrimSpace(value) == "" {
		d.Note(fault.New(fault.Config, name, "it is not set: "+hint))
	}
	return value
}

// Now tells the time.
func (d *Deployment) Now() time.Time { return d.now() }

// Log takes what went wrong.
func (d *Deployment) Log() *slog.Logger { return d.log }

// configFile is where template.yaml's layer puts zhida.yaml.
const configFile = "/opt/zhida.yaml"

// Config is zhida.yaml without any secret.
func (d *Deployment) Config() config.Config { return d.ConfigWith(nil) }

// ConfigWith is zhida.yaml, with the secrets in want and no others. What is wrong is noted.
func (d *Deployment) ConfigWith(fetch Fetch, want ...config.Part) config.Config {
	values, spared, err := d.TryConfig(fetch, want...)
	if err = errors.Join(spared, err); err != nil {
		d.Note(err)
	}
	return values
}

// TryConfig is ConfigWith for a function that goes on without what is wrong: spared says
// which accounts have no secrets for that, and err why there is nothing at all.
func (d *Deployment) TryConfig(fetch Fetch, want ...config.Part) (values config.Config, spared, err error) {
	name := d.environment["ZHIDA_CONFIG"]
	if name == "" {
		name = configFile
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return values, nil, fault.Wrap(err, fault.Config, "ZHIDA_CONFIG", "zhida.yaml lies in a layer, at "+configFile)
	}
	file := config.Parse(text)
	names, err := file.Names(want...)
	if err == nil {
		err = d.secrets.get(d.ctx, fetch, names)
	}
	if err != nil {
		return values, nil, err
	}
	return file.LoadSparing(d.secrets.lookup, want...)
}

// Store is the conversation store.
func (d *Deployment) Store() *dynamostore.Store {
	return once(d, "store", func() *dynamostore.Store {
		s, err := dynamostore.New(dynamostore.Options{Client: d.DynamoDB(), Table: d.Table(), Now: d.Now, Random: random, Keep: d.keep()})
		if err != nil && d.Table() != "" {
			d.Note(err)
		}
		return s
	})
}

// keepDays is the environment's name for the days that messages are kept; 0, or
// nothing, is for ever.
const keepDays = "ZHIDA_KEEP_DAYS"

// keep is for how long messages are kept.
func (d *Deployment) keep() time.Duration {
	const day, most = 24 * time.Hour, 9999 // as template.yaml has it; a Duration holds ten times as much
	value := d.environment[keepDays]
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if least := int(dynamostore.MinKeep / day); err != nil || n != 0 && n < least || n > most {
		d.Note(fault.New(fault.Config, keepDays, fmt.Sprintf("it is neither 0 (for ever) nor a number of days from %d to %d", least, most)))
		return 0
	}
	return time.Duration(n) * day
}

// Table is the name of the one table.
func (d *Deployment) Table() string { return d.Need("ZHIDA_TABLE", "the table's name") }

// random is a number in [0, 1).
func random() float64 {
	var b [8]byte
	rand.Read(b[:]) // never fails: see crypto/rand
	const bits = 53
	return float64(binary.BigEndian.Uint64(b[:])>>(64-bits)) / (1 << bits)
}

// queue is the queue whose address the environment has under this name.
func (d *Deployment) queue(name string) queue.Queue {
	return once(d, name, func() queue.Queue {
		address := d.Need(name, "the queue's address")
		if address == "" {
			return nil
		}
		q, err := sqsqueue.New(sqsqueue.Options{
			Client: d.sqs(), URL: address, Ordered: strings.HasSuffix(address, ".fifo"), Clock: queue.SystemClock(d.wall), Unique: rand.Text,
		})
		if err != nil {
			d.Note(err)
			return nil
		}
		return q
	})
}

// channels are those of this deployment, by the queues of their doorbells: none where
// all are switched off, and what waits is still served.
func (d *Deployment) channels() []string {
	var names []string
	for name := range d.environment {
		if channel, ok := strings.CutPrefix(name, outboundPrefix); ok {
			names = append(names, strings.ToLower(channel))
		}
	}
	slices.Sort(names)
	return names
}

// What the environment has for each channel begins so.
const (
	outboundPrefix = "ZHIDA_OUTBOUND_" // the address of its doorbells' queue
	laterPrefix    = "ZHIDA_LATER_"    // the address of the queue that holds its doorbells back, for the channel itself where it keeps a pace
	maxTextPrefix  = "ZHIDA_MAXTEXT_"  // the characters of one message
	templatePrefix = "ZHIDA_TEMPLATE_" // true where the provider must approve every text before
	eventsPrefix   = "ZHIDA_EVENTS_"   // the address of the queue of its news, for live channels and the desk
	linesPrefix    = "ZHIDA_LINES_"    // the address of the queue of its moving lines, for the same
)

// MaxText is how many characters one message has, by channel.
func (d *Deployment) MaxText() map[string]int {
	limits := map[string]int{}
	for _, channel := range d.channels() {
		name := maxTextPrefix + strings.ToUpper(channel)
		n, err := strconv.Atoi(d.Need(name, "how many characters the channel takes"))
		if err != nil || n <= 0 {
			d.Note(fault.New(fault.Config, name, fmt.Sprintf("it is no number of characters above 0 for %s", channel)))
		}
		limits[channel] = n
	}
	return limits
}

// TemplateOnly reports whether a channel carries only texts that its provider approved before.
func (d *Deployment) TemplateOnly(channel string) bool {
	name := templatePrefix + strings.ToUpper(channel)
	switch d.environment[name] {
	case "true":
		return true
	case "":
		return false
	}
	d.Note(fault.New(fault.Config, name, fmt.Sprintf("it is true, or not there, for %s", channel)))
	return false
}
