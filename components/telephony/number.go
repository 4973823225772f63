package telephony

import (
	"strconv"
	"strings"
)

// maxDialled is the most characters of what can be dialled: a number of the public network has 15 digits, a function code a few more.
const maxDialled = 40

// clean is what was dialled without what people put between digits to read them better. It is empty when something else is in it, or too much.
func clean(dialled string) string {
	var b strings.Builder
	for _, c := range dialled {
		switch {
		case c >= '0' && c <= '9', c == '*', c == '#', c == '+' && b.Len() == 0:
			b.WriteRune(c)
		case strings.ContainsRune(" -./()\u00a0", c):
		default:
			return ""
		}
	}
	if b.Len() > maxDialled {
		return ""
	}
	return b.String()
}

// Codes that can be dialled.
const (
	codeEcho  = "*80"
	codeGroup = "*42#" // and the group's number
)

// GroupCode is what is dialled from inside for the conference of the group with a number.
func GroupCode(n int) string { return codeGroup + strconv.Itoa(n) }

// voicemailCodes are the menus of the mailboxes.
var voicemailCodes = map[string]string{"*100": "100", "*101": "101", "*104": "104"}
