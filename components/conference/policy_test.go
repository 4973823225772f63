package conference

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plenum/components/media"
)

// slots prints what comes where: the number of a person, with s behind it for a screen and a for its sound; - is nothing.
func slots(list []choice) string {
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch {
		case c.who == 0:
			b.WriteByte('-')
			continue
		case c.kind == media.Screen:
			fmt.Fprintf(&b, "%ds", c.who)
			continue
		case c.kind == media.ScreenAudio:
			fmt.Fprintf(&b, "%da", c.who)
			continue
		}
		fmt.Fprint(&b, c.who)
	}
	return b.String()
}

// cameras makes cameras of people; "3:7" is number 3, who has begun to speak as the seventh.
func cameras(text string) (list []camera) {
	for _, f := range strings.Fields(text) {
		var c camera
		if n, _ := fmt.Sscanf(f, "%d:%d", &c.who, &c.spoke); n == 0 {
			panic(f)
		}
		list = append(list, c)
	}
	return list
}

func all(n int, on bool) []bool { return slices.Repeat([]bool{on}, n) }

// who sees whom.
func TestWatch(t *testing.T) {
	everything := func(choice) bool { return true }
	for name, steps := range map[string][]struct {
		cameras  string
		screen   int
		dominant int
		wish     wish
		want     string
	}{
		"alone": {{"1", 0, 1, wish{self: 1, visible: all(4, true)}, "- - - -"}},
		"two": {
			{"1 2", 0, 0, wish{self: 1, visible: all(4, true)}, "2 - - -"},
			{"1 2", 0, 1, wish{self: 1, visible: all(4, true)}, "2 - - -"},
		},
		"the stage follows who speaks, and the others stay where they are": {
			{"1 2 3 4 5", 0, 0, wish{self: 1, visible: all(4, true)}, "2 3 4 5"},
			{"1 2 3 4:1 5", 0, 4, wish{self: 1, visible: all(4, true)}, "4 3 2 5"},
			{"1 2 3 4:1 5:2", 0, 5, wish{self: 1, visible: all(4, true)}, "5 3 2 4"},
			{"1:3 2 3 4:1 5:2", 0, 1, wish{self: 1, visible: all(4, true)}, "5 3 2 4"}, // himself
			{"1:3 2 3 4:1", 0, 1, wish{self: 1, visible: all(4, true)}, "4 3 2 -"},
		},
		"who speaks comes into the tiles in the place of who has been silent for the longest time": {
			{"1 2 3 4 5 6", 0, 0, wish{self: 1, visible: all(3, true)}, "2 3 4"},
			{"1 2 3 4 5 6:1", 0, 6, wish{self: 1, visible: all(3, true)}, "6 3 2"},
			{"1 2 3 4 5:2 6:1", 0, 5, wish{self: 1, visible: all(3, true)}, "5 6 2"},
			{"1 2 3 4:3 5:2 6:1", 0, 4, wish{self: 1, visible: all(3, true)}, "4 6 5"},
		},
		"who speaks without a camera leaves the stage alone": {
			{"1 2 3", 0, 3, wish{self: 1, visible: all(3, true)}, "3 2 -"},
			{"1 2 3", 0, 4, wish{self: 1, visible: all(3, true)}, "3 2 -"},
		},
		"a screen has the stage, and its owner's camera a tile": {
			{"1 2 3", 0, 2, wish{self: 1, visible: all(4, true)}, "2 3 - -"},
			{"1 2 3", 3, 2, wish{self: 1, visible: all(4, true)}, "3s 3 2 -"},
			{"1 2 3", 0, 2, wish{self: 1, visible: all(4, true)}, "2 3 - -"},
		},
		"not his own": {{"1 2 3", 1, 2, wish{self: 1, visible: all(4, true)}, "2 3 - -"}},
		"what he pins has the stage, and the screen the first tile": {
			{"1 2 3", 3, 2, wish{self: 1, visible: all(3, true), pin: choice{2, media.Video}}, "2 3s 3"},
			{"1 2 3", 3, 3, wish{self: 1, visible: all(3, true), pin: choice{3, media.Screen}}, "3s 2 3"},
			{"1 3", 0, 3, wish{self: 1, visible: all(3, true), pin: choice{2, media.Video}}, "3 - -"}, // who is gone
			{"1 3", 0, 3, wish{self: 1, visible: all(3, true), pin: choice{1, media.Video}}, "3 - -"}, // himself
		},
		"slots that are not shown stay empty": {
			{"1 2 3 4", 0, 2, wish{self: 1, visible: []bool{true, false, true, false}}, "2 - 3 -"},
			{"1 2 3 4", 0, 2, wish{self: 1, visible: []bool{false, false, true, true}}, "- - 3 2"},
			{"1 2 3 4", 4, 2, wish{self: 1, visible: []bool{false, false, true, false}}, "- - 4s -"},
			{"1 2 3 4", 4, 2, wish{self: 1, visible: all(4, false)}, "- - - -"},
		},
		"what he cannot decode is not for him": {
			{"1 2 3 4", 2, 2, wish{self: 1, visible: all(2, true), takes: func(c choice) bool { return c.who == 4 }}, "4 -"},
		},
		"a client with one slot": {
			{"1 2 3", 0, 2, wish{self: 1, visible: all(1, true)}, "2"},
			{"1 2 3", 3, 2, wish{self: 1, visible: all(1, true)}, "3s"},
		},
		"a client without any": {{"1 2 3", 3, 2, wish{self: 1}, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			var have []choice
			for i, step := range steps {
				if i == 0 {
					have = make([]choice, len(step.wish.visible))
				}
				s := &scene{cameras: cameras(step.cameras), screen: step.screen, dominant: step.dominant}
				s.rank()
				if step.wish.takes == nil {
					step.wish.takes = everything
				}
				if have = watch(have, &step.wish, s); slots(have) != step.want {
					t.Fatalf("step %d: %s instead of %s", i, slots(have), step.want)
				}
			}
		})
	}
}

func TestListen(t *testing.T) {
	for name, steps := range map[string][]struct {
		scene scene
		want  string
	}{
		"in a small conference everybody is there before he speaks": {
			{scene{voices: []int{1, 2, 3}}, "2 3 -"},
			{scene{voices: []int{1, 2, 3}, heard: []int{3}}, "2 3 -"},
			{scene{voices: []int{1, 3, 4}, heard: []int{1}}, "4 3 -"},
		},
		"who speaks takes the place of who does not": {
			{scene{voices: []int{1, 2, 3, 4, 5}}, "2 3 4"},
			{scene{voices: []int{1, 2, 3, 4, 5}, heard: []int{5}}, "2 3 5"},
			{scene{voices: []int{1, 2, 3, 4, 5}, heard: []int{5, 4}}, "2 4 5"},
			{scene{voices: []int{1, 2, 3, 4, 5}, heard: []int{5, 4, 1}}, "2 4 5"},
			{scene{voices: []int{1, 2, 3, 4, 5}}, "2 4 5"},
		},
		"the sound of a screen comes first": {
			{scene{voices: []int{1, 2, 3, 4}, heard: []int{2, 3, 4}}, "2 3 4"},
			{scene{voices: []int{1, 2, 3, 4}, heard: []int{2, 3, 4}, screen: 3, screenSound: true}, "2 3 3a"},
			{scene{voices: []int{1, 2, 3, 4}, heard: []int{2, 3, 4}, screen: 1, screenSound: true}, "2 3 4"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			have := make([]choice, 3)
			for i, step := range steps {
				if have = listen(have, 1, &step.scene); slots(have) != step.want {
					t.Fatalf("step %d: %s instead of %s", i, slots(have), step.want)
				}
			}
		})
	}
}

// TestNobodyIsShownTwiceOrToHimself tries many conferences: what is chosen is there, once, not one's own, and no place is empty while
// somebody could be shown.
func TestNobodyIsShownTwiceOrToHimself(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		have, heard := make([]choice, 1+rng.IntN(9)), make([]choice, 3)
		for range 50 {
			var s scene
			for who := 1; who <= 12; who++ {
				if rng.IntN(3) > 0 {
					s.voices = append(s.voices, who)
				}
				if rng.IntN(3) > 0 {
					s.cameras = append(s.cameras, camera{who, uint64(rng.IntN(20))})
				}
			}
			s.screen, s.dominant = max(0, rng.IntN(20)-7), rng.IntN(13)
			s.screenSound = s.screen > 0 && rng.IntN(2) == 0
			s.heard = s.voices[:min(3, len(s.voices))]
			s.rank()
			w := &wish{self: 1 + rng.IntN(12), visible: all(len(have), true), takes: func(choice) bool { return true }, pin: choice{rng.IntN(13), media.Video}}
			have, heard = watch(have, w, &s), listen(heard, w.self, &s)
			shown := 0
			for i, c := range have {
				if c.who == 0 {
					continue
				}
				shown++
				if c.who == w.self || !s.has(c) || slices.Contains(have[i+1:], c) {
					t.Fatalf("seed %d: %d is shown %s of %+v", seed, w.self, slots(have), s)
				}
			}
			there := 0
			for _, c := range append([]choice{{s.screen, media.Screen}}, func() (l []choice) {
				for _, c := range s.cameras {
					l = append(l, choice{c.who, media.Video})
				}
				return l
			}()...) {
				if w.can(c, &s) {
					there++
				}
			}
			if shown != min(there, len(have)) {
				t.Fatalf("seed %d: %d of %d are shown: %s", seed, shown, there, slots(have))
			}
			for i, c := range heard {
				if c.who != 0 && (c.who == w.self || slices.Contains(heard[i+1:], c) || c.kind == media.Audio && !slices.Contains(s.voices, c.who)) {
					t.Fatalf("seed %d: %d hears %s", seed, w.self, slots(heard))
				}
			}
			for _, who := range s.heard {
				if c := (choice{who, media.Audio}); who != w.self && !slices.Contains(heard, c) && !s.screenSound {
					t.Fatalf("seed %d: %d does not hear %d: %s", seed, w.self, who, slots(heard))
				}
			}
		}
	}
}
