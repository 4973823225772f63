package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
)

const (
	videoClock   = 90000
	audioClock   = 48000
	rtpMTU       = 1200
	audioPeriod  = 20 * time.Millisecond
	audioPayload = 80 // 32 kbit/s at 50 packets a second

	levelID = 1    // of the audio level among the header extensions: it is the only one
	voice   = 0x80 // and no decibels below the loudest: who is to be heard must speak
)

// clip is a VP8 file held in memory, played in a loop.
type clip struct {
	frames [][]byte
	period time.Duration
}

func loadClip(name string) (*clip, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, h, err := ivfreader.NewWith(f)
	if err != nil {
		return nil, err
	}
	if h.FourCC != "VP80" {
		return nil, fmt.Errorf("%s: codec %q, need VP80", name, h.FourCC)
	}
	c := &clip{period: time.Second * time.Duration(h.TimebaseNumerator) / time.Duration(h.TimebaseDenominator)}
	for {
		frame, _, err := r.ParseNextFrame()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		c.frames = append(c.frames, frame)
	}
	if len(c.frames) == 0 || c.period <= 0 {
		return nil, fmt.Errorf("%s: no frames", name)
	}
	return c, nil
}

// publisher feeds one participant's tracks.
type publisher struct {
	video, audio *webrtc.TrackLocalStaticRTP
	sent         atomic.Uint64
}

func newPublisher(name string, withVideo, withAudio bool) (*publisher, error) {
	p := &publisher{}
	var err error
	if withVideo {
		p.video, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: videoClock}, "video-"+name, name)
		if err != nil {
			return nil, err
		}
	}
	if withAudio {
		p.audio, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: audioClock, Channels: 2}, "audio-"+name, name)
	}
	return p, err
}

func (p *publisher) tracks() []webrtc.TrackLocal {
	var t []webrtc.TrackLocal
	if p.audio != nil {
		t = append(t, p.audio)
	}
	if p.video != nil {
		t = append(t, p.video)
	}
	return t
}

// run sends until ctx ends.
func (p *publisher) run(ctx context.Context, c *clip) {
	if p.audio != nil {
		go p.runAudio(ctx)
	}
	if p.video != nil {
		go p.runVideo(ctx, c)
	}
}

func (p *publisher) write(t *webrtc.TrackLocalStaticRTP, pkt *rtp.Packet) {
	pkt.Payload = appendStamp(pkt.Payload, time.Since(epoch))
	if t.WriteRTP(pkt) == nil {
		p.sent.Add(1)
	}
}

func (p *publisher) runVideo(ctx context.Context, c *clip) {
	packetizer := rtp.NewPacketizer(rtpMTU-stampLen, 96, 1, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), videoClock)
	samples := uint32(c.period * videoClock / time.Second)
	tick := time.NewTicker(c.period)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, pkt := range packetizer.Packetize(c.frames[i%len(c.frames)], samples) {
			p.write(p.video, pkt)
		}
	}
}

func (p *publisher) runAudio(ctx context.Context) {
	tick := time.NewTicker(audioPeriod)
	defer tick.Stop()
	h := rtp.Header{Version: 2, Marker: true}
	if err := h.SetExtension(levelID, []byte{voice}); err != nil {
		panic(err) // one octet fits
	}
	payload := make([]byte, audioPayload-stampLen, audioPayload)
	payload[0] = 0x78 // Opus TOC: CELT fullband, 20 ms, mono
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p.write(p.audio, &rtp.Packet{Header: h, Payload: payload})
		h.Marker = false
		h.SequenceNumber++
		h.Timestamp += uint32(audioPeriod * audioClock / time.Second)
	}
}
