package muc

import (
	"strconv"

	"plenum/xmppd/xmlstream"
)

// Status codes (XEP-0045#registrar-statuscodes-init).
const (
	codeNonAnonymousRoom = 100 // on entering: everybody sees the real JID
	codeConfigChanged    = 104
	codeSelf             = 110
	codeLogging          = 170
	codeNotLogging       = 171
	codeNonAnonymous     = 172
	codeSemiAnonymous    = 173
	codeCreated          = 201
	codeNickChanged      = 210 // the service has changed it
	codeBanned           = 301
	codeNewNick          = 303
	codeKicked           = 307
	codeAffiliation      = 321
	codeMembersOnly      = 322
	codeShutdown         = 332
	codeError            = 333
)

// item is <item/> in muc#user and muc#admin; what is empty is left out, and so is the role when noRole is set.
type item struct {
	affiliation Affiliation
	role        Role
	noRole      bool
	jid, nick   string
	actor       string // nickname of who did it
	reason      string
}

func (i *item) append(b []byte) []byte {
	b = append(b, "<item affiliation='"...)
	b = append(append(b, i.affiliation.String()...), '\'')
	if !i.noRole {
		b = append(append(append(b, " role='"...), i.role.String()...), '\'')
	}
	if i.jid != "" {
		b = xmlstream.AppendAttr(b, "jid", i.jid)
	}
	if i.nick != "" {
		b = xmlstream.AppendAttr(b, "nick", i.nick)
	}
	if i.actor == "" && i.reason == "" {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	if i.actor != "" {
		b = append(xmlstream.AppendAttr(append(b, "<actor"...), "nick", i.actor), "/>"...)
	}
	return append(appendReason(b, i.reason), "</item>"...)
}

func appendReason(b []byte, reason string) []byte {
	if reason == "" {
		return b
	}
	b = xmlstream.AppendText(append(b, "<reason>"...), reason)
	return append(b, "</reason>"...)
}

func appendStatus(b []byte, code int) []byte {
	return append(strconv.AppendInt(append(b, "<status code='"...), int64(code), 10), "'/>"...)
}

// appendUser is <x xmlns='…muc#user'/> with an item and codes; more is further content.
func appendUser(b []byte, i *item, more []byte, codes ...int) []byte {
	b = append(b, "<x xmlns='"+NSUser+"'>"...)
	if i != nil {
		b = i.append(b)
	}
	b = append(b, more...)
	for _, c := range codes {
		b = appendStatus(b, c)
	}
	return append(b, "</x>"...)
}

// appendDelay is <delay/> of the room (XEP-0203).
func (r *Room) appendDelay(b []byte, at moment) []byte {
	b = append(b, "<delay xmlns='"+nsDelay+"'"...)
	b = xmlstream.AppendAttr(b, "from", r.addr)
	return append(xmlstream.AppendAttr(b, "stamp", at.String()), "/>"...)
}

func isRoomElement(e xmlstream.Element) bool {
	switch e.Space() {
	case NS, NSUser, NSAdmin, NSOwner, nsOccupantID, nsHats:
		return true
	}
	return false
}

// text is the character data of a child, "" when there is none.
func text(e xmlstream.Element, space, local string) string {
	c, ok := e.Child(space, local)
	if !ok {
		return ""
	}
	return c.Text()
}

// attr is an attribute, "" when there is none.
func attr(e xmlstream.Element, name string) string {
	v, _ := e.Attr(name)
	return v
}

var goneBase = xmlstream.MustParse("<presence type='unavailable'/>")
