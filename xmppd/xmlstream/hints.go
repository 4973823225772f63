package xmlstream

// Hints is a set of what the children of a stanza say about how to treat it, found while framing.
type Hints uint32

// The members of Hints.
const (
	HintBody             Hints = 1 << iota // <body/>
	HintSubject                            // <subject/>
	HintThread                             // <thread/>
	HintError                              // <error/>
	HintStore                              // XEP-0334 store
	HintNoStore                            // XEP-0334 no-store
	HintNoPermanentStore                   // XEP-0334 no-permanent-store
	HintNoCopy                             // XEP-0334 no-copy
	HintPrivate                            // XEP-0280 private
	HintCarbon                             // XEP-0280 sent or received: a copy
	HintChatState                          // XEP-0085, any state
	HintChatStateOnly                      // a chat state, and nothing a user would read
	HintReceiptRequest                     // XEP-0184 request
	HintReceipt                            // XEP-0184 received
	HintMarkable                           // XEP-0333 markable
	HintMarker                             // XEP-0333 received, displayed, acknowledged
	HintEncrypted                          // XEP-0380, OMEMO, OpenPGP
	HintRetract                            // XEP-0424 retract or retracted
	HintReaction                           // XEP-0444
	HintCorrection                         // XEP-0308
	HintDelay                              // XEP-0203
	HintStanzaID                           // XEP-0359 stanza-id
	HintOriginID                           // XEP-0359 origin-id
	HintOccupantID                         // XEP-0421
	HintJingleMessage                      // XEP-0353, any
	HintMUC                                // XEP-0045 muc: a join
	HintMUCUser                            // XEP-0045 muc#user
	HintConferenceInvite                   // XEP-0249
	HintPubSubEvent                        // XEP-0060 event
	HintForwarded                          // XEP-0297 forwarded at the first level
	hintOther                              // anything that makes it more than a chat state
)

// Has reports whether all of h are in the set.
func (s Hints) Has(h Hints) bool { return s&h == h }

// Any reports whether one of h is in the set.
func (s Hints) Any(h Hints) bool { return s&h != 0 }

func (s Hints) finish() Hints {
	if s&(HintChatState|hintOther) == HintChatState {
		s |= HintChatStateOnly
	}
	return s &^ hintOther
}

// hintOf classifies a child of a stanza; content: it is in the content namespace.
func hintOf(space, local string, content bool) Hints {
	if content {
		switch local {
		case "body":
			return HintBody | hintOther
		case "subject":
			return HintSubject | hintOther
		case "thread":
			return HintThread
		case "error":
			return HintError | hintOther
		}
		return hintOther
	}
	for i := range known {
		if k := &known[i]; k.space == space && (k.local == local || k.local == "") {
			return k.hint
		}
	}
	return hintOther
}

// known are the children with a meaning; local "" is any name in the namespace.
var known = [...]struct {
	space, local string
	hint         Hints
}{
	{"http://jabber.org/protocol/chatstates", "", HintChatState},
	{"urn:xmpp:hints", "store", HintStore},
	{"urn:xmpp:hints", "no-store", HintNoStore},
	{"urn:xmpp:hints", "no-permanent-store", HintNoPermanentStore},
	{"urn:xmpp:hints", "no-copy", HintNoCopy},
	{"urn:xmpp:carbons:2", "private", HintPrivate},
	{"urn:xmpp:carbons:2", "sent", HintCarbon | hintOther},
	{"urn:xmpp:carbons:2", "received", HintCarbon | hintOther},
	{"urn:xmpp:receipts", "request", HintReceiptRequest},
	{"urn:xmpp:receipts", "received", HintReceipt | hintOther},
	{"urn:xmpp:chat-markers:0", "markable", HintMarkable},
	{"urn:xmpp:chat-markers:0", "received", HintMarker | hintOther},
	{"urn:xmpp:chat-markers:0", "displayed", HintMarker | hintOther},
	{"urn:xmpp:chat-markers:0", "acknowledged", HintMarker | hintOther},
	{"urn:xmpp:eme:0", "encryption", HintEncrypted | hintOther},
	{"eu.siacs.conversations.axolotl", "encrypted", HintEncrypted | hintOther},
	{"urn:xmpp:omemo:2", "encrypted", HintEncrypted | hintOther},
	{"urn:xmpp:openpgp:0", "openpgp", HintEncrypted | hintOther},
	{"jabber:x:encrypted", "x", HintEncrypted | hintOther},
	{"urn:xmpp:message-retract:1", "", HintRetract | hintOther},
	{"urn:xmpp:message-retract:0", "", HintRetract | hintOther},
	{"urn:xmpp:reactions:0", "reactions", HintReaction | hintOther},
	{"urn:xmpp:message-correct:0", "replace", HintCorrection | hintOther},
	{"urn:xmpp:delay", "delay", HintDelay},
	{"urn:xmpp:sid:0", "stanza-id", HintStanzaID},
	{"urn:xmpp:sid:0", "origin-id", HintOriginID},
	{"urn:xmpp:occupant-id:0", "occupant-id", HintOccupantID},
	{"urn:xmpp:jingle-message:0", "", HintJingleMessage | hintOther},
	{"http://jabber.org/protocol/muc", "x", HintMUC | hintOther},
	{"http://jabber.org/protocol/muc#user", "x", HintMUCUser},
	{"jabber:x:conference", "x", HintConferenceInvite | hintOther},
	{"http://jabber.org/protocol/pubsub#event", "event", HintPubSubEvent | hintOther},
	{"urn:xmpp:forward:0", "forwarded", HintForwarded | hintOther},
}
