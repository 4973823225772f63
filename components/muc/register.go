package muc

import (
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

const (
	fieldNick    = "muc#register_roomnick"
	fieldAllow   = "muc#register_allow"
	fieldApplied = "muc#jid" // who applies: ours, in the form for admins
)

// registration asks how to become a member (XEP-0045#register).
func (r *Room) registration(q request) {
	if err := r.mayRegister(q.From.Bare()); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	a := r.affs[q.From.Bare()]
	b := []byte("<query xmlns='" + nsRegister + "'>")
	f := dataform.New("form", NSJoining)
	nick := dataform.Field{Var: fieldNick, Type: dataform.TextSingle, Label: "Nickname", Required: true}
	if a != nil && a.affiliation >= Member {
		b = append(b, "<registered/>"...)
		if a.nick != "" {
			b = append(xmlstream.AppendText(append(b, "<username>"...), a.nick), "</username>"...)
			nick.Values = []string{a.nick}
		}
	} else if r.cfg.MembersOnly {
		f.Instructions = "An admin of the room will be asked to let you in."
	}
	f.Title = "Registration with " + r.title()
	f.Add(nick)
	r.svc.result(q.Stanza, append(f.Append(b), "</query>"...))
}

// mayRegister says why somebody must not ask for membership.
func (r *Room) mayRegister(bare jid.JID) error {
	switch a := r.affiliation(bare); {
	case a == Outcast:
		return xmppd.Errorf("forbidden", "you are banned from this room")
	case a >= Member:
		return nil
	case !r.cfg.Registration || r.svc.isGuest(bare):
		return xmppd.Errorf("not-allowed", "only admins add members to this room")
	}
	return nil
}

// register takes the form, or the wish not to be a member any longer.
func (r *Room) register(q request) {
	bare := q.From.Bare().Clone()
	if _, ok := q.payload.Child(nsRegister, "remove"); ok {
		r.unregister(q, bare)
		return
	}
	nick, err := r.wantedNick(q, bare)
	if err == nil {
		err = r.mayRegister(bare)
	}
	if err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	have := r.affiliation(bare)
	if have == None && r.cfg.MembersOnly {
		r.svc.result(q.Stanza, nil)
		r.askAdmins(bare, nick)
		return
	}
	r.grant(q, []affiliationChange{{who: bare, to: max(have, Member), nick: &nick}})
}

// wantedNick is the nickname in the submitted form.
func (r *Room) wantedNick(q request, bare jid.JID) (string, error) {
	f, err := dataform.Find(q.payload, NSJoining)
	if err != nil {
		return "", err
	}
	if f == nil || f.Type != "submit" {
		return "", xmppd.Errorf("bad-request", "a form is needed")
	}
	nick, _ := f.Get(fieldNick)
	return r.reservable(nick, bare)
}

// reservable is the prepared form of a nickname that a user may have reserved.
func (r *Room) reservable(nick string, bare jid.JID) (string, error) {
	j, err := r.jid.WithResource(nick)
	if err != nil || nick == "" || invisible(nick) {
		return "", xmppd.Errorf("bad-request", "a nickname is needed")
	}
	nick = strings.Clone(j.Resource())
	return nick, r.mayBeCalled(bare, nick)
}

func (r *Room) unregister(q request, bare jid.JID) {
	switch a := r.affs[bare]; {
	case a == nil || a.affiliation < Member:
		r.svc.refuse(q.Stanza, xmppd.Errorf("registration-required", "you are not a member")) // XEP-0077#usecases-cancel
	case a.affiliation >= Admin:
		r.svc.refuse(q.Stanza, xmppd.Errorf("not-allowed", "admins and owners resign first"))
	default:
		r.grant(q, []affiliationChange{{who: bare, to: None}})
	}
}

// grant carries out changes that somebody makes to himself.
func (r *Room) grant(q request, changes []affiliationChange) {
	if err := r.roomFor(len(changes)); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	b := new(store.Batch)
	r.saveAffiliations(b, stateOf(r.state, &r.cfg), changes)
	r.change(b, func(err error) {
		if err != nil {
			r.svc.refuse(q.Stanza, r.notStored(err))
			return
		}
		after := r.applyAffiliations(changes, "")
		r.svc.result(q.Stanza, nil)
		after.tell(r)
	})
}

// askAdmins sends a registration request to admins and owners (XEP-0045#regapprove). The form says all that the answer needs.
func (r *Room) askAdmins(bare jid.JID, nick string) {
	f := dataform.New("form", NSJoining).
		Add(dataform.Field{Var: fieldApplied, Type: dataform.JIDSingle, Label: "User", Values: []string{bare.String()}}).
		Add(dataform.Field{Var: fieldNick, Type: dataform.TextSingle, Label: "Desired nickname", Values: []string{nick}}).
		Add(dataform.Field{Var: fieldAllow, Type: dataform.Boolean, Label: "Allow this person to register with the room?", Values: []string{"0"}})
	f.Title = "Registration request"
	f.Instructions = "Select the checkbox and submit the form to make this person a member. Cancel it to do nothing."
	form := f.Append(nil)
	for who, a := range r.affs {
		if a.affiliation >= Admin && who.Local() != "" {
			r.route(xmlstream.NewBuilder().Start("message", "", "from", r.addr, "to", who.String()).Raw(form).Packet())
		}
	}
}

// approval is an admin's answer to a registration request.
type approval struct {
	stanza
	allow bool
	who   jid.JID
	nick  string
}

func newApproval(s stanza, f *dataform.Form) (event, error) {
	a := approval{stanza: s}
	if f.Type != "submit" {
		return nil, nil // cancelled
	}
	var err error
	if a.allow, _, err = f.Bool(fieldAllow); err != nil {
		return nil, err
	}
	who, _ := f.Get(fieldApplied)
	j, err := jid.Parse(who)
	if err != nil || j.Local() == "" {
		return nil, xmppd.Errorf("bad-request", "the form does not say whom it is about")
	}
	a.who = j.Bare().Clone()
	a.nick, _ = f.Get(fieldNick)
	return a, nil
}

func (a approval) apply(r *Room) {
	by, _ := r.actor(a.From)
	var err error
	nick := ""
	switch {
	case r.state == absent:
		err = xmppd.Errorf("item-not-found", "there is no such room")
	case by < Admin:
		err = xmppd.Errorf("forbidden", "only admins add members")
	case !a.allow, r.affiliation(a.who) >= Member:
		return
	case a.nick != "":
		nick, err = r.reservable(a.nick, a.who)
	}
	changes := []affiliationChange{{who: a.who, to: Member, nick: &nick}}
	if err == nil {
		err = r.roomFor(1)
	}
	if err != nil {
		r.svc.refuse(a.Stanza, err)
		return
	}
	b := new(store.Batch)
	r.saveAffiliations(b, stateOf(r.state, &r.cfg), changes)
	r.change(b, func(err error) {
		if err != nil {
			r.svc.refuse(a.Stanza, r.notStored(err))
			return
		}
		r.applyAffiliations(changes, r.nickOf(a.From)).tell(r)
	})
}
