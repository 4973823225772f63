package telephony

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"plenum/components/media/play"
	"plenum/components/media/wav"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
)

// A Studio has the prompts that are shared: whoever knows the number of one may hear and record it.
type Studio interface {
	Shared(number string) (language string, id prompts.ID, ok bool)
	Get(language string, id prompts.ID) *play.Clip
	Replace(language string, id prompts.ID, r io.Reader) (prompts.Prompt, error)
}

// A PromptCode has users hear and record prompts by telephone (B7).
type PromptCode struct {
	Speaker
	Studio Studio
	Guard  *Gate // which counts wrong numbers
}

const (
	// promptTries is how often somebody is asked for the number of a prompt in a call.
	promptTries = 3
	// promptRounds is how often a menu is said to somebody who presses nothing.
	promptRounds = 3
	// shortestPrompt is less than anybody says.
	shortestPrompt = 500 * time.Millisecond
	// promptSilence ends a recording when nothing more is said.
	promptSilence = 10 * time.Second
)

// Codes are
//
//	*50           asks for the number of a prompt
//	*50<number>   does not
//
// and then plays it, or records another in its place, which is heard before it is kept.
func (c PromptCode) Codes() []Code {
	return []Code{{Prefix: "*50", Name: "Prompts", App: c.record}}
}

func (c PromptCode) record(number string) App {
	return c.app(func(ctx context.Context, t talk) []prompts.ID {
		if strings.Trim(number, "0123456789") != "" {
			return []prompts.ID{prompts.CodeWrong}
		}
		b := booth{c: c, talk: t}
		if say := b.find(ctx, number); say != nil {
			return say
		}
		if err := b.menu(ctx); err != nil {
			if ctx.Err() == nil {
				c.Log.Error("a prompt is not recorded", "by", t.User, "prompt", b.id, "err", err)
				return []prompts.ID{prompts.ReasonFailed}
			}
			return nil
		}
		return []prompts.ID{prompts.Goodbye}
	})
}

// A booth is where somebody hears and records a prompt.
type booth struct {
	talk
	c        PromptCode
	language string
	id       prompts.ID
}

// find finds the prompt whose number was dialled, or is entered now. It returns what is said when there is none.
func (b *booth) find(ctx context.Context, number string) []prompts.ID {
	say := []prompts.ID{prompts.PromptNumber}
	for range promptTries {
		if number == "" {
			var err error
			number, err = b.Ask(ctx, ivr.Question{Say: b.clips(say), Max: prompts.NumberDigits, End: '#'})
			if err != nil {
				return []prompts.ID{}
			}
		}
		if number == "" {
			say = []prompts.ID{prompts.NothingEntered, prompts.PromptNumber}
			continue
		}
		if !b.c.Guard.try(b.User) {
			b.c.Log.Warn("a user has entered too many wrong numbers of prompts", "user", b.User)
			return []prompts.ID{prompts.TooManyTries}
		}
		var ok bool
		if b.language, b.id, ok = b.c.Studio.Shared(number); ok {
			b.c.Guard.right(b.User)
			return nil
		}
		number, say = "", []prompts.ID{prompts.VoicemailWrong, prompts.PromptNumber}
	}
	return []prompts.ID{prompts.TooManyTries}
}

// choose asks until one of the keys is pressed; the star, or nothing for a while, is 0.
func (b *booth) choose(ctx context.Context, menu prompts.ID, keys string) (key byte, err error) {
	for range promptRounds {
		answer, err := b.Ask(ctx, ivr.Question{Say: b.clips([]prompts.ID{menu}), Max: 1})
		switch {
		case err != nil:
			return 0, err
		case answer == "*":
			return 0, nil
		case answer != "" && strings.Contains(keys, answer):
			return answer[0], nil
		}
	}
	return 0, nil
}

func (b *booth) menu(ctx context.Context) error {
	for {
		key, err := b.choose(ctx, prompts.PromptMenu, "12")
		switch {
		case err != nil || key == 0:
			return err
		case key == '1':
			err = b.hear(ctx, b.c.Studio.Get(b.language, b.id))
		default:
			err = b.anew(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// hear plays something, until a key is pressed.
func (b *booth) hear(ctx context.Context, sound *play.Clip) error {
	_, err := b.Ask(ctx, ivr.Question{Say: []*play.Clip{sound}, Max: 1, First: time.Millisecond})
	return err
}

// anew records, until the caller keeps what he has said, or gives up.
func (b *booth) anew(ctx context.Context) error {
	file, err := os.CreateTemp("", "prompt-*.wav")
	if err != nil {
		return err
	}
	defer func() {
		file.Close()
		os.Remove(file.Name())
	}()
	for {
		sound, err := b.take(ctx, file)
		switch {
		case err != nil:
			return err
		case sound == nil:
			return b.Say(ctx, b.clips([]prompts.ID{prompts.VoicemailGreetingShort})...)
		}
		again, err := b.judge(ctx, file, sound)
		if err != nil || !again {
			return err
		}
	}
}

// take records what is said; nil when that was nothing.
func (b *booth) take(ctx context.Context, file *os.File) (*play.Clip, error) {
	if err := b.Say(ctx, append(b.clips([]prompts.ID{prompts.VoicemailRecord}), ivr.Beep())...); err != nil {
		return nil, err
	}
	_, err := file.Seek(0, io.SeekStart)
	if err = errors.Join(err, file.Truncate(0)); err != nil {
		return nil, err
	}
	b.Forget()
	d, err := b.Session.Record(ctx, file, ivr.Recording{Longest: prompts.Longest, Silence: promptSilence, Stop: "#"})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil || d < shortestPrompt {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	pcm, err := wav.Read(file, prompts.Longest)
	return play.NewClip(pcm), err
}

// judge has the caller hear what he has said, and keep it or not. It reports whether he wants to record it again.
func (b *booth) judge(ctx context.Context, file *os.File, sound *play.Clip) (again bool, err error) {
	for {
		if err := b.hear(ctx, sound); err != nil {
			return false, err
		}
		switch key, err := b.choose(ctx, prompts.PromptKeep, "123"); key {
		case '1':
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				return false, err
			}
			if _, err := b.c.Studio.Replace(b.language, b.id, file); err != nil {
				return false, err
			}
			b.c.Log.Info("a prompt was recorded by telephone", "by", b.User, "language", b.language, "prompt", b.id)
			return false, b.Say(ctx, b.clips([]prompts.ID{prompts.PromptSaved})...)
		case '2':
		case '3':
			return true, err
		default:
			if err != nil {
				return false, err
			}
			return false, b.Say(ctx, b.clips([]prompts.ID{prompts.PromptDropped})...)
		}
	}
}
