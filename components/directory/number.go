package directory

import (
	"cmp"
	"slices"
	"strings"
)

// NumberClass says what a number costs, roughly.
type NumberClass string

const (
	NationalNumber      NumberClass = "national"
	InternationalNumber NumberClass = "international"
	PremiumNumber       NumberClass = "premium"
	EmergencyNumber     NumberClass = "emergency"
)

// Costs reports whether calls of the class are counted by a trunk's policy.
func (c NumberClass) Costs() bool { return c == InternationalNumber || c == PremiumNumber }

// premiumPrefixes are those of expensive services, by country, and of those by which a call is given to another carrier (10…): nobody knows what that
// costs, or whom it reaches. Under "" are those of networks that belong to no country (ITU-T E.164).
var premiumPrefixes = map[string][]string{
	"49": {"900", "137", "138", "180", "118", "10", "12", "19"},
	"43": {"900", "901", "930", "931", "939", "810", "820", "821", "118", "10"},
	"41": {"900", "901", "906", "10", "18"},
	"":   {"979", "808", "870", "878", "881", "882", "883"},
}

// PremiumPrefixes returns the prefixes, in E.164, that count as premium without anything being set: of a country given by its code, or, without
// one, of networks that belong to no country.
func PremiumPrefixes(country string) []string {
	var all []string
	for _, prefix := range premiumPrefixes[country] {
		all = append(all, "+"+country+prefix)
	}
	return all
}

// CleanNumber takes out of a number what people write between its digits. What is left may still be no number.
func CleanNumber(number string) string {
	number = strings.Replace(strings.TrimSpace(number), "(0)", "", 1)
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0/()-.", r) {
			return -1
		}
		return r
	}, number)
}

// Digits of a number in E.164, without "+" (ITU-T E.164 §6).
const (
	minE164 = 4
	maxE164 = 15
)

// IsE164 reports whether the text is a full number: "+", the code of a country, and digits.
func IsE164(number string) bool {
	rest, ok := strings.CutPrefix(number, "+")
	return ok && len(rest) >= minE164 && len(rest) <= maxE164 && rest[0] != '0' && digits(rest)
}

// minLocal is the fewest digits of a number without a prefix that is completed: shorter ones are taken for extensions.
const minLocal = 4

// dialling is how numbers are written in a place.
type dialling struct{ country, area, international, national string }

func (t *Trunk) dialling() dialling { return dialling{t.Country, t.Area, t.International, t.National} }

// isShort reports whether a number is one of the short ones, which are the same everywhere in a country: 115, 144, 116117, 11833.
func isShort(number string) bool {
	n := len(number)
	return digits(number) && (strings.HasPrefix(number, "1") && (n == 3 || n == 4) || strings.HasPrefix(number, "11") && (n == 5 || n == 6))
}

// normalise makes a full number of one that was dialled.
func (d dialling) normalise(number string) (string, bool) {
	number = CleanNumber(number)
	full := ""
	switch {
	case strings.HasPrefix(number, "+"):
		full = number
	case !digits(number) || isShort(number):
		return "", false
	case d.international != "" && strings.HasPrefix(number, d.international):
		full = "+" + number[len(d.international):]
	case d.national != "" && strings.HasPrefix(number, d.national):
		full = "+" + d.country + number[len(d.national):]
	case d.national != "" && d.area == "", len(number) < minLocal:
		return "", false
	default:
		full = "+" + d.country + d.area + number
	}
	if own, ok := strings.CutPrefix(full, "+"+d.country); ok && d.national != "" {
		full = "+" + d.country + strings.TrimPrefix(own, d.national) // written by mistake: +49 0211
	}
	return full, IsE164(full)
}

// write is the counterpart of normalise.
func (d dialling) write(full string, format NumberFormat) string {
	own, ours := strings.CutPrefix(full, "+"+d.country)
	switch {
	case !IsE164(full) || format == FormatE164:
		return full
	case format == FormatDigits:
		return full[1:]
	case format == FormatNational && ours:
		return d.national + own
	}
	return d.international + full[1:]
}

// Normalise returns a number as it comes from this trunk, or is dialled for it, in E.164; false when it cannot be completed to one, as an extension or
// a short number cannot.
func (t *Trunk) Normalise(number string) (string, bool) {
	clean := CleanNumber(number)
	if t.Format == FormatDigits && strings.HasPrefix(clean, t.Country) && len(clean) > len(t.Country)+len(t.Area)+2 {
		return "+" + clean, IsE164("+" + clean)
	}
	return t.dialling().normalise(clean)
}

// Write returns a number of E.164 as this trunk's provider wants it, and anything else as it is.
func (t *Trunk) Write(number string) string { return t.dialling().write(number, t.Format) }

// CallBack returns the number of a caller as it is dialled here to call him back: the trunk's prefix, and the number as it is dialled in its place.
// Numbers that cannot be completed stay as they are.
func (t *Trunk) CallBack(number string) string {
	full, ok := t.Normalise(number)
	if !ok {
		return CleanNumber(number)
	}
	return t.Prefix + t.dialling().write(full, FormatNational)
}

// Class says what calls to a number cost. The number is in E.164, or as it was dialled when it cannot be completed.
func (t *Trunk) Class(number string) NumberClass {
	full := strings.HasPrefix(number, "+")
	if !full {
		number = "+" + t.Country + number
	}
	for country, prefixes := range premiumPrefixes {
		for _, prefix := range prefixes {
			// Some providers overlook a zero too many.
			if strings.HasPrefix(number, "+"+country+prefix) || country != "" && strings.HasPrefix(number, "+"+country+"0"+prefix) {
				return PremiumNumber
			}
		}
	}
	for _, prefix := range t.Policy.Prefixes {
		if strings.HasPrefix(number, prefix) {
			return PremiumNumber
		}
	}
	if full && !strings.HasPrefix(number, "+"+t.Country) {
		return InternationalNumber
	}
	return NationalNumber
}

// allows says why a number may not be called by this trunk; empty when it may.
func (p *TrunkPolicy) allows(t *Trunk, number string) string {
	switch class := t.Class(number); {
	case class == PremiumNumber && !p.Premium:
		return "premium numbers are barred"
	case !p.International && strings.HasPrefix(number, "+") && !strings.HasPrefix(number, "+"+t.Country):
		return "numbers of other countries are barred"
	case t.International != "" && strings.HasPrefix(number, t.International):
		return "this is no number of another country" // it could not be completed; but providers overlook a zero or some digits too many
	}
	return ""
}

func (p *TrunkPolicy) perHour() int { return cmp.Or(p.PerHour, DefaultPerHour) }

// Normalise returns a number as it is dialled here in E.164, by the default country; with the dial prefix or without. It serves where no trunk is known.
func (t *Telephony) Normalise(number string) (string, bool) {
	number = CleanNumber(number)
	d := dialling{t.DefaultCountry, "", "00", "0"}
	if rest, ok := strings.CutPrefix(number, t.DialPrefix); ok && t.DialPrefix != "" {
		if full, ok := d.normalise(rest); ok {
			return full, true
		}
	}
	return d.normalise(number)
}

// builtInEmergency are the numbers that exist in every country of the European Union, and in Germany.
var builtInEmergency = []string{"110", "112"}

// IsEmergency returns the number of an emergency service that was dialled: with the dial prefix or without.
func (t *Telephony) IsEmergency(dialled string) (number string, ok bool) {
	dialled = CleanNumber(dialled)
	rest, _ := strings.CutPrefix(dialled, t.DialPrefix)
	for _, list := range [][]string{builtInEmergency, t.Emergency} {
		for _, number := range list {
			if dialled == number || rest == number {
				return number, true
			}
		}
	}
	return "", false
}

// BuiltInEmergency returns the emergency numbers that are always there.
func BuiltInEmergency() []string { return slices.Clone(builtInEmergency) }
