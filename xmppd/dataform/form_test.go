package dataform_test

import (
	"bytes"
	"strings"
	"testing"

	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/xmlstream"
)

func parse(t testing.TB, s string) (*dataform.Form, error) {
	t.Helper()
	p, err := xmlstream.Parse([]byte("<iq type='set' id='1'>"+s+"</iq>"), "jabber:client", xmlstream.C2S)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := p.First()
	if !ok {
		t.Fatal("no form")
	}
	return dataform.Parse(e)
}

func TestASubmittedFormIsReadByNamesAlone(t *testing.T) {
	f, err := parse(t, `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:x</value></field>
		<field var='flag'><value>true</value></field><field var='lines'><value>a</value><value>b&amp;c</value></field><field var='empty'/></x>`)
	if err != nil {
		t.Fatal(err)
	}
	if f.FormType() != "urn:x" {
		t.Errorf("FORM_TYPE %q", f.FormType())
	}
	if v, ok, err := f.Bool("flag"); !v || !ok || err != nil {
		t.Errorf("flag: %v %v %v", v, ok, err)
	}
	if _, ok, _ := f.Bool("none"); ok {
		t.Error("a field that is not there was found")
	}
	if _, _, err := f.Bool("lines"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("lines as a boolean: %v", err)
	}
	if f.Lines("lines") != "a\nb&c" {
		t.Errorf("lines %q", f.Lines("lines"))
	}
	if v, ok := f.Get("empty"); v != "" || !ok {
		t.Errorf("empty: %q %v", v, ok)
	}
}

func TestBadFormsAreRefused(t *testing.T) {
	for name, s := range map[string]string{
		"another namespace": `<x xmlns='urn:other' type='submit'/>`,
		"no type":           `<x xmlns='jabber:x:data'/>`,
		"unknown type":      `<x xmlns='jabber:x:data' type='sumbit'/>`,
	} {
		if _, err := parse(t, s); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := bytes.Repeat([]byte("<field var='a'/>"), dataform.MaxFields+1)
	if _, err := parse(t, "<x xmlns='jabber:x:data' type='submit'>"+string(many)+"</x>"); fault.KindOf(err) != fault.Limit {
		t.Errorf("too many fields: %v", err)
	}
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	f := dataform.New("form", "urn:x").Add(dataform.Field{Var: "a", Type: dataform.ListSingle, Label: "A & B", Desc: "<why>", Required: true,
		Values: []string{"1"}, Options: []dataform.Option{{Label: "one", Value: "1"}, {Value: "2"}}})
	f.Title, f.Instructions = "T", "I"
	g, err := parse(t, string(f.Append(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.Append(nil), g.Append(nil)) {
		t.Errorf("%s\n%s", f.Append(nil), g.Append(nil))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("<x xmlns='jabber:x:data' type='submit'><field var='a' type='boolean'><value>1</value><option label='x'><value>y</value></option></field></x>")
	f.Add("<x xmlns='jabber:x:data' type='form'><title>t</title><reported/><item/></x>")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := xmlstream.Parse([]byte("<iq type='set' id='1'>"+s+"</iq>"), "jabber:client", xmlstream.C2S)
		if err != nil {
			return
		}
		e, ok := p.First()
		if !ok {
			return
		}
		form, err := dataform.Parse(e)
		if err != nil {
			return
		}
		again, err := parse(t, string(form.Append(nil)))
		if err != nil || !bytes.Equal(again.Append(nil), form.Append(nil)) {
			t.Fatalf("not stable: %v", err)
		}
	})
}

func TestATableIsReadAsItWasWritten(t *testing.T) {
	f := dataform.New("result", "urn:x")
	f.Reported = []dataform.Field{{Var: "a", Label: "A & B"}, {Var: "b"}}
	f.Items = [][]dataform.Field{{{Var: "a", Values: []string{"1"}}, {Var: "b", Values: []string{"<2>"}}}, {{Var: "a", Values: []string{"3", "4"}}}}
	got, err := parse(t, string(f.Append(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Append(nil), f.Append(nil)) {
		t.Errorf("got\n%s, want\n%s", got.Append(nil), f.Append(nil))
	}
	if len(got.Fields) != 1 || len(got.Reported) != 2 || len(got.Items) != 2 || got.Items[0][1].Values[0] != "<2>" {
		t.Errorf("got %+v", got)
	}
}

func TestATableIsBounded(t *testing.T) {
	for name, s := range map[string]string{
		"too many rows":  strings.Repeat("<item/>", dataform.MaxValues+1),
		"too many cells": strings.Repeat("<item><field var='a'/><field var='b'/></item>", dataform.MaxFields/2+1),
		"one wide row":   "<item>" + strings.Repeat("<field var='a'/>", dataform.MaxFields+1) + "</item>",
	} {
		if _, err := parse(t, "<x xmlns='jabber:x:data' type='result'>"+s+"</x>"); fault.KindOf(err) != fault.Limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}
