package platform

import (
	"strings"
	"unicode/utf16"
)

// How much a part holds: https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html.
// In characters of the GSM alphabet, or in units of UCS-2. What is sent in several parts has a header in each.
const (
	gsmAlone  = 160
	gsmPart   = 153
	ucs2Alone = 70
	ucs2Part  = 67
	// The maximum supported size of any message, by the same page.
	maxGSM  = 1530
	maxUCS2 = 630
)

// The alphabet, by the tables of the same page: of the second, "each of these characters is counted as
// two". The form feed of 3GPP TS 23.038 is not in AWS's: it makes a text UCS-2.
const (
	gsmBasic = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" +
		"àÅåÄäÇÉéèìÑñòØøÖöùÜüÆæß&*@:,¤$=!>#-¡¿(<%.+£?\")§;'/_¥ΔΦΓΛΩΠΨΣΘΞ \n\r"
	gsmExtended = `^{}\[]~|€`
)

// Encoding is what a text is sent in, as events name it.
type Encoding string

// The encodings.
const (
	GSM     Encoding = "GSM"
	Unicode Encoding = "Unicode"
)

// EncodingOf returns what a text is sent in: AWS takes GSM where it can.
func EncodingOf(text string) Encoding {
	for _, r := range text {
		if gsm(r) == 0 {
			return Unicode
		}
	}
	return GSM
}

// Parts cuts a text into the parts in which it is sent. No character is in two of them; an empty text has none.
func Parts(text string) []string {
	units, alone, part := ucs2, ucs2Alone, ucs2Part
	if EncodingOf(text) == GSM {
		units, alone, part = gsm, gsmAlone, gsmPart
	}
	if text == "" {
		return nil
	}
	if size(text) <= alone {
		return []string{text}
	}
	var parts []string
	from, filled := 0, 0
	for at, r := range text {
		if filled+units(r) > part {
			parts = append(parts, text[from:at])
			from, filled = at, 0
		}
		filled += units(r)
	}
	return append(parts, text[from:])
}

// size is how long a text is in its encoding.
func size(text string) int {
	units := ucs2
	if EncodingOf(text) == GSM {
		units = gsm
	}
	n := 0
	for _, r := range text {
		n += units(r)
	}
	return n
}

// gsm is how many characters of the alphabet one is; 0 where it is not in it.
func gsm(r rune) int {
	switch {
	case strings.ContainsRune(gsmBasic, r):
		return 1
	case strings.ContainsRune(gsmExtended, r):
		return 2
	}
	return 0
}

// ucs2 is how many units one is: two for what UCS-2 has no place for, and phones show as UTF-16.
func ucs2(r rune) int { return max(utf16.RuneLen(r), 1) }

// tooLong reports whether a text is above what AWS sends. Its page counts characters; of those that are
// two in the alphabet or in UTF-16, it is the harsher reading that both count.
func tooLong(text string) bool {
	if EncodingOf(text) == GSM {
		return size(text) > maxGSM
	}
	return size(text) > maxUCS2
}
