package inbound

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/fault"
)

var errBot = fault.New(fault.Unavailable, "test", "the bot fails")

// patientBreaker is a breaker on a clock of the test's.
type patientBreaker struct {
	*breaker
	time  time.Time
	said  bytes.Buffer
	asked int
}

func newPatientBreaker() *patientBreaker {
	p := &patientBreaker{time: time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)}
	p.breaker = &breaker{now: func() time.Time { return p.time }, log: slog.New(slog.NewTextHandler(&p.said, nil))}
	return p
}

// ask asks once, and reports whether the bot was asked.
func (p *patientBreaker) ask(t *testing.T, err error) bool {
	t.Helper()
	before := p.asked
	a, got := p.do(t.Context(), func() (bot.Answer, error) {
		p.asked++
		return bot.Answer{Text: "x"}, err
	})
	if p.asked > before {
		if a.Text != "x" || !errors.Is(got, err) {
			t.Errorf("got %+v, %v", a, got)
		}
		return true
	}
	if a != (bot.Answer{}) || !fault.Is(got, fault.Unavailable) {
		t.Errorf("while it rests: %+v, %v", a, got)
	}
	return false
}

// wants asks several times, each with an error or none, and compares who was asked.
func (p *patientBreaker) wants(t *testing.T, asked bool, errs ...error) {
	t.Helper()
	for i, err := range errs {
		if p.ask(t, err) != asked {
			t.Fatalf("question %d: asked is %v", i, !asked)
		}
	}
}

func TestABotThatFailsRests(t *testing.T) {
	p := newPatientBreaker()
	p.wants(t, true, errBot, errBot, nil, errBot, errBot, nil) // never three in a row
	p.wants(t, true, errBot, errBot, errBot)
	p.wants(t, false, nil, nil)
	p.time = p.time.Add(rest - 1)
	p.wants(t, false, nil)
	p.time = p.time.Add(1)
	p.wants(t, true, errBot) // it is tried once, and rests again
	p.wants(t, false, nil)
	p.time = p.time.Add(rest)
	p.wants(t, true, nil, errBot, errBot, nil) // it is back, with a clean sheet
	p.wants(t, true, errBot, errBot, errBot)
	p.wants(t, false, nil)
	for what, want := range map[string]int{"not asked for a while": 3, "tried again": 2, "answers again": 1} {
		if got := strings.Count(p.said.String(), what); got != want {
			t.Errorf("%q is logged %d times:\n%s", what, got, &p.said)
		}
	}
}

// TestWhatTellsNothingOfTheNextQuestion rests no bot: a model refuses one customer's words
// with a 400, again and again, and has answers for everybody else.
func TestWhatTellsNothingOfTheNextQuestion(t *testing.T) {
	refused := fault.New(fault.Config, "test", "the bot answered with status 400")
	late := fault.New(fault.DeadlineExceeded, "test", "")
	p := newPatientBreaker()
	p.wants(t, true, refused, refused, refused, refused, nil)
	p.wants(t, true, errBot, errBot, refused, late, late, refused, nil) // it answers
	p.wants(t, true, errors.New("ours"), errors.New("ours"), errors.New("ours"), nil)
	p.wants(t, true, errBot, late, errBot)
	p.wants(t, false, nil)
	p.time = p.time.Add(rest)
	p.wants(t, true, refused, errBot, errBot, nil) // it is back
}

// TestOneQuestionTries: while it is on its way, the others do not wait for it.
func TestOneQuestionTries(t *testing.T) {
	p := newPatientBreaker()
	p.wants(t, true, errBot, errBot, errBot)
	p.time = p.time.Add(rest)
	_, err := p.do(t.Context(), func() (bot.Answer, error) {
		p.wants(t, false, nil, nil)
		p.time = p.time.Add(time.Hour)
		p.wants(t, false, nil)
		return bot.Answer{}, nil
	})
	if err != nil {
		t.Error(err)
	}
	p.wants(t, true, nil)
}

// TestWhatBeganBefore tells nothing of a bot that began to rest since: it ends no
// rest and makes none longer, and is not the question that tries.
func TestWhatBeganBefore(t *testing.T) {
	for _, became := range []outcome{undone, failed, answered} {
		p := newPatientBreaker()
		var before [3]int
		for i := range before {
			before[i], _ = p.begin(t.Context())
		}
		p.wants(t, true, errBot, errBot, errBot)
		p.time = p.time.Add(rest - 1)
		p.end(t.Context(), before[0], became)
		p.wants(t, false, nil)
		p.time = p.time.Add(1)
		trial, err := p.begin(t.Context())
		if err != nil {
			t.Fatalf("%d: the rest was made longer: %v", became, err)
		}
		p.end(t.Context(), before[1], became)
		p.wants(t, false, nil)
		p.end(t.Context(), trial, failed)
		p.wants(t, false, nil)
		p.time = p.time.Add(rest)
		p.wants(t, true, nil)
		p.end(t.Context(), before[2], became)
		p.wants(t, true, errBot, errBot, nil)
	}
}

// TestOurOwnEndIsNotTheBots: neither a program that ends nor one that breaks counts,
// and the next question tries again.
func TestOurOwnEndIsNotTheBots(t *testing.T) {
	p := newPatientBreaker()
	ctx, cancel := context.WithCancel(t.Context())
	ended := func() {
		_, _ = p.do(ctx, func() (bot.Answer, error) { cancel(); return bot.Answer{}, errBot })
	}
	for range 2 * maxFailures {
		ended()
	}
	p.wants(t, true, errBot, errBot)
	broken := func() {
		defer func() { _ = recover() }()
		_, _ = p.do(t.Context(), func() (bot.Answer, error) { panic("ours") })
	}
	broken()
	p.wants(t, true, errBot)
	p.wants(t, false, nil)
	p.time = p.time.Add(rest)
	ended()
	broken()
	p.wants(t, true, nil)
}

// TestAClockSetBack does not make a rest of it.
func TestAClockSetBack(t *testing.T) {
	p := newPatientBreaker()
	p.wants(t, true, errBot, errBot, errBot)
	p.time = p.time.Add(-time.Hour)
	p.wants(t, true, nil, nil)
}
