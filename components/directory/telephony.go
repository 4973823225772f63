package directory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/jid"
)

// Telephony is what is set for all telephones of the organisation. The service that keeps it is TelephonySettings.
type Telephony struct {
	Revision  int64 // 0 as long as nobody has changed anything
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
	TelephonyInput
}

// TelephonyInput is the form of these settings.
type TelephonyInput struct {
	ExternalGroupNumber string   // by which the conferences of groups are reached from outside, in E.164: +49211123450; empty for none
	Emergency           []string // numbers of emergency services besides 110 and 112
	DialPrefix          string   // dialled before numbers outside: 0
	DefaultCountry      string   // code, without zeros: 49
	// Codes are what is dialled for functions, by their names, where that is not the standard (B7).
	Codes map[string]string `json:",omitempty"`
}

// Input returns the form of the settings as they are, to be changed and given to Update.
func (t *Telephony) Input() TelephonyInput {
	in := t.TelephonyInput
	in.Emergency = append([]string(nil), in.Emergency...)
	in.Codes = maps.Clone(in.Codes)
	return in
}

// DefaultTelephony is what holds as long as nothing is set.
func DefaultTelephony() Telephony {
	return Telephony{TelephonyInput: TelephonyInput{DialPrefix: "0", DefaultCountry: "49"}}
}

// MaxEmergency is how many emergency numbers can be added.
const MaxEmergency = 20

// tidy returns the form without what people write between digits, and without doubles.
func (in TelephonyInput) tidy() TelephonyInput {
	in.ExternalGroupNumber = CleanNumber(in.ExternalGroupNumber)
	in.DialPrefix = strings.TrimSpace(in.DialPrefix)
	in.DefaultCountry = cmp.Or(strings.TrimPrefix(strings.TrimSpace(in.DefaultCountry), "+"), "49")
	var numbers []string
	for _, number := range in.Emergency {
		if number = CleanNumber(number); number != "" && !slices.Contains(numbers, number) && !slices.Contains(builtInEmergency, number) {
			numbers = append(numbers, number)
		}
	}
	in.Emergency = numbers
	in.tidyCodes()
	return in
}

// check applies the rules that need nothing but the form itself.
func (in *TelephonyInput) check() FieldErrors {
	bad := countryErrors("defaultCountry", in.DefaultCountry)
	bad = append(bad, dialErrors("dialPrefix", in.DialPrefix)...)
	if in.ExternalGroupNumber != "" && !IsE164(in.ExternalGroupNumber) {
		bad.add("externalGroupNumber", "not_e164", "the number begins with + and the code of a country: +49211123450")
	}
	if len(in.Emergency) > MaxEmergency {
		bad.add("emergency", "too_many", fmt.Sprintf("at most %d emergency numbers can be added", MaxEmergency))
	}
	for i, number := range in.Emergency {
		if !digits(number) || len(number) < 3 || len(number) > 6 {
			bad.add(fmt.Sprintf("emergency.%d", i), "bad_number", "an emergency number has three to six digits")
		}
	}
	return append(bad, in.codeErrors()...)
}

// checkGroupNumber applies the rules that need to know trunks and extensions: the number must lie in the block of a trunk as soon as one describes its
// block by inbound rules, and must be nobody else's.
func (in *TelephonyInput) checkGroupNumber(trunks []Trunk, used func(extension string) bool) (bad FieldErrors) {
	known, inside := false, false
	for i := range trunks {
		t := &trunks[i]
		described, ours := t.block(in.ExternalGroupNumber)
		known, inside = known || described, inside || ours
		if extension := t.extensionOf(in.ExternalGroupNumber); ours && extension != "" && used(extension) {
			bad.add("externalGroupNumber", "taken", fmt.Sprintf("by the trunk %s this number leads to the extension %s, which is taken", t.Name, extension))
			return bad
		}
	}
	if known && !inside {
		bad.add("externalGroupNumber", "not_in_block", "the number lies in the block of no trunk")
	}
	return bad
}

// minBlock is how many digits at the beginning of a pattern say that it describes a block of numbers, and not just what a provider sends.
const minBlock = 4

// block reports whether inbound rules of the trunk describe a block of numbers, and whether a number lies there.
func (t *Trunk) block(full string) (described, inside bool) {
	forms := t.forms(full)
	for i := range t.Inbound {
		p, err := ParsePattern(t.Inbound[i].Destination)
		if err != nil {
			continue
		}
		for j := range p.alts {
			a := &p.alts[j]
			fixed := 0
			for fixed < len(a.set) && a.set[fixed].size() == 1 {
				fixed++
			}
			if fixed < minBlock {
				continue
			}
			described = true
			inside = inside || slices.ContainsFunc(forms, a.match)
		}
	}
	return described, inside
}
