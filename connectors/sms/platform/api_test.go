package platform_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// input is what a test alters.
type input = pinpointsmsvoicev2.SendTextMessageInput

func statusOf(err error) int {
	var failed *smithyhttp.ResponseError
	if errors.As(err, &failed) {
		return failed.HTTPStatusCode()
	}
	return 0
}

// TestWhatIsSent: by number, id and ARN, and the phone shows one text.
func TestWhatIsSent(t *testing.T) {
	w := newWorld(t, nil)
	long := strings.Repeat("长", 140)
	for n, from := range []string{managed, "phone-1", "arn:aws:sms-voice:us-west-2:123456789012:phone-number/phone-1"} {
		id, err := w.sends(from, long, nil)
		w.must(err)
		got := w.p.Phone(phone).Inbox()
		if len(got) != n+1 || len(id) != 36 {
			t.Fatalf("from %s: id %q, %d messages", from, id, len(got))
		}
		if e := got[n]; e.ID != id || e.Number != managed || e.Text != long || len(e.Parts) != 3 || !e.At.Equal(start) || e.Who != platform.Company || e.Media != nil {
			t.Errorf("from %s: %+v", from, e)
		}
	}
	if s := w.p.Spent(); s.Messages != 3 || s.Parts != 9 || s.USD < 0.0794 || s.USD > 0.0795 {
		t.Errorf("spent %+v", s)
	}
	if got := w.p.Violations(); len(got) > 0 {
		t.Errorf("violations: %+v", got)
	}
}

// TestFields: what the API's reference says of each, and that the SDK gets the typed error.
func TestFields(t *testing.T) {
	w := newWorld(t, nil)
	context := func(key, value string) func(*input) {
		return func(in *input) { in.Context = map[string]string{key: value} }
	}
	full := map[string]string{"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}
	over := map[string]string{"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"}
	for name, c := range map[string]struct {
		change func(*input)
		field  string // "": it is taken
	}{
		"as it is":               {func(*input) {}, ""},
		"a number without plus":  {func(in *input) { in.DestinationPhoneNumber = aws.String("14255550150") }, "DestinationPhoneNumber"},
		"a number of 16 digits":  {func(in *input) { in.DestinationPhoneNumber = aws.String("+1234567890123456") }, "DestinationPhoneNumber"},
		"a number of 15":         {func(in *input) { in.DestinationPhoneNumber = aws.String("+123456789012345") }, ""},
		"spaces":                 {func(in *input) { in.MessageBody = aws.String(" \n") }, "MessageBody"},
		"1,601 characters":       {func(in *input) { in.MessageBody = aws.String(strings.Repeat("a", 1601)) }, "MessageBody"},
		"five of context":        {func(in *input) { in.Context = full }, ""},
		"six of context":         {func(in *input) { in.Context = over }, "Context"},
		"a key with a space":     {context("a b", "1"), "Context"},
		"a key of 100":           {context(strings.Repeat("k", 100), "1"), ""},
		"a key of 101":           {context(strings.Repeat("k", 101), "1"), "Context"},
		"a value of 800":         {context("k", strings.Repeat("v", 800)), ""},
		"a value of 801":         {context("k", strings.Repeat("v", 801)), "Context"},
		"a value of nothing":     {context("k", ""), "Context"},
		"a value with an edge":   {context("k", "v "), "Context"},
		"5 seconds to live":      {func(in *input) { in.TimeToLive = aws.Int32(5) }, ""},
		"4 seconds to live":      {func(in *input) { in.TimeToLive = aws.Int32(4) }, "TimeToLive"},
		"three days to live":     {func(in *input) { in.TimeToLive = aws.Int32(259_200) }, ""},
		"a second more":          {func(in *input) { in.TimeToLive = aws.Int32(259_201) }, "TimeToLive"},
		"enough of a price":      {func(in *input) { in.MaxPrice = aws.String("0.00883") }, ""},
		"a price without point":  {func(in *input) { in.MaxPrice = aws.String("1") }, "MaxPrice"},
		"a price too fine":       {func(in *input) { in.MaxPrice = aws.String("0.123456") }, "MaxPrice"},
		"a price that is a lot":  {func(in *input) { in.MaxPrice = aws.String("100.0") }, "MaxPrice"},
		"a type that is none":    {func(in *input) { in.MessageType = "SPAM" }, "MessageType"},
		"a name that is none":    {func(in *input) { in.ConfigurationSetName = aws.String("a b") }, "ConfigurationSetName"},
		"an identity of no form": {func(in *input) { in.OriginationIdentity = aws.String("a b") }, "OriginationIdentity"},
	} {
		before := w.p.Spent().Messages
		w.clock.Advance(time.Second)
		_, err := w.sends(managed, "hi", c.change)
		var wrong *types.ValidationException
		switch {
		case c.field == "" && (err != nil || w.p.Spent().Messages != before+1):
			t.Errorf("%s: %v", name, err)
		case c.field == "":
		case !errors.As(err, &wrong) || statusOf(err) != http.StatusBadRequest || wrong.Reason != types.ValidationExceptionReasonFieldValidationFailed:
			t.Errorf("%s: %v", name, err)
		case len(wrong.Fields) != 1 || aws.ToString(wrong.Fields[0].Name) != c.field || w.p.Spent().Messages != before:
			t.Errorf("%s: fields %+v", name, wrong.Fields)
		}
	}
}

// TestWhatIsLacking, all of it at once.
func TestWhatIsLacking(t *testing.T) {
	w := newWorld(t, nil)
	_, err := w.sends("", "", func(in *input) { in.MessageBody = nil })
	var wrong *types.ValidationException
	if !errors.As(err, &wrong) || wrong.Reason != types.ValidationExceptionReasonMissingParameter || len(wrong.Fields) != 2 {
		t.Errorf("%v", err)
	}
}

// TestLongestTexts: https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html
func TestLongestTexts(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		text  string
		taken bool
	}{
		"1,530 of GSM":        {strings.Repeat("a", 1530), true},
		"1,531 of GSM":        {strings.Repeat("a", 1531), false},
		"765 that are two":    {strings.Repeat("€", 765), true},
		"766 that are two":    {strings.Repeat("€", 766), false},
		"630 of others":       {strings.Repeat("长", 630), true},
		"631 of others":       {strings.Repeat("长", 631), false},
		"315 emoji":           {strings.Repeat("😀", 315), true},
		"316 emoji":           {strings.Repeat("😀", 316), false},
		"1,601 of whatever":   {strings.Repeat("a", 1601), false},
		"1,601 with one else": {strings.Repeat("a", 1600) + "长", false},
	} {
		before := len(w.p.Violations())
		w.clock.Advance(time.Second)
		_, err := w.sends(managed, c.text, nil)
		var wrong *types.ValidationException
		if (err == nil) != c.taken || !c.taken && !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
		after := w.p.Violations()
		if (len(after) == before) != c.taken {
			t.Errorf("%s: %d violations more", name, len(after)-before)
		}
		if !c.taken && (after[before].Why != platform.TooLong || after[before].Phone != phone) {
			t.Errorf("%s: %+v", name, after[before])
		}
	}
}

// TestWhatIsNotThere: names of nothing.
func TestWhatIsNotThere(t *testing.T) {
	w := newWorld(t, nil)
	for what, change := range map[types.ResourceType]func(*input){
		types.ResourceTypePhoneNumber:          func(in *input) { in.OriginationIdentity = aws.String("+12065559999") },
		types.ResourceTypeConfigurationSet:     func(in *input) { in.ConfigurationSetName = aws.String("others") },
		types.ResourceTypeProtectConfiguration: func(in *input) { in.ProtectConfigurationId = aws.String("protect-1") },
	} {
		_, err := w.sends(managed, "hi", change)
		var missing *types.ResourceNotFoundException
		if !errors.As(err, &missing) || missing.ResourceType != what || aws.ToString(missing.ResourceId) == "" || statusOf(err) != http.StatusBadRequest {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, name := range []string{"zhida", "arn:aws:sms-voice:us-west-2:123456789012:configuration-set/zhida"} {
		if _, err := w.sends(managed, "hi", func(in *input) { in.ConfigurationSetName = aws.String(name) }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSandbox: only verified destinations.
func TestSandbox(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) { o.Sandbox = []string{"+14255550151"} })
	_, err := w.sends(managed, "hi", nil)
	var conflict *types.ConflictException
	if !errors.As(err, &conflict) || conflict.Reason != types.ConflictExceptionReasonDestinationPhoneNumberNotVerified {
		t.Errorf("%v", err)
	}
	_, err = w.sends(managed, "hi", func(in *input) { in.DestinationPhoneNumber = aws.String("+14255550151") })
	w.must(err)
}

// TestPartsASecond, of each number for itself.
func TestPartsASecond(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) {
		o.Numbers = []platform.Number{{Number: managed, PartsPerSecond: 3}, {Number: tollFree}}
	})
	two, four := strings.Repeat("a", 200), strings.Repeat("a", 600)
	wants := func(from, text string, taken bool) {
		t.Helper()
		_, err := w.sends(from, text, nil)
		var limited *types.ThrottlingException
		if (err == nil) != taken || !taken && (!errors.As(err, &limited) || statusOf(err) != http.StatusBadRequest) {
			t.Errorf("%d characters from %s: %v", len(text), from, err)
		}
	}
	wants(managed, two, true)
	wants(managed, two, false)
	wants(managed, "a", true)
	wants(managed, "a", false)
	wants(tollFree, two, true) // three by default
	wants(tollFree, "a", true)
	wants(tollFree, "a", false)
	w.clock.Advance(999 * time.Millisecond)
	wants(managed, "a", false)
	w.clock.Advance(time.Millisecond)
	wants(managed, four, true) // else it never could
	wants(managed, "a", false)
	if got := w.p.Spent(); got.Parts != 2+1+2+1+4 {
		t.Errorf("spent %+v", got)
	}
}

// TestMoney: a MaxPrice, the month's limit, and another month.
func TestMoney(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) { o.SpendLimit = 0.02 }) // two parts, and not three
	_, err := w.sends(managed, "hi", func(in *input) { in.MaxPrice = aws.String(".00882") })
	var wrong *types.ValidationException
	if !errors.As(err, &wrong) || wrong.Reason != types.ValidationExceptionReasonPriceOverThreshold {
		t.Errorf("%v", err)
	}
	for n := range 3 {
		_, err = w.sends(managed, "hi", nil)
		var over *types.ServiceQuotaExceededException
		if n < 2 && err != nil || n == 2 && (!errors.As(err, &over) || over.Reason != types.ServiceQuotaExceededExceptionReasonMonthlySpendLimitReachedForText) {
			t.Errorf("message %d: %v", n, err)
		}
	}
	w.clock.Advance(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).Sub(start))
	_, err = w.sends(managed, "hi", nil)
	w.must(err)
}

// TestDryRun: "checked and validated, but isn't sent", and costs nothing.
func TestDryRun(t *testing.T) {
	w := newWorld(t, nil)
	dry := func(in *input) { in.DryRun = true; in.ConfigurationSetName = aws.String("zhida") }
	id, err := w.sends(managed, "hi", dry)
	if err != nil || id == "" || len(w.inbox()) > 0 || w.p.Spent().Messages > 0 || len(w.hears(eventTopic)) > 0 {
		t.Errorf("%q, %v, %v", id, err, w.inbox())
	}
	if _, err = w.sends("+12065559999", "hi", dry); err == nil {
		t.Error("it is not checked")
	}
}

// TestCallsThatAreNone of the API's.
func TestCallsThatAreNone(t *testing.T) {
	w := newWorld(t, nil)
	const good = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260302/us-west-2/sms-voice/aws4_request, SignedHeaders=host;x-amz-date, Signature="
	signature := strings.Repeat("0a", 32)
	for name, c := range map[string]struct {
		target, authorization, body string
		status                      int
		kind                        string
	}{
		"another operation":     {"SendVoiceMessage", good + signature, "{}", 400, "UnknownOperationException"},
		"no signature":          {"SendTextMessage", "", "{}", 403, "MissingAuthenticationTokenException"},
		"another way to sign":   {"SendTextMessage", "Bearer x", "{}", 400, "IncompleteSignatureException"},
		"for another service":   {"SendTextMessage", strings.Replace(good, "sms-voice", "sns", 1) + signature, "{}", 400, "IncompleteSignatureException"},
		"half a signature":      {"SendTextMessage", good + "0a", "{}", 400, "IncompleteSignatureException"},
		"no JSON":               {"SendTextMessage", good + signature, "{", 400, "SerializationException"},
		"JSON of another shape": {"SendTextMessage", good + signature, `{"TimeToLive":"5"}`, 400, "SerializationException"},
		"a list of no JSON":     {"PutOptedOutNumber", good + signature, "[", 400, "SerializationException"},
	} {
		r, err := http.NewRequest(http.MethodPost, w.api.URL, strings.NewReader(c.body))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "PinpointSMSVoiceV2."+c.target)
		r.Header.Set("X-Amz-Date", "20260302T090000Z")
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		got, err := w.api.Client().Do(r)
		w.must(err)
		said, err := io.ReadAll(got.Body)
		w.must(errors.Join(err, got.Body.Close()))
		if got.StatusCode != c.status || !strings.Contains(string(said), `"__type":"`+c.kind+`"`) || got.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s: %d %s", name, got.StatusCode, said)
		}
	}
}
