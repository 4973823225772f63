package wire

import (
	"slices"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// An Action is what a Jingle request does (XEP-0166#def-action).
type Action string

const (
	ContentAccept    Action = "content-accept"
	ContentAdd       Action = "content-add"
	ContentModify    Action = "content-modify"
	ContentReject    Action = "content-reject"
	ContentRemove    Action = "content-remove"
	DescriptionInfo  Action = "description-info"
	SecurityInfo     Action = "security-info"
	SessionAccept    Action = "session-accept"
	SessionInfo      Action = "session-info"
	SessionInitiate  Action = "session-initiate"
	SessionTerminate Action = "session-terminate"
	TransportAccept  Action = "transport-accept"
	TransportInfo    Action = "transport-info"
	TransportReject  Action = "transport-reject"
	TransportReplace Action = "transport-replace"
)

var actions = []Action{ContentAccept, ContentAdd, ContentModify, ContentReject, ContentRemove, DescriptionInfo, SecurityInfo, SessionAccept,
	SessionInfo, SessionInitiate, SessionTerminate, TransportAccept, TransportInfo, TransportReject, TransportReplace}

// hasContents reports whether the action is about contents and so must name one.
func (a Action) hasContents() bool {
	return a != SecurityInfo && a != SessionInfo && a != SessionTerminate
}

// Jingle is the <jingle/> element (XEP-0166#def-jingle).
type Jingle struct {
	Action               Action
	SID                  string
	Initiator, Responder jid.JID // zero when not stated
	Contents             []Content
	Groups               []Group
	Reason               *Reason
	Infos                []Info  // of a session-info
	Muji                 jid.JID // the room whose conference the session belongs to (XEP-0272#joining); zero for none
	Focus                *bool   // whether the sender mixes for several others (XEP-0298#call-create); nil when not stated
	Other                []Raw   // elements of other specifications; of a session-info they are what was not understood
}

// ParseJingle reads a <jingle/> element.
func ParseJingle(e xmlstream.Element) (*Jingle, error) {
	if !e.Is(NS, "jingle") {
		return nil, badRequest("this is no <jingle/>")
	}
	r := reader{e: e}
	j := &Jingle{Action: Action(r.short("action")), SID: r.required("sid"), Initiator: r.jid("initiator"), Responder: r.jid("responder")}
	if !slices.Contains(actions, j.Action) {
		r.fail("there is no such action")
	}
	for c := range e.Children() {
		if r.err != nil {
			return nil, r.err
		}
		r.err = j.child(c)
	}
	if r.err == nil && j.Action.hasContents() && len(j.Contents) == 0 {
		r.fail("%s needs a content", j.Action)
	}
	if r.err != nil {
		return nil, r.err
	}
	return j, nil
}

func (j *Jingle) child(e xmlstream.Element) (err error) {
	switch {
	case e.Is(NS, "content"):
		if !more(&err, len(j.Contents), MaxContents, "contents") {
			return err
		}
		c, err := parseContent(e, j.Action == ContentModify)
		if err != nil {
			return err
		}
		// XEP-0166#def-content has two contents of one name as alternatives of each other; no client sends such, and nothing could be told
		// about either of them afterwards.
		if slices.ContainsFunc(j.Contents, func(o Content) bool { return o.Name == c.Name && o.Creator == c.Creator }) {
			return badRequest("two contents have the name %q", c.Name)
		}
		j.Contents = append(j.Contents, c)
	case e.Is(NS, "reason"):
		j.Reason, err = ParseReason(e)
	case e.Space() == NS: // of a later version
	case e.Is(NSGrouping, "group"):
		var g Group
		if g, err = parseGroup(e); err == nil && more(&err, len(j.Groups), MaxGroups, "groups") {
			j.Groups = append(j.Groups, g)
		}
	case e.Space() == NSRTPInfo && j.Action == SessionInfo:
		var i Info
		known := true
		if i, known, err = parseInfo(e); err == nil && known && more(&err, len(j.Infos), MaxInfos, "payloads") {
			j.Infos = append(j.Infos, i)
		} else if !known {
			j.Other = keep(j.Other, e, &err)
		}
	case e.Is(NSMuji, "muji"):
		r := reader{e: e}
		j.Muji, err = r.jid("room"), r.err
	case e.Is(NSCoin, "conference-info"):
		r := reader{e: e}
		focus := r.boolean("isfocus", false)
		j.Focus, err = &focus, r.err
	default:
		j.Other = keep(j.Other, e, &err)
	}
	return err
}

// Build writes the element.
func (j *Jingle) Build(b *xmlstream.Builder) {
	b.Start("jingle", NS, "action", string(j.Action), "initiator", j.Initiator.String(), "responder", j.Responder.String(), "sid", j.SID)
	for i := range j.Groups {
		j.Groups[i].build(b)
	}
	for i := range j.Contents {
		j.Contents[i].build(b)
	}
	if j.Reason != nil {
		j.Reason.Build(b)
	}
	for _, i := range j.Infos {
		i.build(b)
	}
	if !j.Muji.IsZero() {
		b.Element("muji", NSMuji, "", "room", j.Muji.String())
	}
	if j.Focus != nil {
		b.Element("conference-info", NSCoin, "", "isfocus", truth(*j.Focus))
	}
	buildRaw(b, j.Other)
	b.End()
}

// Content returns the content with this creator and name, or nil.
func (j *Jingle) Content(creator Creator, name string) *Content {
	for i := range j.Contents {
		if c := &j.Contents[i]; c.Name == name && c.Creator == creator {
			return c
		}
	}
	return nil
}
