package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"plenum/components/audit"
	"plenum/components/telephony/prompts"
)

// Prompts are what the server says to people at telephones.
type Prompts interface {
	List() []prompts.Prompt
	Replace(language string, id prompts.ID, r io.Reader) (prompts.Prompt, error)
	Reset(language string, id prompts.ID) (prompts.Prompt, error)
	Share(language string, id prompts.ID) (prompts.Prompt, error)
	Unshare(language string, id prompts.ID) (prompts.Prompt, error)
	Write(w io.WriteSeeker, language string, id prompts.ID) error
}

// Prompt is a text in one language, spoken.
type Prompt struct {
	ID       string     `json:"id"`
	Language string     `json:"language" enum:"de,en"`
	Text     string     `json:"text" doc:"Of the program's own sound."`
	Seconds  float64    `json:"seconds"`
	Made     bool       `json:"made" doc:"It is a recording and nothing else: its ID begins with own-, and what follows was chosen by an administrator."`
	Own      bool       `json:"own" doc:"A recording has taken the place of the program's own sound."`
	Since    *time.Time `json:"since,omitempty" doc:"When it was replaced."`
	Number   string     `json:"number" doc:"Six digits: who enters them after the code for prompts (*50) hears it and records another; empty: it is not shared."`
}

// PromptList are all prompts.
type PromptList struct {
	Items []Prompt `json:"items"`
}

type promptRequest struct {
	Language string `path:"language" enum:"de,en"`
	ID       string `path:"id"`
}

type promptUpload struct {
	promptRequest
	Body upload `type:"audio/wav"`
}

func promptOf(p prompts.Prompt) Prompt {
	return Prompt{ID: string(p.ID), Language: p.Language, Text: p.Text, Seconds: p.Duration.Seconds(), Made: p.Made, Own: p.Own, Since: timeOrNone(p.Since), Number: p.Number}
}

func (a *API) prompts(context.Context, noRequest) (PromptList, error) {
	list := PromptList{Items: []Prompt{}}
	for _, p := range a.Prompts.List() {
		list.Items = append(list.Items, promptOf(p))
	}
	return list, nil
}

func (a *API) prompt(_ context.Context, req promptRequest) (file, error) {
	var b seekBuffer
	if err := a.Prompts.Write(&b, req.Language, prompts.ID(req.ID)); err != nil {
		return file{}, err
	}
	return file{Body: b.data}, nil
}

func (a *API) replacePrompt(ctx context.Context, req promptUpload) (Prompt, error) {
	p, err := a.Prompts.Replace(req.Language, prompts.ID(req.ID), bytes.NewReader(req.Body))
	if err != nil {
		return Prompt{}, err
	}
	note(ctx, promptEntry("prompt.replace", p))
	return promptOf(p), nil
}

func (a *API) resetPrompt(ctx context.Context, req promptRequest) (none, error) {
	p, err := a.Prompts.Reset(req.Language, prompts.ID(req.ID))
	if err != nil {
		return none{}, err
	}
	note(ctx, promptEntry("prompt.reset", p))
	return none{}, nil
}

func (a *API) sharePrompt(ctx context.Context, req promptRequest) (Prompt, error) {
	p, err := a.Prompts.Share(req.Language, prompts.ID(req.ID))
	if err != nil {
		return Prompt{}, err
	}
	note(ctx, promptEntry("prompt.share", p))
	return promptOf(p), nil
}

func (a *API) unsharePrompt(ctx context.Context, req promptRequest) (none, error) {
	p, err := a.Prompts.Unshare(req.Language, prompts.ID(req.ID))
	if err != nil {
		return none{}, err
	}
	note(ctx, promptEntry("prompt.unshare", p))
	return none{}, nil
}

func promptEntry(action string, p prompts.Prompt) audit.Entry {
	return audit.Entry{Action: action, Kind: "prompt", Object: p.Language + "/" + string(p.ID), Name: p.Text}
}

// seekBuffer is a file in memory: the head of a sound is written when its length is known.
type seekBuffer struct {
	data []byte
	at   int
}

func (s *seekBuffer) Write(p []byte) (int, error) {
	if need := s.at + len(p); need > len(s.data) {
		s.data = append(s.data, make([]byte, need-len(s.data))...)
	}
	s.at += copy(s.data[s.at:], p)
	return len(p), nil
}

func (s *seekBuffer) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += int64(s.at)
	case io.SeekEnd:
		offset += int64(len(s.data))
	}
	if offset < 0 || offset > int64(len(s.data)) {
		return 0, errors.New("seek outside of the file")
	}
	s.at = int(offset)
	return offset, nil
}
