package platform

import "time"

// Fate is what becomes of a message that the API took, and what is heard of it: the event types of
// https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html. Messages arrive at once
// and in the order in which they were taken, which carriers do not promise.
type Fate int

// The fates. Beside TEXT_QUEUED and TEXT_PENDING is heard, of media as MEDIA_…:
const (
	Delivered          Fate = iota // it arrives: TEXT_SUCCESSFUL, then TEXT_DELIVERED
	Accepted                       // it arrives: TEXT_SUCCESSFUL, and nothing more
	Silent                         // it arrives: nothing, and after 72 hours TEXT_UNKNOWN
	Vanished                       // it does not arrive, nor do the others below: as Silent
	Unreachable                    // TEXT_UNREACHABLE
	CarrierUnreachable             // TEXT_CARRIER_UNREACHABLE
	Invalid                        // TEXT_INVALID: the number is not valid
	InvalidMessage                 // TEXT_INVALID_MESSAGE
	Blocked                        // TEXT_BLOCKED
	CarrierBlocked                 // TEXT_CARRIER_BLOCKED
	Spam                           // TEXT_SPAM
	Expired                        // TEXT_TTL_EXPIRED, once its TimeToLive is over

	fileInaccessible // MEDIA_FILE_INACCESSIBLE and so on, which nobody asks for
	fileUnsupported
	fileTooLarge
)

func (f Fate) arrives() bool { return f == Delivered || f == Accepted || f == Silent }

// step is one thing that is heard of a message.
type step struct {
	after  time.Duration // since it was taken
	status string
}

// How long carriers take is not published, but that it may be 72 hours: these are for reading.
const (
	pendingAfter   = time.Second
	carrierAfter   = 2 * time.Second
	deliveredAfter = 5 * time.Second
	unknownAfter   = 72 * time.Hour
)

// endings are what is heard last; Expired's time is its message's own.
var endings = map[Fate][]step{
	Delivered: {{carrierAfter, "SUCCESSFUL"}, {deliveredAfter, "DELIVERED"}}, Accepted: {{carrierAfter, "SUCCESSFUL"}},
	Silent: {{unknownAfter, "UNKNOWN"}}, Vanished: {{unknownAfter, "UNKNOWN"}},
	Unreachable: {{carrierAfter, "UNREACHABLE"}}, CarrierUnreachable: {{carrierAfter, "CARRIER_UNREACHABLE"}},
	Invalid: {{carrierAfter, "INVALID"}}, InvalidMessage: {{carrierAfter, "INVALID_MESSAGE"}},
	Blocked: {{carrierAfter, "BLOCKED"}}, CarrierBlocked: {{carrierAfter, "CARRIER_BLOCKED"}}, Spam: {{carrierAfter, "SPAM"}},
	fileInaccessible: {{carrierAfter, "FILE_INACCESSIBLE"}}, fileUnsupported: {{carrierAfter, "FILE_TYPE_UNSUPPORTED"}},
	fileTooLarge: {{carrierAfter, "FILE_SIZE_EXCEEDED"}},
}

// descriptions are of https://docs.aws.amazon.com/sms-voice/latest/userguide/monitor-event-bridge.html for the first two;
// the others are what https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html has for the same things. What has
// none is described by its status.
var descriptions = map[string]string{
	"SUCCESSFUL": "Message has been accepted by phone carrier", "DELIVERED": "Message has been accepted by phone",
	"SPAM": "Blocked as spam by phone carrier", "INVALID": "Phone number is invalid", "INVALID_MESSAGE": "Invalid message body",
	"CARRIER_BLOCKED": "Phone carrier has blocked this message", "CARRIER_UNREACHABLE": "Phone carrier is currently unreachable/unavailable",
	"BLOCKED": "Phone has blocked SMS", "UNREACHABLE": "Phone is currently unreachable/unavailable",
	"UNKNOWN": "Unknown error attempting to reach phone",
}

// event is https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html. Times are Unix
// milliseconds.
type event struct {
	Type          string            `json:"eventType"`
	Version       string            `json:"eventVersion"`
	At            int64             `json:"eventTimestamp"`
	Final         bool              `json:"isFinal"`
	From          string            `json:"originationPhoneNumber"`
	To            string            `json:"destinationPhoneNumber"`
	International bool              `json:"isInternationalSend"`
	MCC           string            `json:"mcc"`
	MNC           string            `json:"mnc"`
	ID            string            `json:"messageId"`
	Requested     int64             `json:"messageRequestTimestamp"`
	Encoding      Encoding          `json:"messageEncoding"`
	MessageType   string            `json:"messageType"`
	Status        string            `json:"messageStatus"`
	Description   string            `json:"messageStatusDescription"`
	Context       map[string]string `json:"context,omitempty"`
	Parts         int               `json:"totalMessageParts"`
	Price         float64           `json:"totalMessagePrice"`
	Fee           float64           `json:"totalCarrierFee"`
}

// follow tells what becomes of a message, where its configuration set has it told; p.mu is held.
func (p *Platform) follow(m sent, fate Fate) {
	if m.out.Set == "" || p.o.EventTopic == "" {
		return
	}
	last := endings[fate]
	if fate == Expired {
		ttl := maxTTL
		if m.out.TTL != nil {
			ttl = *m.out.TTL
		}
		last = []step{{time.Duration(ttl) * time.Second, "TTL_EXPIRED"}}
	}
	p.report(m, "QUEUED")
	p.activity.Go(func() {
		for _, s := range append([]step{{pendingAfter, "PENDING"}}, last...) {
			if left := m.at.Add(s.after).Sub(p.o.Clock.Now()); left > 0 && !p.activity.Sleep(left) {
				return
			}
			p.mu.Lock()
			p.report(m, s.status)
			p.mu.Unlock()
		}
	})
}

// report publishes an event. In AWS's examples both SUCCESSFUL and, of the same message, DELIVERED are final.
// p.mu is held.
func (p *Platform) report(m sent, status string) {
	if status == "DELIVERED" {
		p.phone(m.out.To).delivered(m.id)
	}
	description := descriptions[status]
	if description == "" {
		description = status
	}
	messageType := m.out.Type
	if messageType == "" {
		messageType = "TRANSACTIONAL" // which it is by default is not told
	}
	p.notify(reporting, p.o.EventTopic, m.out.To, string(marshal(event{
		Type: m.kind + "_" + status, Version: "1.0", At: p.o.Clock.Now().UnixMilli(), Final: status != "QUEUED" && status != "PENDING",
		From: m.from.Number.Number, To: m.out.To, MCC: "310", MNC: "800", ID: m.id, Requested: m.at.UnixMilli(),
		Encoding: m.encoding, MessageType: messageType, Status: status, Description: description, Context: m.out.Context,
		Parts: m.parts, Price: (amount(m.parts) * partPrice).dollars(), Fee: (amount(m.parts) * carrierFee).dollars(),
	})))
}
