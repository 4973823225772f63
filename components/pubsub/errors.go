package pubsub

import (
	"errors"

	"plenum/xmppd"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// fail makes a stanza error with the pubsub-specific condition app, which may be empty (XEP-0060#errors).
func fail(condition, app, format string, args ...any) *xmppd.StanzaError {
	e := xmppd.Errorf(condition, format, args...)
	if app != "" {
		e.App = []byte("<" + app + " xmlns='" + NSErrors + "'/>")
	}
	return e
}

// unsupported says that a feature is not served.
func unsupported(feature string) *xmppd.StanzaError {
	e := xmppd.Errorf("feature-not-implemented", "")
	e.App = append(xmlstream.AppendAttr([]byte("<unsupported xmlns='"+NSErrors+"'"), "feature", feature), "/>"...)
	return e
}

func noNode() *xmppd.StanzaError { return xmppd.Errorf("item-not-found", "there is no such node") }

func presenceRequired() *xmppd.StanzaError {
	return fail("not-authorized", "presence-subscription-required", "")
}

func nodeRequired() *xmppd.StanzaError {
	return fail("bad-request", "nodeid-required", "name the node")
}

func forbidden() *xmppd.StanzaError { return xmppd.Errorf("forbidden", "") }

// withType changes the type of an error where XEP-0060 wants another than RFC 6120 suggests.
func withType(typ string, e *xmppd.StanzaError) *xmppd.StanzaError {
	e.Type = typ
	return e
}

// wireError keeps errors that are meant for the peer, and finds words for a store that has no room.
func wireError(err error) error {
	if errors.Is(err, store.ErrQueueFull) {
		return xmppd.Errorf("resource-constraint", "try again later")
	}
	return err
}
