package conference

import (
	"context"
	"sync/atomic"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/mix"
	"plenum/components/media/play"
	"plenum/components/media/transcode"
	"plenum/components/muc"
	"plenum/xmppd/jid"
)

// A participant is somebody who has called the conference. Who calls with a second client takes it over from the first.
type participant struct {
	n     int    // grows with each who comes
	id    string // XEP-0421: of the occupant
	l     *listener
	leg   call.Leg
	sink  *sink
	phone bool
	ready bool // media was agreed
	place place

	endpoint media.Endpoint
	slots    []media.Slot
	bound    []media.Source // by slot
	picks    []choice       // by slot: whom he is given
	heights  []int          // by slot, as the endpoint was told; -1 is not yet
	view     *viewRequest   // nil until he says what he shows
	told     string         // about his slots

	mic, cam, screen, screenAudio *media.Track
	sound, screenSound            *transcode.Source // of mic and screenAudio
	voice                         *voice
	noLevel                       bool // his voice states no level
	port                          *mix.Port
	portInput                     *media.Track

	speaks   bool // the client knows our protocol
	statuses bucket
	said     statusRequest
	hand     time.Time // raised since; zero when it is not
	noAudio  ban
	noVideo  ban
	noScreen ban
	noHand   ban
	quality  string
	spoke    uint64
	key      byte // the last one pressed

	// Of telephones, and pages that leave sound to one.
	caller  *PhoneCaller // who dialled in; nil for occupants of the room
	token   string       // of the access by which he came, if he is a guest
	release func()       // gives back what a caller has: his attendance, and his place
	code    string       // that the page shows; "" for none
	twin    *participant // the telephone of a page, or the page of a telephone
	says    *play.Player // what he is being told
	hush    context.CancelFunc
}

// understands reports whether the client knows what a conference tells it: it has said something itself, or takes voices one by one.
func (p *participant) understands() bool { return p.speaks || len(p.slotsOf(true)) > 1 }

// shown is whom the others see: the page of a telephone that belongs to one. What the two have once, a name and a hand, it has.
func (p *participant) shown() *participant {
	if p.caller != nil && p.twin != nil {
		return p.twin
	}
	return p
}

func (p *participant) nick() string { return p.shown().l.who.Nick }

// A ban is what a moderator has switched off. It ends when the participant switches it on again: only he does.
type ban struct {
	by  string // "" when there is none
	at  time.Time
	ack bool // the client has said that it is off
}

// overlap is how long a client that says "on" after something was switched off may not have heard of that yet.
const overlap = 2 * time.Second

// says takes note of what the client says, and reports whether that is to be believed.
func (b *ban) says(on bool, now time.Time) bool {
	switch {
	case b.by == "":
	case !on:
		b.ack = true
	case b.ack || now.Sub(b.at) > overlap:
		*b = ban{}
	default:
		return false
	}
	return true
}

// isMute reports whether a telephone carries the sound of a page.
func (p *participant) isMute() bool { return p.caller == nil && p.twin != nil }

// voiceless reports whether the room has given him no voice: he hears and sees only.
func (p *participant) voiceless() bool { return p.l.who.Role < muc.Participant }

// audio and video are what the others are told.
func (p *participant) audio() string {
	switch {
	case p.caller == nil && p.twin != nil:
		return p.twin.audio()
	case p.mic == nil || p.said.audio == "none":
		return "none"
	case p.voiceless() || p.noAudio.by != "" || p.said.audio == "muted" || p.mic.Muted():
		return "muted"
	}
	return "on"
}

func (p *participant) video() string {
	switch {
	case p.cam == nil || p.said.video == "none":
		return "none"
	case p.voiceless() || p.noVideo.by != "" || p.said.video == "off" || p.cam.Muted():
		return "off"
	}
	return "on"
}

// slotsOf are the numbers of the slots for sound, or for pictures.
func (p *participant) slotsOf(sound bool) (list []int) {
	for i, s := range p.slots {
		if s.Kind.Sound() == sound {
			list = append(list, i)
		}
	}
	return list
}

// takesMix reports whether there is but one slot for all voices.
func (p *participant) takesMix() bool {
	n := 0
	for _, s := range p.slots {
		if s.Kind.Sound() {
			n++
		}
	}
	return n == 1
}

// A sink is where a participant's leg reports.
type sink struct {
	m      *meeting
	p      *participant
	failed atomic.Bool // an event was lost

	leaving atomic.Bool // a caller is told why he is put out: what he does meanwhile does not matter
}

// Post implements [call.Sink].
func (s *sink) Post(e call.Event) bool {
	if s.leaving.Load() || s.m.inbox.Post(reported{s.p, e}) {
		return true
	}
	s.failed.Store(true)
	return false
}

// joins is a call that has come in.
type joins struct {
	p    *participant
	leg  call.Leg
	full jid.JID
	call caller
}

func (j joins) apply(m *meeting) {
	p := j.p
	switch {
	case !m.svc.isThere(m.room, j.full): // he has left meanwhile
		j.leg.Send(call.Hangup{Reason: call.Cancelled})
		return
	case len(m.people) >= m.svc.placesFor(m.room, &j.call.OccupantInfo) && m.participant(j.call.ID) == nil:
		j.leg.Send(call.Hangup{Reason: call.Congestion})
		return
	}
	if old := m.participant(j.call.ID); old != nil {
		m.people = without(m.people, old)
		p.hand, p.noAudio, p.noVideo, p.code = old.hand, old.noAudio, old.noVideo, old.code
		if twin := old.twin; twin != nil {
			old.twin, p.twin, twin.twin = nil, twin, p
		}
		m.drop(old)
		old.leg.Send(call.Hangup{Reason: call.Elsewhere})
		m.release(old.l)
	}
	m.last++
	p.n, p.id, p.leg, p.l = m.last, j.call.ID, j.leg, m.listener(j.full, &j.call.OccupantInfo)
	p.l.part, p.speaks = p, p.l.watches
	m.yieldNames(p.nick())
	m.people = append(m.people, p)
	p.leg.Send(call.Answer{})
	m.look.Reset(lookEach)
	m.touched()
}

func without(list []*participant, p *participant) []*participant {
	out := make([]*participant, 0, len(list))
	for _, x := range list {
		if x != p {
			out = append(out, x)
		}
	}
	return out
}

// participant finds somebody by his occupant id.
func (m *meeting) participant(id string) *participant {
	for _, p := range m.people {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (m *meeting) byNick(nick string) *participant {
	for _, p := range m.listed() {
		if p.nick() == nick {
			return p
		}
	}
	return nil
}

func (m *meeting) byNumber(n int) *participant {
	for _, p := range m.people {
		if p.n == n {
			return p
		}
	}
	return nil
}

// put tells a participant's media where he is.
func (m *meeting) put(p *participant, at place) {
	p.place = at
	if at == takesPart {
		m.admitted[p.id] = true
		m.announce(p, SayJoined)
	} else if at == waits {
		m.announce(p, SayWait)
	}
	p.guard(m)
}

// guard drops the packets of whom nobody may hear or see. Who has muted himself by a key still sends sound, and the microphone of a page would be
// heard beside its telephone.
func (p *participant) guard(m *meeting) {
	in := p.place == takesPart && !p.voiceless()
	for _, t := range []struct {
		track *media.Track
		may   bool
	}{
		{p.mic, in && p.noAudio.by == "" && (p.speaks || p.said.audio != "muted") && !p.isMute()}, {p.cam, in && p.noVideo.by == ""},
		{p.screen, in && m.sharer == p}, {p.screenAudio, in && m.sharer == p},
	} {
		if t.track != nil {
			t.track.SetBlocked(!t.may)
		}
	}
}

// part ends somebody's call.
func (m *meeting) part(p *participant, why call.Reason) {
	m.farewell(p, why)
	m.remove(p)
}

// remove takes somebody out of the meeting, but not out of its state.
func (m *meeting) remove(p *participant) {
	m.people = without(m.people, p)
	m.drop(p)
	m.release(p.l)
	m.touched()
}

// drop gives back what a participant had.
func (m *meeting) drop(p *participant) {
	p.place = nowhere
	p.guard(m)
	if p.l.part == p {
		p.l.part = nil
	}
	m.untwin(p)
	if p.hush != nil {
		p.hush()
	}
	if p.release != nil {
		p.release()
	}
	if m.sharer == p {
		m.sharer = nil
	}
	if p.voice != nil {
		p.voice.close()
		p.voice = nil
	}
	if p.port != nil {
		p.port.Leave()
		p.port = nil
	}
	m.empty(p)
}

// legEnded is the end of somebody's call.
func (m *meeting) legEnded(p *participant, why call.Reason) {
	if m.participant(p.id) != p {
		return
	}
	m.remove(p)
	lost := why == call.MediaLost || why == call.Unavailable || why == call.Failed || why == call.Congestion
	m.step(departs{p.id, lost})
}
