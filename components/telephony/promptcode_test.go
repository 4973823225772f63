package telephony_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony"
	"plenum/components/telephony/prompts"
)

// studio has one shared prompt.
type studio struct{ *world }

func (studio) Shared(number string) (string, prompts.ID, bool) {
	return "en", "office-closed", number == "123456"
}

func (s studio) Get(language string, id prompts.ID) *play.Clip { return s.reader.Get(language, id) }

func (s studio) Replace(string, prompts.ID, io.Reader) (prompts.Prompt, error) {
	s.t.Error("nothing was said, and is the prompt now")
	return prompts.Prompt{}, nil
}

// B7: a prompt is heard by its number; wrong numbers count, too short a recording changes nothing, and who presses nothing is let go.
func TestPromptsByTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		dials := func(number, keys, said string) {
			t.Helper()
			p := w.calls("romeo", number)
			for _, key := range keys {
				time.Sleep(time.Second)
				p.does(t, call.DTMF{Key: byte(key)})
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			w.reader.was(t, said)
		}
		dials("*50123456", "1*", "prompt-menu office-closed prompt-menu goodbye")
		dials("*50", "123456*", "prompt-number prompt-menu goodbye")
		dials("*50123456", "", "prompt-menu prompt-menu prompt-menu goodbye")
		dials("*50123456", "2", "prompt-menu voicemail-record voicemail-greeting-short prompt-menu prompt-menu prompt-menu goodbye")
		dials("*50*1", "", "code-wrong")
		for range 3 { // three tries in a call, ten in an hour
			dials("*50111111", "222222333333", "voicemail-wrong prompt-number voicemail-wrong prompt-number too-many-tries")
		}
		dials("*50111111", "", "voicemail-wrong prompt-number nothing-entered prompt-number too-many-tries")
		dials("*50123456", "", "too-many-tries")
		time.Sleep(time.Hour)
		dials("*50123456", "*", "prompt-menu goodbye")
	})
}
