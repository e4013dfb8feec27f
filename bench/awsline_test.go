package bench

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
)

// BenchmarkLineOnAWS is what it costs on DynamoDB to tell the last of a line where
// they stand, by the length of the line, and what the clock's survey of it costs
// once a minute. Compare the lengths: the position costs the same.
func BenchmarkLineOnAWS(b *testing.B) {
	for _, waiting := range []int{10, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			meter := &dynamotest.Meter{Latency: 20 * time.Millisecond}
			client := dynamotest.Client(emulator.DynamoDBOf(b, exported(b, waiting)), nil, meter.Watch)
			now := lineAt(waiting)
			s := need(dynamostore.New(dynamostore.Options{
				Client: client, Table: lineTable, Now: func() time.Time { return now }, Random: rand.Float64,
			}))(b)
			survey := meter.Of(func() { must(b, s.Survey(context.Background(), conversation.Front)) })
			var place store.Place
			var cost dynamotest.Cost
			for b.Loop() {
				cost = meter.Of(func() { place = need(s.Position(context.Background(), conversation.Front, "~"))(b) })
			}
			if cost.Trips != 1 || cost.Reads > 3 || place.Ahead < waiting*8/10 || place.Exact == place.About {
				b.Errorf("%+v for %+v", cost, place)
			}
			b.ReportMetric(cost.Reads, "RRU")
			b.ReportMetric(float64(cost.Trips), "trips")
			b.ReportMetric(float64(place.Ahead), "ahead")
			b.ReportMetric(survey.Reads, "survey-RRU")
			b.ReportMetric(float64(survey.Calls), "survey-calls")
		})
	}
}

const lineTable = "line"

// lineAt is when the n-th customer asked.
func lineAt(n int) time.Time { return time.UnixMilli(1_795_685_400_000 + int64(n)) }

// exported writes what a table with so many in line holds of them, as DynamoDB
// exports it: of each conversation what the line's index is made of.
func exported(b *testing.B, waiting int) string {
	b.Helper()
	dir := b.TempDir()
	made := need(conversation.NewIDs(shop().DeploymentKey.Reveal()))(b)
	must(b, os.MkdirAll(filepath.Join(dir, lineTable, "data"), 0o755))
	file := need(os.Create(filepath.Join(dir, lineTable, "data", "items.json.gz")))(b)
	packed := need(gzip.NewWriterLevel(file, gzip.BestSpeed))(b)
	out := bufio.NewWriter(packed)
	for i := range waiting {
		id := made.Of(peer(i))
		t := conversation.Ticket{ID: conversation.NewTicketID(id, conversation.InboundKey(lineAt(i), "m")), Class: conversation.Normal, AskedAt: lineAt(i)}
		rank, _, _ := strings.Cut(t.Rank(), ".") // as the index has it
		_, err := fmt.Fprintf(out, `{"Item":{"pk":{"S":"c#%s"},"sk":{"S":"conv"},"line":{"S":"w#front"},"rank":{"S":%q}}}`+"\n", id, rank)
		must(b, err)
	}
	must(b, out.Flush())
	must(b, packed.Close())
	must(b, file.Close())
	in := dynamostore.Table(lineTable)
	described := types.TableDescription{TableName: in.TableName, AttributeDefinitions: in.AttributeDefinitions, KeySchema: in.KeySchema}
	for _, index := range in.GlobalSecondaryIndexes {
		described.GlobalSecondaryIndexes = append(described.GlobalSecondaryIndexes, types.GlobalSecondaryIndexDescription{
			IndexName: index.IndexName, KeySchema: index.KeySchema, Projection: index.Projection,
		})
	}
	schema := need(json.Marshal([]any{map[string]any{"Table": described}}))(b)
	must(b, os.WriteFile(filepath.Join(dir, "schema.json"), schema, 0o600))
	return dir
}
