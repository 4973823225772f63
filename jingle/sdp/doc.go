// Package sdp is the offer/answer model of RFC 3264 over Jingle's contents: what both parties can do becomes, for each BUNDLE group, the description
// of one transport with its media. There is no SDP text in it; the terms are SDP's.
//
// Who is called takes the offer of a session-initiate or content-add by [Answer], who calls makes one by [Offer] and takes the answer by
// [Description.Accept]. Both end with a [Description], whose Contents method writes what is said to the peer. Later contents go by the methods
// Answer and Offer of the session's description, and into it by [Description.Merge]. When there is nothing in common the
// error is a [Failure] with the reason to end the session by.
//
// A peer that names no group, such as Dino, gets a transport for each content.
package sdp

import (
	"cmp"
	"slices"

	"plenum/components/media"
	"plenum/jingle/wire"
)

// Header extensions that are understood here.
const (
	AudioLevel        = "urn:ietf:params:rtp-hdrext:ssrc-audio-level" // RFC 6464
	TransportSequence = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
	MID               = "urn:ietf:params:rtp-hdrext:sdes:mid"                    // RFC 9143
	RID               = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"          // RFC 8852
	RepairedRID       = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id" // RFC 8852
)

// A Capability is what this server can do in one medium.
type Capability struct {
	Codecs     []media.Codec   // the one preferred first; with none the medium is refused. Format is what this side wants to receive.
	Events     bool            // keys as telephone-event (RFC 4733)
	RTX        bool            // retransmission in a stream of its own (RFC 4588)
	Feedback   []wire.Feedback // RTCP feedback that is understood
	Extensions []string        // header extensions, by URI
	Layers     int             // of a simulcast that are received at most
	NoSend     bool            // this side sends nothing
	NoReceive  bool            // this side wants nothing
}

// Capabilities are what this server can do.
type Capabilities struct{ Audio, Video Capability }

// Prefer puts the codecs of sound that the partner of a call takes before the others, in that partner's order: what both ends of a call can do is
// forwarded, and not transcoded.
func (c Capabilities) Prefer(codecs []media.Codec) Capabilities {
	place := func(own media.Codec) int {
		if i := slices.IndexFunc(codecs, own.Is); i >= 0 {
			return i
		}
		return len(codecs)
	}
	c.Audio.Codecs = slices.Clone(c.Audio.Codecs)
	slices.SortStableFunc(c.Audio.Codecs, func(a, b media.Codec) int { return cmp.Compare(place(a), place(b)) })
	return c
}

// Parameters of formats that this server receives.
var (
	opus = media.Codec{Name: media.Opus.Name, Clock: media.Opus.Clock, Channels: media.Opus.Channels, Format: "minptime=10;useinbandfec=1"}
	h264 = media.Codec{Name: media.H264.Name, Clock: media.H264.Clock, Format: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"}
)

// Default is what can be decoded, or forwarded to every client: VP8, and constrained baseline H.264, which are the two that WebRTC
// demands of all.
func Default() Capabilities {
	twcc := wire.Feedback{Type: "transport-cc"}
	return Capabilities{
		Audio: Capability{
			Codecs: []media.Codec{opus, media.G722, media.PCMA, media.PCMU}, Events: true,
			Feedback: []wire.Feedback{twcc}, Extensions: []string{AudioLevel, TransportSequence, MID},
		},
		Video: Capability{
			Codecs: []media.Codec{media.VP8, h264}, RTX: true, Layers: 3,
			Feedback: []wire.Feedback{
				{Type: "goog-remb"}, twcc, {Type: "ccm", Subtype: "fir"}, {Type: "nack"}, {Type: "nack", Subtype: "pli"},
			},
			Extensions: []string{TransportSequence, MID, RID, RepairedRID},
		},
	}
}

// of returns the capability for a kind.
func (c *Capabilities) of(k media.Kind) *Capability {
	if k.Sound() {
		return &c.Audio
	}
	return &c.Video
}

// A Failure says that nothing can come of the session, and why.
type Failure struct{ Reason wire.Reason }

func (f *Failure) Error() string { return string(f.Reason.Condition) + ": " + f.Reason.Text }

func fail(c wire.Condition, text string) *Failure {
	return &Failure{wire.Reason{Condition: c, Text: text}}
}

// unencrypted is the failure of a session whose media could only be encrypted by keys in the signalling, or not at all.
func unencrypted() *Failure {
	f := &Failure{*wire.CryptoRequired()}
	f.Reason.Text = "DTLS-SRTP is required, and there is no fingerprint"
	return f
}
