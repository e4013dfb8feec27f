package infra_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

func only(t *testing.T, kind string) template.Resource {
	t.Helper()
	all := evaluated(t, everything()).Of(kind)
	if len(all) != 1 {
		t.Fatalf("%d of %s, want one", len(all), kind)
	}
	return all[0]
}

func TestTheTableIsTheStores(t *testing.T) {
	table := only(t, "AWS::DynamoDB::Table")
	var got dynamodb.CreateTableInput
	if err := table.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := dynamostore.Table("")
	want.TableName = nil // its own is made up by CloudFormation, so that a kept table is in nobody's way
	sorted := cmpopts.SortSlices(func(a, b types.AttributeDefinition) bool { return *a.AttributeName < *b.AttributeName })
	ignored := []cmp.Option{sorted, cmpopts.IgnoreUnexported(
		dynamodb.CreateTableInput{}, types.AttributeDefinition{}, types.KeySchemaElement{}, types.GlobalSecondaryIndex{}, types.Projection{},
	), cmpopts.IgnoreFields(dynamodb.CreateTableInput{}, "SSESpecification")} // named differently there; see below
	if diff := cmp.Diff(*want, got, ignored...); diff != "" {
		t.Errorf("dynamostore.Table (-), the template's table (+): %s", diff)
	}
}

func TestTheTableIsProtected(t *testing.T) {
	table := only(t, "AWS::DynamoDB::Table")
	for property, want := range map[string]string{
		"TimeToLiveSpecification.AttributeName":                       dynamostore.TTL,
		"TimeToLiveSpecification.Enabled":                             "true",
		"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": "true",
		"SSESpecification.SSEEnabled":                                 "true",
	} {
		if got := table.Text(property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
}

func TestTheBucketIsPrivate(t *testing.T) {
	bucket := only(t, "AWS::S3::Bucket")
	for property, want := range map[string]string{
		"PublicAccessBlockConfiguration.BlockPublicAcls":                                                  "true",
		"PublicAccessBlockConfiguration.BlockPublicPolicy":                                                "true",
		"PublicAccessBlockConfiguration.IgnorePublicAcls":                                                 "true",
		"PublicAccessBlockConfiguration.RestrictPublicBuckets":                                            "true",
		"OwnershipControls.Rules.0.ObjectOwnership":                                                       "BucketOwnerEnforced",
		"LifecycleConfiguration.Rules.0.ExpirationInDays":                                                 "365",
		"CorsConfiguration.CorsRules.0.AllowedOrigins.0":                                                  "https://chat.shop.example",
		"CorsConfiguration.CorsRules.1.AllowedOrigins.1":                                                  "https://www.shop.example",
		"BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm": "AES256",
	} {
		if got := bucket.Text(property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	least := evaluated(t, required()).Of("AWS::S3::Bucket")[0]
	if origin := least.Text("CorsConfiguration.CorsRules.0.AllowedOrigins.0"); !strings.Contains(origin, ".execute-api.") || least.Value("CorsConfiguration.CorsRules.1") != nil {
		t.Errorf("without origins no page but the desk's may use the bucket, which is at %q", origin)
	}
	direct := required()
	direct["FrontDoor"] = "function-url"
	if evaluated(t, direct).Of("AWS::S3::Bucket")[0].Value("CorsConfiguration") != nil {
		t.Error("without an address that is known no page may use the bucket")
	}
	policy := only(t, "AWS::S3::BucketPolicy")
	if policy.Text("PolicyDocument.Statement.0.Effect") != "Deny" ||
		policy.Text("PolicyDocument.Statement.0.Condition.Bool.aws:SecureTransport") != "false" || len(policy.Texts("PolicyDocument.Statement")) != 1 {
		t.Errorf("it is to refuse what comes without TLS, and to allow nothing: %v", policy.Properties)
	}
}

// kept are the resources that outlive the stack, and why.
var kept = map[string]string{
	"Table":            "what customers wrote",
	"Media":            "what customers sent",
	"MediaPolicy":      "it protects what customers sent",
	"DeploymentKey":    "with another one, every customer is a stranger",
	"Vault":            "without it the providers' tokens are noise",
	"LogRole":          "other APIs of the account may write with it",
	"LogRoleOfAccount": "other APIs of the account may write with it",
}

func TestWhatIsKept(t *testing.T) {
	loaded := loaded(t)
	for _, name := range loaded.Order {
		want := ""
		if kept[name] != "" {
			want = "Retain"
		}
		for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
			if got := loaded.Attribute(name, policy); got != want {
				t.Errorf("%s has the %s %q, want %q", name, policy, got, want)
			}
		}
	}
	for name := range kept {
		if loaded.Kind(name) == "" {
			t.Errorf("%s is to be kept, but is not there", name)
		}
	}
}

// byHand are the secrets that a provider's pages give, with what they hold until somebody puts
// them there.
var byHand = map[string]string{"WechatWebhooks": "{}", "WechatSecrets": "{}", "SlackSigningSecret": "unset", "SlackClientSecret": "unset"}

func TestSecretsAreMadeThere(t *testing.T) {
	all := evaluated(t, everything()).Of("AWS::SecretsManager::Secret")
	if len(all) != 7 {
		t.Errorf("%d secrets, want seven", len(all))
	}
	for _, s := range all {
		if by, ok := byHand[s.Name]; ok {
			if s.Text("SecretString") != by || s.Value("GenerateSecretString") != nil {
				t.Errorf("%s: %v", s.Name, s.Properties)
			}
			continue
		}
		// Letters and digits only are base64, and 64 of them are 48 bytes.
		if s.Text("GenerateSecretString.PasswordLength") != "64" || s.Text("GenerateSecretString.ExcludePunctuation") != "true" || s.Value("SecretString") != nil {
			t.Errorf("%s: %v", s.Name, s.Properties)
		}
		if s.Value("Name") != nil {
			t.Errorf("%s has a name: a kept or just deleted one is in the way of the next stack", s.Name)
		}
	}
}
