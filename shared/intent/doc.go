// Package intent answers one question about a customer's message: does it ask for a person?
//
// [Read] is pure and reads Chinese and English, alone or mixed. It works in four steps, each in
// a file of its own:
//
//	normalise   normalise.go fold.go  one form for 轉-人-工, ｈｕｍａｎ and a.g.e.n.t; clauses parted by '\n'
//	            repair.go typo.go     misspelt and glued English put right, pinyin put into Chinese
//	            pinyin.go
//	tokenise    token.go              the longest phrase of the lexicon at each place → the parts it can play
//	find, cancel ask.go indirect.go   per clause: a human and a verb that reaches it; then what takes it
//	            other.go callback.go  back: a refusal that governs the verb, the past, another meaning
//	            clause.go
//	decide      read.go               one ask anywhere is an ask; else a reason to offer; else none
//
// The lexicon is data: words_zh.go and words_en.go list words by the part they play (see the
// class constants in lexicon.go); slips_zh.go lists the characters that are typed for one another. Rules speak of parts only, so one rule serves both languages:
// "verb that reaches people, then courtesies, then a human" is 帮我转一下人工 and "talk to an agent".
//
// To add a wording: put a case into testdata/cases/dev, run go test, and put the words that are
// missing into the row of their part. A word that contains another but means something else
// (人工湖, user agent) goes into a row of class 0, or of otherBefore or otherAfter. Only a new
// shape of sentence needs a new rule. README.md says how the rules are measured.
package intent
