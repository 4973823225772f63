package directory_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// provider is the form of a registering trunk.
func provider(name string) directory.TrunkInput {
	return directory.TrunkInput{
		Name: name, Enabled: true, Country: "+49", Area: "211", National: "0", Prefix: "0",
		Accounts:  []directory.TrunkAccount{{Title: "Main", Host: "sip.example.com", User: "4921112345", Register: true}},
		Passwords: map[string]string{"Main": "Wherefore4"},
	}
}

func TestTrunksAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		var heard []string
		d.OnChange(func(c directory.Change) { heard = append(heard, string(c.Kind)+" "+c.ID) })
		trunk, err := d.Trunks.Create(ctx, operator, provider("Telco"), &directory.NumberBlock{Base: "+49 211 12345", Digits: 2, Central: "10"})
		must(t, err)
		a := trunk.Accounts[0]
		if a.ID == "" || !a.HasPassword || a.Transport != "udp" || a.CLIP != directory.CLIPAuto || trunk.Kind != directory.RegisteringTrunk ||
			trunk.Country != "49" || trunk.International != "00" || trunk.Format != directory.FormatE164 || trunk.Revision == 0 || trunk.Passwords != nil {
			t.Errorf("a new trunk is %+v", trunk)
		}
		if len(trunk.Inbound) != 2 || len(trunk.Outbound) != 1 || trunk.Inbound[0].Title != "Central" || trunk.Inbound[1].Title != "Extension" || trunk.Outbound[0].Title != "Standard" {
			t.Errorf("its rules are %+v and %+v", trunk.Inbound, trunk.Outbound)
		}
		password := func(d *directory.Directory, account, want string) {
			t.Helper()
			if got, err := d.Trunks.Password(trunk.ID, account); err != nil || got != want {
				t.Errorf("the password of %s is %q, %v, want %q", account, got, err, want)
			}
		}
		password(d, a.ID, "Wherefore4")
		again := open(t, db)
		kept, err := again.Trunks.Get(trunk.ID)
		if err != nil || !reflect.DeepEqual(kept, trunk) {
			t.Errorf("after a restart it is %+v, %v", kept, err)
		}
		password(again, a.ID, "Wherefore4")

		in := trunk.Input()
		in.Accounts = append(in.Accounts, directory.TrunkAccount{Title: "Second", Host: "192.0.2.7", User: "x"})
		in.Passwords = map[string]string{"Second": "geheim"}
		in.Outbound[0].Account = "Second"
		changed, err := d.Trunks.Update(ctx, operator, trunk.ID, trunk.Revision, in)
		must(t, err)
		if changed.Revision <= trunk.Revision || changed.Outbound[0].Account != changed.Accounts[1].ID {
			t.Errorf("changed it is %+v", changed)
		}
		password(d, a.ID, "Wherefore4") // stays
		password(d, changed.Accounts[1].ID, "geheim")
		in = changed.Input()
		in.Passwords = map[string]string{a.ID: ""}
		changed, err = d.Trunks.Update(ctx, operator, trunk.ID, changed.Revision, in)
		must(t, err)
		password(d, a.ID, "")
		if changed.Accounts[0].HasPassword {
			t.Error("a password that was taken away is there")
		}
		_, err = d.Trunks.Update(ctx, operator, trunk.ID, trunk.Revision, in)
		if _, ok := errors.AsType[*directory.ConflictError](err); !ok || !fault.Is(err, fault.Conflict) {
			t.Errorf("an edit of an old revision: %v", err)
		}
		must(t, again.Sync(ctx))
		if kept, _ := again.Trunks.Get(trunk.ID); kept.Revision != changed.Revision {
			t.Errorf("another node has revision %d of %d", kept.Revision, changed.Revision)
		}
		_, err = d.Trunks.Create(ctx, operator, provider("telco"), nil)
		wantCodes(t, err, "name taken")
		other, err := d.Trunks.Create(ctx, operator, provider("Älter"), nil)
		must(t, err)
		if list := d.Trunks.List(); len(list) != 2 || list[0].ID != other.ID {
			t.Errorf("the list is %+v", list)
		}
		must(t, d.Trunks.Delete(ctx, operator, trunk.ID))
		wantKind(t, d.Trunks.Delete(ctx, operator, trunk.ID), fault.NotFound)
		_, err = d.Trunks.Get(trunk.ID)
		wantKind(t, err, fault.NotFound)
		_, err = d.Trunks.Password(trunk.ID, a.ID)
		wantKind(t, err, fault.NotFound)
		id := "trunk-changed " + trunk.ID
		if want := []string{id, id, id, "trunk-changed " + other.ID, id}; !reflect.DeepEqual(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
		must(t, db.Commit(ctx, func(tx *store.Tx) error {
			var form string
			if err := tx.QueryRow("SELECT form FROM directory_trunk").Scan(&form); err != nil {
				return err
			}
			if strings.Contains(form, "Wherefore4") {
				t.Errorf("a password lies open in the database: %s", form)
			}
			return nil
		}))
	})
}

func TestFormsOfTrunksAreChecked(t *testing.T) {
	d := open(t, storetest.Open(t))
	for what, test := range map[string]struct {
		change func(*directory.TrunkInput)
		want   []string
	}{
		"nothing":     {func(in *directory.TrunkInput) { *in = directory.TrunkInput{Enabled: true} }, []string{"name missing", "accounts missing"}},
		"kind":        {func(in *directory.TrunkInput) { in.Kind, in.Format = "isdn", "roman" }, []string{"kind unknown", "format unknown"}},
		"country":     {func(in *directory.TrunkInput) { in.Country, in.Area = "049", "0211" }, []string{"country bad_country", "area leading_zero"}},
		"prefixes":    {func(in *directory.TrunkInput) { in.National, in.Prefix = "x", "+" }, []string{"national not_digits", "prefix bad_prefix"}},
		"limits":      {func(in *directory.TrunkInput) { in.MaxCalls, in.Policy.PerHour = -1, -1 }, []string{"maxCalls range", "policy.perHour range"}},
		"premium":     {func(in *directory.TrunkInput) { in.Policy.Prefixes = []string{"+49 137", "0900"} }, []string{"policy.prefixes.1 not_e164"}},
		"fallback":    {func(in *directory.TrunkInput) { in.Fallback = "0" }, []string{"fallback leading_zero"}},
		"host":        {func(in *directory.TrunkInput) { in.Accounts[0].Host = "sip example" }, []string{"accounts.0.host bad_host"}},
		"port":        {func(in *directory.TrunkInput) { in.Accounts[0].Port, in.Accounts[0].Proxy = 70000, "a:0" }, []string{"accounts.0.proxy bad_port", "accounts.0.port bad_port"}},
		"transport":   {func(in *directory.TrunkInput) { in.Accounts[0].Transport = "sctp" }, []string{"accounts.0.transport unknown"}},
		"identity":    {func(in *directory.TrunkInput) { in.Accounts[0].CLIP, in.Accounts[0].CLIR = "x", "y" }, []string{"accounts.0.clip unknown", "accounts.0.clir unknown"}},
		"user":        {func(in *directory.TrunkInput) { in.Accounts[0].User = "a b" }, []string{"accounts.0.user bad_character"}},
		"no user":     {func(in *directory.TrunkInput) { in.Accounts[0].User = "" }, []string{"accounts.0.user missing"}},
		"keys":        {func(in *directory.TrunkInput) { in.Accounts[0].Encrypt = true }, []string{"accounts.0.encrypt needs_tls"}},
		"registering": {func(in *directory.TrunkInput) { in.Kind = directory.AddressTrunk }, []string{"accounts.0.register not_registering"}},
		"addresses": {func(in *directory.TrunkInput) {
			in.Accounts[0].Addresses = []string{"192.0.2.0/24", "::/0", "x", "2001:db8::1"}
		},
			[]string{"accounts.0.addresses.1 bad_address", "accounts.0.addresses.2 bad_address"}},
		"password":              {func(in *directory.TrunkInput) { in.Passwords = map[string]string{"Main": "a\nb"} }, []string{"accounts.0.password bad_password"}},
		"a stranger's password": {func(in *directory.TrunkInput) { in.Passwords["other"] = "x" }, []string{"passwords gone"}},
		"two accounts": {func(in *directory.TrunkInput) {
			in.Accounts[0].ID = "a"
			in.Accounts = append(in.Accounts, in.Accounts[0])
			in.Passwords = nil
		},
			[]string{"accounts.1.id taken"}},
		"inbound": {func(in *directory.TrunkInput) {
			in.Inbound = []directory.InboundRule{{Source: "[", Destination: "", Extension: "${X}", Language: "fr", Title: "\n"}}
		}, []string{"inbound.0.source bad_pattern", "inbound.0.destination bad_pattern", "inbound.0.extension bad_number", "inbound.0.language unknown"}},
		"outbound": {func(in *directory.TrunkInput) {
			in.Outbound = []directory.OutboundRule{{InPrefix: "+", OutPrefix: "x", Source: "!", Destination: "?", CID: "${EXTEN", PIN: "12", Account: "nobody"}}
		}, []string{"outbound.0.inPrefix bad_prefix", "outbound.0.outPrefix bad_prefix", "outbound.0.source bad_pattern", "outbound.0.destination bad_pattern",
			"outbound.0.cid bad_number", "outbound.0.pin bad_pin", "outbound.0.account gone"}},
		"too many": {func(in *directory.TrunkInput) { in.Inbound = make([]directory.InboundRule, directory.MaxTrunkRules+1) }, []string{"inbound too_many"}},
	} {
		t.Run(what, func(t *testing.T) {
			in := provider("Telco")
			test.change(&in)
			wantCodes(t, d.Trunks.CheckTrunk("", in), test.want...)
			_, err := d.Trunks.Create(ctx, operator, in, nil)
			wantCodes(t, err, test.want...)
		})
	}
	_, err := d.Trunks.Create(ctx, operator, provider("Telco"), &directory.NumberBlock{Base: "0211", Digits: 2, Central: "1"})
	wantCodes(t, err, "block.base not_e164", "block.central too_short")
	must(t, d.Trunks.CheckTrunk("", provider("Telco")))
	account := directory.TrunkAccount{Host: "sip.example.com", Port: 5070, Proxy: "[2001:db8::1]:5080"}
	if host, port := account.ProxyHost(); host != "2001:db8::1" || port != 5080 {
		t.Errorf("it is sent to %s, %d", host, port)
	}
}

//
func TestWhoMayChangeTrunks(t *testing.T) {
	d := open(t, storetest.Open(t))
	trunk, err := d.Trunks.Create(ctx, operator, provider("Telco"), nil)
	must(t, err)
	for i, level := range append(directory.Roles(), directory.NoRole) {
		by := member(t, d, fmt.Sprintf("user-%d", i), level)
		check := func(what string, err error, may bool) {
			t.Helper()
			if may && err != nil || !may && !fault.Is(err, fault.Forbidden) {
				t.Errorf("a %v is %s: %v", level, what, err)
			}
		}
		made, err := d.Trunks.Create(ctx, by, provider(fmt.Sprint("of ", i)), nil)
		check("making a trunk", err, level.ManagesTrunks())
		changed, err := d.Trunks.Update(ctx, by, trunk.ID, trunk.Revision, trunk.Input())
		check("changing one", err, level.ManagesTrunks())
		if err == nil {
			trunk = changed
			check("deleting one", d.Trunks.Delete(ctx, by, made.ID), true)
		}
		settings := d.Telephony.Get()
		_, err = d.Telephony.Update(ctx, by, settings.Revision, settings.Input())
		check("setting services", err, level == directory.SystemAdministrator)
	}
}

//
func TestTheExternalGroupNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		var heard []directory.ChangeKind
		d.OnChange(func(c directory.Change) { heard = append(heard, c.Kind) })
		set := func(number string) error {
			settings := d.Telephony.Get()
			in := settings.Input()
			in.ExternalGroupNumber = number
			checked := d.Telephony.CheckTelephony(in)
			after, err := d.Telephony.Update(ctx, operator, settings.Revision, in)
			if (checked == nil) != (err == nil) || err == nil && after.ExternalGroupNumber != directory.CleanNumber(number) {
				t.Errorf("the check says %v, saving %v: %+v", checked, err, after)
			}
			return err
		}
		if first := d.Telephony.Get(); first.Revision != 0 || first.DialPrefix != "0" || first.DefaultCountry != "49" || d.Telephony.GroupNumber() != "" {
			t.Errorf("at first there is %+v", first)
		}
		wantCodes(t, set("0211 12345"), "externalGroupNumber not_e164")
		must(t, set("+49 30 999")) // no trunk says what its block is
		trunk, err := d.Trunks.Create(ctx, operator, provider("Telco"), &directory.NumberBlock{Base: "+4921112345", Digits: 2, Central: "10"})
		must(t, err)
		wantCodes(t, set("+49 30 999"), "externalGroupNumber not_in_block")
		must(t, set("+49 (211) 12345-50"))
		if got := d.Telephony.GroupNumber(); got != "+492111234550" {
			t.Errorf("the number is %s", got)
		}
		in := directory.UserInput{Login: "juliet", Auth: directory.AuthNone, Extension: "42"}
		_, err = d.Accounts.CreateUser(ctx, operator, in)
		must(t, err)
		wantCodes(t, set("+492111234542"), "externalGroupNumber taken")
		must(t, set("+492111234543"))
		must(t, set("")) // no dial-in any more
		must(t, d.Trunks.Delete(ctx, operator, trunk.ID))
		must(t, set("+4930999"))

		again := open(t, db)
		if settings := again.Telephony.Get(); settings.ExternalGroupNumber != "+4930999" || settings.Revision == 0 || settings.ChangedBy != (jid.JID{}) {
			t.Errorf("after a restart there is %+v", settings)
		}
		_, err = d.Telephony.Update(ctx, operator, 0, d.Telephony.Get().TelephonyInput)
		wantKind(t, err, fault.Conflict)
		n := 0
		for _, kind := range heard {
			if kind == directory.TelephonyChanged {
				n++
			}
		}
		if n != 5 {
			t.Errorf("heard %q", heard)
		}
	})
}

func TestSettingsOfTelephonyAreChecked(t *testing.T) {
	d := open(t, storetest.Open(t))
	check := func(in directory.TelephonyInput, want ...string) {
		t.Helper()
		_, err := d.Telephony.Update(ctx, operator, 0, in)
		wantCodes(t, err, want...)
	}
	check(directory.TelephonyInput{DefaultCountry: "0", DialPrefix: "x"}, "defaultCountry bad_country", "dialPrefix bad_prefix")
	check(directory.TelephonyInput{Emergency: []string{"911", "1", "12a"}}, "emergency.1 bad_number", "emergency.2 bad_number")
	check(directory.TelephonyInput{Emergency: strings.Split("200 201 202 203 204 205 206 207 208 209 210 211 212 213 214 215 216 217 218 219 220", " ")}, "emergency too_many")
	settings, err := d.Telephony.Update(ctx, operator, 0, directory.TelephonyInput{DialPrefix: "9", Emergency: []string{"911", "112", " 911", ""}})
	must(t, err)
	if len(settings.Emergency) != 1 || settings.DefaultCountry != "49" {
		t.Errorf("it is set to %+v", settings)
	}
	for dialled, want := range map[string]string{"9911": "911", "911": "911", "9112": "112", "0112": ""} {
		if got, ok := settings.IsEmergency(dialled); got != want || ok != (want != "") {
			t.Errorf("%s is emergency %q, %v", dialled, got, ok)
		}
	}
	for number, want := range map[string]string{"90211555": "+49211555", "+49211555": "+49211555", "0044207555": "+44207555", "9555": "", "42": ""} {
		if got, ok := settings.Normalise(number); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %q, %v", number, got, ok)
		}
	}
}

// B7: the codes of functions can be set.
func TestFunctionCodes(t *testing.T) {
	d := open(t, storetest.Open(t))
	team := directory.DefaultTeam()
	team.Name, team.LoginCode = "Sales", "90"
	_, err := d.Teams.Create(ctx, operator, team)
	must(t, err)
	now := d.Telephony.Get()
	for name, c := range map[string]struct {
		codes map[string]string
		want  []string
	}{
		"none":                           {nil, nil},
		"moved":                          {map[string]string{"pickup": "*6", "group": "*7#"}, nil},
		"changed places":                 {map[string]string{"pickup": "*80", "echo": "*8"}, nil},
		"the standard, with blanks":      {map[string]string{"pickup": " *8 ", "echo": ""}, nil},
		"no star, letters, too long":     {map[string]string{"pickup": "8", "echo": "*a", "team": "*123456", "location": "*"}, []string{"codes.echo bad_code", "codes.location bad_code", "codes.pickup bad_code", "codes.team bad_code"}},
		"that of another function":       {map[string]string{"echo": "*8"}, []string{"codes.echo taken"}},
		"two alike":                      {map[string]string{"echo": "*5", "pickup": "*5"}, []string{"codes.echo taken"}},
		"a target":                       {map[string]string{"echo": "*103"}, []string{"codes.echo reserved"}},
		"a login code":                   {map[string]string{"echo": "*901"}, []string{"codes.echo login_code"}},
		"a function that does not exist": {map[string]string{"coffee": "*5"}, []string{"codes.coffee unknown"}},
	} {
		in := now.Input()
		in.Codes = c.codes
		if err := d.Telephony.CheckTelephony(in); c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else {
			wantCodes(t, err, c.want...)
		}
	}
	in := now.Input()
	in.Codes = map[string]string{"pickup": "*6", "echo": "*80"}
	now, err = d.Telephony.Update(ctx, operator, now.Revision, in)
	must(t, err)
	if len(now.Codes) != 1 || d.Telephony.CodeFor("*8") != "*6" || d.Telephony.CodeFor("*80") != "*80" || d.Telephony.CodeFor("*7") != "*7" {
		t.Errorf("saved: %v", now.Codes)
	}
	team.Name, team.LoginCode = "Support", "61"
	wantCodes(t, d.Teams.CheckTeam("", team), "loginCode reserved")
}
