package platform

import (
	"context"
	"net/http"
	"strings"
)

// What a medium may be, and its size in bytes:
// https://docs.aws.amazon.com/sms-voice/latest/userguide/mms-limitations-character.html. What a KB is that page does
// not say: here it is the smaller, 1,000 bytes.
const (
	maxImage = 2_000_000
	maxOther = 600_000
)

var mediaSizes = map[string]int{
	"image/gif": maxImage, "image/jpeg": maxImage, "image/png": maxImage, "image/tiff": maxOther,
	"audio/3gpp": maxOther, "video/3gpp": maxOther, "audio/3gpp2": maxOther, "video/3gpp2": maxOther, "audio/amr": maxOther,
	"audio/mp4": maxOther, "video/mp4": maxOther, "audio/mpeg": maxOther, "audio/ogg": maxOther, "video/quicktime": maxOther,
	"video/webm": maxOther, "text/calendar": maxOther, "text/vcard": maxOther, "text/x-vcard": maxOther, "application/pdf": maxOther,
}

// sendMedia is SendMediaMessage. It is taken though its file be none that can be sent: there are event types
// for that (https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_EventDestination.html, MEDIA_FILE_…).
func (p *Platform) sendMedia(ctx context.Context, o outgoing) (any, *failure) {
	if wrong := o.missing(); wrong != nil {
		return nil, wrong
	}
	if fields := o.wrong(); len(fields) > 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		if o.exceeds() { // nothing else bounds the body of an MMS
			p.violated(o.Origin, o.To, TooLong)
		}
		return nil, invalid(fields...)
	}
	var medium *Medium
	fate := Delivered
	if len(o.Media) > 0 && !o.DryRun {
		medium, fate = p.fetch(ctx, o.Media[0])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m := sent{out: o, kind: "MEDIA", encoding: EncodingOf(o.text()), parts: 1}
	if wrong := p.accept(&m); wrong != nil || o.DryRun {
		return messageID{m.id}, wrong
	}
	if fate != Delivered {
		p.violated(m.from.Number.Number, o.To, BadMedia)
	} else {
		fate = p.becomes(m)
	}
	if fate.arrives() && medium != nil {
		medium.ID = p.id()
		p.media[medium.ID] = *medium
	}
	p.phone(o.To).get(Entry{Text: o.text(), Media: medium}, m, fate)
	p.follow(m, fate)
	return messageID{m.id}, nil
}

// fetch reads a medium, and says what becomes of a message with it: it goes on where that is Delivered.
func (p *Platform) fetch(ctx context.Context, address string) (*Medium, Fate) {
	if p.o.Objects == nil {
		return nil, fileInaccessible
	}
	found := mediaPattern.FindStringSubmatch(address)
	data, kind, err := p.o.Objects(ctx, found[1], found[2])
	if err != nil {
		return nil, fileInaccessible
	}
	limit, known := mediaSizes[kind]
	switch {
	case !known || lies(kind, data):
		return nil, fileUnsupported
	case len(data) > limit:
		return nil, fileTooLarge
	}
	return &Medium{Kind: kind, Data: data}, Delivered
}

// lies reports whether what is said to be a picture is none. Whether AWS looks into files is not told.
func lies(kind string, data []byte) bool {
	picture := kind == "image/gif" || kind == "image/jpeg" || kind == "image/png"
	return picture && !strings.HasPrefix(http.DetectContentType(data), kind)
}
