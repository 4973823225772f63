// Package wire turns what Jingle and its companions say in XML into Go values and back. It keeps no state: who may send what when is the
// session's matter.
//
// A Parse function takes the element, skips children that it does not know, and copies what it keeps, so that the values outlive the
// packet. Its error is an *xmppd.StanzaError that can be sent as it is. A Build method writes into a builder on which the stanza is open.
// What is parsed and built again says the same.
//
// Spec: XEP-0166 1.1.2 partial: the XML of all actions, reasons and errors
// Spec: XEP-0167 1.2.3 partial: the XML; keys for SRTP in signalling are not read, DTLS is demanded
// Spec: XEP-0176 1.1.1 partial: the XML
// Spec: XEP-0272 0.2.0 partial: the XML
// Spec: XEP-0293 1.0.2 partial: the XML
// Spec: XEP-0294 1.1.2 partial: the XML
// Spec: XEP-0298 0.2 partial: the XML
// Spec: XEP-0320 1.0.0 partial: the XML
// Spec: XEP-0338 1.0.0 partial: the XML
// Spec: XEP-0339 1.0.1 partial: the XML
// Spec: XEP-0353 0.8.0 partial: the XML
// Spec: XEP-0371 0.3.1 partial: the end of candidates and TCP candidates, in the namespace of XEP-0176
// Spec: XEP-0482 0.1.0 partial: the XML
// Spec: XEP-0507 0.1.0 partial: the XML
package wire

// Namespaces.
const (
	NS          = "urn:xmpp:jingle:1"
	NSErrors    = "urn:xmpp:jingle:errors:1"
	NSRTP       = "urn:xmpp:jingle:apps:rtp:1"
	NSRTPErrors = "urn:xmpp:jingle:apps:rtp:errors:1"
	NSRTPInfo   = "urn:xmpp:jingle:apps:rtp:info:1"
	NSFeedback  = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"
	NSHeaderExt = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"
	NSSources   = "urn:xmpp:jingle:apps:rtp:ssma:0"
	NSICE       = "urn:xmpp:jingle:transports:ice-udp:1"
	NSICETCP    = "urn:xmpp:jingle:transports:ice:0" // XEP-0371, of which single elements are taken
	NSICEOption = "http://gultsch.de/xmpp/drafts/jingle/transports/ice-udp/option"
	NSDTLS      = "urn:xmpp:jingle:apps:dtls:0"
	NSVerified  = "http://gultsch.de/xmpp/drafts/omemo/dlts-srtp-verification" // fingerprints encrypted by OMEMO; the name is misspelt there
	NSGrouping  = "urn:xmpp:jingle:apps:grouping:0"
	NSMuji      = "urn:xmpp:jingle:muji:0"
	NSMessage   = "urn:xmpp:jingle-message:0"
	NSInvite    = "urn:xmpp:call-invites:0"
	NSInviteOld = "urn:xmpp:call-message:1" // Dino's, before there was XEP-0482
	NSCoin      = "urn:xmpp:coin:1"
	NSCoinInfo  = "urn:ietf:params:xml:ns:conference-info"
	NSCategory  = "urn:xmpp:jingle:apps:category:0"
	NSRID       = "urn:plenum:rtp:rid:0" // simulcast of this server's own pages; no XEP has it

	nsHints = "urn:xmpp:hints"
	nsNick  = "http://jabber.org/protocol/nick"
)

// Limits of what one stanza may hold. They are several times what clients send; a browser offers some 40 payload types, and a
// description of a conference with a slot for each of twenty participants has 40 sources.
const (
	MaxContents     = 32   // contents of a session, and of a group
	MaxGroups       = 8    // groups
	MaxPayloads     = 64   // payload types of a content
	MaxParameters   = 32   // parameters of a payload type, of a source, of a kind of feedback, of a header extension
	MaxFeedback     = 32   // kinds of feedback of a payload type or content
	MaxExtensions   = 32   // header extensions of a content
	MaxSources      = 64   // sources of a content
	MaxSourceGroups = 32   // groups of sources of a content, and sources of one of them
	MaxRIDs         = 8    // simulcast layers of a content
	MaxCategories   = 8    // categories of a content
	MaxCandidates   = 100  // candidates of a content
	MaxFingerprints = 4    // fingerprints of a content
	MaxOptions      = 8    // ICE options of a content
	MaxInfos        = 16   // payloads of a session-info
	MaxOther        = 16   // elements of other specifications that are kept as they are
	MaxOtherBytes   = 8192 // octets of each of them
	MaxMethods      = 16   // ways to join a call that one invitation names
	MaxMedia        = 8    // media that a propose names
	MaxUsers        = 1000 // users in the description of a conference
	MaxEndpoints    = 8    // endpoints of such a user, and media of an endpoint

	maxName = 255  // octets of names, identifiers and other short strings
	maxLong = 1023 // octets of parameters, URIs and texts
)
