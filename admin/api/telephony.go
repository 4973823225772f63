package api

import (
	"context"
	"errors"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
)

func telephonyOf(t directory.Telephony) Telephony {
	answer := Telephony{
		TelephonyData: TelephonyData{ExternalGroupNumber: t.ExternalGroupNumber, Emergency: t.Emergency, DialPrefix: t.DialPrefix, DefaultCountry: t.DefaultCountry},
		BuiltIn:       directory.BuiltInEmergency(), Changed: t.Changed, ChangedBy: t.ChangedBy.String(), Revision: t.Revision}
	answer.Codes = []SetCode{}
	for _, c := range t.FunctionCodes() {
		answer.Functions = append(answer.Functions, FunctionCode{Function: c.Function, Standard: c.Standard})
		if c.Code != c.Standard {
			answer.Codes = append(answer.Codes, SetCode{Function: c.Function, Code: c.Code})
		}
	}
	if answer.Emergency == nil {
		answer.Emergency = []string{}
	}
	return answer
}

func (d *TelephonyData) input() directory.TelephonyInput {
	in := directory.TelephonyInput{
		ExternalGroupNumber: d.ExternalGroupNumber, Emergency: d.Emergency, DialPrefix: d.DialPrefix, DefaultCountry: d.DefaultCountry, Codes: map[string]string{},
	}
	for _, c := range d.Codes {
		in.Codes[c.Function] = c.Code
	}
	return in
}

func (a *API) telephony(context.Context, noRequest) (Telephony, error) {
	return telephonyOf(a.Directory.Telephony.Get()), nil
}

func (a *API) checkTelephony(_ context.Context, req telephonyCheckRequest) (Checked, error) {
	return checked(a.Directory.Telephony.CheckTelephony(req.Body.input()))
}

// checked is what a service says about a form.
func checked(err error) (Checked, error) {
	bad, ok := errors.AsType[directory.FieldErrors](err)
	if err != nil && !ok {
		return Checked{}, err
	}
	return Checked{fieldErrors(bad)}, nil
}

func (a *API) changeTelephony(ctx context.Context, req telephonyRequest) (Telephony, error) {
	before := a.Directory.Telephony.Get()
	after, err := a.Directory.Telephony.Update(ctx, me(ctx).JID, req.Body.Revision, req.Body.input())
	if err != nil {
		return Telephony{}, err
	}
	var d diff
	d.text("externalGroupNumber", before.ExternalGroupNumber, after.ExternalGroupNumber)
	d.text("emergency", strings.Join(before.Emergency, ", "), strings.Join(after.Emergency, ", "))
	d.text("dialPrefix", before.DialPrefix, after.DialPrefix)
	d.text("defaultCountry", before.DefaultCountry, after.DefaultCountry)
	d.text("codes", codesText(before), codesText(after))
	note(ctx, audit.Entry{Action: "service.telephony", Kind: "service", Object: "telephony", Name: "telephony", Changes: d})
	return telephonyOf(after), nil
}

// codesText has the codes that are not the standard, for the log.
func codesText(t directory.Telephony) string {
	var list []string
	for _, c := range t.FunctionCodes() {
		if c.Code != c.Standard {
			list = append(list, c.Function+" "+c.Code)
		}
	}
	return strings.Join(list, ", ")
}

// codes are what telephones dial now.
func (a *API) codes(context.Context, noRequest) (DialledCodes, error) {
	t, list := a.Directory.Telephony.Get(), DialledCodes{Items: []DialledCode{}}
	for _, c := range t.FunctionCodes() {
		list.Items = append(list.Items, DialledCode{c.Function, c.Code})
	}
	return list, nil
}
