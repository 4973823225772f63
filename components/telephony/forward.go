package telephony

import (
	"context"
	"errors"
	"slices"
	"strings"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Forwards are where users have their calls forwarded. What it answers, it answers from memory.
type Forwards interface {
	Get(user jid.JID) (directory.Forward, bool)
	// May returns an error when somebody may not change the forward of a user.
	May(by, user jid.JID) error
	Set(ctx context.Context, by, user jid.JID, revision int64, in directory.ForwardInput) (directory.Forward, error)
	Switch(ctx context.Context, by, user jid.JID, on bool) (directory.Forward, error)
}

// user leads to a user, or where his forward leads and those of the users behind it. Nobody is redirected who reaches whom he calls by
// redirect.choice, nor to himself: to whom calls are forwarded can call who has forwarded them.
func (d *dialPlan) user(p plan, who dialler, u User) plan {
	if d.forwards == nil || who.Inside() && (who.User == u.JID || d.people.Penetrates(who.User)) {
		return d.ring(p, who, u)
	}
	var passed []jid.JID
	for {
		f, ok := d.forwards.Get(u.JID)
		if !ok || !f.Active {
			return d.ring(p, who, u)
		}
		p.party = call.Party{JID: u.JID, Number: u.Extension, Name: u.Name}
		if slices.Contains(passed, u.JID) || len(passed) == directory.MaxForwards {
			d.circle(p.dialled, u.JID)
			p.text = prompts.ReasonBusy
			return p.refuse(call.Busy)
		}
		passed = append(passed, u.JID)
		if f.Target == directory.ForwardToBox {
			return d.toBox(p, u)
		}
		if t, ok := d.team(f.Target); ok {
			p.forwards, p.hops = p.forwards+1, append(p.hops, hop{p.party, f.Target})
			return d.toTeam(p, who, t)
		}
		if o, ok := d.object(f.Target); ok && o.Kind != directory.Switches {
			p.forwards, p.hops = p.forwards+1, append(p.hops, hop{p.party, f.Target})
			return d.toObject(p, who, o)
		}
		next, inside := d.people.AtExtension(f.Target)
		if inside && who.Inside() && next.JID == who.User {
			return d.ring(p, who, u)
		}
		p.forwards, p.hops = p.forwards+1, append(p.hops, hop{p.party, f.Target})
		if !inside {
			return d.forwardOutside(p, who, u, f.Target)
		}
		u = next
	}
}

// toBox leads to the voicemail of a user, whatever calls it takes otherwise.
func (d *dialPlan) toBox(p plan, u User) plan {
	if d.apps.Leave == nil {
		return p.refuse(call.Unavailable)
	}
	p.steps = [][]target{{d.box(u.JID, p.party, false)}}
	return p
}

// forwardOutside calls a number outside in the name of who has his calls forwarded there. That number may have become one which nobody may
// forward to since.
func (d *dialPlan) forwardOutside(p plan, who dialler, u User, number string) plan {
	switch {
	case d.lines == nil:
		return p.refuse(call.NotFound)
	case d.lines.Emergency(number):
		return p.refuse(call.Forbidden)
	}
	out := d.outside(p, dialler{Caller: Caller{User: u.JID, Anonymous: who.Anonymous}, user: u}, number)
	if out.gate {
		return p.refuse(call.Forbidden)
	}
	return out
}

// ForwardCodes are the codes by which forwards are set (B7).
type ForwardCodes struct {
	Speaker
	Forwards Forwards
	People   People
}

// Codes are
//
//	*74<extension>#<target>  forwards to a target
//	*70<extension>           asks for the target; that which was set before when nothing is entered
//	*71<extension>           switches the forward off
//	*102                     forwards the caller's own calls to his voicemail
//
// Without extension they are for the caller's own calls, with one they need redirect.group.
func (f ForwardCodes) Codes() []Code {
	return []Code{
		{Prefix: "*74", Name: "Forward", App: f.set}, {Prefix: "*70", Name: "Forward on", App: f.on}, {Prefix: "*71", Name: "Forward off", App: f.off},
		{Prefix: "*102", Name: "Forward to voicemail", App: f.box},
	}
}

func (f ForwardCodes) set(rest string) App {
	extension, target, ok := strings.Cut(rest, "#")
	return f.app(func(ctx context.Context, t talk) []prompts.ID {
		if !ok || target == "" {
			return []prompts.ID{prompts.CodeWrong}
		}
		return f.of(t, extension, func(u User) []prompts.ID { return f.save(ctx, t, u, target) })
	})
}

func (f ForwardCodes) on(extension string) App {
	return f.app(func(ctx context.Context, t talk) []prompts.ID {
		return f.of(t, extension, func(u User) []prompts.ID {
			target := t.askNumber(ctx, prompts.ForwardAsk)
			if before, ok := f.Forwards.Get(u.JID); target == "" && ok {
				target = before.Target
			}
			if target == "" {
				return []prompts.ID{prompts.NothingEntered}
			}
			return f.save(ctx, t, u, target)
		})
	})
}

func (f ForwardCodes) off(extension string) App {
	return f.app(func(ctx context.Context, t talk) []prompts.ID {
		return f.of(t, extension, func(u User) []prompts.ID {
			if _, err := f.Forwards.Switch(ctx, t.User, u.JID, false); err != nil && !fault.Is(err, fault.NotFound) {
				return f.refusal(t, u, err)
			}
			return slices.Concat(f.whose(u), []prompts.ID{prompts.ForwardOff})
		})
	})
}

func (f ForwardCodes) box(rest string) App {
	return f.app(func(ctx context.Context, t talk) []prompts.ID {
		if rest != "" {
			return []prompts.ID{prompts.CodeWrong}
		}
		return f.of(t, "", func(u User) []prompts.ID { return f.save(ctx, t, u, directory.ForwardToBox) })
	})
}

// of finds the user whose forward it is about, and refuses who may not set it.
func (f ForwardCodes) of(t talk, extension string, do func(User) []prompts.ID) []prompts.ID {
	u, ok := f.People.Get(t.User)
	if extension != "" {
		u, ok = f.People.AtExtension(extension)
	}
	if !ok {
		return []prompts.ID{prompts.ExtensionUnknown}
	}
	if err := f.Forwards.May(t.User, u.JID); err != nil {
		return f.refusal(t, u, err)
	}
	return do(u)
}

func (f ForwardCodes) save(ctx context.Context, t talk, u User, target string) []prompts.ID {
	set, err := f.Forwards.Set(ctx, t.User, u.JID, directory.AnyRevision, directory.ForwardInput{Target: target, Active: true})
	switch {
	case err != nil:
		return f.refusal(t, u, err)
	case set.Target == directory.ForwardToBox:
		return slices.Concat(f.whose(u), []prompts.ID{prompts.ForwardToBox})
	}
	return slices.Concat(f.whose(u), []prompts.ID{prompts.ForwardTo}, spell(set.Target))
}

func (f ForwardCodes) whose(u User) []prompts.ID {
	return slices.Concat([]prompts.ID{prompts.ForwardOf}, spell(u.Extension))
}

// refusal says why a forward was not set.
func (f ForwardCodes) refusal(t talk, u User, err error) []prompts.ID {
	f.Log.Info("a forward is not set", "by", t.User, "of", u.JID, "err", err)
	if fault.Is(err, fault.Forbidden) {
		return []prompts.ID{prompts.ForwardForbidden}
	}
	if bad, ok := errors.AsType[directory.FieldErrors](err); ok && len(bad) > 0 {
		switch bad[0].Code {
		case "self":
			return []prompts.ID{prompts.ForwardSelf}
		case "circle", "too_many":
			return []prompts.ID{prompts.ForwardCircle}
		}
		return []prompts.ID{prompts.ForwardBadTarget}
	}
	return []prompts.ID{prompts.ReasonFailed}
}
