package platform_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// picture is a PNG of so many bytes.
func picture(size int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return append(b.Bytes(), make([]byte, size-b.Len())...)
}

// mediaInput is what a test alters.
type mediaInput = pinpointsmsvoicev2.SendMediaMessageInput

type object struct {
	data []byte
	kind string
}

// withObjects is a bucket of some objects.
func withObjects(objects map[string]object) func(*platform.Options) {
	return func(o *platform.Options) {
		o.Objects = func(_ context.Context, bucket, key string) ([]byte, string, error) {
			found, there := objects[key]
			if !there || bucket != "media-bucket" {
				return nil, "", fs.ErrNotExist
			}
			return found.data, found.kind, nil
		}
	}
}

func (w *world) sendsMedia(from, address string, change func(*mediaInput)) error {
	in := &pinpointsmsvoicev2.SendMediaMessageInput{
		DestinationPhoneNumber: aws.String(phone), OriginationIdentity: aws.String(from), ConfigurationSetName: aws.String("zhida"),
		MessageBody: aws.String("look"), MediaUrls: []string{address},
	}
	if change != nil {
		change(in)
	}
	_, err := w.sdk.SendMediaMessage(w.patience(), in)
	return err
}

// TestMedia: https://docs.aws.amazon.com/sms-voice/latest/userguide/mms-limitations-character.html; what cannot be sent is
// taken, and told by an event.
func TestMedia(t *testing.T) {
	objects := map[string]object{
		"a/picture.png": {picture(2_000_000), "image/png"}, "large.png": {picture(2_000_001), "image/png"},
		"film.mp4": {make([]byte, 600_000), "video/mp4"}, "large.mp4": {make([]byte, 600_001), "video/mp4"},
		"page.html": {[]byte("<p>"), "text/html"}, "no.png": {[]byte("<p>"), "image/png"}, "voice.amr": {[]byte("#!AMR\n"), "audio/amr"},
	}
	for key, status := range map[string]string{
		"a/picture.png": "DELIVERED", "large.png": "FILE_SIZE_EXCEEDED", "film.mp4": "DELIVERED", "large.mp4": "FILE_SIZE_EXCEEDED",
		"page.html": "FILE_TYPE_UNSUPPORTED", "no.png": "FILE_TYPE_UNSUPPORTED", "voice.amr": "DELIVERED", "nothing": "FILE_INACCESSIBLE",
	} {
		w := newWorld(t, withObjects(objects))
		w.must(w.sendsMedia(managed, "s3://media-bucket/"+key, nil))
		w.passes(time.Second, time.Second, 3*time.Second)
		kinds := w.heard()
		if len(kinds) < 3 || kinds[0] != "MEDIA_QUEUED" || kinds[len(kinds)-1] != "MEDIA_"+status {
			t.Errorf("%s: %v", key, kinds)
		}
		inbox, arrives := w.p.Phone(phone).Inbox(), status == "DELIVERED"
		if (len(inbox) == 1) != arrives || (w.violations(platform.BadMedia) == 0) != arrives {
			t.Errorf("%s: %d messages, violations %+v", key, len(inbox), w.p.Violations())
			continue
		}
		if arrives && (inbox[0].Media.Kind != objects[key].kind || !bytes.Equal(inbox[0].Media.Data, objects[key].data) || inbox[0].Text != "look" || inbox[0].Parts != nil) {
			t.Errorf("%s: %+v", key, inbox[0].Text)
		}
		if s := w.p.Spent(); s.Parts != 1 {
			t.Errorf("%s: spent %+v", key, s)
		}
	}
}

// TestMediaCalls: what is refused at once.
func TestMediaCalls(t *testing.T) {
	w := newWorld(t, withObjects(map[string]object{"a": {picture(100), "image/png"}}))
	type in = mediaInput
	for name, c := range map[string]struct {
		from, address string
		change        func(*in)
		want          string // a field; "": it is taken
	}{
		"as it is":            {managed, "s3://media-bucket/a", nil, ""},
		"without a text":      {managed, "s3://media-bucket/a", func(i *in) { i.MessageBody = nil }, ""},
		"without a file":      {managed, "", func(i *in) { i.MediaUrls = nil }, ""},
		"without either":      {managed, "", func(i *in) { i.MediaUrls, i.MessageBody = nil, nil }, "MessageBody"},
		"1,600 characters":    {managed, "s3://media-bucket/a", func(i *in) { i.MessageBody = aws.String(strings.Repeat("长", 1600)) }, ""},
		"1,601 characters":    {managed, "s3://media-bucket/a", func(i *in) { i.MessageBody = aws.String(strings.Repeat("a", 1601)) }, "MessageBody"},
		"by https":            {managed, "https://media-bucket/a", nil, "MediaUrls"},
		"a bucket of no name": {managed, "s3://A/a", nil, "MediaUrls"},
		"no key":              {managed, "s3://media-bucket/", nil, "MediaUrls"},
		"two files":           {managed, "s3://media-bucket/a", func(i *in) { i.MediaUrls = append(i.MediaUrls, i.MediaUrls...) }, "MediaUrls"},
	} {
		err := w.sendsMedia(c.from, c.address, c.change)
		var wrong *types.ValidationException
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &wrong) || len(wrong.Fields) != 1 || aws.ToString(wrong.Fields[0].Name) != c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.violations(platform.TooLong); n != 1 {
		t.Errorf("%d violations", n)
	}
	var conflict *types.ConflictException
	if err := w.sendsMedia(own, "s3://media-bucket/a", nil); !errors.As(err, &conflict) || conflict.Reason != types.ConflictExceptionReasonNumberCapabilitiesMismatch || statusOf(err) != http.StatusBadRequest {
		t.Errorf("from a number of texts: %v", err)
	}
	w.writes(managed, "STOP")
	if err := w.sendsMedia(managed, "s3://media-bucket/a", nil); !optedOutError(err) {
		t.Errorf("to who opted out: %v", err)
	}
	for _, e := range w.p.Phone(phone).Inbox() {
		if e.Who == platform.Company && e.Media == nil && e.Text != "look" {
			t.Errorf("shows %+v", e)
		}
	}
}

// TestMediaLimit: the month's money for media is apart from that for texts.
func TestMediaLimit(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) { o.SpendLimit = 0.01 })
	text := func(i *mediaInput) { i.MediaUrls = nil }
	w.must(w.sendsMedia(managed, "", text))
	_, err := w.sends(managed, "hi", nil)
	w.must(err)
	var over *types.ServiceQuotaExceededException
	if err := w.sendsMedia(managed, "", text); !errors.As(err, &over) || over.Reason != types.ServiceQuotaExceededExceptionReasonMonthlySpendLimitReachedForMedia {
		t.Errorf("%v", err)
	}
	if got := w.inbox(); !slices.Equal(got, []string{"look", "hi"}) {
		t.Errorf("got %q", got)
	}
}
