package apigwlive

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/live"
)

// The attributes of a topic that clients without a connection ask for.
const (
	asked = "asked" // in place of a connection, whose ids are longer
	note  = "note"  // the last passing frame
	until = "until" // Unix milliseconds: when it is over
)

// renewNotes is how long an item must still last: with the next poll it is renewed.
const renewNotes = time.Minute

var _ live.Notes = (*Sessions)(nil)

// Note implements live.Notes: a read, and a write every few minutes.
func (s *Sessions) Note(ctx context.Context, topic string) (live.Note, error) {
	out, err := s.table.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.name, Key: keyOf(ofTopic+topic, asked)})
	if err != nil {
		return live.Note{}, awsfault.Wrap(err, "apigwlive.Note")
	}
	now := s.now()
	if end, _ := intOf(out.Item[expires]); time.Unix(end, 0).Sub(now) < renewNotes {
		// Nothing else of it: a frame may have been kept meanwhile.
		renewed := item{":end": number(now.Add(live.NotesFor).Unix())}
		if err := s.change(ctx, topic, "SET #end = :end", map[string]string{"#end": expires}, renewed); err != nil {
			return live.Note{}, awsfault.Wrap(err, "apigwlive.Note")
		}
	}
	over, _ := intOf(out.Item[until])
	data, ok := out.Item[note].(*types.AttributeValueMemberB)
	if !ok || over <= now.UnixMilli() {
		return live.Note{}, nil
	}
	return live.Note{Frame: data.Value, Until: time.UnixMilli(over)}, nil
}

// keep keeps a passing frame for whoever asks. How long they do is theirs to say.
func (s *Sessions) keep(ctx context.Context, topic string, end int64, frame []byte, lasts time.Duration) error {
	return s.change(ctx, topic, "SET #note = :note, #until = :until, #end = if_not_exists(#end, :end)",
		map[string]string{"#note": note, "#until": until, "#end": expires},
		item{":note": &types.AttributeValueMemberB{Value: frame}, ":until": number(s.now().Add(lasts).UnixMilli()), ":end": number(end)})
}

// change changes what is kept of a topic for those who ask.
func (s *Sessions) change(ctx context.Context, topic, how string, names map[string]string, values item) error {
	_, err := s.table.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.name, Key: keyOf(ofTopic+topic, asked),
		UpdateExpression: &how, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return err
}
