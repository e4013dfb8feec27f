package dynamostore

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// TTL names the attribute that the table's time to live is set to: when an item is
// forgotten, in Unix seconds. See Options.Keep.
const TTL = "expires"

// The names of the table's keys and of its indexes. An index holds the items
// that have both of its attributes, and of those nothing but keys.
const (
	partition = "pk"
	order     = "sk"

	workIndex = "work" // what is to do, by its due time
	workShard = "work" // one of shards
	workDue   = "due"  // Unix milliseconds

	lineIndex = "line" // who waits in a lane
	lineLane  = "line"
	lineRank  = "rank"

	dayIndex = "day" // the ledger by its time
	dayShard = "day" // a UTC date and one of its shards, or one of those that tell the pace
	dayAt    = "at"  // Unix milliseconds, and, where there is a pace to tell, of what

	agentIndex = "agent" // what an agent holds
	agentID    = "holder"
	agentAsked = "held" // since when it was asked for
)

// Table describes the table that a Store works on. What protects it (backups,
// encryption, time to live) is the deployment's business.
func Table(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute(partition, types.ScalarAttributeTypeS), attribute(order, types.ScalarAttributeTypeS),
			attribute(workShard, types.ScalarAttributeTypeS), attribute(workDue, types.ScalarAttributeTypeN),
			attribute(lineLane, types.ScalarAttributeTypeS), attribute(lineRank, types.ScalarAttributeTypeS),
			attribute(dayShard, types.ScalarAttributeTypeS), attribute(dayAt, types.ScalarAttributeTypeS),
			attribute(agentID, types.ScalarAttributeTypeS), attribute(agentAsked, types.ScalarAttributeTypeS),
		},
		KeySchema: keySchema(partition, order),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			index(workIndex, workShard, workDue),
			index(lineIndex, lineLane, lineRank),
			index(dayIndex, dayShard, dayAt),
			index(agentIndex, agentID, agentAsked),
		},
	}
}

func attribute(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: kind}
}

func keySchema(hash, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(hash), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
	}
}

func index(name, hash, sort string) types.GlobalSecondaryIndex {
	return types.GlobalSecondaryIndex{
		IndexName:  aws.String(name),
		KeySchema:  keySchema(hash, sort),
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
	}
}
