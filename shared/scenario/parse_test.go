package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// A story is a text file: one step a line, # begins a comment. It first names
// who takes part; then things happen, or are seen to have happened.
//
//	customers: ann bob
//	agents: lin
//	bot: slow                   what the FAQ cannot answer goes to a slow bot; or: bot: rasa,
//	                            bot: dify, for one that speaks as theirs do
//
//	ann> 找个活人                ann writes
//	ann sends picture 坏了.png   or: sends sound, sends file; or: sends page, which calls itself a picture
//	ann opens file 账单.pdf      its link leads to the file, the picture, the sound that was sent
//	ann<bot 已为您转人工…        the next message ann has not heard yet; … is any text
//	ann<bot …吗？ [转人工]       and it shows the way to a person; without it there is none
//	ann<person 小林: 您好        a person's, under this name
//	ann hears nothing           there is no message ann has not heard
//	ann position 2              where ann truly stands, and what her client shows
//	ann is waiting              or: with bot, with person, ended
//	ann estimate known          or: unknown
//	ann types
//	ann drops                   the connection breaks off; ann comes back: she connects again
//	ann comes back by calls     as from a network that lets no WebSocket through
//	ann sees 小林 type
//	ann has got it              her client tells so of the newest; or: has read it
//
//	lin claims ann              the next in line, who must be ann; or: lin claims nobody
//	lin takes ann               this very ticket, wherever it stands
//	lin>ann 您好                lin replies
//	lin sends ann file 账单.pdf  and: lin opens ann's picture 坏了.png
//	lin types to ann
//	lin sees that ann has got it    or: has read it
//	lin sees ann> 找个活人       in the conversation, after what lin saw last
//	lin sees ann<bot 已为您…     ; [not sent] where it was withheld from the customer
//	lin resolves ann            or: lin returns ann to bot, lin returns ann to line
//	lin vanishes                the connection breaks off, without a goodbye
//	lin signs out               everything goes back in line at once
//	lin reloads                 the page, and signs in where he has not
//
//	bot> 一般三天                the slow bot answers at last; or: bot has no answer
//	bot asks for a person       it answers that the customer needs one
//	bot fails                   it does not answer, but with an error
//	bot thinks                  it has been asked, and has yet to answer
//	refused not_yours           the step before is refused, with this code
//	line ann bob                who waits, in order; or: line empty
//	queue front 1               how many permits lie in the transfer queue
//	wait 10h                    time passes; whoever is at a desk stays there
//	restart                     the program stops and starts; clients come back
//	restart after 10m           it is away for so long
type Story struct {
	Name      string
	Customers []string
	Agents    []string
	Bot       config.BotKind // "" for none
	Steps     []Step
}

// Step is one line of a story.
type Step struct {
	Line    int
	Text    string // as it was written
	Do      string // what happens: the first word of a rule
	Who     string
	Whom    string
	Says    Speech
	Word    string
	Number  int
	Time    time.Duration
	Names   []string
	Refused string // the fault's code that the next line tells
}

// Speech is what somebody is expected to read.
type Speech struct {
	Author  conversation.Author
	Name    string
	Text    string // … is any text
	Way     bool
	NotSent bool
}

const (
	wayMark     = " [转人工]"
	notSentMark = " [not sent]"
)

// rule is one way to write a step.
type rule struct {
	do      string
	shape   *regexp.Regexp
	who     string // whether Who is a customer or an agent
	whom    string
	fill    func(s *Step, rest []string) error
	follows bool // it tells about the step before
}

func shape(pattern string) *regexp.Regexp {
	pattern = strings.NewReplacer("WHO", `([a-z]\w*)`, "REST", `(.+)`).Replace(pattern)
	return regexp.MustCompile("^" + pattern + "$")
}

const (
	aCustomer = "customer"
	anAgent   = "agent"
)

func rules() []rule {
	return []rule{
		{do: "botSays", shape: shape(`bot> REST`), fill: takeText},
		{do: "botSays", shape: shape(`bot has no answer`)},
		{do: "botThinks", shape: shape(`bot thinks`)},
		{do: "botFails", shape: shape(`bot fails`)},
		{do: "botGivesUp", shape: shape(`bot asks for a person`)},
		{do: "writes", shape: shape(`WHO> REST`), who: aCustomer, fill: takeText},
		{do: "sendsIn", shape: shape(`WHO sends (picture|sound|file|page) REST`), who: aCustomer, fill: takeFile},
		{do: "opensIn", shape: shape(`WHO opens (picture|sound|file) REST`), who: aCustomer, fill: takeFile},
		{do: "sendsOut", shape: shape(`WHO sends WHO (picture|sound|file|page) REST`), who: anAgent, whom: aCustomer, fill: takeFile},
		{do: "opensOut", shape: shape(`WHO opens WHO's (picture|sound|file) REST`), who: anAgent, whom: aCustomer, fill: takeFile},
		{do: "hears", shape: shape(`WHO<REST`), who: aCustomer, fill: takeSpeech},
		{do: "replies", shape: shape(`WHO>WHO REST`), who: anAgent, whom: aCustomer, fill: takeText},
		{do: "nothing", shape: shape(`WHO hears nothing`), who: aCustomer},
		{do: "position", shape: shape(`WHO position (\d+)`), who: aCustomer, fill: takeNumber},
		{do: "status", shape: shape(`WHO is (waiting|with bot|with person|ended)`), who: aCustomer, fill: takeStatus},
		{do: "estimate", shape: shape(`WHO estimate (known|unknown)`), who: aCustomer, fill: takeWord},
		{do: "types", shape: shape(`WHO types`), who: aCustomer},
		{do: "drops", shape: shape(`WHO drops`), who: aCustomer},
		{do: "connects", shape: shape(`WHO comes back( by calls)?`), who: aCustomer, fill: takeWord},
		{do: "tells", shape: shape(`WHO has (got|read) it`), who: aCustomer, fill: takeWord},
		{do: "reached", shape: shape(`WHO sees that WHO has (got|read) it`), who: anAgent, whom: aCustomer, fill: takeWord},
		{do: "seesTyping", shape: shape(`WHO sees (\S+) type`), who: aCustomer, fill: takeWord},
		{do: "typesTo", shape: shape(`WHO types to WHO`), who: anAgent, whom: aCustomer},
		{do: "claimsNobody", shape: shape(`WHO claims nobody`), who: anAgent},
		{do: "claims", shape: shape(`WHO claims WHO`), who: anAgent, whom: aCustomer},
		{do: "takes", shape: shape(`WHO takes WHO`), who: anAgent, whom: aCustomer},
		{do: "sees", shape: shape(`WHO sees WHO> REST`), who: anAgent, whom: aCustomer, fill: takeSeen},
		{do: "sees", shape: shape(`WHO sees WHO<REST`), who: anAgent, whom: aCustomer, fill: takeSpeech},
		{do: "resolves", shape: shape(`WHO resolves WHO`), who: anAgent, whom: aCustomer},
		{do: "toBot", shape: shape(`WHO returns WHO to bot`), who: anAgent, whom: aCustomer},
		{do: "toLine", shape: shape(`WHO returns WHO to line`), who: anAgent, whom: aCustomer},
		{do: "vanishes", shape: shape(`WHO vanishes`), who: anAgent},
		{do: "signsOut", shape: shape(`WHO signs out`), who: anAgent},
		{do: "reloads", shape: shape(`WHO reloads`), who: anAgent},
		{do: "refused", shape: shape(`refused ([a-z_]+)`), fill: takeWord, follows: true},
		{do: "line", shape: shape(`line empty`)},
		{do: "line", shape: shape(`line REST`), fill: takeNames},
		{do: "queue", shape: shape(`queue front (\d+)`), fill: takeNumber},
		{do: "wait", shape: shape(`wait (\S+)`), fill: takeTime},
		{do: "restart", shape: shape(`restart`)},
		{do: "restart", shape: shape(`restart after (\S+)`), fill: takeTime},
	}
}

func takeText(s *Step, rest []string) error { s.Says.Text = rest[0]; return nil }
func takeWord(s *Step, rest []string) error { s.Word = rest[0]; return nil }

func takeFile(s *Step, rest []string) error {
	s.Word, s.Says.Text = rest[0], rest[1]
	return nil
}

func takeNumber(s *Step, rest []string) (err error) {
	s.Number, err = strconv.Atoi(rest[0])
	return err
}

func takeTime(s *Step, rest []string) (err error) {
	s.Time, err = time.ParseDuration(rest[0])
	if err == nil && s.Time <= 0 {
		err = fmt.Errorf("time does not stand still or run back: %s", rest[0])
	}
	return err
}

func takeNames(s *Step, rest []string) error { s.Names = strings.Fields(rest[0]); return nil }

func takeStatus(s *Step, rest []string) error {
	s.Word = string(map[string]conversation.Status{
		"waiting": conversation.Waiting, "with bot": conversation.WithBot,
		"with person": conversation.WithPerson, "ended": conversation.Ended,
	}[rest[0]])
	return nil
}

func takeSeen(s *Step, rest []string) error {
	s.Says = Speech{Author: conversation.Customer, Text: rest[0]}
	return nil
}

// takeSpeech reads "bot text [转人工]" and "person name: text".
func takeSpeech(s *Step, rest []string) error {
	author, text, _ := strings.Cut(rest[0], " ")
	says := Speech{Author: conversation.Author(author)}
	switch says.Author {
	case conversation.Bot:
	case conversation.Person:
		name, said, ok := strings.Cut(text, ": ")
		if !ok {
			return fmt.Errorf("a person has a name: write %s<person name: text", s.Who)
		}
		says.Name, text = name, said
	default:
		return fmt.Errorf("who says it? write <bot or <person")
	}
	text, says.NotSent = strings.CutSuffix(text, notSentMark)
	says.Text, says.Way = strings.CutSuffix(text, wayMark)
	if says.Text == "" {
		return fmt.Errorf("nothing is said: write … for any text")
	}
	s.Says = says
	return nil
}

// Parse reads a story. Its errors name the file and the line.
func Parse(name, text string) (Story, error) {
	story := Story{Name: name}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := story.line(i+1, line); err != nil {
			return story, fmt.Errorf("%s:%d: %w\n\t%s", name, i+1, err, line)
		}
	}
	return story, nil
}

func (s *Story) line(number int, line string) error {
	if names, ok := strings.CutPrefix(line, "customers:"); ok {
		s.Customers = append(s.Customers, strings.Fields(names)...)
		return nil
	}
	if names, ok := strings.CutPrefix(line, "agents:"); ok {
		s.Agents = append(s.Agents, strings.Fields(names)...)
		return nil
	}
	if kind, ok := strings.CutPrefix(line, "bot: "); ok {
		s.Bot = map[string]config.BotKind{"slow": config.BotZhida, "rasa": config.BotRasa, "dify": config.BotDify}[kind]
		if s.Bot == "" {
			return fmt.Errorf("there is no such bot: write slow, rasa or dify")
		}
		return nil
	}
	for _, r := range rules() {
		if parts := r.shape.FindStringSubmatch(line); parts != nil {
			return s.step(r, Step{Line: number, Text: line, Do: r.do}, parts[1:])
		}
	}
	return fmt.Errorf("this is no step: see the list at the top of parse_test.go")
}

func (s *Story) step(r rule, step Step, rest []string) error {
	for _, role := range []struct {
		is   string
		name *string
	}{{r.who, &step.Who}, {r.whom, &step.Whom}} {
		if role.is == "" {
			continue
		}
		*role.name, rest = rest[0], rest[1:]
		if known := map[string][]string{aCustomer: s.Customers, anAgent: s.Agents}[role.is]; !slices.Contains(known, *role.name) {
			return fmt.Errorf("%s is no %s: name the %ss first, as in %ss: %s", *role.name, role.is, role.is, role.is, *role.name)
		}
	}
	if r.fill != nil {
		if err := r.fill(&step, rest); err != nil {
			return err
		}
	}
	for _, name := range step.Names {
		if !slices.Contains(s.Customers, name) {
			return fmt.Errorf("%s is no customer", name)
		}
	}
	if strings.HasPrefix(step.Do, "bot") && s.Bot == "" {
		return fmt.Errorf("there is no slow bot: write bot: slow at the beginning")
	}
	if !r.follows {
		s.Steps = append(s.Steps, step)
		return nil
	}
	if len(s.Steps) == 0 || !refusable[s.Steps[len(s.Steps)-1].Do] {
		return fmt.Errorf("what is refused? only what customers write and agents do can be")
	}
	s.Steps[len(s.Steps)-1].Refused = step.Word
	return nil
}

var refusable = map[string]bool{
	"writes": true, "sendsIn": true, "sendsOut": true, "claims": true, "takes": true, "replies": true, "resolves": true, "toBot": true, "toLine": true,
}

// stories reads the stories whose file names match.
func stories(t testing.TB, pattern string) []Story {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("stories", pattern+".story"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no story is called %s: %v", pattern, err)
	}
	all := make([]Story, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if all[i], err = Parse(filepath.Base(file), string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
