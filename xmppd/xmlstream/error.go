package xmlstream

// Conditions of Error, RFC 6120 §4.9.3.
const (
	NotWellFormed       = "not-well-formed"
	RestrictedXML       = "restricted-xml"
	PolicyViolation     = "policy-violation"
	UnsupportedEncoding = "unsupported-encoding"
	InvalidNamespace    = "invalid-namespace"
	BadNamespacePrefix  = "bad-namespace-prefix"
	BadFormat           = "bad-format"
)

// Error says what is wrong with the XML a peer sent. The stream cannot go on after it.
type Error struct {
	Condition string // stream error condition, RFC 6120 §4.9.3
	Text      string // for the peer and the log; never quotes what the peer sent
	App       string // serialised application-specific condition, or nothing (RFC 6120 §4.9.4)
}

func (e *Error) Error() string { return "xmlstream: " + e.Condition + ": " + e.Text }

func malformed(text string) error  { return &Error{Condition: NotWellFormed, Text: text} }
func restricted(text string) error { return &Error{Condition: RestrictedXML, Text: text} }
func tooMuch(text string) error    { return &Error{Condition: PolicyViolation, Text: text} }

// Limits bounds one first-level element of a stream (or its header). They hold while it is read, so
// that memory stays bounded whatever the peer sends.
type Limits struct {
	Bytes    int // size as sent
	Depth    int // nesting; the first-level element is at depth 1
	Attrs    int // attributes of an element, namespace declarations counted
	Elements int // elements, the first-level one counted
}

// Limits for each kind of stream. RFC 6120 §13.12 asks for no less than 10000 bytes.
var (
	PreAuth = Limits{Bytes: 10 << 10, Depth: 64, Attrs: 32, Elements: 10_000}
	C2S     = Limits{Bytes: 256 << 10, Depth: 64, Attrs: 32, Elements: 10_000}
	S2S     = Limits{Bytes: 512 << 10, Depth: 64, Attrs: 32, Elements: 10_000}
)

// Own is for what this server made itself, such as a roster with thousands of contacts.
var Own = Limits{Bytes: maxBytes, Depth: 256, Attrs: 256, Elements: 1 << 20}

const (
	maxBytes    = 1 << 28 // offsets are 30 bits wide
	maxPrefixes = 64      // prefixes in scope; looking one up walks over them
	maxRefBytes = 16      // of a character reference, leading zeros included
)

// complete puts defaults in place of what is not set.
func (l Limits) complete() Limits {
	pick := func(v, def int) int {
		if v <= 0 {
			return def
		}
		return min(v, maxBytes)
	}
	return Limits{pick(l.Bytes, C2S.Bytes), pick(l.Depth, C2S.Depth), pick(l.Attrs, C2S.Attrs), pick(l.Elements, C2S.Elements)}
}
