package platform

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// outgoing is the body of SendTextMessage and SendMediaMessage.
type outgoing struct {
	To       string            `json:"DestinationPhoneNumber"`
	Origin   string            `json:"OriginationIdentity"`
	Body     *string           `json:"MessageBody"`
	Type     string            `json:"MessageType"`
	Set      string            `json:"ConfigurationSetName"`
	Protect  string            `json:"ProtectConfigurationId"`
	MaxPrice string            `json:"MaxPrice"`
	TTL      *int              `json:"TimeToLive"` // seconds
	Context  map[string]string `json:"Context"`
	Media    []string          `json:"MediaUrls"`
	DryRun   bool              `json:"DryRun"`
}

// text is the body, "" where there is none.
func (o outgoing) text() string {
	if o.Body == nil {
		return ""
	}
	return *o.Body
}

// exceeds reports whether the body has more characters than the API takes of any.
func (o outgoing) exceeds() bool { return utf8.RuneCountInString(o.text()) > maxBody }

// sends is an operation that sends a message.
func sends(do func(*Platform, context.Context, outgoing) (any, *failure)) operation {
	return func(p *Platform, ctx context.Context, body []byte) (any, *failure) {
		var o outgoing
		if json.Unmarshal(body, &o) != nil {
			return nil, unreadable()
		}
		return do(p, ctx, o)
	}
}

// What fields are, by https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html and
// https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendMediaMessage.html. Lengths are in characters.
const (
	maxBody      = 1600
	maxTTL       = 259_200
	minTTL       = 5
	maxContext   = 5
	maxKey       = 100
	maxValue     = 800
	maxMediaURLs = 1
)

var (
	identityPattern = regexp.MustCompile(`^[A-Za-z0-9_:/+-]{1,256}$`)
	namePattern     = regexp.MustCompile(`^[A-Za-z0-9_:/-]{1,256}$`)
	pricePattern    = regexp.MustCompile(`^[0-9]{0,2}\.[0-9]{1,5}$`)
	keyPattern      = regexp.MustCompile(`^\S+$`)
	mediaPattern    = regexp.MustCompile(`^s3://([a-z0-9.-]{3,63})/(.+)$`)
)

// wrong lists the fields that are not as the reference says. What it calls E.164 its pattern has without a
// plus and with up to 19 digits, too: here it is E.164.
func (o outgoing) wrong() (all []field) {
	unless := func(ok bool, name string) {
		if !ok {
			all = append(all, field{name, patternText})
		}
	}
	unless(e164.MatchString(o.To), "DestinationPhoneNumber")
	unless(o.Origin == "" || identityPattern.MatchString(o.Origin), "OriginationIdentity")
	unless(o.Set == "" || namePattern.MatchString(o.Set), "ConfigurationSetName")
	unless(o.Protect == "" || namePattern.MatchString(o.Protect), "ProtectConfigurationId")
	unless(o.MaxPrice == "" || pricePattern.MatchString(o.MaxPrice), "MaxPrice")
	unless(o.TTL == nil || *o.TTL >= minTTL && *o.TTL <= maxTTL, "TimeToLive")
	unless(slices.Contains([]string{"", "TRANSACTIONAL", "PROMOTIONAL"}, o.Type), "MessageType")
	unless(o.Body == nil || strings.TrimSpace(*o.Body) != "" && !o.exceeds(), "MessageBody")
	unless(len(o.Context) <= maxContext, "Context")
	for key, value := range o.Context {
		k, v := utf8.RuneCountInString(key), utf8.RuneCountInString(value)
		unless(keyPattern.MatchString(key) && k <= maxKey && v >= 1 && v <= maxValue && strings.TrimSpace(value) == value, "Context")
	}
	unless(len(o.Media) <= maxMediaURLs, "MediaUrls")
	for _, address := range o.Media {
		unless(mediaPattern.MatchString(address) && utf8.RuneCountInString(address) <= 2048, "MediaUrls")
	}
	return all
}

// missing is what a request lacks. The reference requires no MessageBody and, of texts, no OriginationIdentity
// either; what AWS does without them it does not say: here they are required.
func (o outgoing) missing() *failure {
	var all []field
	for name, there := range map[string]bool{
		"DestinationPhoneNumber": o.To != "", "MessageBody": o.Body != nil || len(o.Media) > 0, "OriginationIdentity": o.Origin != "",
	} {
		if !there {
			all = append(all, field{name, "is required"})
		}
	}
	if all == nil {
		return nil
	}
	f := refused("MISSING_PARAMETER", "A required parameter is missing.")
	slices.SortFunc(all, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	f.Fields = all
	return f
}

// resources finds what a request names; p.mu is held.
func (p *Platform) resources(o outgoing) (*number, *failure) {
	n := p.originator(o.Origin)
	switch {
	case n == nil:
		return nil, notFound("phone-number", o.Origin)
	case o.Set != "" && (p.o.ConfigurationSet == "" || o.Set != p.o.ConfigurationSet && o.Set != p.arn("configuration-set/"+p.o.ConfigurationSet)):
		return nil, notFound("configuration-set", o.Set)
	case o.Protect != "":
		return nil, notFound("protect-configuration", o.Protect)
	}
	return n, nil
}
