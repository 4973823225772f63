package events

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// DialogState says how far a call is (RFC 4235 §3.7.1).
type DialogState string

const (
	Trying     DialogState = "trying"
	Early      DialogState = "early" // rings
	Confirmed  DialogState = "confirmed"
	Terminated DialogState = "terminated"
)

// Dialog is a call of somebody.
type Dialog struct {
	ID       string
	State    DialogState
	Incoming bool   // he was called
	Number   string // of the other, empty when that is not shown
	Name     string
	// CallID and Tag name the call for an INVITE with Replaces, Tag for both sides; empty when who is told may not take it.
	CallID, Tag string
}

// Messages counts those of a mailbox.
type Messages struct {
	Account  string // number by which the mailbox is listened to; empty for none
	New, Old int
}

// The document of RFC 4235 §4.
type (
	dialogInfo struct {
		XMLName xml.Name        `xml:"urn:ietf:params:xml:ns:dialog-info dialog-info"`
		Version uint32          `xml:"version,attr"`
		State   string          `xml:"state,attr"`
		Entity  string          `xml:"entity,attr"`
		Dialogs []dialogElement `xml:"dialog"`
	}
	dialogElement struct {
		ID        string       `xml:"id,attr"`
		CallID    string       `xml:"call-id,attr,omitempty"`
		LocalTag  string       `xml:"local-tag,attr,omitempty"`
		RemoteTag string       `xml:"remote-tag,attr,omitempty"`
		Direction string       `xml:"direction,attr,omitempty"`
		State     DialogState  `xml:"state"`
		Remote    *participant `xml:"remote"`
		Local     *participant `xml:"local"`
	}
	participant struct {
		Identity identity `xml:"identity"`
		Target   target   `xml:"target"`
	}
	identity struct {
		Display string `xml:"display,attr,omitempty"`
		URI     string `xml:",chardata"`
	}
	target struct {
		URI string `xml:"uri,attr"`
	}
)

// body makes what the next NOTIFY carries. Errors say that the phone may not see it.
func (sub *subscription) body(version uint32) ([]byte, error) {
	s := sub.service
	if sub.event == messagesEvent {
		owner, m, err := s.Source.Messages(sub.phone, sub.resource)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		sub.mailbox = owner // another box may be watched since
		s.mu.Unlock()
		return []byte(m.summary(s.Domain)), nil
	}
	dialogs, err := s.Source.Dialogs(sub.phone, sub.resource)
	if err != nil {
		return nil, err
	}
	info := dialogInfo{Version: version, State: "full", Entity: address(sub.resource, s.Domain)}
	for _, d := range dialogs {
		info.Dialogs = append(info.Dialogs, d.element(sub.resource, s.Domain))
	}
	if len(dialogs) == 0 {
		// Compat: Yealink, Grandstream: a lamp goes out only by a call that is named, and over.
		info.Dialogs = []dialogElement{{ID: sub.resource, State: Terminated}}
	}
	text, err := xml.Marshal(info)
	return append([]byte(xml.Header), text...), err
}

func (d *Dialog) element(extension, domain string) dialogElement {
	e := dialogElement{ID: d.ID, CallID: d.CallID, LocalTag: d.Tag, RemoteTag: d.Tag, Direction: "initiator", State: d.State}
	own := address(extension, domain)
	e.Local = &participant{identity{"", own}, target{own}}
	if d.Incoming {
		e.Direction = "recipient"
	}
	if d.Number != "" {
		uri := address(d.Number, domain)
		e.Remote = &participant{identity{d.Name, uri}, target{uri}}
	}
	return e
}

// summary is the text of RFC 3842 §3.5.
func (m Messages) summary(domain string) string {
	var b strings.Builder
	waiting := "no"
	if m.New > 0 {
		waiting = "yes"
	}
	fmt.Fprintf(&b, "Messages-Waiting: %s\r\n", waiting)
	if m.Account != "" {
		fmt.Fprintf(&b, "Message-Account: %s\r\n", address(m.Account, domain))
	}
	fmt.Fprintf(&b, "Voice-Message: %d/%d (0/0)\r\n", m.New, m.Old)
	return b.String()
}

// address is the URI of a number here.
func address(number, domain string) string {
	uri := sip.Uri{Scheme: "sip", User: escape(number), Host: domain}
	return uri.String()
}

// escape writes a user part as a URI has it (RFC 3261 §25.1).
func escape(user string) string {
	var b strings.Builder
	for i := range len(user) {
		if c := user[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()&=+$,/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
