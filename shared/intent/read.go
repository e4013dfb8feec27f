package intent

// Label says what a text asks of the people behind the channel.
type Label string

const (
	Ask   Label = "ask"   // a clear ask for a person: make a ticket now
	Offer Label = "offer" // not an ask, but a person belongs one tap away from the answer
	None  Label = "none"  // anything else
)

// Read says whether text, as a customer wrote it, asks for a person. It reads Chinese and
// English, alone or mixed, of any length and with any encoding errors, in time linear in
// len(text). The same text always gets the same label.
func Read(text string) Label {
	var folded, repaired [512]byte
	var classes [256]class
	return read(tokens(classes[:0], repair(repaired[:0], fold(folded[:0], text))))
}

// read decides clause by clause: one ask anywhere is an ask.
func read(ts []class) Label {
	best := None
	seen, typing, call := false, false, false
	start := 0
	for i, t := range ts {
		if t&brk == 0 {
			continue
		}
		c := clause{words: ts[start:i], seen: seen}
		start = i + 1
		switch c.label() {
		case Ask:
			return Ask
		case Offer:
			best = Offer
		case None:
		}
		seen = seen || c.mentions()
		typing = typing || c.any(cannotType)
		call = call || c.calls()
	}
	if typing && call { // 我不会打字, 给我打电话
		return Ask
	}
	if best == None && bareHelp(ts) {
		return Offer
	}
	return best
}

// label looks for evidence of an ask at each word, then for a reason to offer.
func (c clause) label() Label {
	if len(c.words) == 0 {
		return None
	}
	best := None
	if c.alone() {
		return Ask
	}
	for i, w := range c.words {
		switch c.evidence(i, w) {
		case Ask:
			return Ask
		case Offer:
			best = Offer
		case None:
		}
	}
	if best == None && c.offers() {
		return Offer
	}
	return best
}

// evidence asks the rule for each part that word i can play, most telling first.
func (c clause) evidence(i int, w class) Label {
	if w&human != 0 {
		if l := c.person(i); l != None {
			return l
		}
	}
	if w&(bot|machine) != 0 {
		if l := c.bot(i); l != None {
			return l
		}
	}
	if w&call != 0 {
		if l := c.callBack(i); l != None {
			return l
		}
	}
	if w&(complaint|complain|threat|hotline) != 0 {
		if l := c.complaint(i); l != None {
			return l
		}
	}
	switch {
	case w&typo != 0 && c.restIs(i+1, padding|desk|person) && !c.negated(i),
		w&ren != 0 && c.ren(i),
		w&worker != 0 && c.works(i),
		w&pron != 0 && c.pronoun(i),
		w&wish != 0 && c.described(i),
		w&upward != 0 && !c.negated(i) && !c.reported(i) && !c.near(i, past, 2, 0),
		w&support != 0 && c.supportTeam(i),
		w&(route|strong|wish) != 0 && c.objectless(i):
		return Ask
	}
	return None
}
