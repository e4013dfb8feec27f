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
		if i > 2*reach || w&(human|typo|padding|wish|here|after|support|one) == 0 || w&negate != 0 {
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
	if c.negated(v) || c.over(v, i) || c.words[v]&route != 0 && c.near(v, bot, 2, 0) && !c.near(v, me, 0, 2) {
		return None
	}
	sure := adjacent && (c.words[v]&with != 0 || c.words[v]&(strong|verbSlip) != 0 || c.words[v]&route != 0 && (c.words[v]|c.at(v+1))&me != 0)
	switch {
	case c.words[i]&typo != 0:
		return label(sure || adjacent && c.restIs(i+1, padding|human))
	case c.words[i]&anyone != 0 && c.words[i]&person == 0 && c.near(i, here, 0, 2) && c.near(i, hours, 5, 5):
		return Offer
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
	case next&otherAfter != 0 && next&padding == 0 && !(next&deed != 0 && c.canBefore(i)),
		next&wish != 0 && c.at(i+2)&de != 0, // 客服 | 要的
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
	unknown, most := 0, 2
	if c.at(i-1)&de != 0 { // 联系一下负责这块的 | 同事
		most = 6
	}
	for j := i - 1; j >= 0 && j >= i-reach-most && unknown <= most; j-- {
		w := c.words[j]
		switch {
		case c.reaches(j, i, unknown, generic):
			return j, unknown == 0
		case w&negate != 0:
			return -1, false
		case w&(filler|me|modal|human|polite|here|wish|one) == 0:
			unknown++
		}
	}
	return -1, false
}

// reaches reports whether word j, with so many unknown words after it, asks for the human at i.
// A generic human ("someone") must be asked for more plainly than one who serves by trade.
func (c clause) reaches(j, i, unknown int, generic bool) bool {
	w, serves := c.words[j], c.words[i]&(person|desk) != 0
	switch {
	case w&with != 0 && c.talkAfter(i),
		w&strong != 0,
		w&verbSlip != 0 && j == i-1 && serves,
		w&lacking != 0 && j == i-1:
		return true
	case w&route != 0 && unknown > 0: // "connect me to the retention | department"
		return (w|c.at(j+1))&me != 0
	case w&route != 0:
		return !generic || w&me != 0 || c.between(j, i, me) || c.at(i+1)&here != 0 && c.restIs(i+1, here|padding)
	case w&wish == 0:
		return false
	case unknown == 0 && c.wished(i, generic):
		return true
	case c.at(i-1)&de != 0 && serves && c.at(j+1)&(filler|deed) != 0 && c.near(i, hear, 5, 0): // 有没有会说英语的 | 客服
		return true
	}
	return w&cause != 0 && unknown <= 3 && c.near(i, strong|call|with, 0, 1) && c.near(i, first, 0, 3) // 请理赔专员 | 联系我
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
	next := c.at(i + 1)
	if generic && next&first != 0 && next&who == 0 { // someone | I | can talk to
		return c.near(i, strong|hear|soft|deed|call, 0, 5)
	}
	return !generic || next&(brk|filler|polite|who|strong|modal|here|me|again|negate) != 0
}

// over reports whether the ask with verb v for the human at i lies in the past.
func (c clause) over(v, i int) bool {
	if c.reported(v) || v+1 < i && c.words[v+1]&done != 0 {
		return true
	}
	if c.at(i+1)&done != 0 && c.at(i+1)&polite == 0 {
		return true
	}
	if c.words[v]&strong == 0 && c.between(v, i, de) && (c.near(v, past, reach, 0) || c.between(v, i, past)) { // 昨天给我弄好的那位 | 客服
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
	case serves && c.at(i+1)&after != 0 && c.at(i+2)&de == 0 && !c.near(i, done, 1, 5),
		c.can(i) && !c.near(i, was, 0, 3),
		serves && c.at(i+1)&(call|strong) == call|strong && c.restIs(i+2, polite&^done) && !c.near(i, past|again, reach, 0), // 专人 | 联系我
		c.talkedTo(i):
		return Ask
	case w&boss != 0 && c.at(i+1)&hours != 0 && c.near(i, after|strong, 0, 4): // 经理 | 电话 | 给我
		return Ask
	case c.near(i, trade, 4, 4):
		return None
	case serves && c.near(i, hours, 5, 4) && !c.near(i, done, 0, 4):
		return Offer
	case w&person != 0 && c.at(i-1) == 0 && i > 1 && c.restIs(i+1, polite) && !c.near(i, past|with|was|route, reach, 0): // 5th time | agent
		return Ask
	case w&last != 0 && c.restIs(i+1, polite) && !c.near(i, past|with, reach, 0) && c.at(i-1)&(first|han|done) == 0:
		return Ask
	}
	return None
}

// can: "could a human | look at this", "if somebody could take over". Of people who need not
// serve, help alone is no ask: "can someone help" is a reason to offer.
func (c clause) can(i int) bool {
	w := c.words[i]
	serves := w&(person|boss|helper) != 0
	if !c.canBefore(i) && c.at(i+1)&modal == 0 {
		return false
	}
	if serves && c.near(i, deed|soft, 0, 3) || w&anyone != 0 && c.near(i, deed, 0, 3) {
		return c.at(i+1)&de == 0 && (c.at(i+1)&otherAfter == 0 || c.at(i+1)&deed != 0)
	}
	return w&(person|boss) != 0 && w&last == 0 && c.canBefore(i)
}

// canBefore: "could a nice young | lady", "could you have an | agent".
func (c clause) canBefore(i int) bool {
	unknown := 0
	for j := i - 1; j >= i-5 && unknown <= 1; j-- {
		switch w := c.at(j); {
		case w&modal != 0:
			return true
		case w&(brk|first|han) != 0:
			return false
		case w&(filler|one) == 0:
			unknown++
		}
	}
	return false
}

// talkedTo: "anyone I can | talk to", "can someone from billing | contact me".
func (c clause) talkedTo(i int) bool {
	if c.at(i-1)&hear != 0 && c.at(i-1)&strong == 0 { // he said | someone | will contact me
		return false
	}
	unknown := 0
	for j := i + 1; j <= i+5; j++ {
		switch w := c.at(j); {
		case w&was != 0 || w&negate != 0 || w&brk != 0:
			return false
		case w&strong != 0:
			return unknown == 0 || c.near(j, me|here, 0, 2)
		case w&(filler|first|modal|who) == 0:
			unknown++
		}
		if unknown > 2 {
			return false
		}
	}
	return false
}
