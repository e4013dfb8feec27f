package scenario

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/emulator"
)

// atOnce is how many tests run at the same time: on AWS's side they wait more than
// they work.
const atOnce = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", atOnce) // it is a flag of every test
	}
	code := emulator.Main(m)
	theCloud.remove()
	if code == 0 && wholeRun() {
		for _, why := range theCloud.grants.unused() {
			fmt.Println("template.yaml:", why)
			code = 1
		}
	}
	os.Exit(code)
}

// wholeRun reports whether every test ran, so that what no story did nobody does.
func wholeRun() bool {
	whole := !testing.Short()
	for _, name := range []string{"run", "skip", "list", "bench", "fuzz"} {
		f := flag.Lookup("test." + name)
		whole = whole && f.Value.String() == ""
	}
	return whole
}

// theCloud is what all deployments of the process share.
var theCloud cloudParts

// cloudParts are the programs of the functions, built once, and the emulators' client.
type cloudParts struct {
	once     sync.Once
	err      error
	folder   string
	template *template.Template
	programs map[string]string
	client   *http.Client
	stacks   atomic.Int64
	grants   grants
	refused  atomic.Pointer[error] // the first call that a role did not allow
}

// refuse says at once what a role does not allow, since whoever waits for what did not
// happen then says less; and keeps the other stories from waiting, too.
func (p *cloudParts) refuse(why error) {
	if p.refused.CompareAndSwap(nil, &why) {
		fmt.Println("template.yaml:", why)
	}
}

// make builds the programs while the emulators start.
func (p *cloudParts) make(t testing.TB) {
	p.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	built := make(chan error)
	go func() { built <- p.build(context.Background()) }()
	defer func() { p.err = <-built }() // also where an emulator does not start
	emulator.SQS(t)
	emulator.Moto(t)
	emulator.DynamoDB(t)
}

func (p *cloudParts) build(ctx context.Context) (err error) {
	if p.template, err = template.Load("../../template.yaml"); err != nil {
		return err
	}
	functions, err := filepath.Glob("../../functions/*/main.go")
	if err != nil {
		return err
	}
	if p.folder, err = os.MkdirTemp("", "zhida-functions"); err != nil {
		return err
	}
	p.programs = map[string]string{}
	for _, main := range functions {
		name := filepath.Base(filepath.Dir(main))
		p.programs[name], err = localcloud.Program{
			Package: "./functions/" + name, Folder: "../..", Into: filepath.Join(p.folder, name),
			Env: os.Environ(), Linked: []string{localcloud.ClockLinked},
		}.Build(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *cloudParts) remove() {
	if p.folder != "" {
		_ = os.RemoveAll(p.folder) // the system empties its folder, too
	}
}

// name is a new stack's.
func (p *cloudParts) name() string { return fmt.Sprint("story", p.stacks.Add(1)) }

// deploy deploys the template as a stack of its own.
func deploy(t testing.TB, o localcloud.Options) *localcloud.Cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds programs")
	}
	theCloud.once.Do(func() { theCloud.make(t) })
	if theCloud.err != nil {
		t.Fatal(theCloud.err)
	}
	if why := theCloud.refused.Load(); why != nil {
		t.Fatalf("in another story: %v", *why)
	}
	o.OnRefused = theCloud.refuse
	o.Template, o.Programs, o.Client = theCloud.template, theCloud.programs, theCloud.client
	o.Stack = cmp.Or(o.Stack, theCloud.name())
	o.DynamoDB, o.SQS, o.Secrets, o.S3, o.Now = emulator.DynamoDB(t), emulator.SQS(t), emulator.Moto(t), emulator.Moto(t), time.Now
	o.KMS = emulator.Moto(t)
	cloud, err := localcloud.Deploy(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Delete(context.Background()); err != nil {
			t.Errorf("it cannot be deleted: %v", err)
		}
		theCloud.grants.add(cloud.Use())
	})
	return cloud
}
