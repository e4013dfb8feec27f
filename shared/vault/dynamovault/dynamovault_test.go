package dynamovault_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/vault"
	"github.com/zhida-project/zhida/shared/vault/dynamovault"
	"github.com/zhida-project/zhida/shared/vault/vaulttest"
)

func TestConformance(t *testing.T) {
	vaulttest.Run(t, vaulttest.Harness{New: func(t *testing.T, now func() time.Time) vaulttest.Kept {
		c := newCloud(t)
		return vaulttest.Kept{
			Open: func(t *testing.T) vault.Vault { return open(t, c.options(now)) },
			Dump: c.dump,
			Swap: c.swap,
			Flip: func(t *testing.T, name string) { c.flip(t, name, "sealed") },
			Late: func(t *testing.T, name string) {
				c.edit(t, name, func(i map[string]types.AttributeValue) {
					until := i["until"].(*types.AttributeValueMemberN)
					n, err := strconv.ParseInt(until.Value, 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					until.Value = fmt.Sprint(n + time.Hour.Milliseconds())
				})
			},
		}
	}})
}

// TestItemsEndByThemselves reads what the table's time to live goes by: not before the
// end, and not for what has none.
func TestItemsEndByThemselves(t *testing.T) {
	c := newCloud(t)
	now := time.Now()
	v := open(t, c.options(func() time.Time { return now }))
	put := func(name string, expires time.Time) {
		if _, err := v.Put(t.Context(), name, vault.Entry{Value: secret.New("value"), Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	end := now.Add(time.Minute)
	put("always", time.Time{})
	put("once", end)
	if err := v.Lease(t.Context(), "once", "me", end); err != nil {
		t.Fatal(err)
	}
	out, err := c.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: &c.table})
	if err != nil || len(out.Items) != 3 {
		t.Fatalf("%d items, %v", len(out.Items), err)
	}
	for _, i := range out.Items {
		n, has := i["expires"].(*types.AttributeValueMemberN)
		switch name := i["pk"].(*types.AttributeValueMemberS).Value; {
		case name == "v#always" && has:
			t.Errorf("what was put for ever is removed at %s", n.Value)
		case name == "v#once" && (!has || n.Value != fmt.Sprint(end.Unix()+1)):
			t.Errorf("the %v is removed at %v, and ends at %d", i["sk"], n, end.Unix())
		}
	}
}

func TestNewNeedsAll(t *testing.T) {
	whole := cloud{db: dbAt("http://127.0.0.1:1"), kms: kmsAt("http://127.0.0.1:1"), table: "t", key: "k"}.options(time.Now)
	if _, err := dynamovault.New(whole); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*dynamovault.Options){
		"table": func(o *dynamovault.Options) { o.Table = nil },
		"name":  func(o *dynamovault.Options) { o.Name = "" },
		"KMS":   func(o *dynamovault.Options) { o.Keys = nil },
		"key":   func(o *dynamovault.Options) { o.Key = "" },
		"clock": func(o *dynamovault.Options) { o.Now = nil },
	} {
		o := whole
		change(&o)
		if _, err := dynamovault.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}
