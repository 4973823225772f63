package call

import (
	"cmp"
	"slices"

	"plenum/components/media"
	"plenum/components/media/transcode"
)

// codecs are those of sound that a leg takes, best first; nil where they are not known.
func (r *Runner) codecs(leg LegID) []media.Codec {
	s := r.legs[leg]
	if s == nil {
		return nil
	}
	if endpoint := s.leg.Media(); endpoint != nil {
		for _, slot := range endpoint.Slots() {
			if slot.Kind.Sound() {
				return slot.Codecs
			}
		}
	}
	return s.codecs
}

// hops is how many servers a call of this leg may still pass; 0 where that is not known.
func (r *Runner) hops(leg LegID) int {
	if s := r.legs[leg]; s != nil {
		return s.hops
	}
	return 0
}

// prefer lets a leg that is about to agree on media know what the one that it will hear takes. That one is named by what follows in orders.
func (r *Runner) prefer(o Order, orders []Order) {
	ring, rings := o.Command.(Ring)
	if _, answers := o.Command.(Answer); !answers && !(rings && ring.Early) {
		return
	}
	for _, other := range orders {
		hear, ok := other.Command.(Hear)
		if !ok || other.Leg != o.Leg || hear.From == "" {
			continue
		}
		if codecs := r.codecs(hear.From); codecs != nil {
			r.carryOut(Order{o.Leg, Prefer{codecs}})
		}
	}
}

// rebind gives those who hear a leg what it publishes now.
func (r *Runner) rebind(from LegID) {
	for _, s := range r.legs {
		if s.hears.From == from && from != "" {
			r.bind(s)
		}
	}
}

// bind gives a leg what it is to hear and see, as far as both have agreed on media. Slots that keep their source are left alone.
func (r *Runner) bind(s *station) {
	endpoint := s.leg.Media()
	if endpoint == nil {
		return
	}
	slots := endpoint.Slots()
	if len(s.bound) != len(slots) {
		s.bound = make([]media.Source, len(slots))
	}
	for i, src := range r.sources(s, slots) {
		if src == s.bound[i] {
			continue
		}
		if err := endpoint.Bind(i, src); err != nil {
			r.Log.Info("a slot does not take its source", "leg", string(s.leg.ID()), "slot", i, "error", err)
			src = nil
		}
		s.bound[i] = src
	}
}

// sources is what each of a leg's slots gets.
func (r *Runner) sources(s *station, slots []media.Slot) []media.Source {
	list := make([]media.Source, len(slots))
	if s.hears.From == "" {
		if i := slices.IndexFunc(slots, func(slot media.Slot) bool { return slot.Kind.Sound() }); i >= 0 && s.hears.Sound != Nothing {
			list[i] = r.Sound(s.hears.Sound)
		}
		return list
	}
	from := r.legs[s.hears.From]
	if from == nil || from.leg.Media() == nil {
		return list
	}
	sound, pictures := from.tracks()
	for i, slot := range slots {
		if slot.Kind.Sound() {
			list[i], sound = first(sound)
		} else {
			list[i], pictures = first(pictures)
		}
	}
	return list
}

func first(list []media.Source) (media.Source, []media.Source) {
	if len(list) == 0 {
		return nil, nil
	}
	return list[0], list[1:]
}

// tracks is what a leg publishes, the voice before a screen's sound and a screen before a camera. Sound is turned into another codec where
// the receiver asks for that; the sources stay the same as long as the tracks do.
func (s *station) tracks() (sound, pictures []media.Source) {
	tracks := slices.Collect(s.leg.Media().Tracks())
	slices.SortStableFunc(tracks, func(a, b *media.Track) int {
		if a.Kind().Sound() {
			return cmp.Compare(a.Kind(), b.Kind())
		}
		return cmp.Compare(b.Kind(), a.Kind())
	})
	published := make(map[*media.Track]*transcode.Source, len(tracks))
	for _, t := range tracks {
		if !t.Kind().Sound() {
			pictures = append(pictures, t)
			continue
		}
		src := s.published[t]
		if src == nil {
			src = transcode.New(t)
		}
		published[t] = src
		sound = append(sound, src)
	}
	s.published = published
	return sound, pictures
}
