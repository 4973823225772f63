package prompts_test

import (
	"bytes"
	"testing"
	"time"

	"plenum/components/media/tone"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

// A recording can have a name of its own; it is heard in any language, as long as there is none in that one, and is gone when it is taken away.
func TestRecordingsOfOnesOwn(t *testing.T) {
	dir := t.TempDir()
	s := newService(t, dir)
	if d := s.Get("de", "own-closed").Duration(); d != 0 {
		t.Errorf("what is not there lasts %v", d)
	}
	p, err := s.Replace("en", "own-closed", bytes.NewReader(file(t, 700, time.Second)))
	if err != nil || !p.Made || !p.Own || p.Duration != time.Second {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, s := range []*prompts.Service{s, newService(t, dir)} {
		if clip := s.Get("de", "own-closed"); !tone.Heard(clip.PCM(20), 700) {
			t.Error("the recording is not heard in the other language")
		}
		var found []prompts.Prompt
		for _, p := range s.List() {
			if p.Made {
				found = append(found, p)
			}
		}
		if len(found) != 1 || found[0].Language != "en" || found[0].ID != "own-closed" {
			t.Errorf("the list has %+v", found)
		}
	}
	if _, err := s.Replace("de", "own-closed", bytes.NewReader(file(t, 900, time.Second))); err != nil || !tone.Heard(s.Get("de", "own-closed").PCM(20), 900) {
		t.Errorf("the German recording is not heard: %v", err)
	}
	for _, id := range []prompts.ID{"own-", "own-../x", "own-Ä", "closed"} {
		if _, err := s.Replace("de", id, bytes.NewReader(file(t, 900, time.Second))); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, lang := range []string{"en", "de"} {
		if _, err := s.Reset(lang, "own-closed"); err != nil {
			t.Error(err)
		}
	}
	if d := s.Get("de", "own-closed").Duration(); d != 0 {
		t.Errorf("what was taken away lasts %v", d)
	}
}
