package conference

import (
	"context"
	"slices"

	"plenum/components/adhoc"
	"plenum/components/call"
	"plenum/components/disco"
	"plenum/components/media/play"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Signalling is what carries the calls of conferences: Jingle. Its methods do not block.
type Signalling interface {
	// Deliver takes a stanza about calls, from an occupant of the room whose conference resident is: a request, an answer to one of its
	// own, or a message. It reports false for what it does not know. Calls that come of it are given to Service.Incoming.
	Deliver(resident jid.JID, in *xmppd.Stanza) bool
	// Features are what it can do, for service discovery.
	Features() []string
}

// capsNode names conferences in their capabilities (XEP-0115).
const capsNode = "urn:plenum:conference"

// caller is an occupant who may call.
type caller struct{ muc.OccupantInfo }

// callerKey is a client in a room.
type callerKey struct{ room, full jid.JID }

// resident is the conference as its room knows it.
func (c *Service) resident() *muc.Resident {
	return &muc.Resident{
		Nick: Nick,
		Presence: func(room jid.JID) *muc.Showing {
			if m := c.meeting(room); m != nil && m.showing.Load() != nil {
				return m.showing.Load()
			}
			return c.presence(room, figures{})
		},
		About:    c.about,
		Deliver:  c.deliver,
		Seen:     c.seen,
		Gone:     c.roomGone,
		Silenced: c.silenced,
	}
}

// about is what disco#info of a room says because conferences can be held in it.
func (c *Service) about(jid.JID) disco.Info {
	if c.Signalling == nil {
		return disco.Info{}
	}
	return disco.Info{Identities: []disco.Identity{{Category: "conference", Type: "audio-video"}}, Features: c.features()}
}

func (c *Service) features() []string {
	list := append(slices.Clone(c.Signalling.Features()), NSConference)
	slices.Sort(list)
	list = slices.Compact(list)
	return slices.DeleteFunc(list, func(f string) bool { return f == disco.NSInfo || f == disco.NSItems || f == nsPing })
}

// info is disco#info of a conference.
func (c *Service) info(node string) *disco.Info {
	i := c.about(jid.JID{})
	i.Node, i.Features = node, append(i.Features, disco.NSInfo, disco.NSItems, nsPing)
	if c.Commands != nil {
		i.Features = append(i.Features, adhoc.NS)
	}
	return &i
}

var errNoCalls = xmppd.Errorf("service-unavailable", "")

// deliver takes what an occupant of a room sends to its conference.
func (c *Service) deliver(room jid.JID, in *xmppd.Stanza, from *muc.OccupantInfo) error {
	if c.Signalling == nil {
		return errNoCalls
	}
	if p := in.Packet; p.Kind() == xmlstream.IQ && (p.Type() == xmppd.Get || p.Type() == xmppd.Set) {
		e, ok := p.First()
		if !ok {
			return xmppd.Errorf("bad-request", "an IQ of type get or set has one child")
		}
		c.noteCaller(room, in.From, from)
		if done, err := c.answerHere(room, in, e, from); done || err != nil {
			return err
		}
	}
	c.noteCaller(room, in.From, from)
	resident, err := room.WithResource(Nick)
	if err != nil {
		return err
	}
	if !c.Signalling.Deliver(resident, in) {
		return errNoCalls
	}
	return nil
}

// noteCaller remembers who may call and order.
func (c *Service) noteCaller(room, full jid.JID, who *muc.OccupantInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.callers[callerKey{room, full}.clone()] = caller{*who}
}

func (k callerKey) clone() callerKey { return callerKey{k.room.Clone(), k.full.Clone()} }

// answerHere answers what is no matter of a call.
func (c *Service) answerHere(room jid.JID, in *xmppd.Stanza, e xmlstream.Element, from *muc.OccupantInfo) (done bool, err error) {
	iq := c.srv.NewIQ(in, e)
	if c.Commands != nil && c.Commands.Offers(iq) {
		if !c.aside(func() { c.Commands.Answer(c.ctx, iq) }) {
			return true, errBusy
		}
		return true, nil
	}
	switch (request{in.Packet.Type(), e.Space(), e.Local()}) {
	case request{xmppd.Get, disco.NSInfo, "query"}:
		node := attr(e, "node")
		if node != "" && node != capsNode+"#"+c.info("").Hash() {
			return true, xmppd.Errorf("item-not-found", "there is no such node")
		}
		iq.Result(c.info(node).Append(nil))
		return true, nil
	case request{xmppd.Get, disco.NSItems, "query"}:
		iq.Result(disco.AppendItems(nil, attr(e, "node"), nil))
		return true, nil
	case request{xmppd.Get, nsPing, "ping"}:
		iq.Result(nil)
		return true, nil
	}
	if e.Space() != NSConference {
		return false, nil
	}
	if in.Packet.Type() != xmppd.Set {
		return true, xmppd.Errorf("bad-request", "the IQ is of type set")
	}
	r, err := parseRequest(e)
	if err != nil {
		return true, err
	}
	if !c.post(room, demand{iq, *from, r}) {
		return true, errBusy
	}
	return true, nil
}

var errBusy = &xmppd.StanzaError{Type: "wait", Condition: "resource-constraint", Text: "the conference has too much to do"}

// Incoming takes a call to the conference of a room. From is the full JID of an occupant of it, who has been seen by the room's Deliver a moment
// ago. The errors are of kind Forbidden, Limit and Busy.
func (c *Service) Incoming(from, to jid.JID, leg call.Leg, o call.Offer) (call.Sink, error) {
	room := to.Bare()
	c.mu.RLock()
	who, ok := c.callers[callerKey{room, from}]
	c.mu.RUnlock()
	if !ok {
		return nil, fault.New(fault.Forbidden, "only who is in the group can join its conference")
	}
	if m := c.meeting(room); m != nil {
		if f := m.figures.Load(); f.people+f.waiting >= c.placesFor(room, &who.OccupantInfo) {
			return nil, fault.New(fault.Limit, "all places of the conference are taken")
		}
	}
	p := &participant{told: noSlots, statuses: newBucket(statusesPerMinute), phone: o.From.Number != ""}
	if !c.postTo(room, func(m *meeting) event {
		p.sink = &sink{m: m, p: p}
		return joins{p, leg, from.Clone(), who}
	}) {
		return nil, fault.New(fault.Busy, errBusy.Text)
	}
	return p.sink, nil
}

// reservedPlaces are kept for moderators: without one of them those who wait would wait for ever.
const reservedPlaces = 20

// placesFor is how many people may be in a conference which somebody wants to join.
func (c *Service) placesFor(room jid.JID, who *muc.OccupantInfo) int {
	if c.moderates(room, who) {
		return c.Rules.People + reservedPlaces
	}
	return c.Rules.People
}

// isThere reports whether an occupant who has called is still in the room.
func (c *Service) isThere(room, full jid.JID) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, ok := c.callers[callerKey{room, full}]
	return ok
}

// moderates reports whether an occupant is a moderator of the conference: in a public group the moderators of its room, who are all
// users of this server; in another, where nobody comes from outside, everybody who may speak.
func (c *Service) moderates(room jid.JID, who *muc.OccupantInfo) bool {
	switch {
	case who.Guest:
		return false
	case c.public(room):
		return who.Role == muc.Moderator
	}
	return who.Role >= muc.Participant
}

// music is what those hear who wait. It is played once for all, and only while somebody listens.
func (c *Service) music() *play.Player {
	c.playing.Do(func() {
		clip := c.clip
		if clip == nil {
			clip = play.Music()
		}
		c.player = play.NewPlayer(true, clip)
		c.work.Go(func() {
			if err := c.player.Run(c.ctx); err != nil && err != context.Canceled {
				c.log.Error("the music on hold has ended", "err", err)
			}
		})
	})
	return c.player
}
