package prompts_test

import (
	"bytes"
	"testing"
	"time"

	"plenum/components/media/tone"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

// B7: a prompt that is shared has a number of six digits, for as long as it is shared and there; a restart forgets none.
func TestSharedPrompts(t *testing.T) {
	dir := t.TempDir()
	s := newService(t, dir)
	p, err := s.Share("de", prompts.Greeting)
	if err != nil || len(p.Number) != prompts.NumberDigits {
		t.Fatalf("%+v, %v", p, err)
	}
	if again, err := s.Share("de", prompts.Greeting); err != nil || again.Number != p.Number {
		t.Errorf("shared again it is %s, %v", again.Number, err)
	}
	if _, err := s.Share("en", "own-mine"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is not there is shared: %v", err)
	}
	if _, err := s.Replace("en", "own-mine", bytes.NewReader(file(t, 700, time.Second))); err != nil {
		t.Fatal(err)
	}
	own, err := s.Share("en", "own-mine")
	if err != nil || own.Number == p.Number {
		t.Fatalf("%+v, %v", own, err)
	}
	for _, s := range []*prompts.Service{s, newService(t, dir)} {
		if lang, id, ok := s.Shared(p.Number); !ok || lang != "de" || id != prompts.Greeting {
			t.Errorf("%s is %s/%s", p.Number, lang, id)
		}
	}
	if _, err := s.Reset("en", "own-mine"); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Reset("de", prompts.Greeting); err != nil || p.Number == "" { // the program's own can be recorded anew
		t.Errorf("%+v, %v", p, err)
	}
	if gone, err := s.Unshare("de", prompts.Greeting); err != nil || gone.Number != "" {
		t.Errorf("%+v, %v", gone, err)
	}
	for _, number := range []string{p.Number, own.Number, ""} {
		if _, id, ok := s.Shared(number); ok {
			t.Errorf("%q is %s still", number, id)
		}
	}
	if _, err := newService(t, "").Share("de", prompts.Greeting); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a folder: %v", err)
	}
}

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
