package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/pion/webrtc/v4"
)

const gatherTimeout = 10 * time.Second

// peerFactory makes the peer connections a signaller needs, so that the same
// signaller serves publishers, full subscribers and counting subscribers.
type peerFactory func() (*webrtc.PeerConnection, error)

// signaller speaks one server's signalling protocol. Both methods return when
// signalling is done and media may flow; closing the result leaves the room.
type signaller interface {
	Publish(ctx context.Context, newPeer peerFactory, name string, tracks []webrtc.TrackLocal) (io.Closer, error)
	// Subscribe receives whatever is published in the room. onTrack may be
	// nil for a subscriber that does not read its tracks.
	Subscribe(ctx context.Context, newPeer peerFactory, name string, onTrack func(*webrtc.TrackRemote)) (io.Closer, error)
}

var signallers = map[string]func(config) signaller{
	"jingle": func(c config) signaller { return newJingle(c) },
	"refsfu": func(c config) signaller { return &refClient{base: c.url} },
}

func signalNames() []string {
	var names []string
	for n := range signallers {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func newSignaller(c config) (signaller, error) {
	f, ok := signallers[c.signal]
	if !ok {
		return nil, fmt.Errorf("unknown signalling %q", c.signal)
	}
	return f(c), nil
}

// gathered sets the local description and returns it with all candidates, so
// that no signaller needs to trickle its own.
func gathered(pc *webrtc.PeerConnection, d webrtc.SessionDescription) (*webrtc.SessionDescription, error) {
	done := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		return nil, err
	}
	select {
	case <-done:
		return pc.LocalDescription(), nil
	case <-time.After(gatherTimeout):
		return nil, errors.New("gathering candidates took too long")
	}
}

// answerTo applies a remote offer and returns the gathered answer.
func answerTo(pc *webrtc.PeerConnection, sdp string) (*webrtc.SessionDescription, error) {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}); err != nil {
		return nil, err
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return nil, err
	}
	return gathered(pc, answer)
}

func forwardTracks(pc *webrtc.PeerConnection, onTrack func(*webrtc.TrackRemote)) {
	if onTrack != nil {
		pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { onTrack(t) })
	}
}
