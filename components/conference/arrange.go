package conference

import (
	"cmp"
	"context"
	"slices"

	"plenum/components/media"
	"plenum/components/media/mix"
)

// Who shows in which size is said to endpoints that can use it, and so can be asked what has no bandwidth.
type sizer interface {
	SetHeight(slot, height int) // in pixels; 0 is not shown
	Paused(slot int) bool
}

// arrange gives everybody what he is to hear and see. Slots that keep their source are left alone.
func (m *meeting) arrange() {
	m.mixFor()
	m.listenFor()
	s := m.scene()
	for _, p := range m.people {
		if p.endpoint != nil {
			m.give(p, s)
		}
	}
}

// listenFor keeps the list of voices among which the beat finds who speaks.
func (m *meeting) listenFor() {
	var list []*voice
	for _, p := range m.people {
		in := p.place == takesPart && p.mic != nil
		if p.voice != nil && (!in || p.voice.track != p.mic) {
			p.voice.close()
			p.voice = nil
		}
		if !in {
			continue
		}
		if p.voice == nil {
			p.voice = newVoice(p.n, p.mic, func() {
				m.inbox.Post(do(func(m *meeting) { p.noLevel, m.stale = true, true }))
			})
		}
		list = append(list, p.voice)
	}
	m.voices.Store(&list)
	switch runs := m.stopBeat != nil; {
	case len(list) > 0 && !runs:
		b := newBeat(&m.voices, nil)
		b.tell = func(s spoken) { m.inbox.Post(speech{b, s}) }
		ctx, stop := context.WithCancel(context.Background())
		m.beat, m.stopBeat = b, stop
		m.work.Go(func() { b.run(ctx) })
	case len(list) == 0 && runs:
		m.stopBeat()
		m.beat, m.stopBeat, m.spoken = nil, nil, spoken{}
	}
}

// speech is what a beat has found out.
type speech struct {
	by *beat
	spoken
}

func (s speech) apply(m *meeting) {
	if s.by != m.beat {
		return
	}
	for _, n := range s.heard {
		if p := m.byNumber(n); p != nil && !slices.Contains(m.spoken.heard, n) {
			m.spokes++
			p.spoke = m.spokes
		}
	}
	m.spoken, m.stale = s.spoken, true
}

// mixFor runs a mixer as long as somebody takes what it mixes, or has a voice that has to be decoded to know how loud it is.
func (m *meeting) mixFor() {
	taken, needed := false, false
	for _, p := range m.people {
		if p.place == takesPart {
			taken = taken || p.takesMix()
			needed = needed || p.noLevel
		}
	}
	if taken || needed {
		if m.mixer == nil {
			mixer := mix.New()
			ctx, stop := context.WithCancel(context.Background())
			m.mixer, m.stopMix = mixer, stop
			m.work.Go(func() { mixer.Run(ctx) })
		}
	}
	for _, p := range m.people {
		in := p.place == takesPart && (taken || p.noLevel)
		switch {
		case in && p.port == nil:
			p.port, p.portInput = m.mixer.Join(), nil
		case !in && p.port != nil:
			p.port.Leave()
			p.port, p.portInput = nil, nil
		}
		if p.port != nil && p.portInput != p.mic {
			if err := p.port.SetInput(p.mic); err != nil {
				m.log.Info("a voice cannot be mixed", "nick", p.nick(), "err", err)
			}
			p.portInput = p.mic
		}
	}
	if !taken && !needed && m.mixer != nil {
		m.stopMix()
		m.mixer, m.stopMix = nil, nil
	}
}

// scene is what there is to be heard and seen.
func (m *meeting) scene() *scene {
	s := &scene{heard: m.spoken.heard, dominant: m.spoken.dominant}
	talkative := slices.Clone(m.people)
	slices.SortStableFunc(talkative, func(a, b *participant) int { return cmp.Compare(b.spoke, a.spoke) })
	for _, p := range talkative {
		if p.place == takesPart && p.audio() == "on" && !p.isMute() {
			s.voices = append(s.voices, p.n)
		}
	}
	for _, p := range m.people {
		if p.place != takesPart {
			continue
		}
		if p.video() == "on" {
			s.cameras = append(s.cameras, camera{p.n, p.spoke})
		}
	}
	if p := m.sharer; p != nil && p.place == takesPart && p.screen != nil && !p.voiceless() {
		s.screen, s.screenSound = p.n, p.screenAudio != nil
	}
	s.rank()
	return s
}

// give binds a participant's slots.
func (m *meeting) give(p *participant, s *scene) {
	sounds, pictures := p.slotsOf(true), p.slotsOf(false)
	want := make([]media.Source, len(p.slots))
	picks := make([]choice, len(p.slots))
	switch {
	case p.place != takesPart:
		if len(sounds) > 0 && (p.place == waits || p.place == knocks) && !p.isMute() {
			want[sounds[0]] = m.svc.music()
		}
	default:
		if p.isMute() {
			// The telephone has the sound.
		} else if p.takesMix() {
			want[sounds[0]] = p.port
		} else {
			spread(picks, sounds, listen(gather(p.picks, sounds), p.n, s))
		}
		spread(picks, pictures, watch(gather(p.picks, pictures), m.wishOf(p, pictures), s))
		for i, c := range picks {
			if src := m.source(c); src != nil {
				want[i] = src
			}
		}
	}
	if p.says != nil && len(sounds) > 0 {
		want[sounds[0]] = p.says
	}
	m.size(p, pictures)
	p.picks = picks
	m.bind(p, want)
	m.tellSlots(p)
}

func gather(list []choice, at []int) []choice {
	out := make([]choice, len(at))
	for i, slot := range at {
		out[i] = list[slot]
	}
	return out
}

func spread(list []choice, at []int, what []choice) {
	for i, slot := range at {
		list[slot] = what[i]
	}
}

// source is what fills a slot.
func (m *meeting) source(c choice) media.Source {
	p := m.byNumber(c.who)
	if p == nil {
		return nil
	}
	switch c.kind {
	case media.Audio:
		if p.sound != nil {
			return p.sound
		}
	case media.ScreenAudio:
		if p.screenSound != nil {
			return p.screenSound
		}
	case media.Video:
		if p.cam != nil {
			return p.cam
		}
	case media.Screen:
		if p.screen != nil {
			return p.screen
		}
	}
	return nil
}

// wishOf is what a participant wants to see.
func (m *meeting) wishOf(p *participant, pictures []int) *wish {
	w := &wish{self: p.n, visible: make([]bool, len(pictures))}
	for i, slot := range pictures {
		w.visible[i] = p.view == nil || p.view.heights[slot] > 0
	}
	if p.view != nil && p.view.pin != "" {
		if pinned := m.byNick(p.view.pin); pinned != nil {
			w.pin = choice{pinned.n, p.view.pinKind}
		}
	}
	w.takes = func(c choice) bool {
		t, ok := m.source(c).(*media.Track)
		if !ok {
			return false
		}
		_, takes := t.Codec().Find(p.slots[pictures[0]].Codecs)
		return takes
	}
	return w
}

// size tells the endpoint in which sizes slots are shown.
func (m *meeting) size(p *participant, pictures []int) {
	e, ok := p.endpoint.(sizer)
	if !ok || p.view == nil {
		return
	}
	for _, slot := range pictures {
		if h := p.view.heights[slot]; h != p.heights[slot] {
			p.heights[slot] = h
			e.SetHeight(slot, h)
		}
	}
}

// empty takes away all that somebody is given.
func (m *meeting) empty(p *participant) {
	if p.endpoint == nil {
		return
	}
	m.bind(p, make([]media.Source, len(p.slots)))
	p.endpoint = nil
}

func (m *meeting) bind(p *participant, want []media.Source) {
	for i, src := range want {
		if src == p.bound[i] {
			continue
		}
		if err := p.endpoint.Bind(i, src); err != nil {
			m.log.Debug("a slot does not take its source", "nick", p.nick(), "slot", i, "err", err)
			if p.bound[i] != nil {
				_ = p.endpoint.Bind(i, nil) // the slot is there: it had something
			}
			src, p.picks[i] = nil, choice{}
		}
		p.bound[i] = src
	}
}
