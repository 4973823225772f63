package directory

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold brings text to the form in which it is searched and sorted: without case, accents and other marks.
func fold(text string) string {
	if plain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(cases.Fold().String(text)))
}

// plain reports whether folding changes nothing.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 || text[i] >= 'A' && text[i] <= 'Z' {
			return false
		}
	}
	return true
}
