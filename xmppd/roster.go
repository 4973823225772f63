package xmppd

import (
	"context"
	"iter"
	"slices"

	"plenum/xmppd/jid"
)

// RosterItem is one contact in an account's roster (RFC 6121 §2.1.2). It is shared and must not be changed.
type RosterItem struct {
	Contact      jid.JID // bare
	Name         string
	Groups       []string
	Subscription Subscription
	Ask          bool // the owner has asked to see the contact's presence and has no answer yet
	Approved     bool // the owner has approved a request that may come
}

func (i *RosterItem) equal(o *RosterItem) bool {
	return i.Contact == o.Contact && i.Name == o.Name && slices.Equal(i.Groups, o.Groups) && i.Subscription == o.Subscription &&
		i.Ask == o.Ask && i.Approved == o.Approved
}

// RosterSource contributes contacts to rosters. The contacts that users have added themselves are one source; a component that
// knows who works with whom is another. What clients, routing and presence see is the sum of all.
//
// A source answers from memory where it can: the methods are called for each presence. When something has changed, it calls
// Server.RosterChanged, on each node.
type RosterSource interface {
	// RosterItem is the owner's item for one contact, if the source has one. Both are bare JIDs.
	RosterItem(ctx context.Context, owner, contact jid.JID) (item RosterItem, ok bool, err error)
	// RosterItems are all of the owner's items, each contact once, in any order.
	RosterItems(ctx context.Context, owner jid.JID) (iter.Seq[RosterItem], error)
	// RosterVersion differs from all earlier ones when any item of the owner has changed since, also over a restart. It holds
	// no '-'.
	RosterVersion(ctx context.Context, owner jid.JID) (string, error)
}

// AddRosterSource adds contacts to all rosters.
func (s *Server) AddRosterSource(src RosterSource) {
	s.mustRegister()
	s.rosters = append(s.rosters, src)
}

// RosterItem is the sum of what all sources say about a contact. When one does not answer, that is logged and the others count.
func (s *Server) RosterItem(owner, contact jid.JID) (RosterItem, bool) {
	return s.rosterItemFrom(s.rosters, owner, contact)
}

func (s *Server) rosterItemFrom(sources []RosterSource, owner, contact jid.JID) (sum RosterItem, found bool) {
	for _, src := range sources {
		item, ok, err := src.RosterItem(s.ctx, owner, contact)
		if err != nil {
			s.rosterUnread(owner, err)
		}
		if !ok {
			continue
		}
		if found {
			item = mergeItems(sum, item)
		}
		sum, found = item, true
	}
	return sum, found
}

// RosterItems yields the sum of all sources, each contact once.
func (s *Server) RosterItems(ctx context.Context, owner jid.JID) (iter.Seq[RosterItem], error) {
	parts := make([]iter.Seq[RosterItem], 0, 2)
	for _, src := range s.rosters {
		part, err := src.RosterItems(ctx, owner)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return func(yield func(RosterItem) bool) {
		seen := map[jid.JID]struct{}{}
		for i, part := range parts {
			more := s.rosters[i+1:]
			for item := range part {
				if _, known := seen[item.Contact]; known {
					continue
				}
				if len(more) > 0 {
					seen[item.Contact] = struct{}{}
					if other, ok := s.rosterItemFrom(more, owner, item.Contact); ok {
						item = mergeItems(item, other)
					}
				}
				if !yield(item) {
					return
				}
			}
		}
	}, nil
}

// rosterUnread logs that a roster could not be read, unless that is so because the server has stopped.
func (s *Server) rosterUnread(owner jid.JID, err error) {
	if s.ctx.Err() == nil {
		s.log.Error("a roster cannot be read", "account", owner, "err", err)
	}
}

// InRoster reports whether contact stands in owner's roster.
func (s *Server) InRoster(_ context.Context, owner, contact jid.JID) bool {
	_, ok := s.RosterItem(owner, contact)
	return ok
}

// SharesPresence reports whether an account lets another one, also a bare JID, see its presence.
func (s *Server) SharesPresence(_ context.Context, owner, other jid.JID) bool {
	item, _ := s.RosterItem(owner, other)
	return owner == other || item.Subscription.From()
}

// mergeItems joins what two sources say about a contact: all groups, the stronger subscription, the first name given.
func mergeItems(a, b RosterItem) RosterItem {
	if a.Name == "" {
		a.Name = b.Name
	}
	groups := a.Groups
	for _, g := range b.Groups {
		if !slices.Contains(groups, g) {
			groups = append(slices.Clip(groups), g)
		}
	}
	a.Groups = groups
	a.Subscription |= b.Subscription
	a.Ask = (a.Ask || b.Ask) && !a.Subscription.To()
	a.Approved = (a.Approved || b.Approved) && !a.Subscription.From()
	return a
}

// rosterVersion is the version of the sum (RFC 6121 §2.6), in two parts, which belong behind each other: that of the users' own
// contacts, and those of the other sources.
func (s *Server) rosterVersion(ctx context.Context, owner jid.JID) (own, others string, err error) {
	if own, err = s.contacts.RosterVersion(ctx, owner); err == nil {
		others, err = s.othersVersion(ctx, owner)
	}
	return own, others, err
}

func (s *Server) othersVersion(ctx context.Context, owner jid.JID) (version string, err error) {
	for _, src := range s.rosters[1:] {
		v, err := src.RosterVersion(ctx, owner)
		if err != nil {
			return "", err
		}
		version += "-" + v
	}
	return version, nil
}

// hasRoster reports whether an account can have contacts: guests come and go.
func (s *Server) hasRoster(bare jid.JID) bool {
	return s.hosts[bare.Domain()] && bare.Domain() != s.cfg.GuestDomain && bare.Local() != ""
}

// registerCore registers what the server answers by itself.
func (s *Server) registerCore() {
	s.registerRoster()
	s.registerPresence()
	s.registerOffline()
	s.registerSession()
}

// registerSession answers the request of RFC 3921 §3, which RFC 6121 has made a formality.
func (s *Server) registerSession() {
	nothing := func(context.Context, *IQ) (any, error) { return nil, nil }
	s.iqs[iqKey{ToAccount, Set, NSSession, "session"}] = nothing
	s.iqs[iqKey{ToServer, Set, NSSession, "session"}] = nothing
}
