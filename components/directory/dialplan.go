package directory

import (
	"cmp"
	"slices"
	"strings"

	"plenum/xmppd/fault"
)

// Arrival is where a call from outside goes.
type Arrival struct {
	Group     bool   // to the dial-in of groups: it called the external group number
	Extension string // empty only with Group
	Fallback  string // the trunk's, for when the extension is nobody's; may be empty
	Language  string // of prompts; empty for the server's
	Rule      string // title of the rule; empty for none
	Called    string // the number called, in E.164 when it can be completed
	Caller    string // the caller's number, in E.164 when it can be completed; empty for none
	CallBack  string // the same as it is dialled here
}

// forms returns a number in all ways in which a rule of this trunk may write it, the one given first.
func (t *Trunk) forms(number string) []string {
	number = CleanNumber(number)
	all := []string{number}
	if full, ok := t.Normalise(number); ok {
		d := t.dialling()
		all = append(all, full, d.write(full, FormatNational), d.write(full, FormatInternational), d.write(full, FormatDigits))
		if local, ok := strings.CutPrefix(full, "+"+t.Country+t.Area); ok && local != "" {
			all = append(all, local)
		}
	}
	return all
}

// closest returns how closely the best of these forms fits a pattern, and the first that fits; an empty pattern fits everything, less than any other does.
func closest(pattern string, forms []string) (best fit, form string, ok bool) {
	if pattern == "" {
		pattern = "*"
	}
	p, err := ParsePattern(pattern)
	if err != nil { // was refused when the rule was saved
		return fit{}, "", false
	}
	for _, number := range forms {
		f, fits := p.fit(number)
		if fits && !ok {
			form = number
		}
		if fits && (!ok || f.compare(best) < 0) {
			best, ok = f, true
		}
	}
	return best, form, ok
}

// match is how closely a call fits a rule: by its destination, and then by its source.
type match struct{ destination, source fit }

func (m match) compare(o match) int {
	return cmp.Or(m.destination.compare(o.destination), m.source.compare(o.source))
}

// Inbound says where a call goes that a trunk brings: to the dial-in of groups when it is their number, else where the inbound rule says that fits
// best, else to the fallback. Rules see numbers in any form in which they may be written: as the provider gave them, full, national, local.
// fault.NotFound says that the call is to be refused.
func Inbound(t *Trunk, s *Telephony, dialled, from string) (Arrival, error) {
	called, callers := t.forms(dialled), t.forms(from)
	a := Arrival{Fallback: t.Fallback, Called: called[0], Caller: callers[0]}
	if len(called) > 1 {
		a.Called = called[1]
	}
	if len(callers) > 1 {
		a.Caller = callers[1]
	}
	if a.Caller != "" {
		a.CallBack = t.CallBack(a.Caller)
	}
	if s.ExternalGroupNumber != "" && a.Called == s.ExternalGroupNumber {
		a.Group = true
	}
	rule, number := t.inboundRule(called, callers)
	switch {
	case rule != nil:
		a.Rule, a.Language = rule.Title, rule.Language
		if extension, err := parseTemplate(rule.Extension); err == nil {
			a.Extension = extension.fill(number)
		}
	default:
		a.Extension = t.Fallback
	}
	if a.Group {
		a.Extension = ""
		return a, nil
	}
	if a.Extension == "" {
		return a, fault.Newf(fault.NotFound, "no inbound rule of the trunk %s leads %.32s to an extension", t.Name, a.Called)
	}
	return a, nil
}

// inboundRule returns the rule that fits best, and the number in the form that fits it.
func (t *Trunk) inboundRule(called, callers []string) (best *InboundRule, number string) {
	var closestSoFar match
	for i := range t.Inbound {
		rule := &t.Inbound[i]
		destination, form, ok := closest(rule.Destination, called)
		source, _, from := closest(rule.Source, callers)
		m := match{destination, source}
		if ok && from && (best == nil || m.compare(closestSoFar) < 0) {
			best, number, closestSoFar = rule, form, m
		}
	}
	return best, number
}

// extensionOf returns the extension that a number in E.164 leads to by a rule; empty for none.
func (t *Trunk) extensionOf(full string) string {
	rule, number := t.inboundRule(t.forms(full), []string{""})
	if rule == nil {
		return ""
	}
	extension, err := parseTemplate(rule.Extension)
	if err != nil {
		return ""
	}
	return extension.fill(number)
}

// DirectNumber returns the number in E.164 by which an extension is called from outside, as the inbound rules of the trunk have it; false when none
// leads there.
func (t *Trunk) DirectNumber(extension string) (string, bool) {
	if extension == "" {
		return "", false
	}
	for _, whole := range []bool{false, true} { // first the rules for many numbers, then those for one
		for i := range t.Inbound {
			p, err := ParsePattern(cmp.Or(t.Inbound[i].Destination, "*"))
			if err != nil {
				continue
			}
			for _, a := range p.alts {
				number, ok := a.ending(extension, whole)
				if !ok {
					continue
				}
				if full, ok := t.Normalise(number); ok && t.extensionOf(full) == extension {
					return full, true
				}
			}
		}
	}
	return "", false
}

// ending returns the number that fits the alternative and ends like an extension; whole asks for the one number of an alternative that has no choice.
func (a *alternative) ending(extension string, whole bool) (string, bool) {
	fixed := 0
	for fixed < len(a.set) && a.set[fixed].size() == 1 {
		fixed++
	}
	free := len(a.set) - fixed
	if a.tail != 0 || (free == 0) != whole || free > len(extension) {
		return "", false
	}
	number := make([]byte, 0, len(a.set))
	for _, set := range a.set[:fixed] {
		number = append(number, set.first())
	}
	full := string(number) + extension[len(extension)-free:]
	return full, a.match(full)
}

// Caller is who calls out.
type Caller struct {
	Extension string
	Anonymous bool // wants not to be named
}

// Choice is a way to carry a call out.
type Choice struct {
	Trunk, Account string
	Rule           string // title; empty for an emergency call
	Number         string // as the provider wants it
	Called         string // the same in E.164 when it can be completed
	From           string // number shown, as the provider wants it; empty for that of the account
	Anonymous      bool
	PIN            string // that is to be asked for before; empty for none
	Class          NumberClass
	Prefix         string // with which it was dialled
}

// Outbound says how a dialled number is called: by the trunk that has the rule that fits best, and when that cannot, by that with the next. Within
// a trunk the accounts follow each other. What was dialled begins with the in-prefix of a rule, or with "+". Emergency numbers go by every trunk that is
// switched on, without rules, with the caller's own number. fault.Forbidden says that the call is refused, by a rule or by the policy of the
// trunks; fault.NotFound that no rule fits.
func Outbound(trunks []Trunk, s *Telephony, dialled string, caller Caller) ([]Choice, error) {
	if number, ok := s.IsEmergency(dialled); ok {
		return emergency(trunks, number, caller)
	}
	dialled = CleanNumber(dialled)
	switch full := strings.HasPrefix(dialled, "+"); {
	case full && !IsE164(dialled), !full && (dialled == "" || !onlyNumber(dialled)):
		return nil, fault.Newf(fault.Invalid, "%.32q is no number", dialled)
	}
	var found []outbound
	for i := range trunks {
		if t := &trunks[i]; t.Enabled {
			if o, ok := t.outboundRule(s, dialled, caller); ok {
				found = append(found, o)
			}
		}
	}
	if len(found) == 0 {
		return nil, fault.Newf(fault.NotFound, "no outbound rule of any trunk fits %.32s", dialled)
	}
	slices.SortStableFunc(found, func(a, b outbound) int { return a.match.compare(b.match) })
	if found[0].rule.Deny {
		return nil, fault.Newf(fault.Forbidden, "the rule %q bars the number", found[0].rule.Title)
	}
	var choices []Choice
	reason := ""
	for _, o := range found {
		if o.rule.Deny {
			continue
		}
		if why := o.trunk.Policy.allows(o.trunk, o.called); why != "" {
			reason = cmp.Or(reason, why)
			continue
		}
		choices = append(choices, o.choices(caller)...)
	}
	if len(choices) == 0 {
		return nil, fault.New(fault.Forbidden, cmp.Or(reason, "the trunk has no account"))
	}
	return choices, nil
}

// onlyNumber reports whether a text has only what can be dialled.
func onlyNumber(text string) bool {
	for i := range len(text) {
		if charOf(text[i]) == 0 {
			return false
		}
	}
	return true
}

// outbound is the best rule of a trunk for a call.
type outbound struct {
	trunk  *Trunk
	rule   *OutboundRule
	called string // in E.164, or as it was dialled after the in-prefix
	prefix string // with which it was dialled
	match  match
}

func (t *Trunk) outboundRule(s *Telephony, dialled string, caller Caller) (best outbound, ok bool) {
	for i := range t.Outbound {
		rule := &t.Outbound[i]
		number, begins := strings.CutPrefix(dialled, rule.InPrefix)
		begins = begins && digits(number) // codes such as *21# are not for a provider
		if strings.HasPrefix(dialled, "+") {
			number = dialled
			begins = rule.InPrefix == "" || rule.InPrefix == t.Prefix || rule.InPrefix == s.DialPrefix
		}
		if !begins {
			continue
		}
		forms := t.forms(number)
		if strings.HasPrefix(dialled, "+") && len(forms) > 1 {
			forms[0] = t.dialling().write(forms[1], FormatNational) // as it would be dialled
		}
		destination, _, to := closest(rule.Destination, forms[:min(len(forms), 2)])
		source, _, from := closest(rule.Source, []string{caller.Extension})
		m := match{destination, source}
		if to && from && (!ok || m.compare(best.match) < 0) {
			best, ok = outbound{t, rule, forms[min(len(forms), 2)-1], dialled[:len(dialled)-len(number)], m}, true
		}
	}
	return best, ok
}

// choices returns a choice for each account that may carry the call.
func (o *outbound) choices(caller Caller) (all []Choice) {
	from := ""
	switch {
	case o.rule.CID == "":
		from = o.trunk.ownNumber(caller)
	default:
		if cid, err := parseTemplate(o.rule.CID); err == nil {
			from = o.trunk.writeAny(cid.fill(caller.Extension))
		}
	}
	for i := range o.trunk.Accounts {
		a := &o.trunk.Accounts[i]
		if o.rule.Account != "" && o.rule.Account != a.ID {
			continue
		}
		all = append(all, Choice{
			Trunk: o.trunk.ID, Account: a.ID, Rule: o.rule.Title, Number: o.rule.OutPrefix + o.trunk.Write(o.called), Called: o.called,
			From: from, Anonymous: caller.Anonymous, PIN: o.rule.PIN, Class: o.trunk.Class(o.called), Prefix: o.prefix})
	}
	return all
}

// writeAny is Write for a number in any form.
func (t *Trunk) writeAny(number string) string {
	if full, ok := t.Normalise(number); ok {
		return t.Write(full)
	}
	return CleanNumber(number)
}

// ownNumber returns the number that a caller has at this trunk: the one that leads to his extension, else the first that is one alone in the inbound
// rules, else the extension.
func (t *Trunk) ownNumber(caller Caller) string {
	if number, ok := t.DirectNumber(caller.Extension); ok {
		return t.Write(number)
	}
	for i := range t.Inbound {
		p, err := ParsePattern(t.Inbound[i].Destination)
		if err != nil {
			continue
		}
		for _, a := range p.alts {
			if full, ok := a.ending("", true); ok && IsE164(full) {
				return t.Write(full)
			}
		}
	}
	return caller.Extension
}

func emergency(trunks []Trunk, number string, caller Caller) (all []Choice, err error) {
	for i := range trunks {
		t := &trunks[i]
		if !t.Enabled {
			continue
		}
		for _, a := range t.Accounts {
			all = append(all, Choice{Trunk: t.ID, Account: a.ID, Number: number, Called: number, From: t.ownNumber(caller), Class: EmergencyNumber})
		}
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Unavailable, "no trunk is switched on")
	}
	return all, nil
}
