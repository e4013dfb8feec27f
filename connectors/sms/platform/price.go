package platform

import (
	"strconv"
	"strings"
	"time"
)

// amount is money, in hundred thousandths of a US dollar, the smallest that a MaxPrice can say.
type amount int64

func (a amount) dollars() float64 { return float64(a) / 1e5 }

// What a part costs: of a US toll-free number's, by the example on
// https://docs.aws.amazon.com/sms-voice/latest/userguide/monitor-event-bridge.html. AWS's prices differ by country,
// number and carrier; an MMS is one part (sms-limitations-mps.html), and counted as one of these here.
const (
	partPrice  amount = 581
	carrierFee amount = 302
)

// priceOf is what is compared with limits: all that a message costs.
func priceOf(parts int) amount { return amount(parts) * (partPrice + carrierFee) }

// parsed reads a MaxPrice that matches its pattern.
func parsed(price string) amount {
	whole, part, _ := strings.Cut(price, ".")
	n, err := strconv.ParseInt(whole+(part + "00000")[:5], 10, 64)
	if err != nil {
		panic("platform: a MaxPrice is no number: " + err.Error())
	}
	return amount(n)
}

// Spending is what went out.
type Spending struct {
	Messages int // that the API took
	Parts    int // an MMS is one
	USD      float64
}

// Spent returns what went out so far. What was taken counts, whatever became of it.
func (p *Platform) Spent() Spending {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent
}

// month is what was spent in one.
type month struct {
	name   string
	byKind map[string]amount
}

// overLimit reports whether a message would cost more than is left this month. AWS says that the limit is
// reached; what of the last message would go beyond it is not told, and refused here. p.mu is held.
func (p *Platform) overLimit(kind string, price amount, now time.Time) bool {
	if name := now.UTC().Format("2006-01"); p.month.name != name {
		p.month = month{name, map[string]amount{}}
	}
	return p.o.SpendLimit > 0 && (p.month.byKind[kind]+price).dollars() > p.o.SpendLimit
}

// spend counts a message that was taken, after overLimit; p.mu is held.
func (p *Platform) spend(kind string, parts int, price amount) {
	p.month.byKind[kind] += price
	p.spent.Messages++
	p.spent.Parts += parts
	p.spent.USD += price.dollars()
}
