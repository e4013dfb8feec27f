package wechat

import (
	"encoding/json"
	"strings"
)

// push is the body of a call: fields and their texts. What stands in the scan of a code
// (ScanCodeInfo) is a field like the others.
type push struct {
	fields map[string]string
	json   bool // else XML
}

func (p push) get(name string) string { return p.fields[name] }

// add keeps the first of two: who the customer is comes before what they wrote, so that
// nothing in a text can take its place.
func (p push) add(name, text string) {
	if _, there := p.fields[name]; !there {
		p.fields[name] = text
	}
}

// The documented calls have some ten fields. One of them has others in it, of which what
// a code says is told.
const (
	maxFields = 64
	nested    = "ScanCodeInfo"
)

// readPush reads XML or JSON, whichever it is: the account's console says which comes,
// and content types do not. It is forgiving, since what is malformed in one field must
// not cost the others: what is not UTF-8 becomes U+FFFD; control characters, which both
// formats forbid, stay in XML and become spaces in JSON. It reports whether the body is
// whole.
func readPush(body []byte) (push, bool) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.ToValidUTF8(string(body), "\uFFFD"), "\uFEFF"))
	p := push{fields: map[string]string{}, json: strings.HasPrefix(text, "{")}
	if p.json {
		return p, p.readJSON([]byte(strings.Map(blankControl, text)))
	}
	text = text[strings.IndexByte(text+"<", '<'):]
	if strings.HasPrefix(text, "<?xml") {
		_, text, _ = strings.Cut(text, "?>")
		text = strings.TrimLeft(text, space)
	}
	inside, found := strings.CutPrefix(text, "<xml>")
	if !found {
		return p, false
	}
	return p, p.readXML(inside, "</xml>")
}

func blankControl(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// readJSON takes texts, and numbers as they are written: WeChat writes ids and times as
// either.
func (p push) readJSON(body []byte) bool {
	if !p.members(body) {
		return false
	}
	if inner := p.get(nested); strings.HasPrefix(inner, "{") {
		p.members([]byte(inner)) // what is wrong inside costs what is inside
	}
	return true
}

// members adds the members of one JSON object, and reports whether it was one.
func (p push) members(body []byte) bool {
	var values map[string]json.RawMessage
	if json.Unmarshal(body, &values) != nil {
		return false
	}
	for name, raw := range values {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		p.add(name, text)
	}
	return true
}

// readXML reads elements up to the end tag, or to the end of the text where there is
// none. There are no entities but XML's own five, so that nothing grows. One section without
// an end costs its field; who sends more of them has the rest searched for each.
func (p push) readXML(text, end string) bool {
	endless := false
	for range maxFields {
		text = text[strings.IndexByte(text+"<", '<'):]
		if text == "" || end != "" && strings.HasPrefix(text, end) {
			return text != "" || end == ""
		}
		name, empty, rest, ok := startTag(text)
		if !ok {
			return false
		}
		if empty {
			p.add(name, "")
			text = rest
			continue
		}
		value, cdata, after, ok := element(name, rest)
		if !ok {
			return false
		}
		if !cdata && strings.HasPrefix(strings.TrimLeft(rest, space), cdataStart) {
			if endless {
				return false
			}
			endless = true
		}
		switch {
		case name == nested:
			p.readXML(value, "")
		case cdata:
			p.add(name, value)
		default:
			p.add(name, unescape.Replace(value))
		}
		text = after
	}
	return false
}

// startTag reads <Name>, or <Name/>, as which whoever writes XML anew on the way passes on
// an empty field. WeChat's tags have no attributes.
func startTag(text string) (name string, empty bool, rest string, ok bool) {
	name, rest, ok = strings.Cut(text[1:], ">")
	if name, empty = strings.CutSuffix(name, "/"); empty {
		name = strings.TrimRight(name, space)
	}
	return name, empty, rest, ok && name != "" && strings.Trim(name, idCharacters) == ""
}

const (
	cdataStart = "<![CDATA["
	cdataEnd   = "]]>"
	space      = " \t\r\n"
)

// element reads up to </name>. In a CDATA section everything else is text, also what
// looks like its end.
func element(name, text string) (value string, cdata bool, rest string, ok bool) {
	end := "</" + name + ">"
	if inside, is := strings.CutPrefix(strings.TrimLeft(text, space), cdataStart); is {
		if value, rest, ok = section(inside, end); ok {
			return value, true, rest, true
		}
		text = inside
	}
	value, rest, ok = strings.Cut(text, end)
	return value, false, rest, ok
}

// section reads a CDATA section that ends right before an end tag.
func section(text, end string) (value, rest string, ok bool) {
	for at := 0; ; at += len(cdataEnd) {
		next := strings.Index(text[at:], cdataEnd)
		if next < 0 {
			return "", "", false
		}
		at += next
		if rest, ok = strings.CutPrefix(strings.TrimLeft(text[at+len(cdataEnd):], space), end); ok {
			// A text that has the end of a section in it is written as two sections.
			return strings.ReplaceAll(text[:at], cdataEnd+cdataStart, ""), rest, true
		}
	}
}

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")
