package media

import (
	"fmt"
	"strings"
)

// Kind is what a track is for the people who get it.
type Kind uint8

const (
	Audio       Kind = iota // a voice, or a mix of voices
	Video                   // a camera
	Screen                  // a picture of a screen or window
	ScreenAudio             // the sound that belongs to a shared screen
)

var kindNames = [...]string{Audio: "audio", Video: "video", Screen: "screen", ScreenAudio: "screen audio"}

// String returns the kind in lower case words.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Sound reports whether a track of this kind is heard and not seen.
func (k Kind) Sound() bool { return k == Audio || k == ScreenAudio }

// A Codec says what the payload of a track's packets is. The payload type number belongs to a session and is no part of it.
type Codec struct {
	Name     string // encoding name of the media type registration, as the constants below spell it
	Clock    int    // RTP timestamp units a second; of G.722 8000, though it has 16000 samples (RFC 3551 §4.5.2)
	Channels int    // of the rtpmap; 0 and 1 mean the same
	Format   string // parameters of the fmtp line, "a=1;b=2"; empty when there are none
}

// The codecs that this server can encode and decode. Opus is always announced with two channels (RFC 7587 §7).
var (
	Opus = Codec{Name: "opus", Clock: 48000, Channels: 2}
	G722 = Codec{Name: "G722", Clock: 8000, Channels: 1}
	PCMU = Codec{Name: "PCMU", Clock: 8000, Channels: 1}
	PCMA = Codec{Name: "PCMA", Clock: 8000, Channels: 1}
)

// Codecs that are only forwarded.
var (
	VP8  = Codec{Name: "VP8", Clock: 90000}
	VP9  = Codec{Name: "VP9", Clock: 90000}
	H264 = Codec{Name: "H264", Clock: 90000}
	AV1  = Codec{Name: "AV1", Clock: 90000}
)

// String is the codec as an rtpmap has it.
func (c Codec) String() string {
	if c.Channels > 1 {
		return fmt.Sprintf("%s/%d/%d", c.Name, c.Clock, c.Channels)
	}
	return fmt.Sprintf("%s/%d", c.Name, c.Clock)
}

// Is reports whether c and d are the same encoding at the same clock rate with the same channels. Parameters are compared only
// where packets of the one could not be sent as the other: H.264's packetization mode and the profile's first two octets.
func (c Codec) Is(d Codec) bool {
	if !strings.EqualFold(c.Name, d.Name) || c.Clock != d.Clock || max(c.Channels, 1) != max(d.Channels, 1) {
		return false
	}
	if !strings.EqualFold(c.Name, H264.Name) {
		return true
	}
	return c.parameterOr("packetization-mode", "0") == d.parameterOr("packetization-mode", "0") &&
		strings.EqualFold(c.profile(), d.profile())
}

func (c Codec) parameterOr(name, otherwise string) string {
	if v, ok := c.Parameter(name); ok {
		return v
	}
	return otherwise
}

// profile is profile_idc and the constraint flags of an H.264 profile-level-id; without one it is Baseline.
func (c Codec) profile() string {
	id := c.parameterOr("profile-level-id", "42000a")
	return id[:min(4, len(id))]
}

// Parameter looks a parameter of the format up, whose name is compared without regard to case.
func (c Codec) Parameter(name string) (value string, ok bool) {
	for field := range strings.SplitSeq(c.Format, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return "", false
}

// canonical is c with its name spelled as here, if it is one that this package knows.
func (c Codec) canonical() Codec {
	for _, known := range []Codec{Opus, G722, PCMU, PCMA, VP8, VP9, H264, AV1} {
		if strings.EqualFold(known.Name, c.Name) {
			c.Name = known.Name
		}
	}
	return c
}

// Find returns the first of the codecs offered that c is, as it is spelled there.
func (c Codec) Find(offered []Codec) (Codec, bool) {
	for _, o := range offered {
		if c.Is(o) {
			return o, true
		}
	}
	return Codec{}, false
}

// FrameUnits is what the RTP timestamp grows by in one frame.
func (c Codec) FrameUnits() uint32 { return uint32(c.Clock / int(1e9/FrameTime)) }

// An Encoder turns sound into payloads of one codec. It belongs to one goroutine.
type Encoder interface {
	// Encode writes the payload for one frame of FrameSamples samples into dst, which has room for MaxFrameBytes, and returns its length.
	Encode(pcm []int16, dst []byte) (int, error)
}

// A Decoder turns payloads of one codec into sound. It belongs to one goroutine.
type Decoder interface {
	// Decode writes the sound of a payload into pcm, which has room for MaxDecoded samples, and returns how many they are. After an
	// error the decoder takes further payloads.
	Decode(payload []byte, pcm []int16) (int, error)
	// Conceal fills pcm, the length of what was lost, with what may have been there. next is the payload that follows
	// the gap where it has arrived already, else nil: some codecs carry a second, coarser copy of the frame before.
	Conceal(next []byte, pcm []int16) error
}

const (
	// MaxFrameBytes is the longest payload that an encoder makes of a frame: Opus frames have 1275 octets at most (RFC 6716 §3.2.1).
	MaxFrameBytes = 1276
	// MaxDecoded is the greatest number of samples in one packet: 120 ms (RFC 6716 §3.2.5).
	MaxDecoded = Rate * 120 / 1000
)
