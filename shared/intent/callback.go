package intent

// callBack decides about a call wanted at word i: one wanted now, or from a person who is told
// to make it, is an ask; one asked about is a reason to offer.
func (c clause) callBack(i int) Label {
	if c.notWanted(i) {
		return None
	}
	if c.near(i, now, reach, reach) && !c.near(i, hours, 4, 4) {
		return Ask
	}
	for j := i - 1; j >= i-5; j-- {
		if c.at(j)&(human|ren|worker) == 0 {
			continue
		}
		if c.at(j+1)&hear != 0 && c.at(j+1)&strong == 0 { // 人工说 …
			return None
		}
		if c.negated(j) || c.at(j-1)&hear != 0 && c.at(j-1)&strong == 0 { // she said | someone | will call me
			return None
		}
		told := c.at(j-1)&(wish|strong|cause) != 0 || c.at(j-1)&filler != 0 && c.at(j-2)&cause != 0
		if !c.asked(j) && (told || c.between(j, i, wish|modal)) { // "someone needs to | call me"
			return Ask
		}
	}
	return Offer
}

// calls reports whether the clause wants a call back.
func (c clause) calls() bool {
	for i, w := range c.words {
		if w&call != 0 && !c.notWanted(i) {
			return true
		}
	}
	return false
}

// notWanted: 不用给我回电, 昨天给我打电话, 快递员打电话, 打电话的.
func (c clause) notWanted(i int) bool {
	return c.near(i, negate, 2, 0) || c.negated(i) || c.near(i, trade|theirs, 4, 4) || c.near(i, past, reach, 1) ||
		c.at(i+1)&(done|de) != 0 && c.at(i+1)&polite == 0
}

// asked: "can | someone", 能不能有 | 人.
func (c clause) asked(j int) bool {
	for k := j - 1; k >= j-3; k-- {
		if w := c.at(k); w&modal != 0 && w&cause == 0 {
			return true
		}
	}
	return false
}
