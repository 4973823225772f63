package directory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"plenum/xmppd/fault"
)

// tidy returns the form without spaces around values, with defaults for what is empty, and an ID for each account.
func (in TrunkInput) tidy() TrunkInput {
	passwords := in.Passwords
	in = in.clone()
	for _, text := range []*string{&in.Name, &in.Country, &in.Area, &in.International, &in.National, &in.Prefix, &in.Fallback} {
		*text = strings.TrimSpace(*text)
	}
	in.Country = strings.TrimPrefix(in.Country, "+")
	in.Kind, in.Format = cmp.Or(in.Kind, RegisteringTrunk), cmp.Or(in.Format, FormatE164)
	in.Country, in.International = cmp.Or(in.Country, "49"), cmp.Or(in.International, "00")
	for i := range in.Policy.Prefixes {
		in.Policy.Prefixes[i] = CleanNumber(in.Policy.Prefixes[i])
	}
	renamed := make(map[string]string)
	for i := range in.Accounts {
		a := &in.Accounts[i]
		for _, text := range []*string{&a.ID, &a.Title, &a.Host, &a.Proxy, &a.Extension, &a.User} {
			*text = strings.TrimSpace(*text)
		}
		a.Transport, a.CLIP, a.CLIR = cmp.Or(a.Transport, TransportUDP), cmp.Or(a.CLIP, CLIPAuto), cmp.Or(a.CLIR, CLIRAuto)
		a.Title = cmp.Or(a.Title, a.AddressUser(), a.Host)
		if a.ID == "" {
			a.ID = newID()
			renamed[a.Title] = a.ID
		}
		for j := range a.Addresses {
			a.Addresses[j] = strings.TrimSpace(a.Addresses[j])
		}
	}
	for i := range in.Inbound {
		r := &in.Inbound[i]
		for _, text := range []*string{&r.Title, &r.Source, &r.Destination, &r.Extension} {
			*text = strings.TrimSpace(*text)
		}
	}
	for i := range in.Outbound {
		r := &in.Outbound[i]
		for _, text := range []*string{&r.Title, &r.InPrefix, &r.Source, &r.Destination, &r.CID, &r.OutPrefix, &r.PIN, &r.Account} {
			*text = strings.TrimSpace(*text)
		}
		if id := renamed[r.Account]; id != "" {
			r.Account = id
		}
	}
	in.Passwords = make(map[string]string, len(passwords))
	for name, password := range passwords {
		in.Passwords[cmp.Or(renamed[name], name)] = password
	}
	return in
}

// check applies the rules that need nothing but the form itself.
func (in *TrunkInput) check() FieldErrors {
	var bad FieldErrors
	if in.Name == "" {
		bad.add("name", "missing", "the name is missing")
	}
	bad = append(bad, lineErrors("name", "the name", in.Name, MaxTrunkName)...)
	if in.Kind != RegisteringTrunk && in.Kind != AddressTrunk {
		bad.add("kind", "unknown", fmt.Sprintf("%.32q is no kind of trunk", in.Kind))
	}
	switch in.Format {
	case FormatE164, FormatDigits, FormatInternational, FormatNational:
	default:
		bad.add("format", "unknown", fmt.Sprintf("%.32q is no format of numbers", in.Format))
	}
	bad = append(bad, countryErrors("country", in.Country)...)
	for _, f := range []struct{ field, text string }{{"area", in.Area}, {"international", in.International}, {"national", in.National}} {
		if f.text != "" && !digits(f.text) || len(f.text) > MaxExtension {
			bad.add(f.field, "not_digits", "only some digits are possible here")
		}
	}
	if strings.HasPrefix(in.Area, "0") && in.National == "0" {
		bad.add("area", "leading_zero", "the code of the area is written without the zero before it")
	}
	bad = append(bad, dialErrors("prefix", in.Prefix)...)
	bad = append(bad, extensionErrors("fallback", in.Fallback)...)
	if in.MaxCalls < 0 || in.MaxCalls > MaxTrunkCalls {
		bad.add("maxCalls", "range", fmt.Sprintf("a trunk has 0 (no limit) to %d calls at a time", MaxTrunkCalls))
	}
	bad = append(bad, in.Policy.check()...)
	bad = append(bad, in.checkAccounts()...)
	return append(bad, in.checkRules()...)
}

func (p *TrunkPolicy) check() (bad FieldErrors) {
	if p.PerHour < 0 || p.PerHour > 100*MaxTrunkCalls {
		bad.add("policy.perHour", "range", fmt.Sprintf("0 (for %d) to %d calls an hour are possible", DefaultPerHour, 100*MaxTrunkCalls))
	}
	if len(p.Prefixes) > MaxTrunkRules {
		bad.add("policy.prefixes", "too_many", fmt.Sprintf("at most %d prefixes are possible", MaxTrunkRules))
	}
	for i, prefix := range p.Prefixes {
		if rest, ok := strings.CutPrefix(prefix, "+"); !ok || len(rest) > maxE164 || !digits(rest) {
			bad.add(fmt.Sprintf("policy.prefixes.%d", i), "not_e164", "a prefix begins with + and the code of a country: +49137")
		}
	}
	return bad
}

func countryErrors(field, country string) (bad FieldErrors) {
	if !digits(country) || country[0] == '0' || len(country) > 3 {
		bad.add(field, "bad_country", "the code of a country has one to three digits, of which the first is not 0: 49")
	}
	return bad
}

// dialErrors accepts what can be dialled before a number; nothing is accepted.
func dialErrors(field, prefix string) (bad FieldErrors) {
	if !onlyNumber(prefix) || strings.Contains(prefix, "+") || len(prefix) > MaxExtension {
		bad.add(field, "bad_prefix", "digits, * and # are possible here, some of them at most")
	}
	return bad
}

func (in *TrunkInput) checkAccounts() (bad FieldErrors) {
	if len(in.Accounts) > MaxTrunkAccounts {
		bad.add("accounts", "too_many", fmt.Sprintf("a trunk has at most %d accounts", MaxTrunkAccounts))
	}
	if in.Enabled && len(in.Accounts) == 0 {
		bad.add("accounts", "missing", "a trunk that is switched on needs an account")
	}
	seen := make(map[string]bool)
	for i := range in.Accounts {
		a := &in.Accounts[i]
		field := func(name string) string { return ruleField("accounts", i, name) }
		if seen[a.ID] || len(a.ID) > MaxTrunkName {
			bad.add(field("id"), "taken", "two accounts have the same ID")
		}
		seen[a.ID] = true
		bad = append(bad, lineErrors(field("title"), "the title", a.Title, MaxTrunkName)...)
		bad = append(bad, hostErrors(field("host"), a.Host)...)
		if a.Proxy != "" {
			host, port := splitHost(a.Proxy)
			bad = append(bad, hostErrors(field("proxy"), host)...)
			if n, err := strconv.Atoi(cmp.Or(port, "1")); err != nil || n < 1 || n > 65535 {
				bad.add(field("proxy"), "bad_port", "a port is a number from 1 to 65535")
			}
		}
		if a.Port < 0 || a.Port > 65535 {
			bad.add(field("port"), "bad_port", "a port is a number from 1 to 65535, or 0 for the usual one")
		}
		bad = append(bad, a.check(in.Kind, field)...)
	}
	for name, password := range in.Passwords {
		i := 0
		for i < len(in.Accounts) && in.Accounts[i].ID != name {
			i++
		}
		switch {
		case i == len(in.Accounts):
			bad.add("passwords", "gone", fmt.Sprintf("there is no account %.64q", name))
		case len(password) > MaxPassword || strings.ContainsFunc(password, hidden):
			bad.add(ruleField("accounts", i, "password"), "bad_password", "the password is too long, or has characters that cannot be typed")
		}
	}
	return bad
}

func (a *TrunkAccount) check(kind TrunkKind, field func(string) string) (bad FieldErrors) {
	switch a.Transport {
	case TransportUDP, TransportTCP, TransportTLS:
	default:
		bad.add(field("transport"), "unknown", fmt.Sprintf("%.32q is no transport: udp, tcp and tls are", a.Transport))
	}
	switch a.CLIP {
	case CLIPAuto, CLIPFrom, CLIPPPI, CLIPPAI:
	default:
		bad.add(field("clip"), "unknown", fmt.Sprintf("%.32q is no way to name a caller", a.CLIP))
	}
	switch a.CLIR {
	case CLIRAuto, CLIRFrom, CLIRPrivacy:
	default:
		bad.add(field("clir"), "unknown", fmt.Sprintf("%.32q is no way to hide a caller", a.CLIR))
	}
	for _, f := range []struct{ name, text string }{{"extension", a.Extension}, {"user", a.User}} {
		if len(f.text) > MaxEmail || strings.ContainsFunc(f.text, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>"\;:`, r) }) {
			bad.add(field(f.name), "bad_character", "letters, digits and some signs are possible here, without spaces")
		}
	}
	switch {
	case a.Register && kind == AddressTrunk:
		bad.add(field("register"), "not_registering", "an address-based trunk does not register")
	case a.Register && a.AddressUser() == "":
		bad.add(field("user"), "missing", "registering needs a user")
	}
	if a.Encrypt && a.Transport != TransportTLS {
		bad.add(field("encrypt"), "needs_tls", "without TLS the keys of media could be read")
	}
	if len(a.Addresses) > MaxTrunkAccounts {
		bad.add(field("addresses"), "too_many", fmt.Sprintf("at most %d addresses are possible", MaxTrunkAccounts))
	}
	for j, text := range a.Addresses {
		if _, err := parseNetwork(text); err != nil {
			bad.add(field(fmt.Sprintf("addresses.%d", j)), "bad_address", fmt.Sprintf("%.64q is no address: 192.0.2.7 and 192.0.2.0/24 are", text))
		}
	}
	return bad
}

// parseNetwork reads an address, or a network. Networks of more than 65536 addresses are refused: that would be half the world.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		address = address.Unmap().WithZone("")
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err == nil && (prefix.Addr().Is4() && prefix.Bits() < 16 || prefix.Addr().Is6() && prefix.Bits() < 32) {
		err = fault.New(fault.Invalid, "the network is too large")
	}
	return prefix.Masked(), err
}

// Networks returns the addresses from which calls of the account come, besides those that its names stand for.
func (a *TrunkAccount) Networks() (all []netip.Prefix) {
	for _, text := range a.Addresses {
		if p, err := parseNetwork(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// splitHost takes the port off a host, if there is one.
func splitHost(text string) (host, port string) {
	if i := strings.LastIndexByte(text, ':'); i >= 0 && (strings.IndexByte(text, ':') == i || strings.HasSuffix(text[:i], "]")) {
		return strings.Trim(text[:i], "[]"), text[i+1:]
	}
	return strings.Trim(text, "[]"), ""
}

// ProxyHost returns where requests of the account are sent: a host, and a port that is 0 for the usual one.
func (a *TrunkAccount) ProxyHost() (host string, port int) {
	if a.Proxy == "" {
		return a.Host, a.Port
	}
	host, text := splitHost(a.Proxy)
	port, _ = strconv.Atoi(text)
	return host, port
}

func hostErrors(field, host string) (bad FieldErrors) {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	ok := host != "" && len(host) <= 253
	for label := range strings.SplitSeq(host, ".") {
		ok = ok && label != "" && len(label) <= 63
		for i := range len(label) {
			c := label[i]
			ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' && i > 0)
		}
	}
	if !ok {
		bad.add(field, "bad_host", "a name such as sip.example.com is needed here, or an address")
	}
	return bad
}

func (in *TrunkInput) checkRules() (bad FieldErrors) {
	if len(in.Inbound) > MaxTrunkRules || len(in.Outbound) > MaxTrunkRules {
		bad.add("inbound", "too_many", fmt.Sprintf("a trunk has at most %d rules each way", MaxTrunkRules))
		return bad
	}
	for i := range in.Inbound {
		r := &in.Inbound[i]
		field := func(name string) string { return ruleField("inbound", i, name) }
		bad = append(bad, lineErrors(field("title"), "the title", r.Title, MaxTrunkName)...)
		bad = append(bad, optionalPattern(field("source"), r.Source)...)
		bad = append(bad, patternErrors(field("destination"), r.Destination)...)
		bad = append(bad, templateErrors(field("extension"), r.Extension)...)
		if r.Language != "" && !slices.Contains(Languages(), r.Language) {
			bad.add(field("language"), "unknown", "there are no prompts in this language")
		}
	}
	for i := range in.Outbound {
		r := &in.Outbound[i]
		field := func(name string) string { return ruleField("outbound", i, name) }
		bad = append(bad, lineErrors(field("title"), "the title", r.Title, MaxTrunkName)...)
		bad = append(bad, dialErrors(field("inPrefix"), r.InPrefix)...)
		bad = append(bad, dialErrors(field("outPrefix"), r.OutPrefix)...)
		bad = append(bad, optionalPattern(field("source"), r.Source)...)
		bad = append(bad, patternErrors(field("destination"), r.Destination)...)
		bad = append(bad, templateErrors(field("cid"), r.CID)...)
		if r.PIN != "" && (!digits(r.PIN) || len(r.PIN) < MinPIN || len(r.PIN) > MaxPIN) {
			bad.add(field("pin"), "bad_pin", fmt.Sprintf("a PIN has %d to %d digits", MinPIN, MaxPIN))
		}
		known := r.Account == ""
		for j := range in.Accounts {
			known = known || in.Accounts[j].ID == r.Account
		}
		if !known {
			bad.add(field("account"), "gone", "the trunk has no such account")
		}
	}
	return bad
}

func optionalPattern(field, text string) FieldErrors {
	if text == "" {
		return nil
	}
	return patternErrors(field, text)
}

// DefaultRules are those that a new trunk begins with: calls to the first number of its block go to the central extension, those to the others to the
// extension that their last digits are; and every call goes out, behind the trunk's prefix, with the number that leads to the caller's extension.
func DefaultRules(block NumberBlock, prefix string) (in []InboundRule, out []OutboundRule, err error) {
	block.Base = CleanNumber(block.Base)
	block.Central = strings.TrimSpace(block.Central)
	var bad FieldErrors
	if !IsE164(block.Base) || block.Digits < 0 || block.Digits > MaxBlockDigits || len(block.Base)-1+block.Digits > maxE164 {
		bad.add("block.base", "not_e164", "the numbers of the block begin with + and the code of a country, and have 15 digits at most")
	}
	bad = append(bad, extensionErrors("block.central", block.Central)...)
	bad = append(bad, dialErrors("prefix", prefix)...)
	if err := bad.orNil(); err != nil {
		return nil, nil, err
	}
	standard := OutboundRule{Title: "Standard", InPrefix: prefix, Destination: "."}
	if block.Digits == 0 {
		standard.CID = block.Base
		return []InboundRule{{Title: "Central", Destination: block.Base, Extension: block.Central}}, []OutboundRule{standard}, nil
	}
	if block.Central != "" {
		first := block.Base + "0"
		if block.Digits > 1 {
			first += "|" + block.Base + strings.Repeat("0", block.Digits)
		}
		in = append(in, InboundRule{Title: "Central", Destination: first, Extension: block.Central})
	}
	in = append(in, InboundRule{
		Title: "Extension", Destination: block.Base + strings.Repeat("X", block.Digits), Extension: fmt.Sprintf("${EXTEN:-%d}", block.Digits)})
	return in, []OutboundRule{standard}, nil
}
