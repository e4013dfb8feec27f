package intent

// clause is what stands between two punctuation marks.
type clause struct {
	words []class
	seen  bool // a person was mentioned in an earlier clause
}

// at returns the class of word i, or brk outside the clause.
func (c clause) at(i int) class {
	if i < 0 || i >= len(c.words) {
		return brk
	}
	return c.words[i]
}

// any reports whether a word of class k stands anywhere in the clause.
func (c clause) any(k class) bool {
	for _, w := range c.words {
		if w&k != 0 {
			return true
		}
	}
	return false
}

// near reports whether a word of class k stands among the back words before i or the on words after it.
func (c clause) near(i int, k class, back, on int) bool {
	for j := max(0, i-back); j <= min(len(c.words)-1, i+on); j++ {
		if j != i && c.words[j]&k != 0 {
			return true
		}
	}
	return false
}

// restIs reports whether the clause from word i on holds nothing but words of class k.
// It looks at a bounded number of words, so that calling it at every word stays linear.
func (c clause) restIs(i int, k class) bool {
	const bound = 12
	for j := i; j < len(c.words); j++ {
		if c.words[j]&k == 0 || j-i > bound {
			return false
		}
	}
	return true
}

// negated reports whether a refusal governs word v: only courtesies and verbs stand between.
// "don't | understand, can I talk" does not refuse the talk; "don't | want to | talk" does.
func (c clause) negated(v int) bool {
	return c.governs(v, negate)
}

// reported reports whether word v is a report: "I was | talking to an agent".
func (c clause) reported(v int) bool {
	return c.governs(v, was)
}

func (c clause) governs(v int, k class) bool {
	for j := v - 1; j >= 0 && j >= v-reach; j-- {
		switch w := c.words[j]; {
		case w&k != 0:
			return true
		case w&first != 0 || w&(filler|wish|strong|route|modal|me) == 0:
			return false
		}
	}
	return false
}
