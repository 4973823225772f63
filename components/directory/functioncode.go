package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A FunctionCode is what telephones dial to have something done (B7).
type FunctionCode struct {
	Function string // what is done
	Standard string // dialled for it as long as nothing else is set
	Code     string // dialled for it now
}

// functionCodes are the functions with the standard of their codes.
var functionCodes = []FunctionCode{
	{Function: "pickup", Standard: "*8"},
	{Function: "group", Standard: "*42#"},
	{Function: "location", Standard: "*44"},
	{Function: "prompts", Standard: "*50"},
	{Function: "forward-on", Standard: "*70"},
	{Function: "forward-off", Standard: "*71"},
	{Function: "forward-to", Standard: "*74"},
	{Function: "echo", Standard: "*80"},
	{Function: "team", Standard: "*99"},
	{Function: "voicemail", Standard: "*100"},
	{Function: "voicemail-other", Standard: "*101"},
	{Function: "forward-voicemail", Standard: "*102"},
	{Function: "voicemail-watched", Standard: "*104"},
}

// reservedCodes are what is dialled for no function of its own, but must mean nothing else: a target of forwards.
var reservedCodes = []string{ForwardToBox}

// maxCodeDigits is how many digits a code has at the most.
const maxCodeDigits = 5

// StandardCodes are all codes that mean something as long as nothing else is set.
func StandardCodes() []string {
	list := slices.Clone(reservedCodes)
	for _, c := range functionCodes {
		list = append(list, c.Standard)
	}
	return list
}

// FunctionCodes returns all functions with what is dialled for them.
func (in *TelephonyInput) FunctionCodes() []FunctionCode {
	list := slices.Clone(functionCodes)
	for i := range list {
		list[i].Code = cmp.Or(in.Codes[list[i].Function], list[i].Standard)
	}
	return list
}

// CodeFor is what is dialled for a function that has a standard code. Other codes are dialled as they are.
func (in *TelephonyInput) CodeFor(standard string) string {
	for _, c := range functionCodes {
		if c.Standard == standard {
			return cmp.Or(in.Codes[c.Function], standard)
		}
	}
	return standard
}

// tidyCodes leaves out what is as the standard.
func (in *TelephonyInput) tidyCodes() {
	codes := map[string]string{}
	for function, code := range in.Codes {
		code = strings.ReplaceAll(code, " ", "")
		if code != "" && !slices.Contains(functionCodes, FunctionCode{Function: function, Standard: code}) {
			codes[function] = code
		}
	}
	in.Codes = codes
}

func (in *TelephonyInput) codeErrors() (bad FieldErrors) {
	for function, code := range in.Codes {
		field := "codes." + function
		switch {
		case !slices.ContainsFunc(functionCodes, func(c FunctionCode) bool { return c.Function == function }):
			bad.add(field, "unknown", fmt.Sprintf("there is no function %.20q", function))
		case !wellFormedCode(code):
			bad.add(field, "bad_code", fmt.Sprintf("a code is a star and one to %d digits, with # behind them or not: *8, *42#", maxCodeDigits))
		case slices.Contains(reservedCodes, code):
			bad.add(field, "reserved", code+" has another meaning")
		}
	}
	by := map[string]string{}
	for _, c := range in.FunctionCodes() {
		if other, taken := by[c.Code]; taken {
			field := "codes." + c.Function
			if in.Codes[c.Function] == "" { // the other one was changed
				field = "codes." + other
			}
			bad.add(field, "taken", c.Code+" is dialled for something else already")
		}
		by[c.Code] = c.Function
	}
	slices.SortFunc(bad, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return bad
}

func wellFormedCode(code string) bool {
	rest, ok := strings.CutPrefix(code, "*")
	rest = strings.TrimSuffix(rest, "#")
	return ok && digits(rest) && len(rest) <= maxCodeDigits
}

// clashes reports whether the login code of a team would be taken for one of these codes, or that for it.
func clashes(login string, codes []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return sameStart(login, strings.Trim(code, "*#")) })
}

// dialledCodes are what is dialled now.
func (in *TelephonyInput) dialledCodes() (list []string) {
	for _, c := range in.FunctionCodes() {
		list = append(list, c.Code)
	}
	return list
}
