package sms

import "strings"

// Encoding is how the characters of a text are carried.
type Encoding string

// The encodings.
const (
	GSM  Encoding = "GSM-7" // seven bits a unit; some characters are two units
	UCS2 Encoding = "UCS-2" // sixteen bits a unit; characters above U+FFFF are two units
)

// Size is what a text takes, and so what it costs: carriers charge by the part.
type Size struct {
	Encoding Encoding
	Units    int // of the encoding, in all parts together
	Parts    int // messages on the air; 0 for an empty text
}

// room is how many units one part has: alone, and as one of several, which say in a header
// what they belong to. Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html
var room = map[Encoding]struct{ alone, among int }{
	GSM:  {160, 153},
	UCS2: {70, 67},
}

// basic is the default alphabet of 3GPP TS 23.038 (GSM 03.38), 6.2.1, without its escape,
// and extended its extension table, 6.2.1.1, each of whose characters is an escape and one more.
// AWS shows both in its page of character limits.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€"
)

// Count says what a text takes.
func Count(text string) Size {
	s := Size{Encoding: encodingOf(text), Parts: len(Split(text))}
	for _, r := range text {
		s.Units += s.Encoding.units(r)
	}
	return s
}

// Split returns a text in the parts in which it goes over the air. No character is cut in two, for
// which a part stays short by a unit where it has to.
func Split(text string) []string {
	encoding := encodingOf(text)
	if parts := encoding.split(text, room[encoding].alone); len(parts) <= 1 {
		return parts
	}
	return encoding.split(text, room[encoding].among)
}

func (e Encoding) split(text string, most int) (parts []string) {
	begin, used := 0, 0
	for at, r := range text {
		units := e.units(r)
		if used+units > most {
			parts = append(parts, text[begin:at])
			begin, used = at, 0
		}
		used += units
	}
	if begin < len(text) {
		parts = append(parts, text[begin:])
	}
	return parts
}

// units is how many a character is.
func (e Encoding) units(r rune) int {
	if e == GSM && strings.ContainsRune(extended, r) || e == UCS2 && r > 0xFFFF {
		return 2
	}
	return 1
}

func encodingOf(text string) Encoding {
	if isGSM(text) {
		return GSM
	}
	return UCS2
}

func isGSM(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(basic+extended, r)
	})
}

// Plain returns a text in which look-alikes have become characters of GSM's alphabet, where that
// makes it one of that alphabet throughout, and so takes less than half of the parts. Else, and where it is
// one already, it is returned as it is: what stands there in vain is not worth changing. Letters
// are never changed, in names or elsewhere.
func Plain(text string) string {
	if isGSM(text) {
		return text
	}
	if plain := lookAlikes.Replace(text); isGSM(plain) {
		return plain
	}
	return text
}

// lookAlikes are the characters that word processors and phones put in the place of plain ones.
// Twilio's list (https://www.twilio.com/docs/messaging/services, Smart Encoding) goes further: it changes
// letters and takes marks off them.
var lookAlikes = strings.NewReplacer(
	"“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "″", `"`, "＂", `"`,
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "′", "'", "´", "'", "`", "'", "＇", "'", "‹", "<", "›", ">",
	"‐", "-", "\u2011", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-", "•", "-", "－", "-",
	"…", "...", "⁄", "/", "∕", "/", "／", "/", "＼", `\`,
	"\t", " ", "\u00a0", " ", "\u2002", " ", "\u2003", " ", "\u2007", " ", "\u2009", " ", "\u200a", " ", "\u202f", " ", "\u3000", " ",
	"\u200b", "", "\u00ad", "", "\u2060", "", "\ufeff", "",
	"，", ",", "、", ",", "。", ".", "．", ".", "：", ":", "；", ";", "！", "!", "？", "?", "（", "(", "）", ")",
	"［", "[", "］", "]", "｛", "{", "｝", "}", "＜", "<", "＞", ">", "＝", "=", "＋", "+", "＊", "*",
	"＃", "#", "＄", "$", "％", "%", "＆", "&", "＠", "@", "＿", "_", "｜", "|", "～", "~", "＾", "^",
	"０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9",
)
