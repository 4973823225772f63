package api

import (
	"context"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

type teamBoxRequest struct {
	ID string `path:"id"`
}

type teamMessageRequest struct {
	teamBoxRequest
	Message string `path:"message"`
}

type teamMessageChangeRequest struct {
	teamMessageRequest
	Body VoicemailChange
}

// ownTeamBox is the voicemail box of a team in which one is. Of other teams nothing is told, not even that there are.
func (a *API) ownTeamBox(ctx context.Context, id string) (directory.Team, jid.JID, error) {
	t, err := a.Directory.Teams.Get(id)
	if _, member := t.Agent(me(ctx).JID); err != nil || !member {
		return t, jid.JID{}, fault.New(fault.NotFound, "you are in no such team")
	}
	return t, telephony.TeamBox(a.NumberDomain, t.ID), nil
}

func (a *API) teamVoicemail(ctx context.Context, req teamBoxRequest) (VoicemailList, error) {
	_, box, err := a.ownTeamBox(ctx, req.ID)
	if err != nil {
		return VoicemailList{}, err
	}
	return a.inBox(ctx, box)
}

func (a *API) teamVoicemailSound(ctx context.Context, req teamMessageRequest) (file, error) {
	_, box, err := a.ownTeamBox(ctx, req.ID)
	if err != nil {
		return file{}, err
	}
	return a.soundOf(ctx, box, req.Message)
}

func (a *API) setTeamVoicemail(ctx context.Context, req teamMessageChangeRequest) (VoicemailMessage, error) {
	t, box, err := a.ownTeamBox(ctx, req.ID)
	if err != nil {
		return VoicemailMessage{}, err
	}
	if err := a.Messages.SetHeard(ctx, box, req.Message, req.Body.Heard); err != nil {
		return VoicemailMessage{}, err
	}
	note(ctx, teamEntry("team.voicemail.change", t, nil))
	m, err := a.Messages.Message(ctx, box, req.Message)
	return voicemailOf(m), err
}

func (a *API) deleteTeamVoicemail(ctx context.Context, req teamMessageRequest) (none, error) {
	t, box, err := a.ownTeamBox(ctx, req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Messages.Delete(ctx, box, req.Message); err != nil {
		return none{}, err
	}
	note(ctx, teamEntry("team.voicemail.delete", t, nil))
	return none{}, nil
}
