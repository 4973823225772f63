package prompts_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/tone"
	"plenum/components/media/wav"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

func newService(t *testing.T, dir string) *prompts.Service {
	t.Helper()
	s, err := prompts.New(dir, "de")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// All texts and all numbers are there in all languages, can be heard, and are neither cut off nor endless.
func TestEverythingIsSpoken(t *testing.T) {
	s := newService(t, "")
	seen := map[string]int{}
	for _, p := range s.List() {
		seen[p.Language]++
		clip := s.Get(p.Language, p.ID)
		if d := clip.Duration(); d != p.Duration || d < 250*time.Millisecond || d > 15*time.Second {
			t.Errorf("%s/%s lasts %v, as the list says %v", p.Language, p.ID, d, p.Duration)
		}
		loudest := media.Silence
		for i := range clip.Frames() {
			loudest = min(loudest, media.Measure(clip.PCM(i)))
		}
		if loudest > 25 {
			t.Errorf("%s/%s is at most −%d dB loud", p.Language, p.ID, loudest)
		}
	}
	if seen["de"] != seen["en"] || seen["de"] < 150 {
		t.Errorf("texts by language: %v", seen)
	}
}

// What the program says is in the table, and the table has nothing that is never said.
func TestTable(t *testing.T) {
	said := map[prompts.ID]bool{}
	for _, id := range prompts.Named {
		said[id] = true
	}
	for _, p := range newService(t, "").List() {
		if c := p.ID[0]; c >= '0' && c <= '9' {
			continue
		}
		if !said[p.ID] {
			t.Errorf("%s is in the table, and is never said", p.ID)
		}
		delete(said, p.ID)
		said[p.ID] = true
	}
	all := newService(t, "").List()
	for id := range said {
		if !slices.ContainsFunc(all, func(p prompts.Prompt) bool { return p.ID == id }) {
			t.Errorf("%s is said, and is not in the table", id)
		}
	}
}

func TestLanguage(t *testing.T) {
	s := newService(t, "")
	for wanted, is := range map[string]string{"de": "de", "en": "en", "de-AT": "de", "EN-us": "en", "fr": "de", "": "de"} {
		if got := s.Language(wanted); got != is {
			t.Errorf("who wants %q is spoken to in %q, not %q", wanted, got, is)
		}
	}
	if _, err := prompts.New("", "fr"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a language without prompts: %v", err)
	}
}

func TestNumbers(t *testing.T) {
	s := newService(t, "")
	if n := s.Number("de", 42); len(n) != 1 || n[0] != s.Get("de", "42") {
		t.Error("42 is not said as one number")
	}
	if n := s.Number("de", 313); len(n) != 3 || n[0] != s.Get("de", "3") {
		t.Error("313 is not said digit by digit")
	}
	if d := s.Digits("en", "+49 89"); len(d) != 4 || d[3] != s.Get("en", "9") {
		t.Errorf("+49 89 has %d digits", len(d))
	}
}

// file is a WAV file with a tone.
func file(t *testing.T, hz float64, d time.Duration) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tone.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(f, 1)
	pcm := make([]int16, int(d*media.Rate/time.Second))
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 8000}}).Read(pcm)
	if err := errors.Join(err, w.Write(pcm), w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An administrator's recording takes the place of a text at once and after a restart, until it is reset.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	s := newService(t, dir)
	before := s.Get("de", prompts.Greeting).Duration()
	p, err := s.Replace("de", prompts.Greeting, bytes.NewReader(file(t, 700, 2*time.Second)))
	if err != nil || !p.Own || p.Duration != 2*time.Second || p.Since.IsZero() {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, s := range []*prompts.Service{s, newService(t, dir)} {
		clip := s.Get("de", prompts.Greeting)
		if clip.Duration() != 2*time.Second || !tone.Heard(clip.PCM(20), 700) {
			t.Error("the recording is not what is heard")
		}
		if s.Get("en", prompts.Greeting).Duration() == 2*time.Second {
			t.Error("the other language has changed too")
		}
	}
	if p, err = s.Reset("de", prompts.Greeting); err != nil || p.Own || s.Get("de", prompts.Greeting).Duration() != before {
		t.Errorf("after the reset: %+v, %v", p, err)
	}
	if _, err = s.Reset("de", prompts.Greeting); err != nil {
		t.Errorf("a second reset: %v", err)
	}
}

func TestReplaceRefuses(t *testing.T) {
	dir := t.TempDir()
	s := newService(t, dir)
	for name, c := range map[string]struct {
		lang string
		id   prompts.ID
		data []byte
		kind fault.Kind
	}{
		"no such text":     {"de", "../../passwd", file(t, 700, time.Second), fault.NotFound},
		"no such language": {"fr", prompts.Greeting, file(t, 700, time.Second), fault.NotFound},
		"no sound file":    {"de", prompts.Greeting, []byte("RIFFxxxx"), fault.Invalid},
		"nothing in it":    {"de", prompts.Greeting, file(t, 700, 0), fault.Invalid},
		"too long":         {"de", prompts.Greeting, file(t, 700, prompts.Longest+time.Second), fault.Limit},
	} {
		if _, err := s.Replace(c.lang, c.id, bytes.NewReader(c.data)); fault.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(left) > 0 {
		t.Errorf("files are left behind: %v", left)
	}
	if _, err := newService(t, "").Replace("de", prompts.Greeting, bytes.NewReader(nil)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a folder: %v", err)
	}
}

// A broken file in the folder does not make the server silent.
func TestBrokenRecordingIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "de"), 0o750), os.WriteFile(filepath.Join(dir, "de", "goodbye.wav"), []byte("x"), 0o640)); err != nil {
		t.Fatal(err)
	}
	if d := newService(t, dir).Get("de", prompts.Goodbye).Duration(); d < 250*time.Millisecond {
		t.Errorf("what is heard lasts %v", d)
	}
}
