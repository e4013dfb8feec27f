package platform

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/zhida-project/zhida/shared/simulation"
)

// maxCall is the size of a call, in bytes.
const maxCall = 1 << 20

// The protocol is AWS JSON 1.0: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html.
const (
	targetPrefix = "PinpointSMSVoiceV2."
	contentType  = "application/x-amz-json-1.0"
)

// operation is one of the API.
type operation func(p *Platform, ctx context.Context, body []byte) (any, *failure)

var operations = map[string]operation{
	"SendTextMessage":         sends((*Platform).sendText),
	"SendMediaMessage":        sends((*Platform).sendMedia),
	"PutOptedOutNumber":       lists((*Platform).putOptedOut),
	"DeleteOptedOutNumber":    lists((*Platform).deleteOptedOut),
	"DescribeOptedOutNumbers": lists((*Platform).describeOptedOut),
}

// lists is an operation on the opt-out list.
func lists(do func(*Platform, listCall) (any, *failure)) operation {
	return func(p *Platform, _ context.Context, body []byte) (any, *failure) {
		var c listCall
		if json.Unmarshal(body, &c) != nil {
			return nil, unreadable()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		return do(p, c)
	}
}

func unreadable() *failure {
	return common(http.StatusBadRequest, "SerializationException", "The body is not the JSON of this operation.")
}

// signed is the Authorization of Signature Version 4, for this service. It is looked for and not verified.
var signed = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=[^/]+/[0-9]{8}/[^/]+/sms-voice/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$`)

// ServeHTTP is the API.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if simulation.Within(p.o.Faults.Down, p.o.Clock.Now()) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	do, known := operations[name]
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("Content-Type") != contentType || !known:
		p.answer(w, nil, common(http.StatusBadRequest, "UnknownOperationException", "There is no such operation."))
	case r.Header.Get("Authorization") == "":
		p.answer(w, nil, common(http.StatusForbidden, "MissingAuthenticationTokenException", "The request has no signature."))
	case !signed.MatchString(r.Header.Get("Authorization")) || r.Header.Get("X-Amz-Date") == "":
		p.answer(w, nil, common(http.StatusBadRequest, "IncompleteSignatureException", "The request's signature is not as it is to be."))
	default:
		p.call(w, r, name, do, body)
	}
}

// call is a call that is read and signed, with the fault that it meets.
func (p *Platform) call(w http.ResponseWriter, r *http.Request, name string, do operation, body []byte) {
	f := p.callFault(name)
	var said any
	var wrong *failure
	if f != Reset {
		p.watch(body)
	}
	switch f {
	case ServerError:
		wrong = internal()
	case Limited:
		wrong = throttled()
	case NoCallFault, Swallow, ServerErrorTaken:
		said, wrong = do(p, r.Context(), body)
	case Reset:
	}
	code := ""
	if wrong != nil {
		code = strings.TrimPrefix(wrong.Type, namespace)
	}
	p.o.Log.Info("call", "operation", name, "fault", int(f), "error", code)
	switch {
	case f == Reset || f == Swallow:
		panic(http.ErrAbortHandler) // net/http's way to break a connection
	case f == ServerErrorTaken && wrong == nil:
		wrong = internal()
	}
	p.answer(w, said, wrong)
}

func (p *Platform) answer(w http.ResponseWriter, said any, wrong *failure) {
	p.mu.Lock()
	id := p.id()
	p.mu.Unlock()
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Requestid", id)
	if wrong != nil {
		if wrong.status == http.StatusInternalServerError {
			wrong.RequestID = id
		}
		w.WriteHeader(wrong.status)
		said = wrong
	}
	_, _ = w.Write(marshal(said)) // a caller that hung up asks again, or does not
}
