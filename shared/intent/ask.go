package intent

const (
	// reach is how many words apart a verb and the person it asks for may stand.
	reach = 8
	// padding is what may surround a person without changing an ask.
	padding = filler | polite
)

// alone reports whether the clause is nothing but a person and courtesies: 人工, hello agent please.
func (c clause) alone() bool {
	var all class
	for i, w := range c.words {
		if i > 2*reach || w&(human|typo|padding|wish|here|after|support) == 0 || w&negate != 0 {
			return false
		}
		all |= w
	}
	if all&(person|desk|boss|typo) != 0 {
		return all&hours == 0
	}
	return all&anyone != 0 && (len(c.words) == 1 || all&here != 0)
}

// person decides about the human at word i.
func (c clause) person(i int) Label {
	if c.otherMeaning(i) {
		return None
	}
	v, adjacent := c.verb(i)
	if v < 0 {
		return c.called(i)
	}
	if c.negated(v) || c.over(v, i) {
		return None
	}
	sure := adjacent && c.words[v]&strong != 0
	switch {
	case sure:
		return Ask
	case c.near(i, trade, 4, 4):
		return None
	case c.words[i]&(desk|person|boss) != 0 && c.near(i, hours, 5, 4):
		return Offer
	}
	return Ask
}

// otherMeaning reports whether word i is no person who serves: user agent, agent fee, 人工打蜡.
func (c clause) otherMeaning(i int) bool {
	w, prev, next := c.at(i), c.at(i-1), c.at(i+1)
	switch {
	case next&otherAfter != 0 && next&padding == 0,
		prev&otherBefore != 0 && prev&padding == 0,
		w&(desk|person|boss) != 0 && next&trade != 0 && prev&strong == 0,
		w&last != 0 && next&han != 0 && prev&(strong|wish) == 0:
		return true
	}
	return false
}

// verb finds the verb before word i that asks for the human there, or -1. Adjacent says that
// only courtesies part them. Verbs that reach people may do so across two unknown words,
// verbs that move the speaker or want things across none.
func (c clause) verb(i int) (v int, adjacent bool) {
	generic := c.words[i]&(anyone|helper) != 0 && c.words[i]&(person|desk|boss) == 0
	unknown := 0
	for j := i - 1; j >= 0 && j >= i-reach && unknown <= 2; j-- {
		w := c.words[j]
		switch {
		case w&with != 0 && c.talkAfter(i),
			w&strong != 0,
			w&route != 0 && unknown == 0 && (!generic || c.between(j, i, me)),
			w&wish != 0 && unknown == 0 && c.wished(i, generic),
			w&lacking != 0 && j == i-1:
			return j, unknown == 0
		case w&negate != 0:
			return -1, false
		case w&(filler|me|modal|human|polite|here|wish) == 0:
			unknown++
		}
	}
	return -1, false
}

// talkAfter: 跟客服 | 说一下.
func (c clause) talkAfter(i int) bool {
	return c.near(i, hear, 0, 3)
}

// between reports whether a word of class k stands between words a and b.
func (c clause) between(a, b int, k class) bool {
	return b-a > 1 && c.near(a, k, 0, b-a-1)
}

// wished says whether a want before the human at i wants that human: any if it serves by trade,
// a generic one ("someone") only if nothing unknown follows: "need someone | to look", not "want people | search".
func (c clause) wished(i int, generic bool) bool {
	return !generic || c.at(i+1)&(brk|filler|polite|first|who|strong|modal|here|me|again) != 0
}

// over reports whether the ask with verb v for the human at i lies in the past.
func (c clause) over(v, i int) bool {
	if c.reported(v) || v+1 < i && c.words[v+1]&done != 0 {
		return true
	}
	if c.at(i+1)&done != 0 && c.at(i+1)&polite == 0 {
		return true
	}
	return c.near(v, past, reach, 0) && c.near(i, done, 0, reach) && !c.near(v, again, reach, 0)
}

// called decides about a human that no verb asks for.
func (c clause) called(i int) Label {
	w := c.words[i]
	serves := w&(person|desk|boss) != 0
	switch {
	case c.governs(i, negate), c.at(i+1)&hear != 0: // 客服 | 说 …
		return None
	case serves && c.at(i+1)&after != 0 && !c.near(i, done, 1, 5),
		c.can(i) && !c.near(i, was, 0, 3),
		c.talkedTo(i):
		return Ask
	case c.near(i, trade, 4, 4):
		return None
	case serves && c.near(i, hours, 5, 4) && !c.near(i, done, 0, 4):
		return Offer
	case w&last != 0 && c.restIs(i+1, polite) && !c.near(i, past|with, reach, 0) && c.at(i-1)&(first|han) == 0:
		return Ask
	}
	return None
}

// can: "could a human | look at this".
func (c clause) can(i int) bool {
	if c.words[i]&(person|boss) == 0 || c.words[i]&last != 0 {
		return false
	}
	return c.at(i-1)&modal != 0 || c.at(i-1)&filler != 0 && c.at(i-2)&modal != 0
}

// talkedTo: "anyone I can | talk to", "can someone | contact me".
func (c clause) talkedTo(i int) bool {
	for j := i + 1; j <= i+4; j++ {
		switch w := c.at(j); {
		case w&was != 0 || w&negate != 0:
			return false
		case w&strong != 0:
			return true
		case w&(filler|first|modal|who) == 0:
			return false
		}
	}
	return false
}

// ren decides about 人 alone: 找 | 个 | 人, 有人 | 吗.
func (c clause) ren(i int) bool {
	next := c.at(i + 1)
	if next&(brk|padding|hear|strong|wish|after|me) == 0 || next&done != 0 {
		return false
	}
	for j := i - 1; j >= i-3; j-- {
		switch w := c.at(j); {
		case w&(wish|strong) != 0:
			return !c.negated(j)
		case w&with != 0:
			return c.talkAfter(i) && !c.negated(j)
		case w&filler == 0:
			return c.at(j)&brk != 0 && next&after != 0 && j == i-1
		}
	}
	return false
}

// supportTeam: "contact | support", "transfer me to the spa | team".
func (c clause) supportTeam(i int) bool {
	for j := i - 1; j >= i-5; j-- {
		switch w := c.at(j); {
		case w&(strong|route) != 0:
			return !c.negated(j) && !c.reported(j)
		case w&(filler|me|support) == 0:
			return false
		}
	}
	return false
}

// objectless reports whether the verb at i asks for a person without naming one:
// "connect me", "who can I talk to", "I need to speak to one again".
func (c clause) objectless(i int) bool {
	if c.negated(i) || c.reported(i) {
		return false
	}
	if c.another(i) {
		return true
	}
	if c.words[i]&route != 0 {
		return c.at(i+1)&me != 0 && c.restIs(i+1, padding|me|again)
	}
	if c.words[i]&strong == 0 {
		return false
	}
	for j := i - 1; j >= i-4; j-- {
		switch w := c.at(j); {
		case w&who != 0:
			return true
		case w&(first|modal|filler|wish) == 0:
			return false
		}
	}
	return false
}

// another: "… an agent yesterday and | need one".
func (c clause) another(i int) bool {
	if !c.seen && !c.near(i, person|boss, reach, 0) {
		return false
	}
	return c.at(i+1)&one != 0 || c.at(i+1)&padding != 0 && c.at(i+2)&one != 0
}
