package session

import (
	"errors"
	"slices"

	"plenum/components/call"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
	"plenum/xmppd"
)

// contents are what is said of the contents with these keys, of all without.
func (s *Session) contents(keys []wire.Key) ([]wire.Content, []wire.Group) {
	local := make([]wire.Transport, len(s.local))
	for i, l := range s.local {
		local[i] = l.wire()
		l.told = len(l.candidates)
	}
	contents, groups := s.d.Contents(local)
	if keys == nil {
		return contents, groups
	}
	contents = slices.DeleteFunc(contents, func(c wire.Content) bool { return !slices.Contains(keys, c.Key()) })
	groups = slices.DeleteFunc(groups, func(g wire.Group) bool {
		return !slices.ContainsFunc(keys, func(k wire.Key) bool { return slices.Contains(g.Names, k.Name) })
	})
	return contents, groups
}

func (s *Session) has(k wire.Key) bool {
	_, c := s.d.Content(k)
	return c != nil
}

func (s *Session) count() (n int) {
	for i := range s.d.Transports {
		n += len(s.d.Transports[i].Contents)
	}
	return n
}

// known fails when a request names a content that the session has not.
func (s *Session) known(j *wire.Jingle) error {
	for i := range j.Contents {
		if !s.has(j.Contents[i].Key()) {
			return xmppd.Errorf("item-not-found", "there is no content %q", j.Contents[i].Name)
		}
	}
	return nil
}

// settledState reports whether both have agreed on a session, as changes of contents need.
func (s *Session) settledState() bool { return s.state == accepting || s.state == active }

// addContents takes a content-add (XEP-0166#def-action-content-add): each content is accepted or rejected, by itself.
func (s *Session) addContents(j *wire.Jingle) (func(), error) {
	if !s.settledState() {
		return nil, wire.OutOfOrder("the session is not accepted yet")
	}
	if s.count()+len(j.Contents) > MaxContents {
		return nil, xmppd.Errorf("resource-constraint", "a session has at most %d contents", MaxContents)
	}
	for i := range j.Contents {
		if c := &j.Contents[i]; s.has(c.Key()) || c.Creator != s.Role.Peer() {
			return nil, xmppd.Errorf("bad-request", "the content %q is in the session already, or of another creator", c.Name)
		}
	}
	return func() {
		more, err := s.d.Answer(j, s.Caps)
		var f *sdp.Failure
		switch {
		case errors.As(err, &f):
			s.reject(j.Contents, &f.Reason)
			return
		case err != nil:
			s.fail(err)
			return
		}
		for _, r := range more.Refused {
			s.reject([]wire.Content{{Creator: r.Key.Creator, Name: r.Key.Name}}, &r.Reason)
		}
		s.d.Merge(more)
		for i := range more.Transports {
			for _, c := range more.Transports[i].Contents {
				s.adding = append(s.adding, c.Key)
			}
		}
		if s.describe() {
			s.after(gatherTimer, GatherTime)
			s.acceptAdded()
		}
	}, nil
}

func (s *Session) reject(list []wire.Content, why *wire.Reason) {
	named := make([]wire.Content, len(list))
	for i := range list {
		named[i] = wire.Content{Creator: list[i].Creator, Name: list[i].Name}
	}
	s.request(&wire.Jingle{Action: wire.ContentReject, Contents: named, Reason: why}, nil)
}

// acceptAdded sends the content-accept, when the candidates of new transports are known.
func (s *Session) acceptAdded() {
	if len(s.adding) == 0 || !s.settledState() || !s.gathered() {
		return
	}
	keys := slices.DeleteFunc(s.adding, func(k wire.Key) bool { return !s.has(k) })
	if s.adding = nil; len(keys) == 0 || !s.connect() {
		return
	}
	contents, groups := s.contents(keys)
	s.request(&wire.Jingle{Action: wire.ContentAccept, Contents: contents, Groups: groups}, nil)
	s.changed()
}

// changed says that the media half may have other slots now.
func (s *Session) changed() {
	if s.ready {
		s.post(call.MediaReady{})
	}
}

// removeContents takes a content-remove (XEP-0166#def-action-content-remove). Without contents there is no session.
func (s *Session) removeContents(j *wire.Jingle) (func(), error) {
	if s.d == nil {
		return nil, wire.OutOfOrder("")
	}
	if err := s.known(j); err != nil {
		return nil, err
	}
	return func() {
		for i := range j.Contents {
			s.d.Remove(j.Contents[i].Key())
		}
		if s.count() == 0 {
			s.end(call.Success, tellPeer)
			return
		}
		if s.describe() {
			s.changed()
		}
	}, nil
}

// modifyContents takes a content-modify: who sends is different now.
func (s *Session) modifyContents(j *wire.Jingle) (func(), error) {
	if !s.settledState() {
		return nil, wire.OutOfOrder("the session is not accepted yet")
	}
	if err := s.known(j); err != nil {
		return nil, err
	}
	return func() {
		for i := range j.Contents {
			_, c := s.d.Content(j.Contents[i].Key())
			c.SetSenders(s.d.Role, j.Contents[i].Senders)
		}
		if s.describe() {
			s.changed()
		}
	}, nil
}

// describeStreams takes a description-info (XEP-0167#parameters): streams of the peer that it has not named before.
func (s *Session) describeStreams(j *wire.Jingle) (func(), error) {
	if s.d == nil {
		return nil, wire.OutOfOrder("")
	}
	if err := s.known(j); err != nil {
		return nil, err
	}
	return func() {
		for i := range j.Contents {
			if w := &j.Contents[i]; w.Description != nil {
				_, c := s.d.Content(w.Key())
				c.Inform(w.Description)
			}
		}
		s.describe()
	}, nil
}
