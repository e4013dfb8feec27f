package config

import (
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultLimits are generous for people: nobody types twenty messages at once, and many
// may share an address. A visitor is made once for each browser, and thousands of phones
// come from one address of a mobile carrier's; whoever is refused cannot ask for a person.
// Of files, two full messages of the largest, and then a photograph a minute, is more than
// any case needs; an address has less than 2 GB in its first hour and 22 GB a day, which
// is what a small server's disk has room for until what nobody shows is removed.
func DefaultLimits() Limits {
	return Limits{
		Customer: Rate{20, time.Second}, Address: Rate{200, 100 * time.Millisecond}, Visitors: Rate{1000, 200 * time.Millisecond},
		CustomerMB: Rate{250, 20 * time.Second}, AddressMB: Rate{1000, 4 * time.Second},
	}
}

// The bounds of a rate.
const (
	maxBurst = 100_000
	minEvery = time.Millisecond
	maxEvery = time.Minute
)

func (r *reader) limits(f field) Limits {
	l := DefaultLimits()
	all := r.fields(f, "customer", "address", "visitors", "customer_mb", "address_mb")
	if v, ok := all["customer"]; ok {
		l.Customer = r.rate(v, l.Customer)
	}
	if v, ok := all["address"]; ok {
		l.Address = r.rate(v, l.Address)
	}
	if v, ok := all["visitors"]; ok {
		l.Visitors = r.rate(v, l.Visitors)
	}
	if v, ok := all["customer_mb"]; ok {
		l.CustomerMB = r.rateFrom(v, maxMediaMB, l.CustomerMB)
	}
	if v, ok := all["address_mb"]; ok {
		l.AddressMB = r.rateFrom(v, maxMediaMB, l.AddressMB)
	}
	return l
}

// rate returns a rate; what the file does not say of it is as before.
func (r *reader) rate(f field, before Rate) Rate { return r.rateFrom(f, 1, before) }

// rateFrom is rate with a burst of some least: what is larger would never be let through.
func (r *reader) rateFrom(f field, least int, before Rate) Rate {
	all := r.fields(f, "burst", "every")
	if v, ok := all["burst"]; ok {
		before.Burst = r.number(v, least, maxBurst)
	}
	if v, ok := all["every"]; ok {
		before.Every = r.duration(v, minEvery, maxEvery)
	}
	return before
}

func (r *reader) number(f field, least, most int) int {
	if !r.kind(f, yaml.ScalarNode, "needs a number") {
		return 0
	}
	n, err := strconv.Atoi(f.value.Value)
	if err != nil || f.value.ShortTag() != "!!int" || n < least || n > most {
		r.wrong(f, "this is not a number in its range", fmt.Sprintf("from %d to %d", least, most))
	}
	return n
}

func (r *reader) boolean(f field) bool {
	if !r.kind(f, yaml.ScalarNode, "needs true or false") {
		return false
	}
	if f.value.ShortTag() != "!!bool" {
		r.wrong(f, "needs true or false, and has "+described(f.value), "")
	}
	is, _ := strconv.ParseBool(f.value.Value) // what YAML takes for one, it takes for one
	return is
}
