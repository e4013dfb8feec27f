package intent

// The rules of this file hear asks that name no human who serves: 找个人, 换个能听懂的,
// "talk to them", "contact support", "who can I talk to".

// ren decides about 人 alone: 找 | 个 | 人, 有人 | 吗.
func (c clause) ren(i int) bool {
	next := c.at(i + 1)
	if next&done != 0 && (next&polite == 0 || c.at(i+2)&(han|modal) != 0) { // 经理换 | 人 | 了会怎样
		return false
	}
	if c.near(i, call, 0, 3) && c.at(i-1)&cause == 0 { // 有人给我回电: see callBack
		return false
	}
	if c.at(i-1)&cause == 0 && c.near(i, done&^polite, 0, 3) { // 有人用过吗
		return false
	}
	known := next&(brk|padding|hear|deed|strong|wish|after|me|with|call) != 0
	for j := i - 1; j >= i-4; j-- {
		switch w := c.at(j); {
		case w&strong != 0 && w&wish != 0 && j == i-1: // 找个 | 人
			return next&(otherAfter|gadget) == 0 && !c.negated(j) && !c.over(j, i)
		case w&(wish|strong) != 0:
			return known && next&otherAfter == 0 && !c.negated(j) && !c.over(j, i)
		case w&lacking != 0:
			return next&wish != 0
		case w&de != 0 && j == i-1 && c.near(i, hear|call, 0, 4) && (next&wish != 0 || c.near(i, cause, 7, 0)): // 你们公司的 | 人 | 可以跟我说吗
			return true
		case w&with != 0:
			return c.talkAfter(i) && !c.negated(j)
		case w&filler == 0:
			return w&brk != 0 && next&after != 0 && j == i-1
		}
	}
	return false
}

// works decides about somebody who may serve: 让 | 师傅 | 跟我说, not 叫 | 师傅 | 上门.
func (c clause) works(i int) bool {
	if c.at(i-1)&otherBefore != 0 || c.at(i+1)&otherAfter != 0 {
		return false
	}
	v, adjacent := c.verb(i)
	if v < 0 || c.negated(v) || c.over(v, i) {
		return false
	}
	if c.near(i, deed|hear|call|after, 0, 3) {
		return !c.near(i, otherAfter, 0, 2)
	}
	return (adjacent || c.words[v]&strong != 0) && c.restIs(i+1, padding)
}

// described: 换个 | 能听懂人话的, 找个懂的: the one asked for is what they do.
func (c clause) described(i int) bool {
	if c.words[i]&wish == 0 || c.words[i]&strong == 0 || c.negated(i) {
		return false
	}
	acts := false
	for j := i + 1; j <= i+reach; j++ {
		w := c.at(j)
		switch {
		case w&brk != 0:
			return false
		case w&de != 0 && acts && c.restIs(j+1, padding|after|wish):
			return true
		case w&(deed|hear) != 0:
			acts = true
		case j == i+1 && w&filler == 0:
			return false
		}
	}
	return false
}

// pronoun: "I want to talk to | them", 跟 | 他 | 说, once a person was mentioned.
func (c clause) pronoun(i int) bool {
	prev := c.at(i - 1)
	if prev&filler != 0 {
		prev |= c.at(i - 2)
	}
	wanted := prev&strong != 0 && c.near(i, wish, 4, 0)
	if c.at(i-1)&filler != 0 && c.at(i-2)&me != 0 && (c.at(i-2)|c.at(i-3))&route != 0 { // connect me to | them
		return !c.near(i, negate, 5, 0) && c.restIs(i+1, padding)
	}
	if !c.seen && !wanted && !c.near(i, person|boss|desk, reach, 0) {
		return false
	}
	switch {
	case prev&(with|cause) != 0 && prev&negate == 0 && c.at(i-1)&han == 0:
		return (c.talkAfter(i) || prev&cause != 0 && c.at(i+1)&(after|wish|call) != 0) && !c.negated(i-1)
	case prev&wish != 0 && prev&han == 0 && i > 0 && i <= 2 && c.restIs(i+1, polite): // get | them
		return !c.negated(i - 1)
	case prev&strong != 0 && prev&han == 0:
		return !c.negated(i-1) && !c.reported(i-1) && c.restIs(i+1, padding|after)
	}
	return false
}

// supportTeam: "contact | support", "transfer me to the spa | team".
func (c clause) supportTeam(i int) bool {
	for j := i - 1; j >= i-5; j-- {
		switch w := c.at(j); {
		case w&(strong|route) != 0:
			return !c.negated(j) && !c.reported(j) && (c.at(i+1) != 0 || w&strong != 0 && c.words[i]&human != 0)
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
	if w := c.words[i]; w&route != 0 {
		if w&me != 0 && (len(c.words) == 1 || c.at(i-1)&(modal|filler|wish|first) != 0) { // "can I | be transferred"
			return c.restIs(i+1, padding|me|again)
		}
		return c.at(i+1)&me != 0 && c.restIs(i+1, padding|me|again)
	}
	if c.words[i]&strong == 0 {
		return false
	}
	if prev := c.at(i - 1); (prev&again != 0 || prev&after != 0 && prev&filler != 0) && (c.seen || c.near(i, human, reach, 0)) {
		return c.restIs(i+1, padding) // 人工断线了, 重新给我 | 转
	}
	for j := i - 1; j >= i-6; j-- {
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
	if !c.seen && !(c.near(i, person|boss, reach, 0) && c.mentions()) {
		return false
	}
	return c.at(i+1)&one != 0 || c.at(i+1)&padding != 0 && c.at(i+2)&one != 0
}

// mentions reports whether the clause names somebody who serves.
func (c clause) mentions() bool {
	for i, w := range c.words {
		if w&(person|boss|desk) != 0 && !c.otherMeaning(i) {
			return true
		}
	}
	return false
}
