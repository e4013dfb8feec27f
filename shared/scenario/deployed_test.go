package scenario

import (
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
}

// functions are all there are; TestMain would miss one that nobody deploys.
var functions = []string{"inapp", "bot", "desk", "clock"}

func (p *cloudParts) make(ctx context.Context) {
	p.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	if p.template, p.err = template.Load("../../template.yaml"); p.err != nil {
		return
	}
	if p.folder, p.err = os.MkdirTemp("", "zhida-functions"); p.err != nil {
		return
	}
	p.programs = map[string]string{}
	for _, name := range functions {
		program := localcloud.Program{
			Package: "./functions/" + name, Folder: "../..", Into: filepath.Join(p.folder, name),
			Env: os.Environ(), Linked: []string{localcloud.ClockLinked},
		}
		if p.programs[name], p.err = program.Build(ctx); p.err != nil {
			return
		}
	}
}

func (p *cloudParts) remove() {
	if p.folder != "" {
		_ = os.RemoveAll(p.folder) // the system empties its folder, too
	}
}

// deploy deploys the template as a stack of its own.
func deploy(t testing.TB, o localcloud.Options) *localcloud.Cloud {
	t.Helper()
	theCloud.once.Do(func() { theCloud.make(context.Background()) })
	if theCloud.err != nil {
		t.Fatal(theCloud.err)
	}
	o.Template, o.Programs, o.Client = theCloud.template, theCloud.programs, theCloud.client
	o.Stack = fmt.Sprint("story", theCloud.stacks.Add(1))
	o.DynamoDB, o.SQS, o.Secrets, o.Now = emulator.DynamoDB(t), emulator.SQS(t), emulator.Moto(t), time.Now
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
