package zhida_test

import (
	"slices"
	"testing"
)

// This file says who may import whom. archcheck_test.go evaluates it, and proves
// of every rule that breaking it is noticed.
//
// Packages are named by their folder; a * stands for one folder, a trailing /...
// for everything below too. Tests may import what they like.

var (
	domain    = []string{"shared/conversation", "shared/fault"}
	contracts = []string{
		"shared/channel", "shared/store", "shared/queue", "shared/vault", "shared/blob",
		"shared/live", "shared/transfer", "shared/bot", "shared/intent", "shared/toolkey",
	}
	useCases = []string{
		"shared/inbound", "shared/outbound", "shared/outbox", "shared/desk",
		"shared/routing", "shared/clock", "shared/media",
	}
	suites = []string{
		"shared/channel/channeltest", "shared/store/storetest", "shared/queue/queuetest",
		"shared/vault/vaulttest", "shared/blob/blobtest", "shared/toolkey/toolkeytest",
	}
	// forTests are the packages that only tests import: they may meet the world.
	forTests = append(slices.Clone(suites), "shared/emulator", "shared/store/dynamostore/dynamotest")
)

// mayRules say of every package what of this module it may import directly.
// A package that no rule knows is a mistake: a new wall is decided here.
var mayRules = []mayRule{
	{in: []string{""}, why: "the root is the map of the repository, not code"},
	{in: []string{"shared/fault"}, why: "everything stands on the closed list of faults, so it stands on nothing"},
	{in: []string{"shared/awsfault"}, may: []string{"shared/fault"},
		why: "every engine on AWS tells its faults in the same way, and quotes nobody"},
	{in: []string{"shared/jsonhttp"}, may: []string{"shared/fault"},
		why: "reading and answering JSON is the same for everybody who does it"},
	{in: []string{"shared/netaddr"}, why: "whom an address belongs to is told in one way, to whoever calls and whoever is called; it knows nobody"},
	{in: []string{"shared/conversation"}, may: []string{"shared/fault"},
		why: "the model is pure, so that it can be tested and read without anything else"},
	{in: []string{"shared/secret"}, why: "whoever holds a secret can hide it, so it knows nobody"},
	{in: contracts, may: slices.Concat(domain, []string{"shared/secret"}),
		why: "a contract that knows another package ties every engine to it"},
	{in: suites, may: slices.Concat(domain, []string{"shared/channel", "shared/store", "shared/queue", "shared/secret", "shared/vault", "shared/blob", "shared/toolkey"}),
		why: "a suite that knows an engine states that engine's behaviour, not the contract's"},
	{in: []string{"shared/emulator"}, why: "an emulator stands in for the cloud, for any engine; it knows none"},
	{in: []string{"shared/store/dynamostore/dynamotest"}, why: "a meter and a bad network are the same for whoever works on the table"},
	{in: []string{"shared/store/*"}, may: slices.Concat(domain, []string{"shared/store", "shared/sqlitefile", "shared/awsfault"}),
		why: "an engine keeps what it is given, by its contract; deciding is for the use cases"},
	{in: []string{"shared/queue/*"}, may: slices.Concat(domain, []string{"shared/queue", "shared/sqlitefile", "shared/awsfault"}),
		why: "an engine carries what it is given, by its contract; deciding is for the use cases"},
	{in: []string{"shared/live/*"}, may: slices.Concat(domain, []string{"shared/live", "shared/awsfault", "shared/jsonhttp", "shared/netaddr"}),
		why: "an engine pushes what it is given, by its contract; deciding is for the use cases"},
	{in: []string{"shared/vault/*"}, may: slices.Concat(domain, []string{"shared/vault", "shared/sqlitefile", "shared/secret", "shared/awsfault"}),
		why: "an engine keeps what it is given, by its contract; deciding is for the use cases"},
	{in: []string{"shared/blob/*"}, may: slices.Concat(domain, []string{"shared/blob", "shared/secret", "shared/awsfault", "shared/netaddr"}),
		why: "an engine keeps what it is given, by its contract; deciding is for the use cases"},
	{in: []string{"shared/toolkey/*"}, may: slices.Concat(domain, []string{"shared/toolkey", "shared/sqlitefile", "shared/awsfault"}),
		why: "an engine keeps what it is given, by its contract; deciding is for the use cases"},
	{in: []string{"shared/jwks"}, may: []string{"shared/fault"},
		why: "what an identity provider publishes is read in one way for whoever believes it, customers' side or agents'"},
	{in: []string{"shared/desk/*"}, may: slices.Concat(domain, []string{"shared/desk", "shared/jwks", "shared/netaddr"}),
		why: "whoever vouches for agents says who they are; what they may do is the desk's to say"},
	{in: []string{"shared/bot/*"}, may: slices.Concat(domain, []string{"shared/bot", "shared/config"}),
		why: "a bot answers; it sees no store, no queue and no channel, and so can hold nobody back"},
	{in: []string{"shared/sqlitefile"}, may: domain,
		why: "the shared file knows SQL, not what is kept in it"},
	{in: []string{"shared/config"}, may: slices.Concat(domain, []string{"shared/secret", "shared/netaddr"}),
		why: "a configuration is values; whoever needs them takes them as options"},
	{in: useCases, may: slices.Concat(domain, contracts, useCases, []string{"shared/jsonhttp", "shared/netaddr"}),
		why: "a use case runs on any engine, channel and host, so it knows contracts only; configuration comes as options"},
	{in: []string{"shared/outbound/cut"}, may: slices.Concat(domain, []string{"shared/channel"}),
		why: "where a text may be cut is the same for every channel that bounds its calls"},
	{in: []string{"shared/lambdahost"}, may: slices.Concat(domain, []string{"shared/live", "shared/queue"}),
		why: "a host hands requests on; it is thin, or both hosts would differ"},
	{in: []string{"shared/scenario", "web/pagetest", "bench"}, why: "these hold tests; no program is made of them"},
	{in: []string{"connectors/*"}, may: slices.Concat(domain, []string{"shared/channel", "shared/config", "shared/vault", "shared/jwks", "shared/netaddr", "shared/secret"}),
		why: "a connector translates; it never decides, stores, waits, or knows another channel"},
	{in: []string{"connectors/sms"}, may: slices.Concat(domain, []string{"shared/channel", "shared/config", "shared/awsfault"}),
		why: "a connector translates; what AWS, its provider, says went wrong is told as everywhere"},
	{in: []string{"connectors/*/platform"}, may: slices.Concat(domain, []string{"shared/simulation", "shared/jsonhttp"}),
		why: "it plays a provider by what that publishes; if it shared code with the connector, both would make the same mistake; its console is ours"},
	{in: []string{"connectors/*/..."}, may: domain,
		why: "what is inside a connector serves that connector only"},
	{in: []string{"shared/simulation"}, why: "luck, outages and rest are the same whoever is played; it knows nobody"},
	{in: []string{"web"}, why: "pages are files to be served; whoever serves them decides how"},
	{in: []string{"infra/..."}, why: "the template's checks are tests; what reads it knows nothing of Zhida"},
	{in: []string{"infra/localcloud"}, may: []string{"infra/template"},
		why: "the local cloud knows AWS and the template; of the functions it knows nothing but their programs"},
	{in: []string{"functions/internal/cloud"}, may: []string{"shared/..."},
		why: "what all functions are put together from knows no channel, nor what only some of them use"},
	{in: []string{"functions/internal/*"}, may: []string{"shared/...", "web", "functions/internal/cloud"},
		why: "what some functions are put together from knows no channel, and not each other"},
	{in: []string{"functions/*"}, may: []string{"shared/...", "connectors/*", "web", "functions/internal/*"},
		why: "mains put the parts together, and nothing imports them"},
	{in: []string{"cmd/zhida", "cmd/zhida/app"}, may: []string{"shared/...", "connectors/*", "connectors/*/platform", "web", "cmd/zhida/app"},
		why: "mains put the parts together, and nothing imports them"},
	{in: []string{"examples/..."}, may: []string{"shared/transfer"},
		why: "an example has what an outsider has: the published format"},
}

// neverRules say what packages must not reach, through others either.
var neverRules = []neverRule{
	{in: slices.Concat(domain, []string{"shared/intent", "shared/config"}),
		never: []string{"net/http", "database/sql", "os/exec", "net"}, except: []string{"shared/fault"},
		why: "the domain does no I/O"},
	{in: []string{"connectors/..."}, never: []string{"github.com/aws/...", "shared/store", "shared/queue"}, except: []string{"connectors/sms"},
		why: "a connector runs on every host, and storing is not its business"},
	{in: []string{"connectors/sms"}, never: []string{"github.com/aws/...", "shared/store", "shared/queue"},
		but: []string{"github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/...", "github.com/aws/smithy-go/..."},
		why: "AWS is its provider by one API; where else it may go is for hosts and engines"},
	{in: []string{"connectors/wechat"}, never: []string{"github.com/sirupsen/...", "github.com/silenceper/wechat/v2", "github.com/go-redis/..."},
		why: "WeChat's library sets the process's log level and prints customers' words where more of it than its cipher is imported"},
	{in: slices.Concat(contracts, useCases), never: []string{"github.com/aws/...", "zombiezen.com/...", "shared/sqlitefile"},
		why: "what is written once must run on any engine and host"},
	{in: []string{"functions/..."}, never: []string{"zombiezen.com/...", "shared/sqlitefile", "cmd/..."},
		why: "a Lambda has no disk that lasts, and its start-up time is its size"},
	{in: []string{"functions/internal/cloud"},
		never: []string{"github.com/aws/aws-sdk-go-v2/service/secretsmanager/...", "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/...",
			"github.com/aws/aws-sdk-go-v2/service/s3/...", "github.com/aws/aws-sdk-go-v2/service/kms/...", "web"},
		why: "a client that only some functions use makes the others start later, used or not"},
	{in: []string{"cmd/..."}, never: []string{"shared/lambdahost", "github.com/aws/aws-lambda-go/...", "functions/..."},
		why: "the single binary needs no cloud"},
	{in: []string{"shared/...", "connectors/...", "web", "functions/...", "cmd/..."}, never: []string{"testing", "github.com/google/go-cmp/...", "pgregory.net/rapid"},
		except: forTests, why: "what only tests need does not reach programs"},
}

// onlyRules say who alone may import something directly.
var onlyRules = []onlyRule{
	{what: []string{"github.com/aws/aws-lambda-go/..."}, by: []string{"shared/lambdahost"},
		why: "handlers typed on Lambda events run nowhere else"},
	{what: []string{"github.com/aws/aws-sdk-go-v2/config/..."}, by: []string{"cmd/zhida", "examples/..."},
		why: "it reads files and asks around before the first call: a Lambda makes its settings by hand"},
	{what: []string{"github.com/aws/aws-sdk-go-v2/service/sqs/..."}, by: []string{"shared/queue/sqsqueue", "functions/...", "cmd/zhida", "examples/...", "infra/localcloud"},
		why: "SQS is one engine among others; the wiring makes its client"},
	{what: []string{"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/..."}, by: []string{"connectors/sms", "functions/...", "cmd/zhida"},
		why: "one package knows how AWS sends text messages; the wiring makes its client"},
	{what: []string{"zombiezen.com/..."}, by: []string{"shared/sqlitefile", "shared/store/sqlitestore", "shared/queue/sqlitequeue", "shared/vault/*", "shared/toolkey/sqlitetoolkey"},
		why: "SQLite is one engine among others"},
	{what: []string{"shared/sqlitefile"}, by: []string{"shared/store/sqlitestore", "shared/queue/sqlitequeue", "shared/vault/*", "shared/toolkey/sqlitetoolkey", "cmd/..."},
		why: "one file has one writer, which only its engines and their wiring touch"},
	{what: []string{"github.com/MicahParks/jwkset"}, by: []string{"shared/jwks"},
		why: "one package knows what an identity provider publishes"},
	{what: []string{"github.com/silenceper/wechat/v2/util"}, by: []string{"connectors/wechat"},
		why: "one package knows how WeChat signs and encrypts"},
	{what: []string{"go.yaml.in/..."}, by: []string{"shared/config", "infra/template"},
		why: "one package reads zhida.yaml, and tells its mistakes in one way; the other reads template.yaml, for tests"},
	{what: []string{"github.com/rivo/uniseg"}, by: []string{"shared/outbound/cut"},
		why: "its tables are a twentieth of a Lambda, which only channels that bound their calls carry"},
	{what: []string{"github.com/tdewolff/..."}, by: []string{"web"},
		why: "what is served is made small where it is served"},
	{what: []string{"github.com/alecthomas/kong"}, by: []string{"cmd/zhida"},
		why: "only a main has a command line"},
	{what: suites, by: suites, why: "suites are for tests"},
	{what: []string{"shared/emulator", "shared/store/dynamostore/dynamotest"}, by: nil, why: "these are for tests"},
	{what: []string{"github.com/cloudevents/...", "github.com/santhosh-tekuri/jsonschema/...", "github.com/chromedp/..."}, by: nil,
		why: "the published formats and the pages are checked by others' code, in tests only"},
	{what: []string{"infra/localcloud"}, by: nil, why: "it plays AWS, for tests"},
	{what: []string{"connectors/*/platform"}, by: []string{"cmd/zhida", "cmd/zhida/app"},
		why: "it plays a provider, for tests and for a demo on one's own machine"},
	{what: []string{"shared/simulation"}, by: []string{"connectors/*/platform"},
		why: "it is for what plays a provider: chance and outages have no place in what customers use"},
	{what: []string{"functions/*"}, by: nil, why: "a main is the end of the line"},
	{what: []string{"functions/internal/..."}, by: []string{"functions/*", "functions/internal/*"}, why: "what functions share, only functions have"},
}

// oneConnector lists who may reach at most one connector.
var oneConnector = oneRule{in: []string{"functions/*"}, most: "connectors/*",
	why: "one channel is one Lambda with one role: a fault in one leaves the others alone"}

func TestImports(t *testing.T) {
	graph := readModule(t, ".")
	for _, broken := range check(graph) {
		t.Error(broken)
	}
}

// mains are exempt from the rules of code below: they alone meet the world. What
// lies below functions/internal is no main.
var mains = []string{"cmd/zhida", "functions/*", "examples/..."}

// channelNames are what no code of shared/ may say: a new channel changes
// nothing there. They are the connectors' names; what customers call a channel
// (微信) is a word like any other.
var channelNames = []string{"wechat", "slack", "sms", "inapp"}

// channelNamesAllowed is the one place: zhida.yaml has a block for each channel,
// and shared/config is the type of zhida.yaml.
const channelNamesAllowed = "shared/config"

func TestCode(t *testing.T) {
	allowanceUsed := false
	for _, pkg := range readModule(t, ".") {
		for _, file := range pkg.files {
			if !matchAny(mains, pkg.path) && !matchAny(forTests, pkg.path) {
				for _, found := range globalsIn(file) {
					t.Errorf("%s: %s", pkg.path, found)
				}
			}
			if !match("shared/...", pkg.path) {
				continue
			}
			names := channelNamesIn(file)
			if pkg.path == channelNamesAllowed {
				allowanceUsed = allowanceUsed || len(names) > 0
				continue
			}
			for _, found := range names {
				t.Errorf("%s: %s", pkg.path, found)
			}
		}
	}
	if !allowanceUsed {
		t.Errorf("%s names no channel any more: take it out of the exceptions", channelNamesAllowed)
	}
}
