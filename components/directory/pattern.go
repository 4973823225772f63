package directory

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"plenum/xmppd/fault"
)

// MaxPattern is the most characters of a pattern of numbers.
const MaxPattern = 128

// Pattern is a pattern of numbers: digits, "+" and "#" stand for themselves, X for 0 to 9, Z for 1 to 9, N for 2 to 9, [13-5] for one of those; "." at
// the end for one character or more, "*" at the end for any number of them; "|" separates patterns of which one must fit. A "_" before a pattern may be
// written and means nothing; letters may be small; spaces, "/", "(", ")" and "-" between digits mean nothing either.
type Pattern struct {
	text string
	alts []alternative
}

// alternative is one of the patterns between "|".
type alternative struct {
	set  []charset // one for each character
	tail byte      // '.', '*', or 0 when nothing may follow
}

// charset is a set of the characters of numbers; see charOf.
type charset uint16

const (
	setX    charset = 1<<10 - 1
	setZ            = setX &^ 1
	setN            = setX &^ 3
	setPlus charset = 1 << 10
	setHash charset = 1 << 11
	setStar charset = 1 << 12
)

// charOf returns the set of one character, 0 for what stands in no number.
func charOf(c byte) charset {
	switch {
	case c >= '0' && c <= '9':
		return 1 << (c - '0')
	case c == '+':
		return setPlus
	case c == '#':
		return setHash
	case c == '*':
		return setStar
	}
	return 0
}

// size returns how many characters are in the set.
func (s charset) size() (n int) {
	for ; s != 0; s &= s - 1 {
		n++
	}
	return n
}

// ParsePattern reads a pattern. Errors are fault.Invalid and say what is wrong.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	if len(text) > MaxPattern {
		return p, fault.Newf(fault.Invalid, "a pattern has at most %d characters", MaxPattern)
	}
	for part := range strings.SplitSeq(text, "|") {
		a, err := parseAlternative(part)
		if err != nil {
			return p, err
		}
		p.alts = append(p.alts, a)
	}
	return p, nil
}

func parseAlternative(text string) (a alternative, err error) {
	text = strings.TrimPrefix(strings.Trim(text, " "), "_")
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case a.tail != 0:
			return a, fault.Newf(fault.Invalid, "nothing may follow %q in a pattern", string(rune(a.tail)))
		case c == '.' || c == '*':
			a.tail = c
		case c == 'X' || c == 'x':
			a.set = append(a.set, setX)
		case c == 'Z' || c == 'z':
			a.set = append(a.set, setZ)
		case c == 'N' || c == 'n':
			a.set = append(a.set, setN)
		case c == '[':
			end := strings.IndexByte(text[i:], ']')
			if end < 0 {
				return a, fault.New(fault.Invalid, `"]" is missing in the pattern`)
			}
			set, err := parseSet(text[i+1 : i+end])
			if err != nil {
				return a, err
			}
			a.set = append(a.set, set)
			i += end
		case strings.IndexByte(" /()-", c) >= 0:
		case charOf(c) != 0:
			a.set = append(a.set, charOf(c))
		default:
			return a, fault.Newf(fault.Invalid, "%q has no meaning in a pattern: digits, X, Z, N, [a-b], \".\", \"*\" and \"|\" are known", string(rune(c)))
		}
	}
	if len(a.set) == 0 && a.tail == 0 {
		return a, fault.New(fault.Invalid, `the pattern is empty: "*" fits everything`)
	}
	return a, nil
}

// parseSet reads what stands between brackets: digits, and ranges of them.
func parseSet(text string) (set charset, err error) {
	bad := fault.Newf(fault.Invalid, "[%.32s] is no set of digits: [13-5] is one", text)
	for i := 0; i < len(text); i++ {
		from := text[i]
		if from < '0' || from > '9' {
			return 0, bad
		}
		to := from
		if i+2 < len(text) && text[i+1] == '-' {
			to = text[i+2]
			i += 2
		}
		if to < from || to > '9' {
			return 0, bad
		}
		for c := from; c <= to; c++ {
			set |= charOf(c)
		}
	}
	if set == 0 {
		return 0, bad
	}
	return set, nil
}

// String returns the text that was parsed.
func (p Pattern) String() string { return p.text }

// Match reports whether a number fits.
func (p Pattern) Match(number string) bool {
	_, ok := p.fit(number)
	return ok
}

// fit returns how closely a number fits, by the closest of the alternatives.
func (p Pattern) fit(number string) (best fit, ok bool) {
	for i := range p.alts {
		if a := &p.alts[i]; a.match(number) {
			if f := a.fit(number); !ok || f.compare(best) < 0 {
				best, ok = f, true
			}
		}
	}
	return best, ok
}

func (a *alternative) match(number string) bool {
	n := len(a.set)
	switch {
	case len(number) < n, a.tail == 0 && len(number) > n, a.tail == '.' && len(number) == n:
		return false
	}
	for i, set := range a.set {
		if charOf(number[i])&set == 0 {
			return false
		}
	}
	return onlyNumber(number[n:])
}

// fit says how closely a number fits: less is closer. Two patterns that fit the same number are compared by how many other numbers of its length fit
// them, and then by how they end: an end is closer than ".", that closer than "*".
type fit struct{ freedom, tail int }

func (f fit) compare(g fit) int {
	return cmp.Or(cmp.Compare(f.freedom, g.freedom), cmp.Compare(f.tail, g.tail))
}

// freedoms is a thousand times the logarithm to base 10 of the size of a set, by size.
var freedoms = [...]int{0, 0, 301, 477, 602, 699, 778, 845, 903, 954, 1000, 1041, 1079, 1114}

func (a *alternative) fit(number string) fit {
	f := fit{freedom: 1000 * (len(number) - len(a.set)), tail: strings.IndexByte("\x00.*", a.tail)}
	for _, set := range a.set {
		f.freedom += freedoms[set.size()]
	}
	return f
}

// first returns the first character of the set.
func (s charset) first() byte {
	const characters = "0123456789+#*"
	for i := range characters {
		if s&(1<<i) != 0 {
			return characters[i]
		}
	}
	return 0
}

// template is a text with ${EXTEN:offset:length} in it.
type template struct{ parts []templatePart }

type templatePart struct {
	text           string // taken as it is; when empty, a slice
	offset, length int
	whole          bool // without length: up to the end
}

// maxSlice bounds offsets and lengths: no number is as long.
const maxSlice = 64

// parseTemplate reads a text with ${EXTEN}, ${EXTEN:offset} and ${EXTEN:offset:length}. A negative offset counts from the end, a negative length
// leaves so many off at the end.
func parseTemplate(text string) (t template, err error) {
	if len(text) > MaxPattern {
		return t, fault.Newf(fault.Invalid, "it has more than %d characters", MaxPattern)
	}
	for text != "" {
		start := strings.Index(text, "${")
		if start < 0 {
			start = len(text)
		}
		if start > 0 {
			for i := range start {
				if charOf(text[i]) == 0 {
					return t, fault.Newf(fault.Invalid, "%q stands in no number: digits, \"+\", \"*\", \"#\" and ${EXTEN:offset:length} are known", text[i:i+1])
				}
			}
			t.parts = append(t.parts, templatePart{text: text[:start]})
			text = text[start:]
			continue
		}
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return t, fault.New(fault.Invalid, `"}" is missing`)
		}
		part, err := parseSlice(text[2:end])
		if err != nil {
			return t, err
		}
		t.parts = append(t.parts, part)
		text = text[end+1:]
	}
	return t, nil
}

func parseSlice(text string) (p templatePart, err error) {
	fields := strings.Split(text, ":")
	bad := fault.Newf(fault.Invalid, "${%.32s} has no meaning: ${EXTEN:offset:length} has", text)
	if fields[0] != "EXTEN" || len(fields) > 3 {
		return p, bad
	}
	p.whole = len(fields) < 3
	for i, number := range []*int{&p.offset, &p.length} {
		if len(fields) > i+1 {
			n, err := strconv.Atoi(fields[i+1])
			if err != nil || n > maxSlice || n < -maxSlice {
				return p, bad
			}
			*number = n
		}
	}
	return p, nil
}

// fill returns the text with slices of a number.
func (t template) fill(number string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.text != "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(p.slice(number))
	}
	return b.String()
}

func (p *templatePart) slice(number string) string {
	from := p.offset
	if from < 0 {
		from = max(0, len(number)+from)
	}
	from = min(from, len(number))
	to := len(number)
	switch {
	case p.whole:
	case p.length < 0:
		to = max(from, to+p.length)
	default:
		to = min(to, from+p.length)
	}
	return number[from:to]
}

// templateErrors says what is wrong with a text in a field.
func templateErrors(field, text string) (bad FieldErrors) {
	if _, err := parseTemplate(text); err != nil {
		bad.add(field, "bad_number", fault.Text(err))
	}
	return bad
}

// patternErrors says what is wrong with a pattern in a field.
func patternErrors(field, text string) (bad FieldErrors) {
	if _, err := ParsePattern(text); err != nil {
		bad.add(field, "bad_pattern", fault.Text(err))
	}
	return bad
}

func ruleField(list string, i int, name string) string { return fmt.Sprintf("%s.%d.%s", list, i, name) }
