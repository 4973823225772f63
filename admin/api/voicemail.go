package api

import (
	"context"
	"io"
	"os"
	"slices"
	"time"

	"plenum/components/telephony/voicemail"
	"plenum/xmppd/jid"
)

// Messages are what callers have left in users' boxes.
type Messages interface {
	Messages(ctx context.Context, owner jid.JID) ([]voicemail.Message, error)
	Message(ctx context.Context, owner jid.JID, id string) (voicemail.Message, error)
	Open(ctx context.Context, owner jid.JID, id string) (*os.File, error)
	SetHeard(ctx context.Context, owner jid.JID, id string, heard bool) error
	Delete(ctx context.Context, owner jid.JID, id string) error
}

// VoicemailMessage is a message that a caller has left.
type VoicemailMessage struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	Number  string    `json:"number" doc:"The caller's, as it is dialled; empty when it was hidden."`
	Name    string    `json:"name" doc:"The caller's; empty when it is not known."`
	Caller  string    `json:"caller" doc:"The caller's address, if he is a user here."`
	Heard   bool      `json:"heard" doc:"Somebody has listened to it."`
}

// VoicemailList is what is in a box.
type VoicemailList struct {
	Items []VoicemailMessage `json:"items" doc:"The newest first."`
	New   int                `json:"new" doc:"How many nobody has listened to."`
}

// VoicemailChange marks a message.
type VoicemailChange struct {
	Heard bool `json:"heard"`
}

type voicemailRequest struct {
	ID string `path:"id"`
}

type voicemailChangeRequest struct {
	voicemailRequest
	Body VoicemailChange
}

func voicemailOf(m voicemail.Message) VoicemailMessage {
	return VoicemailMessage{ID: m.ID, At: m.At, Seconds: m.Duration.Seconds(), Number: m.Number, Name: m.Name, Caller: m.Caller.String(), Heard: m.Heard}
}

func (a *API) ownVoicemail(ctx context.Context, _ noRequest) (VoicemailList, error) {
	return a.inBox(ctx, me(ctx).JID)
}

// inBox is what is in a box.
func (a *API) inBox(ctx context.Context, owner jid.JID) (VoicemailList, error) {
	list, err := a.Messages.Messages(ctx, owner)
	if err != nil {
		return VoicemailList{}, err
	}
	answer := VoicemailList{Items: []VoicemailMessage{}}
	for _, m := range slices.Backward(list) {
		if answer.Items = append(answer.Items, voicemailOf(m)); !m.Heard {
			answer.New++
		}
	}
	return answer, nil
}

func (a *API) voicemailSound(ctx context.Context, req voicemailRequest) (file, error) {
	return a.soundOf(ctx, me(ctx).JID, req.ID)
}

func (a *API) soundOf(ctx context.Context, owner jid.JID, id string) (file, error) {
	f, err := a.Messages.Open(ctx, owner, id)
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	body, err := io.ReadAll(f)
	return file{Body: body}, err
}

func (a *API) setVoicemail(ctx context.Context, req voicemailChangeRequest) (VoicemailMessage, error) {
	owner := me(ctx).JID
	if err := a.Messages.SetHeard(ctx, owner, req.ID, req.Body.Heard); err != nil {
		return VoicemailMessage{}, err
	}
	note(ctx, userEntry("voicemail.change", me(ctx), nil)) // who has called is the owner's own affair
	m, err := a.Messages.Message(ctx, owner, req.ID)
	return voicemailOf(m), err
}

func (a *API) deleteVoicemail(ctx context.Context, req voicemailRequest) (none, error) {
	if err := a.Messages.Delete(ctx, me(ctx).JID, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, userEntry("voicemail.delete", me(ctx), nil))
	return none{}, nil
}
