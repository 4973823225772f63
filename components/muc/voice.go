package muc

import (
	"time"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// askAgain is how long an occupant waits before he may ask for voice again.
const askAgain = 30 * time.Second

func newVoice(s stanza, f *dataform.Form) (event, error) {
	if _, ok := f.Get("muc#request_allow"); !ok {
		if role, ok := f.Get("muc#role"); ok && role != "participant" {
			return nil, xmppd.Errorf("bad-request", "only the role of a participant can be asked for")
		}
		return voiceRequest{s}, nil
	}
	allow, _, err := f.Bool("muc#request_allow")
	if err != nil {
		return nil, err
	}
	a := voiceApproval{stanza: s, allow: allow}
	a.nick, _ = f.Get("muc#roomnick")
	if who, _ := f.Get("muc#jid"); who != "" {
		if a.who, err = jid.Parse(who); err != nil {
			return nil, xmppd.Errorf("jid-malformed", "muc#jid is not an address")
		}
	}
	return a, nil
}

// voiceRequest is a visitor's wish to speak (XEP-0045#requestvoice).
type voiceRequest struct{ stanza }

func (v voiceRequest) apply(r *Room) {
	o := r.occupantOf(v.From)
	switch {
	case r.state == absent:
		r.svc.refuse(v.Stanza, xmppd.Errorf("item-not-found", "there is no such room"))
		return
	case o == nil:
		r.svc.refuse(v.Stanza, xmppd.Errorf("not-acceptable", "you are not in the room"))
		return
	case o.role != Visitor:
		r.svc.refuse(v.Stanza, xmppd.Errorf("bad-request", "you have voice already"))
		return
	case time.Since(o.asked) < askAgain:
		r.svc.refuse(v.Stanza, &xmppd.StanzaError{Type: "wait", Condition: "policy-violation", Text: "you have asked already"})
		return
	}
	o.asked = time.Now()
	r.scratch[0] = r.scratch[0][:0]
	for _, s := range r.all {
		if s.occupant.role == Moderator {
			r.scratch[0] = append(r.scratch[0], s.to)
		}
	}
	r.send(r.voiceForm(o, v.From), "", nil, r.scratch[0])
}

// voiceForm asks a moderator (XEP-0045#voiceapprove).
func (r *Room) voiceForm(o *occupant, who jid.JID) *xmlstream.Packet {
	f := dataform.New("form", NSRequest).
		Add(dataform.Field{Var: "muc#role", Type: dataform.ListSingle, Label: "Requested role", Values: []string{"participant"},
			Options: []dataform.Option{{Label: "Participant", Value: "participant"}}}).
		Add(dataform.Field{Var: "muc#jid", Type: dataform.JIDSingle, Label: "User ID", Values: []string{who.String()}}).
		Add(dataform.Field{Var: "muc#roomnick", Type: dataform.TextSingle, Label: "Room nickname", Values: []string{o.nick}}).
		Add(dataform.Field{Var: "muc#request_allow", Type: dataform.Boolean, Label: "Grant voice to this person?", Values: []string{"0"}})
	f.Title = "Voice request"
	f.Instructions = "Select the checkbox and submit the form to let this person speak. Cancel it to do nothing."
	return xmlstream.NewBuilder().Start("message", "", "from", r.addr).Raw(f.Append(nil)).Packet()
}

// voiceApproval is a moderator's answer.
type voiceApproval struct {
	stanza
	allow bool
	nick  string
	who   jid.JID // may be zero
}

func (v voiceApproval) apply(r *Room) {
	a, role := r.actor(v.From)
	o := r.occupants[v.nick]
	switch {
	case r.state == absent:
		r.svc.refuse(v.Stanza, xmppd.Errorf("item-not-found", "there is no such room"))
	case role != Moderator && a < Admin:
		r.svc.refuse(v.Stanza, xmppd.Errorf("forbidden", "only moderators grant voice"))
	case o == nil || !v.who.IsZero() && o.bare != v.who.Bare():
		r.svc.refuse(v.Stanza, xmppd.Errorf("item-not-found", "that person is no longer in the room"))
	case v.allow && o.role == Visitor:
		r.changeRoles([]roleChange{{o, Participant, ""}}, r.nickOf(v.From), nil)
	}
}

// nickOf is the nickname of a session, "" when it is not in the room.
func (r *Room) nickOf(full jid.JID) string {
	if o := r.occupantOf(full); o != nil {
		return o.nick
	}
	return ""
}
