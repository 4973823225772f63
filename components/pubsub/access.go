package pubsub

import (
	"slices"

	"plenum/xmppd"
)

// Affiliation is what an entity may do at a node (XEP-0060#affiliations). The empty value is none.
type Affiliation string

// The affiliations.
const (
	Owner       Affiliation = "owner"
	Publisher   Affiliation = "publisher"
	PublishOnly Affiliation = "publish-only"
	Member      Affiliation = "member"
	Outcast     Affiliation = "outcast"
	None        Affiliation = ""
)

// String is the name on the wire.
func (a Affiliation) String() string {
	if a == None {
		return "none"
	}
	return string(a)
}

func parseAffiliation(s string) (Affiliation, bool) {
	switch a := Affiliation(s); a {
	case Owner, Publisher, PublishOnly, Member, Outcast:
		return a, true
	}
	return None, s == "none"
}

// Subscription is the state of an explicit subscription (XEP-0060#substates). The empty value is none.
type Subscription string

// The subscription states; unconfigured does not occur, since there are no options to configure.
const (
	Pending      Subscription = "pending"
	Subscribed   Subscription = "subscribed"
	Unsubscribed Subscription = ""
)

// String is the name on the wire.
func (s Subscription) String() string {
	if s == Unsubscribed {
		return "none"
	}
	return string(s)
}

// Access models (XEP-0060#accessmodels).
const (
	AccessOpen      = "open"
	AccessPresence  = "presence"
	AccessRoster    = "roster"
	AccessAuthorize = "authorize"
	AccessWhitelist = "whitelist"
)

// Relation is how an entity stands to a node and to whom it belongs to.
type Relation struct {
	Affiliation Affiliation
	Subscribed  bool     // by an approved explicit subscription
	Presence    bool     // sees the owner's presence
	Groups      []string // of the owner's roster that the entity is in
	Guest       bool     // anonymous
}

// MayRead tells whether an entity may retrieve items and get notifications; nil means yes (XEP-0060#subscriber-retrieve-perms).
func (c *NodeConfig) MayRead(r Relation) *xmppd.StanzaError {
	if c.Access == AccessAuthorize && r.Affiliation == None && !r.Subscribed {
		return fail("not-authorized", "not-subscribed", "")
	}
	return c.admits(r)
}

// MaySubscribe tells whether an entity may subscribe; whether that needs approval is said by NeedsApproval.
func (c *NodeConfig) MaySubscribe(r Relation) *xmppd.StanzaError {
	if r.Guest {
		return withType("cancel", forbidden()) // XEP-0060#subscriber-subscribe-error-anonymous
	}
	if !c.Subscribe && r.Affiliation != Owner {
		return unsupported("subscribe")
	}
	return c.admits(r)
}

// NeedsApproval reports whether an owner has to approve the entity's subscription (XEP-0060#subscriber-subscribe-approval).
func (c *NodeConfig) NeedsApproval(r Relation) bool {
	return c.Access == AccessAuthorize && r.Affiliation == None
}

// admits is what subscribing and retrieving have in common.
func (c *NodeConfig) admits(r Relation) *xmppd.StanzaError {
	switch r.Affiliation {
	case Owner, Publisher, Member:
		return nil
	case PublishOnly, Outcast:
		return forbidden()
	}
	switch c.Access {
	case AccessOpen, AccessAuthorize:
		return nil
	case AccessPresence:
		if r.Presence {
			return nil
		}
		return presenceRequired()
	case AccessRoster:
		if r.Presence && slices.ContainsFunc(c.Groups, func(g string) bool { return slices.Contains(r.Groups, g) }) {
			return nil
		}
		return fail("not-authorized", "not-in-roster-group", "")
	}
	return fail("not-allowed", "closed-node", "")
}

// MayPublish tells whether an entity may publish (XEP-0060#publisher-publish).
func (c *NodeConfig) MayPublish(r Relation) bool {
	switch r.Affiliation {
	case Owner, Publisher, PublishOnly:
		return true
	case Outcast:
		return false
	}
	switch c.PublishModel {
	case PublishOpen:
		return c.admits(r) == nil
	case PublishSubscribers:
		return r.Subscribed && c.admits(r) == nil
	}
	return false
}

// MayRemove tells whether an entity may remove an item; mine says that it published the item itself.
func (c *NodeConfig) MayRemove(r Relation, mine bool) bool {
	switch r.Affiliation {
	case Owner, Publisher:
		return true
	}
	return mine && c.MayPublish(r)
}
