package conference

import (
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/transcode"
)

// reported is what a participant's leg says.
type reported struct {
	p     *participant
	event call.Event
}

func (r reported) apply(m *meeting) {
	p := r.p
	if p.l == nil || m.participant(p.id) != p {
		return // he has left, or was moved on
	}
	switch e := r.event.(type) {
	case call.MediaReady:
		m.mediaReady(p)
	case call.TrackAdded, call.TrackRemoved:
		m.tracksChanged(p)
	case call.TrackChanged:
		m.trackMuted(p, e.Track)
	case call.DTMF:
		m.pressed(p, e.Key)
	case call.Quality:
		if q := rate(e); q != p.quality {
			p.quality, m.changed = q, true
		}
	case call.Ended:
		m.legEnded(p, e.Reason)
	}
}

// mediaReady lets somebody in whose media is agreed, or was agreed anew.
func (m *meeting) mediaReady(p *participant) {
	p.endpoint = p.leg.Media()
	if p.endpoint == nil {
		return
	}
	p.slots = p.endpoint.Slots()
	p.bound, p.picks, p.heights = make([]media.Source, len(p.slots)), make([]choice, len(p.slots)), make([]int, len(p.slots))
	for i := range p.heights {
		p.heights[i] = -1
	}
	p.ready = true
	m.tracksChanged(p)
	moderator := m.moderates(p)
	if before := m.state.person(p.id); before != nil { // he has come back with another client
		m.put(p, before.place)
		m.step(isModerator{p.id, moderator})
		return
	}
	admitted := m.admitted[p.id] || p.twin != nil && m.admitted[p.twin.id]
	m.step(arrives{p.id, moderator, admitted, m.svc.wasCutOff(m.room)})
}

// tracksChanged looks at what somebody publishes.
func (m *meeting) tracksChanged(p *participant) {
	if p.endpoint == nil {
		return
	}
	var first [media.ScreenAudio + 1]*media.Track
	for t := range p.endpoint.Tracks() {
		if k := t.Kind(); int(k) < len(first) && first[k] == nil {
			first[k] = t
		}
	}
	had := p.screen != nil
	if p.mic != first[media.Audio] {
		p.noLevel = false
	}
	p.mic, p.sound = first[media.Audio], sourceOf(first[media.Audio], p.mic, p.sound)
	p.cam, p.screen = first[media.Video], first[media.Screen]
	p.screenAudio, p.screenSound = first[media.ScreenAudio], sourceOf(first[media.ScreenAudio], p.screenAudio, p.screenSound)
	switch {
	case p.screen != nil && !had:
		m.screenCame(p)
	case p.screen == nil && had && m.sharer == p:
		m.sharer = nil
	}
	p.guard(m)
	m.touched()
}

// sourceOf is what a track of sound is given out as; it stays the same as long as the track does.
func sourceOf(now, before *media.Track, src *transcode.Source) *transcode.Source {
	switch {
	case now == nil:
		return nil
	case now == before:
		return src
	}
	return transcode.New(now)
}

// trackMuted hears from the client itself that a track is muted, or is no more.
func (m *meeting) trackMuted(p *participant, t *media.Track) {
	now := time.Now()
	switch t {
	case p.mic:
		p.noAudio.says(!t.Muted(), now)
	case p.cam:
		p.noVideo.says(!t.Muted(), now)
	}
	p.guard(m)
	m.touched()
}

// pressed takes keys: *6 mutes and unmutes, *9 raises and lowers the hand.
func (m *meeting) pressed(p *participant, key byte) {
	before := p.key
	p.key = key
	if before != '*' {
		return
	}
	switch {
	case key == '6' && (p.noAudio.by != "" || p.said.audio == "muted"):
		p.noAudio, p.said.audio = ban{}, "on"
		m.announce(p, SayUnmuted)
	case key == '6':
		p.said.audio = "muted"
		m.announce(p, SayMuted)
	case key == '9' && p.shown().hand.IsZero():
		p.shown().hand = time.Now().UTC()
		m.announce(p, SayHandUp)
	case key == '9':
		p.shown().hand = time.Time{}
		m.announce(p, SayHandOff)
	default:
		return
	}
	p.guard(m)
	m.touched()
}

// rate says in one word how well media gets through.
func rate(q call.Quality) string {
	switch {
	case q.Loss >= 0.1 || q.RoundTrip >= 800*time.Millisecond:
		return "poor"
	case q.Loss >= 0.03 || q.RoundTrip >= 400*time.Millisecond:
		return "fair"
	}
	return "good"
}
