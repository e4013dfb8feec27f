package intent

// bot decides about a bot at word i: refusing it is an ask, wondering about it is a reason to offer.
func (c clause) bot(i int) Label {
	if c.near(i, gadget, 4, 4) {
		return None
	}
	if c.words[i]&bot == 0 { // "wasting time with a machine", not "the money machine"
		return label(c.at(i-1)&(filler|with) != 0 && c.near(i, refuse|negate, 5, 0))
	}
	if c.near(i, refuse|negate, 6, 0) || c.near(i, refuse, 0, 2) {
		return Ask
	}
	if len(c.words) > 1 && len(c.words) <= reach && c.any(about) && c.restIs(0, about|padding|bot|scorn|first|offer) {
		return Offer
	}
	return None
}

// complaint decides about a complaint at word i: lodging one is an ask, asking where is a
// reason to offer, and following one up is neither.
func (c clause) complaint(i int) Label {
	w, prev, next := c.at(i), c.at(i-1), c.at(i+1)
	if c.negated(i) || prev&(theirs|ren) != 0 || c.near(i, undo, 3, 0) {
		return None
	}
	switch {
	case w&threat != 0 && next&complaint != 0 && c.at(i+2)&progress != 0 && c.at(i+2)&polite == 0: // 12315投诉后多久
		return None
	case w&threat != 0:
		return Ask
	case w&hotline != 0:
		return label(len(c.words) == 1 || prev&(lodge|strong|complaint) != 0 && next&han == 0 || next&complaint != 0)
	case w&complain != 0 && c.asksWhere(i):
		return Offer
	case w&complain != 0:
		return label(!c.reported(i))
	}
	lodged := prev&lodge != 0 || c.near(i, lodge, 3, 0)
	switch {
	case prev&lodge != 0 && next&polite != 0 && c.restIs(i+1, polite): // 我就 | 投诉 | 了
		return Ask
	case next&progress != 0 && next&lodge == 0, !lodged && c.near(i, progress, 3, 5):
		return None
	case (prev|next|c.at(i-2))&where != 0:
		if next&(about|filler) != 0 && next&polite == 0 { // 怎么 | 投诉 | 你们 店
			return Ask
		}
		return Offer
	case prev&lodge != 0,
		lodged && !c.near(i, progress, 3, 4),
		next&lodge != 0, i == 0,
		prev&first != 0 && next&about != 0,
		prev&(first|polite|filler) != 0 && c.restIs(i+1, padding|complaint):
		return Ask
	}
	return None
}

// asksWhere: "where do I | complain", but not "how do I | complain | about your driver".
func (c clause) asksWhere(i int) bool {
	return c.near(i, where, 4, 0) && c.restIs(i+1, padding)
}

func label(ask bool) Label {
	if ask {
		return Ask
	}
	return None
}

// offers reports whether a clause without an ask gives a reason to offer a person.
func (c clause) offers() bool {
	scorned := false
	for i, w := range c.words {
		switch {
		case w&offer != 0 && !(c.near(i, human, 5, 0) && c.near(i, hear, 5, 0)),
			w&offerEnd != 0 && c.restIs(0, about|padding|first|offerEnd|who),
			w&support != 0 && c.near(i, hours, 4, 4) && c.restIs(0, padding|support|hours|who|first):
			return true
		}
		scorned = scorned || w&scorn != 0
	}
	return scorned && len(c.words) <= reach && c.restIs(0, about|padding|scorn|bot|desk|human|support)
}

// bareHelp reports whether a text is nothing but a call for help: "help me", 求助.
// After a question, "help me" is a courtesy.
func bareHelp(ts []class) bool {
	var all class
	for _, t := range ts {
		if t&(brk|offerOnly|padding) == 0 {
			return false
		}
		all |= t
	}
	return all&offerOnly != 0
}
