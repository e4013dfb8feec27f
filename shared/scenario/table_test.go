package scenario

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// dump is every item of the table, but for those of open connections, which come and
// go by themselves.
func (l *lambda) dump() string {
	l.t.Helper()
	client, table := l.cloud.Table("Table")
	var lines []string
	for page := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table}); page.HasMorePages(); {
		out, err := page.NextPage(context.Background())
		if err != nil {
			l.t.Fatal(err)
		}
		for _, item := range out.Items {
			pk, _ := item["pk"].(*types.AttributeValueMemberS)
			if pk != nil && (strings.HasPrefix(pk.Value, "n#") || strings.HasPrefix(pk.Value, "t#")) {
				continue
			}
			line, err := json.Marshal(item)
			if err != nil {
				l.t.Fatal(err)
			}
			lines = append(lines, string(line)+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
