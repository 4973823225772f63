package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"

	"plenum/components/media"
	"plenum/components/media/opus"
)

const (
	talkers   = 3                // speak all the time; the others are quiet
	mixFrames = 10 * 50          // of the speech that is played in a loop
	loud      = byte(voice | 30) // as an audio level
	quiet     = byte(127)        // no voice, no sound
)

// mixed is the outcome of a conference of parties with one slot of audio each, which get a mix.
type mixed struct {
	Parties     int     `json:"parties"`
	Heard       int     `json:"parties_that_hear"`
	ServerCores float64 `json:"server_cores"`
	ServerRSS   float64 `json:"server_rss_mib"`
	PacketsIn   float64 `json:"packets_per_s_of_a_party"`
	MeasureS    float64 `json:"measure_s"`
}

// runMixed joins n parties, of which the first is the colleague, and measures the server.
func runMixed(ctx context.Context, c config, n int) (*mixed, error) {
	if c.signal != "jingle" || c.serverPID == 0 {
		return nil, errors.New("-mixed needs -signal jingle and -server-pid")
	}
	base, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	speech, err := encoded(true)
	if err != nil {
		return nil, err
	}
	silence, err := encoded(false)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j := newJingle(c)
	var parties []*receiver
	for i := range n {
		r := newReceiver()
		newPeer, err := newPeerFactory(c.localIP, base, r)
		if err != nil {
			return nil, err
		}
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: audioClock, Channels: 2}, "voice", fmt.Sprint("party", i))
		if err != nil {
			return nil, err
		}
		jctx, done := context.WithTimeout(ctx, joinTimeout)
		closer, err := j.takePart(jctx, newPeer, i == 0, fmt.Sprint("party", i), track)
		done()
		if err != nil {
			return nil, fmt.Errorf("party %d: %w", i, err)
		}
		defer func(c io.Closer) { _ = c.Close() }(closer)
		parties = append(parties, r)
		frames, level := silence, quiet
		if i < talkers {
			frames, level = speech, loud
		}
		go play(ctx, track, frames, level)
	}
	if err := sleep(ctx, c.warmup); err != nil {
		return nil, err
	}
	cpu0, _, err := procUsage(c.serverPID)
	if err != nil {
		return nil, err
	}
	before, start := make([]receiverSnapshot, n), time.Now()
	for i, r := range parties {
		before[i] = r.snapshot()
	}
	if err := sleep(ctx, c.measure); err != nil {
		return nil, err
	}
	took := time.Since(start).Seconds()
	cpu1, rss, err := procUsage(c.serverPID)
	if err != nil {
		return nil, err
	}
	out := &mixed{Parties: n, ServerCores: (cpu1 - cpu0).Seconds() / took, ServerRSS: float64(rss) / (1 << 20), MeasureS: took}
	for i, r := range parties {
		var t tally
		t.add(before[i], r.snapshot())
		if float64(t.received) > 45*took {
			out.Heard++
		}
		out.PacketsIn += float64(t.received) / took / float64(n)
	}
	return out, nil
}

// takePart joins with one track of audio that goes both ways.
func (j *jingle) takePart(ctx context.Context, newPeer peerFactory, colleague bool, name string, track webrtc.TrackLocal) (io.Closer, error) {
	pc, err := newPeer()
	if err != nil {
		return nil, err
	}
	if _, err := pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv}); err != nil {
		return nil, err
	}
	if colleague {
		return j.join(ctx, pc, j.domain, j.user, name, "")
	}
	return j.join(ctx, pc, "guest."+j.domain, "", name, "")
}

// encoded is some seconds of what a party sends: noise that swells and fades like syllables, or silence.
func encoded(speak bool) ([][]byte, error) {
	enc, err := opus.NewEncoder(opus.DefaultBitrate)
	if err != nil {
		return nil, err
	}
	var frames [][]byte
	pcm := make([]int16, media.FrameSamples)
	for f := range mixFrames {
		for i := range pcm {
			pcm[i] = 0
			if speak {
				at := float64(f*len(pcm)+i) / media.Rate
				shape := math.Max(0, math.Sin(2*math.Pi*4*at)) * math.Max(0, math.Sin(2*math.Pi*0.4*at)+0.6)
				tone := math.Sin(2*math.Pi*140*at) + 0.6*math.Sin(2*math.Pi*700*at) + 0.3*math.Sin(2*math.Pi*1900*at)
				pcm[i] = int16(5000 * shape * (tone + 0.3*(rand.Float64()*2-1)))
			}
		}
		frame := make([]byte, media.MaxFrameBytes)
		n, err := enc.Encode(pcm, frame)
		if err != nil {
			return nil, err
		}
		frames = append(frames, frame[:n])
	}
	return frames, nil
}

// play sends frames in a loop until ctx ends.
func play(ctx context.Context, track *webrtc.TrackLocalStaticRTP, frames [][]byte, level byte) {
	tick := time.NewTicker(audioPeriod)
	defer tick.Stop()
	h := rtp.Header{Version: 2, SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32()}
	if err := h.SetExtension(levelID, []byte{level}); err != nil {
		panic(err) // one octet fits
	}
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_ = track.WriteRTP(&rtp.Packet{Header: h, Payload: frames[i%len(frames)]})
		h.SequenceNumber++
		h.Timestamp += uint32(audioPeriod * audioClock / time.Second)
	}
}
