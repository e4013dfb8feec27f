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
	key := keyOf(ofTopic+topic, asked)
	out, err := s.table.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.name, Key: key})
	if err != nil {
		return live.Note{}, awsfault.Wrap(err, "apigwlive.Note")
	}
	now := s.now()
	if end, _ := intOf(out.Item[expires]); time.Unix(end, 0).Sub(now) < renewNotes {
		renewed := out.Item
		if renewed == nil {
			renewed = key
		}
		renewed[expires] = number(now.Add(live.NotesFor).Unix())
		if err := s.put(ctx, renewed); err != nil {
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

// keep keeps a passing frame for whoever asks.
func (s *Sessions) keep(ctx context.Context, topic string, end int64, frame []byte, lasts time.Duration) error {
	kept := keyOf(ofTopic+topic, asked)
	kept[expires] = number(end)
	kept[note] = &types.AttributeValueMemberB{Value: frame}
	kept[until] = number(s.now().Add(lasts).UnixMilli())
	return s.put(ctx, kept)
}
