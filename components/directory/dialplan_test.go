package directory_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
)

// german returns a trunk with a block of a hundred numbers, +49 211 12345-00 to -99, and an account.
func german(t testing.TB) directory.Trunk {
	t.Helper()
	in, out, err := directory.DefaultRules(directory.NumberBlock{Base: "+49 211 12345", Digits: 2, Central: "10"}, "0")
	must(t, err)
	return directory.Trunk{ID: "german", TrunkInput: directory.TrunkInput{
		Name: "German", Enabled: true, Kind: directory.RegisteringTrunk, Country: "49", Area: "211", International: "00", National: "0", Prefix: "0",
		Format: directory.FormatE164, Accounts: []directory.TrunkAccount{{ID: "a1", Host: "sip.example"}}, Inbound: in, Outbound: out}}
}

func TestNumbersAreCompletedAndWritten(t *testing.T) {
	trunk := german(t)
	for _, test := range []struct{ number, full string }{
		{"+4921112345", "+4921112345"}, {"004921112345", "+4921112345"}, {"021112345", "+4921112345"}, {"12345", "+4921112345"},
		{"+49 (0) 211 / 123-45", "+4921112345"}, {"+49021112345", "+4921112345"}, {"0044 20 7946 0000", "+442079460000"},
		{"110", ""}, {"116117", ""}, {"11833", ""}, {"", ""}, {"+", ""}, {"+0211123", ""}, {"anonymous", ""}, {"+1234567890123456", ""}, {"*42#1", ""},
	} {
		full, ok := trunk.Normalise(test.number)
		if ok != (test.full != "") || ok && full != test.full {
			t.Errorf("%q is %q, %v", test.number, full, ok)
		}
	}
	for format, want := range map[directory.NumberFormat]string{
		directory.FormatE164:          "+4921112345 +442079460000 115",
		directory.FormatDigits:        "4921112345 442079460000 115",
		directory.FormatInternational: "004921112345 00442079460000 115",
		directory.FormatNational:      "021112345 00442079460000 115",
	} {
		trunk.Format = format
		got := trunk.Write("+4921112345") + " " + trunk.Write("+442079460000") + " " + trunk.Write("115")
		if got != want {
			t.Errorf("as %s numbers are %s, want %s", format, got, want)
		}
		for number := range strings.FieldsSeq(got) {
			if full, ok := trunk.Normalise(number); ok && trunk.Write(full) != number {
				t.Errorf("as %s %s comes back as %s", format, number, full)
			}
		}
	}
	trunk.Format = directory.FormatE164
	for number, want := range map[string]string{"+4921167890": "0021167890", "+442079460000": "000442079460000", "10": "10", "anonymous": "anonymous"} {
		if got := trunk.CallBack(number); got != want {
			t.Errorf("%s is called back by %s, want %s", number, got, want)
		}
	}
}

//
func TestInboundRules(t *testing.T) {
	trunk := german(t)
	trunk.Fallback = "10"
	trunk.Inbound = append(trunk.Inbound,
		directory.InboundRule{Title: "Boss", Destination: "+492111234542", Extension: "142", Language: "en"},
		directory.InboundRule{Title: "Her friend", Destination: "+492111234542", Source: "+44.", Extension: "143"},
		directory.InboundRule{Title: "Barred", Destination: "*", Source: "0900."})
	settings := directory.DefaultTelephony()
	settings.ExternalGroupNumber = "+492111234550"
	for _, test := range []struct{ what, called, from, want string }{
		{"the first number is the central", "+49211123450", "+4930555", "Central 10"},
		{"so is the one with all its digits", "+492111234500", "+4930555", "Central 10"},
		{"the last digits are the extension", "+492111234512", "+4930555", "Extension 12"},
		{"nationally written", "0211 12345-12", "030555", "Extension 12"},
		{"locally written", "1234512", "030555", "Extension 12"},
		{"internationally written", "00492111234512", "030555", "Extension 12"},
		{"one number is closer than many", "02111234542", "+4930555", "Boss 142"},
		{"and a rule for the caller closer than one for all", "02111234542", "+442079460000", "Her friend 143"},
		{"who is called matters more than who calls", "02111234512", "0900123", "Extension 12"},
		{"a rule may bar", "+4930777", "0900123", "refused"},
		{"what no rule fits goes to the fallback", "+4930777", "+4930555", " 10"},
		{"the group number", "+492111234550", "+4930555", "group"},
		{"the group number written otherwise", "02111234550", "", "group"},
	} {
		for range 4 { // whatever the order
			rand.Shuffle(len(trunk.Inbound), func(i, j int) { trunk.Inbound[i], trunk.Inbound[j] = trunk.Inbound[j], trunk.Inbound[i] })
			a, err := directory.Inbound(&trunk, &settings, test.called, test.from)
			got := a.Rule + " " + a.Extension
			switch {
			case fault.Is(err, fault.NotFound):
				got = "refused"
			case err != nil:
				t.Error(err)
			case a.Group && a.Extension == "":
				got = "group"
			}
			if got != test.want {
				t.Errorf("%s: %s from %s goes to %s, want %s", test.what, test.called, test.from, got, test.want)
			}
		}
	}
	a, err := directory.Inbound(&trunk, &settings, "1234542", "030 555")
	must(t, err)
	if a.Called != "+492111234542" || a.Caller != "+4930555" || a.CallBack != "0030555" || a.Language != "en" || a.Fallback != "10" {
		t.Errorf("the call is %+v", a)
	}
	a, err = directory.Inbound(&trunk, &settings, "1234542", "")
	must(t, err)
	if a.Caller != "" || a.CallBack != "" {
		t.Errorf("of nobody the call is %+v", a)
	}
	for extension, want := range map[string]string{"12": "+492111234512", "142": "+492111234542", "10": "+492111234510", "50": "+492111234550", "1": "", "777": ""} {
		if got, ok := trunk.DirectNumber(extension); got != want || ok != (want != "") {
			t.Errorf("%s is called by %q, %v, want %q", extension, got, ok, want)
		}
	}
}

func TestSlices(t *testing.T) {
	settings := directory.DefaultTelephony()
	for slice, want := range map[string]string{
		"${EXTEN}": "0123456789", "${EXTEN:2}": "23456789", "${EXTEN:-2}": "89", "${EXTEN:1:3}": "123", "${EXTEN:-3:2}": "78", "${EXTEN:2:-2}": "234567",
		"${EXTEN:20}": "", "${EXTEN:-20}": "0123456789", "${EXTEN:0:20}": "0123456789", "9${EXTEN:-1}8${EXTEN:0:1}#": "9980#", "77": "77", "${EXTEN:5:-9}": "",
	} {
		trunk := directory.Trunk{TrunkInput: directory.TrunkInput{Country: "49", Inbound: []directory.InboundRule{{Destination: ".", Extension: slice}}}}
		a, err := directory.Inbound(&trunk, &settings, "0123456789", "")
		if a.Extension != want || (err == nil) != (want != "") {
			t.Errorf("%s is %q, %v, want %q", slice, a.Extension, err, want)
		}
	}
}

// routes writes what Outbound found as "trunk/account rule number from".
func routes(choices []directory.Choice, err error) string {
	if err != nil {
		return fault.KindOf(err).String()
	}
	var all []string
	for _, c := range choices {
		text := fmt.Sprintf("%s/%s %s %s from %s", c.Trunk, c.Account, c.Rule, c.Number, c.From)
		if c.PIN != "" {
			text += " PIN " + c.PIN
		}
		if c.Anonymous {
			text += " anonymous"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

//
func TestOutboundRules(t *testing.T) {
	first, second := german(t), german(t)
	second.ID, second.Name, second.Format = "other", "Other", directory.FormatNational
	second.Inbound, second.Outbound = nil, []directory.OutboundRule{
		{Title: "Anywhere", InPrefix: "0", Destination: ".", CID: "+4930777${EXTEN:-1}"},
		{Title: "Mobile", InPrefix: "0", Destination: "01[5-7].", CID: "+49307770", Account: "b2"},
		{Title: "Mine", InPrefix: "9", Destination: ".", CID: "${EXTEN}"},
		{Title: "Guarded", InPrefix: "0", Destination: "0305.", PIN: "4711", OutPrefix: "01099"},
		{Title: "Barred", InPrefix: "0", Destination: "0306."},
		{Title: "Reception", InPrefix: "0", Destination: "0307.", Source: "10", CID: "+4930777"},
	}
	second.Outbound[4].Deny = true
	second.Accounts = append(second.Accounts, directory.TrunkAccount{ID: "b2", Host: "sip.example"})
	trunks := []directory.Trunk{first, second}
	settings := directory.DefaultTelephony()
	for _, test := range []struct{ what, dialled, extension, want string }{
		{"the closest rule, then the other trunk's", "0 0171 555", "12",
			"other/b2 Mobile 0171555 from 0307770, german/a1 Standard +49171555 from +492111234512"},
		{"equally close ones in their order", "0040555", "12",
			"german/a1 Standard +4940555 from +492111234512, other/a1 Anywhere 040555 from 0307772, other/b2 Anywhere 040555 from 0307772"},
		{"a full number needs no prefix", "+49 171 555", "12", "other/b2 Mobile 0171555 from 0307770, german/a1 Standard +49171555 from +492111234512"},
		{"a prefix that chooses a rule", "9040555", "12", "other/a1 Mine 040555 from 12, other/b2 Mine 040555 from 12"},
		{"a local number", "055555", "12",
			"german/a1 Standard +4921155555 from +492111234512, other/a1 Anywhere 021155555 from 0307772, other/b2 Anywhere 021155555 from 0307772"},
		{"a short number", "0116117", "12",
			"german/a1 Standard 116117 from +492111234512, other/a1 Anywhere 116117 from 0307772, other/b2 Anywhere 116117 from 0307772"},
		{"PIN and out-prefix", "0030555", "12",
			"other/a1 Guarded 01099030555 from 12 PIN 4711, other/b2 Guarded 01099030555 from 12 PIN 4711, german/a1 Standard +4930555 from +492111234512"},
		{"who has no number of his own shows that of the house", "0040555", "777",
			"german/a1 Standard +4940555 from +49211123450, other/a1 Anywhere 040555 from 0307777, other/b2 Anywhere 040555 from 0307777"},
		{"a rule for one caller", "0030777", "10",
			"other/a1 Reception 030777 from 030777, other/b2 Reception 030777 from 030777, german/a1 Standard +4930777 from +492111234510"},
		{"the closest bars", "0030666", "12", "forbidden"},
		{"no rule fits", "555", "12", "not found"},
		{"only the prefix", "0", "12", "not found"},
		{"codes are not for the provider", "0*21*0900#", "12", "not found"},
		{"no number", "0sales", "12", "invalid"},
		{"no full number", "+0211", "12", "invalid"},
	} {
		for range 4 {
			rand.Shuffle(len(second.Outbound), func(i, j int) { second.Outbound[i], second.Outbound[j] = second.Outbound[j], second.Outbound[i] })
			got := routes(directory.Outbound(trunks, &settings, test.dialled, directory.Caller{Extension: test.extension}))
			if got != test.want {
				t.Errorf("%s: %s dials %s:\n%s, want\n%s", test.what, test.extension, test.dialled, got, test.want)
			}
		}
	}
	got := routes(directory.Outbound(trunks[:1], &settings, "0040555", directory.Caller{Extension: "12", Anonymous: true}))
	if got != "german/a1 Standard +4940555 from +492111234512 anonymous" {
		t.Errorf("an anonymous call is %s", got)
	}
	trunks[0].Enabled = false
	if got := routes(directory.Outbound(trunks[:1], &settings, "0040555", directory.Caller{Extension: "12"})); got != "not found" {
		t.Errorf("by a trunk that is switched off it is %s", got)
	}
}

func TestEmergencyNumbersAlwaysPass(t *testing.T) {
	trunk, off := german(t), german(t)
	trunk.Outbound = []directory.OutboundRule{{Destination: "*", Deny: true, CID: "+4930", PIN: "1234"}}
	trunk.MaxCalls, off.ID, off.Enabled = 1, "off", false
	settings := directory.DefaultTelephony()
	settings.Emergency = []string{"118"}
	for dialled, want := range map[string]string{
		"110": "110", "112": "112", "0112": "112", "0110": "110", "1 1 2": "112", "118": "118", "0118": "118", "1100": "", "01120": "", "119": "",
	} {
		want := strings.Replace("german/a1  N from +492111234512", "N", want, 1)
		choices, err := directory.Outbound([]directory.Trunk{off, trunk}, &settings, dialled, directory.Caller{Extension: "12", Anonymous: true})
		if got := routes(choices, err); strings.Contains(want, "  from") {
			if got != "forbidden" && got != "not found" {
				t.Errorf("%s is called by %s", dialled, got)
			}
		} else if got != want || choices[0].Class != directory.EmergencyNumber {
			t.Errorf("%s is called by %s, want %s", dialled, got, want)
		}
	}
	if got := routes(directory.Outbound([]directory.Trunk{off}, &settings, "112", directory.Caller{})); got != "unavailable" {
		t.Errorf("without a trunk it is %s", got)
	}
	var meter directory.TrunkMeter
	for i, class := range []directory.NumberClass{directory.NationalNumber, directory.EmergencyNumber, directory.NationalNumber} {
		if _, err := meter.Begin(&trunk, class, time.Now()); fault.Is(err, fault.Limit) != (i == 2) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

func TestExpensiveNumbersAreBarred(t *testing.T) {
	settings := directory.DefaultTelephony()
	for _, test := range []struct {
		dialled string
		class   directory.NumberClass
	}{
		{"0030555", directory.NationalNumber}, {"+4930555", directory.NationalNumber}, {"00171555", directory.NationalNumber}, {"055555", directory.NationalNumber},
		{"000442079460000", directory.InternationalNumber}, {"+442079460000", directory.InternationalNumber},
		{"009001234567", directory.PremiumNumber}, {"+499001234567", directory.PremiumNumber}, {"0004909001234567", directory.PremiumNumber},
		{"+4909001234567", directory.PremiumNumber}, {"001371234", directory.PremiumNumber}, {"011833", directory.PremiumNumber}, {"0010130900123", directory.PremiumNumber},
		{"00118033", directory.PremiumNumber}, {"+43900123", directory.PremiumNumber}, {"+430900123456", directory.PremiumNumber}, {"+41901123", directory.PremiumNumber},
		{"+88213123", directory.PremiumNumber}, {"0008816123", directory.PremiumNumber}, {"+97912345", directory.PremiumNumber}, {"+23912345", directory.PremiumNumber},
	} {
		for _, policy := range []directory.TrunkPolicy{{}, {International: true}, {Premium: true}, {International: true, Premium: true}} {
			policy.Prefixes = []string{"+239"}
			trunk := german(t)
			trunk.Policy = policy
			choices, err := directory.Outbound([]directory.Trunk{trunk}, &settings, test.dialled, directory.Caller{Extension: "12"})
			foreign := strings.HasPrefix(test.dialled, "+") && !strings.HasPrefix(test.dialled, "+49") || strings.HasPrefix(test.dialled, "000") && !strings.HasPrefix(test.dialled, "00049")
			may := (policy.Premium || test.class != directory.PremiumNumber) && (policy.International || !foreign)
			if may != (err == nil) || !may && !fault.Is(err, fault.Forbidden) {
				t.Errorf("with %+v %s: %v", policy, test.dialled, err)
			}
			if err == nil && (len(choices) != 1 || choices[0].Class != test.class) {
				t.Errorf("%s is %v", test.dialled, choices)
			}
		}
	}
	if list := directory.PremiumPrefixes("49"); !slices.Contains(list, "+49900") || slices.Contains(list, "+43900") {
		t.Errorf("premium prefixes of Germany are %v", list)
	}
}

func TestTheMeterKeepsToLimits(t *testing.T) {
	trunk := german(t)
	trunk.MaxCalls, trunk.Policy.PerHour = 2, 3
	var meter directory.TrunkMeter
	now := time.Unix(1000, 0)
	begin := func(class directory.NumberClass) func() {
		t.Helper()
		end, err := meter.Begin(&trunk, class, now)
		must(t, err)
		return end
	}
	first := begin(directory.NationalNumber)
	begin(directory.NationalNumber)
	if _, err := meter.Begin(&trunk, directory.NationalNumber, now); !fault.Is(err, fault.Limit) {
		t.Errorf("a third call: %v", err)
	}
	first()
	first()
	if n := meter.Calls(trunk.ID); n != 1 {
		t.Errorf("%d calls are counted", n)
	}
	for range 3 {
		begin(directory.InternationalNumber)()
		now = now.Add(10 * time.Minute)
	}
	if _, err := meter.Begin(&trunk, directory.PremiumNumber, now); !fault.Is(err, fault.Limit) {
		t.Errorf("a fourth expensive call: %v", err)
	}
	begin(directory.NationalNumber)()
	now = now.Add(30 * time.Minute)
	begin(directory.PremiumNumber)()
	if _, err := meter.Begin(&trunk, directory.PremiumNumber, now); !fault.Is(err, fault.Limit) {
		t.Errorf("one hour after the first only one more is possible: %v", err)
	}
	trunk.MaxCalls, trunk.Policy.PerHour = 0, 0
	for range directory.DefaultPerHour - 3 {
		begin(directory.InternationalNumber)
	}
	if _, err := meter.Begin(&trunk, directory.InternationalNumber, now); !fault.Is(err, fault.Limit) {
		t.Errorf("more than the default: %v", err)
	}
}
