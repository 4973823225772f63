package directory

import (
	"context"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Choose puts a user into a profile that is offered to him. He does it himself, or who may change him.
func (s *Profiles) Choose(ctx context.Context, by, user jid.JID, profile string) (ProfileUse, error) {
	by, user = by.Bare(), user.Bare()
	return s.use(ctx, by, ProfileUse{User: user, Profile: profile, By: by}, func(t *txn, _ ProfileUse) error {
		r, err := t.get(user)
		if err != nil || by == user {
			return err
		}
		return t.mayManageUser(r.Role)
	})
}

// Trigger puts a user into a profile, as a trigger of it wants. A sticky profile is not replaced: fault.Conflict.
func (s *Profiles) Trigger(ctx context.Context, user jid.JID, profile string) (ProfileUse, error) {
	user = user.Bare()
	return s.use(ctx, jid.JID{}, ProfileUse{User: user, Profile: profile, Triggered: true}, func(t *txn, before ProfileUse) error {
		p, err := t.profile(before.Profile)
		switch {
		case fault.Is(err, fault.NotFound):
			return nil
		case err != nil:
			return err
		case before.Profile == profile:
			return errUnchanged
		case p.Sticky:
			return fault.Newf(fault.Conflict, "%s is in the profile %s, which is sticky", user, p.Name)
		}
		return nil
	})
}

// EndTrigger puts a user whom a trigger has put into a profile, sticky or not, back into the one before. It does nothing when he is in another
// profile now, or has chosen this one himself.
func (s *Profiles) EndTrigger(ctx context.Context, user jid.JID, profile string) (ProfileUse, error) {
	user = user.Bare()
	_, now := s.Of(user)
	if now.Profile != profile || !now.Triggered {
		return now, nil
	}
	previous := now.Previous
	if !s.Offered(user, previous) {
		previous = AvailableID
	}
	return s.use(ctx, jid.JID{}, ProfileUse{User: user, Profile: previous}, func(_ *txn, before ProfileUse) error {
		if before.Profile != profile || !before.Triggered {
			return errUnchanged
		}
		return nil
	})
}

// use stores in which profile somebody is, if may does not refuse it.
func (s *Profiles) use(ctx context.Context, by jid.JID, next ProfileUse, may func(t *txn, before ProfileUse) error) (ProfileUse, error) {
	if _, err := s.Get(next.Profile); err != nil {
		return ProfileUse{}, err
	}
	if !s.Offered(next.User, next.Profile) {
		return ProfileUse{}, fault.New(fault.Forbidden, "this profile is not offered to this user")
	}
	err := s.dir.write(ctx, by, "set the profile of "+next.User.String(), func(t *txn) error {
		if _, err := t.profile(next.Profile); err != nil {
			return err
		}
		before, err := t.profileUse(next.User)
		if err != nil {
			return err
		}
		if err := may(t, before); err != nil {
			return err
		}
		if before.Profile == next.Profile && before.Triggered == next.Triggered {
			return errUnchanged
		}
		put := next
		if put.Previous = before.Profile; before.Profile == next.Profile {
			put.Previous = before.Previous
		}
		put.Since = now()
		return t.putProfileUse(&put)
	})
	if err != nil {
		return ProfileUse{}, err
	}
	_, use := s.Of(next.User)
	return use, nil
}
