package rtp

import (
	"log/slog"
	"net/netip"
	"time"

	"plenum/components/call"
	"plenum/components/media"
)

// Security is how the media of a leg is to be protected.
type Security uint8

const (
	Plain  Security = iota // RTP as it is; for phones whose signalling anybody can read, keys would not help
	SDES                   // keys in the SDP are offered, and whoever does not know them is talked to in plain (RFC 4568, RFC 8643)
	Secure                 // keys in the SDP or DTLS, or no call
	WebRTC                 // ICE and DTLS, as browsers have them (RFC 8827)
)

// Options are what a session is made with.
type Options struct {
	// Security is what we offer, and the least that we take: an offer by the peer may ask for more. SDES is for legs whose signalling is TLS.
	Security Security
	Codecs   []media.Codec // in order of preference; nil: all that there are
	Events   Events
	// Local is the address to receive on, of the interface that the peer's signalling came in on; when it is not valid, that by which Remote is
	// reached.
	Local netip.Addr
	// External is what the peer is told instead, when we are behind NAT.
	External netip.Addr
	// Remote is where the peer's signalling comes from: its media is taken from there too, whatever its SDP says (symmetric RTP).
	Remote netip.AddrPort
	Log    *slog.Logger // with the leg's cid and call; nil: none
}

// Events is who is told what becomes of a session. Its methods are called by any goroutine, the one that offers or answers too; they do
// not block and do not call back.
type Events interface {
	// MediaReady says that an offer was answered: slots and tracks are those of the session now.
	MediaReady()
	TrackAdded(*media.Track)
	TrackRemoved(*media.Track)
	// DTMF is a key of the peer, once it is released.
	DTMF(key byte, d time.Duration)
	// Held says that the peer has put us on hold, or takes us back.
	Held(on bool)
	// Lost says that neither RTP nor RTCP has come for the time of Config.Silence, after [Session.Watch] and while nobody is on hold. With ICE it says
	// that there is no way to the peer any more.
	Lost()
	// Quality is told each Config.Reports, while there is something to tell.
	Quality(call.Quality)
}
