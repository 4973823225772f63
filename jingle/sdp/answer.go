package sdp

import (
	"slices"

	"plenum/jingle/wire"
)

// Answer agrees on the contents that the peer offers in a session-initiate or content-add. role is ours in the session: Responder, or Initiator
// for what the responder adds. The error is a *Failure when no content can be accepted.
func Answer(offer *wire.Jingle, role wire.Role, caps Capabilities) (*Description, error) {
	return (&Description{Role: role}).Answer(offer, caps)
}

// Answer agrees on what the peer adds to the session by content-add. The result has the added contents alone; once they are accepted,
// [Description.Merge] takes them in.
func (d *Description) Answer(offer *wire.Jingle, caps Capabilities) (*Description, error) {
	out := &Description{Role: d.Role}
	sets, named := bundles(offer)
	for i, set := range sets {
		out.answer(offer, set, named[i], &caps, d.grouped(named[i]).numbers())
	}
	if len(out.Transports) == 0 {
		if len(out.Refused) == 0 {
			return nil, fail(wire.UnsupportedApplications, "there is no content")
		}
		return nil, &Failure{out.Refused[0].Reason}
	}
	return out, nil
}

// answer agrees on one transport, whose numbers n may be in use already.
func (d *Description) answer(offer *wire.Jingle, set []*wire.Content, names []string, caps *Capabilities, n *numbers) {
	t := Transport{Mux: true}
	var accepted []*wire.Content
	for _, w := range set {
		c, f := answerContent(w, d.Role, caps, n)
		if f == nil && len(accepted) == 0 {
			t.Setup, f = answerSetup(w.Transport)
		}
		if f != nil {
			d.Refused = append(d.Refused, Refusal{w.Key(), f.Reason})
			continue
		}
		// In a group there is always one component (RFC 9143 §9.3). Else it is confirmed where it was offered (RFC 5761 §5.1.1).
		c.Local.Mux = w.Description.Mux || names != nil
		t.Mux = t.Mux && c.Local.Mux
		t.Contents, accepted = append(t.Contents, c), append(accepted, w)
	}
	if len(accepted) == 0 {
		return
	}
	t.Remote = remote(accepted, t.Mux)
	t.Group = answerGroup(offer, names, accepted)
	d.Transports = append(d.Transports, t)
}

// answerGroup has the accepted contents, and those that are not in this offer but in the session.
func answerGroup(offer *wire.Jingle, names []string, accepted []*wire.Content) (group []string) {
	for _, name := range names {
		is := func(c *wire.Content) bool { return c.Name == name }
		offered := slices.ContainsFunc(offer.Contents, func(c wire.Content) bool { return c.Name == name })
		if (slices.ContainsFunc(accepted, is) || !offered) && !slices.Contains(group, name) {
			group = append(group, name)
		}
	}
	return group
}

func answerContent(w *wire.Content, role wire.Role, caps *Capabilities, n *numbers) (Content, *Failure) {
	c := Content{Key: w.Key()}
	if w.Description == nil {
		return c, fail(wire.UnsupportedApplications, "only media over RTP is taken")
	}
	kind, ok := kindOf(w.Description)
	if !ok {
		return c, fail(wire.UnsupportedApplications, "only audio and video are taken")
	}
	if w.Transport == nil {
		return c, fail(wire.UnsupportedTransports, "only ICE-UDP is taken")
	}
	c.Kind = kind
	ability := caps.of(kind)
	(&negotiator{ability, w.Description, n, &c}).run()
	if len(c.Codecs) == 0 {
		return c, fail(wire.IncompatibleParameters, "there is no codec in common for "+w.Description.Media)
	}
	c.Send = w.Senders.Sends(role) && !ability.NoSend
	c.Receive = w.Senders.Sends(role.Peer()) && !ability.NoReceive
	return c, nil
}

// answerSetup chooses our part in the handshake. Where the choice is ours we are the server, whose preference among the ciphers counts.
func answerSetup(t *wire.Transport) (wire.Setup, *Failure) {
	if len(t.Fingerprints) == 0 {
		return "", unencrypted()
	}
	if t.Ufrag == "" {
		return "", fail(wire.FailedTransport, "there are no ICE credentials")
	}
	switch t.Fingerprints[0].Setup {
	case wire.ActPass, wire.Act, "":
		return wire.Passive, nil
	case wire.Passive:
		return wire.Act, nil
	}
	return "", fail(wire.IncompatibleParameters, "the handshake is put off")
}
