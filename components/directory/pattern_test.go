package directory_test

import (
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
)

func TestPatterns(t *testing.T) {
	for _, test := range []struct{ pattern, fits, fitsNot string }{
		{"123", "123", "12 1234 124 +123"},
		{"XXX", "000 123 999", "12 1234 12a 12*"},
		{"_XXX", "000 123 999", "12 1234"},
		{"ZX", "10 99", "01 1 100"},
		{"NX", "20 99", "19 09"},
		{"nxz", "201", "200 101"},
		{"[13-57]0", "10 30 40 50 70", "20 60 00 0"},
		{"0.", "01 0123456", "0 1"},
		{"0*", "0 01 0123456", "1"},
		{"*", "0 123 +49211 *8", ""},
		{".", "0 123 +49211 *8", ""},
		{"110|112", "110 112", "111 11"},
		{"0[1-9].|+49.", "0211 +49211", "00211 0 49211"},
		{"+49 (211) 123-45/XX", "+492111234500", "+49211123450 02111234500"},
		{"#31#.", "#31#0", "#31#"},
	} {
		p, err := directory.ParsePattern(test.pattern)
		must(t, err)
		for number := range strings.FieldsSeq(test.fits) {
			if !p.Match(number) {
				t.Errorf("%s does not fit %s", number, test.pattern)
			}
		}
		for number := range strings.FieldsSeq(test.fitsNot + ` ""`) {
			if number = strings.Trim(number, `"`); p.Match(number) != (number == "" && test.pattern == "*") {
				t.Errorf("%q fits %s", number, test.pattern)
			}
		}
		if p.String() != test.pattern {
			t.Errorf("%s is printed as %s", test.pattern, p)
		}
	}
	for _, bad := range []string{"", "1|", "_", "1.2", "1*2", "..", "[", "[]", "[a]", "[3-1]", "[1-]", "[-1]", "1]", "A", "1;2", "!", "ü", "1\n", "[1-9", strings.Repeat("1", directory.MaxPattern+1)} {
		if _, err := directory.ParsePattern(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzPattern reads anything as a pattern: it never fails otherwise than by an error, fits the same after it was read again, and what fits has no character
// that a number has not.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"_0[1-9].", "+49XXZN*", "110|112", "[13-5]", "#31#.", "|", "0 (2)-3/4"} {
		f.Add(seed, "0211")
	}
	f.Fuzz(func(t *testing.T, text, number string) {
		p, err := directory.ParsePattern(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := directory.ParsePattern(p.String())
		if err != nil || again.Match(number) != p.Match(number) {
			t.Errorf("%q fits %q or not: %v", number, text, err)
		}
		both, err := directory.ParsePattern(text + "|" + text)
		if len(text) < directory.MaxPattern/2 && (err != nil || both.Match(number) != p.Match(number)) {
			t.Errorf("%q fits %q or not when it is there twice: %v", number, text, err)
		}
		if p.Match(number) && strings.Trim(number, "0123456789+*#") != "" {
			t.Errorf("%q fits %q", number, text)
		}
	})
}

// FuzzInbound reads anything as a number and a rule: what a rule leads to has only what can be dialled.
func FuzzInbound(f *testing.F) {
	f.Add("+49211123450", "+4921112345X", "${EXTEN:-1}")
	f.Add("0211123450", "0211.", "9${EXTEN:4:-1}#")
	f.Add("12", "*", "${EXTEN:-99:99}${EXTEN}")
	f.Fuzz(func(t *testing.T, number, destination, extension string) {
		in := directory.TrunkInput{Name: "x", Country: "49", Area: "211", National: "0",
			Inbound: []directory.InboundRule{{Destination: destination, Extension: extension}}}
		d := directory.Trunk{TrunkInput: in}
		settings := directory.DefaultTelephony()
		a, err := directory.Inbound(&d, &settings, number, number)
		if err != nil && !fault.Is(err, fault.NotFound) {
			t.Errorf("%q to %q: %v", number, destination, err)
		}
		if err == nil && a.Extension == "" {
			t.Errorf("%q leads nowhere", number)
		}
		if full, ok := d.Normalise(number); ok && !directory.IsE164(full) {
			t.Errorf("%q is %q in full", number, full)
		}
	})
}
