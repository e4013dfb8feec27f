package sms

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// Client is AWS's client of its SMS API, over net/http, as far as it is used here.
type Client interface {
	SendTextMessage(context.Context, *api.SendTextMessageInput, ...func(*api.Options)) (*api.SendTextMessageOutput, error)
	SendMediaMessage(context.Context, *api.SendMediaMessageInput, ...func(*api.Options)) (*api.SendMediaMessageOutput, error)
}

// endUser is AWS End User Messaging SMS.
type endUser struct {
	client        Client
	topics        []string
	set, maxPrice string // "" for none
}

func (e *endUser) outgoing() channel.Outgoing { return channel.Free }

// How much one message carries, in units of its encoding, and with media in characters. Sources:
// https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html and
// https://docs.aws.amazon.com/sms-voice/latest/userguide/mms-limitations-character.html
const (
	mostGSM       = 1_530
	mostUCS2      = 630
	mostParts     = 10 // which both come to, unless pairs that are not cut leave room in some
	mostWithMedia = 1_600
)

func (e *endUser) carries(text string, media bool) bool {
	size := Count(text)
	switch {
	case !media && size.Parts > mostParts:
		return false
	case media:
		return utf8.RuneCountInString(text) <= mostWithMedia
	case size.Encoding == GSM:
		return size.Units <= mostGSM
	default:
		return size.Units <= mostUCS2
	}
}

// The largest media, in bytes: what AWS's page has in MB and KB.
const (
	mostPicture = 2_000_000
	mostFile    = 600_000
)

// files are the media types that go out, and the size of each.
// Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/mms-limitations-character.html
var files = map[string]int64{
	"image/gif": mostPicture, "image/jpeg": mostPicture, "image/png": mostPicture, "image/tiff": mostFile,
	"audio/3gpp": mostFile, "audio/3gpp2": mostFile, "audio/amr": mostFile, "audio/mp4": mostFile, "audio/mpeg": mostFile, "audio/ogg": mostFile,
	"video/3gpp": mostFile, "video/3gpp2": mostFile, "video/mp4": mostFile, "video/quicktime": mostFile, "video/webm": mostFile,
	"text/calendar": mostFile, "text/vcard": mostFile, "text/x-vcard": mostFile, "application/pdf": mostFile,
}

func (e *endUser) shows(m conversation.Media) bool {
	kind, _, _ := strings.Cut(m.Type, ";")
	return m.Size > 0 && m.Size <= files[kind]
}

// keptFor is how long a message may be on its way: an answer of yesterday's is none. AWS would
// try for three days.
const keptFor = 24 * time.Hour

// send implements provider: https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html and
// API_SendMediaMessage.html there. Neither knows a message again: what is sent twice arrives twice.
func (e *endUser) send(ctx context.Context, m outgoing) (channel.Sent, error) {
	ctx, way := traced(ctx)
	id, err := e.call(ctx, m)
	switch {
	case err != nil:
		return channel.Sent{}, way.fault(err)
	case aws.ToString(id) == "":
		return channel.Sent{}, uncertain(errNameless)
	}
	return channel.Sent{ProviderID: *id}, nil
}

func (e *endUser) call(ctx context.Context, m outgoing) (id *string, err error) {
	lasts := aws.Int32(int32(keptFor / time.Second))
	if m.media == "" {
		out, err := e.client.SendTextMessage(ctx, &api.SendTextMessageInput{
			OriginationIdentity: &m.from, DestinationPhoneNumber: &m.to, MessageBody: &m.text, MessageType: types.MessageTypeTransactional,
			ConfigurationSetName: optional(e.set), MaxPrice: optional(e.maxPrice), Context: m.marks(), TimeToLive: lasts,
		}, once)
		if err != nil {
			return nil, err
		}
		return out.MessageId, nil
	}
	out, err := e.client.SendMediaMessage(ctx, &api.SendMediaMessageInput{
		OriginationIdentity: &m.from, DestinationPhoneNumber: &m.to, MessageBody: optional(m.text), MediaUrls: []string{m.media},
		ConfigurationSetName: optional(e.set), MaxPrice: optional(e.maxPrice), Context: m.marks(), TimeToLive: lasts,
	}, once)
	if err != nil {
		return nil, err
	}
	return out.MessageId, nil
}

// once has AWS's client try no second time by itself.
func once(o *api.Options) { o.Retryer = aws.NopRetryer{} }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
