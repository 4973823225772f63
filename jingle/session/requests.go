package session

import (
	"plenum/components/call"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// Request takes a Jingle request with the session's sid. reply is called once: with nil when the request is acknowledged, before anything
// that comes of it, else with a stanza error.
func (s *Session) Request(from jid.JID, j *wire.Jingle, reply func(error)) {
	if !s.inbox.Post(request{from, j, reply}) {
		reply(errTooMuch)
	}
}

type request struct {
	from  jid.JID
	j     *wire.Jingle
	reply func(error)
}

// requests are the actions that are taken (XEP-0166#def-action). Each function looks whether the request fits in and returns what is to be done
// once it is acknowledged.
var requests = map[wire.Action]func(*Session, *wire.Jingle) (func(), error){
	wire.SessionInitiate: (*Session).initiate, wire.SessionAccept: (*Session).accepted, wire.SessionTerminate: (*Session).terminate,
	wire.SessionInfo: (*Session).informed, wire.TransportInfo: (*Session).transportInfo, wire.TransportReplace: (*Session).replaceTransport,
	wire.ContentAdd: (*Session).addContents, wire.ContentRemove: (*Session).removeContents, wire.ContentModify: (*Session).modifyContents,
	wire.DescriptionInfo: (*Session).describeStreams,
}

// unasked are answers to what this side never does: it adds no contents and replaces no transports.
var unasked = map[wire.Action]bool{wire.ContentAccept: true, wire.ContentReject: true, wire.TransportAccept: true, wire.TransportReject: true}

func (r request) apply(s *Session) {
	act, err := s.judge(r)
	r.reply(err)
	if act != nil {
		act()
	}
}

func (r request) late(*Session) { r.reply(wire.UnknownSession()) }

// judge says whether a request is acknowledged.
func (s *Session) judge(r request) (func(), error) {
	fn := requests[r.j.Action]
	switch {
	case r.from != s.Peer || s.state == proposing: // only who has the session may speak of it
		return nil, wire.UnknownSession()
	case fn == nil && unasked[r.j.Action]:
		return nil, wire.OutOfOrder("nobody has asked for that")
	case fn == nil:
		return nil, xmppd.Errorf("feature-not-implemented", "%s is not taken", r.j.Action)
	case s.state == fresh && r.j.Action != wire.SessionInitiate && r.j.Action != wire.TransportInfo && r.j.Action != wire.SessionTerminate,
		s.state == preparing && r.j.Action != wire.SessionTerminate:
		return nil, wire.OutOfOrder("the session is not initiated yet")
	}
	return fn(s, r.j)
}

// inform sends a session-info.
func (s *Session) inform(i wire.Info) {
	if s.state >= offered && s.state < over {
		s.request(&wire.Jingle{Action: wire.SessionInfo, Infos: []wire.Info{i}}, nil)
	}
}

// informed takes a session-info (XEP-0167#info). One that is empty asks whether the session is there.
func (s *Session) informed(j *wire.Jingle) (func(), error) {
	if len(j.Infos) == 0 && len(j.Other) > 0 {
		return nil, wire.UnsupportedInfo()
	}
	return func() {
		for _, i := range j.Infos {
			s.heed(i)
		}
	}, nil
}

func (s *Session) heed(i wire.Info) {
	switch i.Kind {
	case wire.Ringing:
		if s.state == initiating && !s.ringing {
			s.ringing = true
			s.post(call.Ringing{})
		}
	case wire.Hold:
		s.hold(true)
	case wire.Unhold, wire.Active:
		s.hold(false)
	case wire.Mute, wire.Unmute:
		s.mute(i)
	}
}

func (s *Session) hold(on bool) {
	if s.held == on {
		return
	}
	s.held = on
	if on {
		s.post(call.Held{})
	} else {
		s.post(call.Resumed{})
	}
}

// mute notes what the peer says of its tracks; without a name it means all.
func (s *Session) mute(i wire.Info) {
	m := s.Media()
	if m == nil {
		return
	}
	for t := range m.Tracks() {
		if i.Name != "" && !isTrack(t, wire.Key{Creator: i.Creator, Name: i.Name}) {
			continue
		}
		if muted := i.Kind == wire.Mute; t.Muted() != muted {
			t.SetMuted(muted)
			s.post(call.TrackChanged{Track: t})
		}
	}
}
