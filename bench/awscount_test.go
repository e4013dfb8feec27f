package bench

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// counted is what is paid for by number.
type counted struct {
	writes, reads                         float64 // units of DynamoDB
	standard, ordered, runs, frames, http int     // requests of SQS, runs of Lambda, WebSocket messages, requests of the HTTP API
}

func (c counted) plus(o counted) counted {
	return counted{
		c.writes + o.writes, c.reads + o.reads,
		c.standard + o.standard, c.ordered + o.ordered, c.runs + o.runs, c.frames + o.frames, c.http + o.http,
	}
}

// count adds up what a step took. A message of a queue is sent, received and deleted.
func count(all []invocation) (c counted) {
	for _, i := range all {
		of := counted{i.Table.Writes, i.Table.Reads, i.Standard, i.Ordered, 1, i.Frames, 0}
		switch {
		case i.Trigger == "call":
			of.http = 1
		case isOrdered(i.Trigger):
			of.ordered += 2
		default:
			of.standard += 2
		}
		c = c.plus(of)
	}
	return c
}

// byConnection is what a call would have taken as a frame on a connection: the frame
// and the one that answers it, and the session read.
func byConnection(all []invocation) counted {
	c := count(all)
	c.http, c.frames, c.reads = c.http-1, c.frames+2, c.reads+1
	return c
}

// row is one of the table in docs/deploy.md.
type row struct {
	what string
	counted
}

func (r row) line() string {
	up := func(n float64) int { return int(math.Ceil(n)) }
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d |", r.what, up(r.writes), up(r.reads), r.standard, r.ordered, r.runs, r.frames, r.http)
}

// TestWhatAConversationTakes holds the table of docs/deploy.md to the counts.
func TestWhatAConversationTakes(t *testing.T) {
	t.Parallel()
	s := play(t, shortWord, shortReply)
	rows := []row{
		{"question and answer", byConnection(s.question)},
		{"ask and acknowledgement", byConnection(s.ask)},
		{"claim", count(s.claim)},
		{"2 words to a person", byConnection(s.word).plus(byConnection(s.marked))},
		{"3 replies", count(slices.Concat(s.reply, s.another, s.another))},
		{"end", count(s.end)},
	}
	page := strings.ReplaceAll(string(need(os.ReadFile(filepath.Join("..", "docs", "deploy.md")))(t)), "**", "")
	var sum counted
	for _, r := range rows {
		sum = sum.plus(r.counted)
	}
	rows = append(rows, row{"sum", sum}, row{"a ping of an agent's page", byConnection(s.beat)}, row{"a ping of a customer's page", byConnection([]invocation{{Trigger: "call"}})}, row{"a poll of a customer's page", count(s.poll)})
	seen := byConnection(s.seen)
	seen.frames-- // nothing answers
	rows = append(rows, row{"the customer has read it", seen})
	for _, r := range rows {
		t.Log(r.line())
		if !strings.Contains(page, r.line()+"\n") {
			t.Errorf("docs/deploy.md does not say %s", r.line())
		}
	}
}
