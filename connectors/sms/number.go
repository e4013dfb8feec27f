package sms

import "strings"

// Number is one of the company's numbers, to which customers write.
type Number struct {
	Number      string // E.164, such as +12125550101, or a short code, such as 12345; Peer.Account
	MMS         bool   // it sends pictures
	SelfManaged bool   // self-managed opt-outs are on: AWS answers no keyword, and so we do
}

// undressed is a number without the characters that make it more readable.
var undressed = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "\u00a0", "")

// normal is a number in one form: E.164 with its plus, or a short code's digits; what is neither
// stays as it is. AWS gives and takes E.164 (docs/adr/0031-sms.md).
func normal(number string) string {
	if bare := undressed.Replace(number); isE164(bare) || isShortCode(bare) {
		return bare
	}
	return number
}

// isE164 reports whether a number has the form of an international one: a plus and up to 15
// digits, the first of which is no 0. Source: ITU-T E.164, 6.2. The shortest that
// anybody has, such as Niue's, have 7.
func isE164(number string) bool {
	digits, plus := strings.CutPrefix(number, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && isDigits(digits)
}

// isShortCode reports whether a number has the form of a short code: 3 to 8 digits.
func isShortCode(number string) bool {
	return len(number) >= 3 && len(number) <= 8 && isDigits(number)
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// tollFree reports whether a number is one of the United States' and their neighbours' toll-free ones.
// Source: https://nationalnanpa.com/number_resource_info/npa_codes.html
func (n Number) tollFree() bool {
	if len(n.Number) != len("+18005550101") || !strings.HasPrefix(n.Number, "+1") {
		return false
	}
	switch n.Number[2:5] {
	case "800", "833", "844", "855", "866", "877", "888":
		return true
	}
	return false
}
