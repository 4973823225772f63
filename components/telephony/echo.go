package telephony

import (
	"context"

	"plenum/components/call"
)

// echo gives a caller back what he says, so that he hears how others would hear him.
func echo(_ context.Context, _ Caller, leg *call.PipeEnd, _ call.Offer) error {
	leg.SetSink(echoTest{leg})
	leg.Send(call.Answer{})
	return nil
}

type echoTest struct{ leg call.Leg }

// Post implements [call.Sink].
func (e echoTest) Post(event call.Event) bool {
	switch event.(type) {
	case call.MediaReady, call.TrackAdded, call.TrackRemoved:
		e.bind()
	}
	return true
}

// bind gives the leg its own voice. A leg without media, or one that takes nothing that it sends, hears nothing.
func (e echoTest) bind() {
	endpoint := e.leg.Media()
	if endpoint == nil {
		return
	}
	for t := range endpoint.Tracks() {
		if t.Kind().Sound() && endpoint.Bind(0, t) == nil {
			return
		}
	}
	_ = endpoint.Bind(0, nil) // nothing is there to be heard any more
}
