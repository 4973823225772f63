package endpoint

import (
	"errors"
	"iter"
	"log/slog"
	"time"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/session"
	"plenum/jingle/sfu"
	"plenum/jingle/transport"
)

// Forwarding makes media halves that forward packets. The engine is asked for with each: it opens its sockets later than the server is built.
// Without one no session comes about.
func Forwarding(engine func() *transport.Engine, log *slog.Logger) func(*session.Session, bool) session.Media {
	return func(s *session.Session, controlling bool) session.Media {
		e := engine()
		if e == nil {
			return noMedia{}
		}
		return forwarding{sfu.New(sfu.Options{Engine: e, Controlling: controlling, Events: s, Log: log})}
	}
}

// forwarding is a peer of package sfu. Its other methods are those of the peer: who knows of them may use them.
type forwarding struct{ *sfu.Peer }

// Transport implements session.Media.
func (f forwarding) Transport(i int) session.Transport {
	if t := f.Peer.Transport(i); t != nil {
		return t
	}
	return nil
}

// noMedia is for sessions that come while nothing is listened at for media.
type noMedia struct{}

var errNoMedia = errors.New("nothing is listened at for media")

func (noMedia) Tracks() iter.Seq[*media.Track]       { return func(func(*media.Track) bool) {} }
func (noMedia) Slots() []media.Slot                  { return nil }
func (noMedia) Bind(int, media.Source) error         { return errNoMedia }
func (noMedia) Describe(*sdp.Description) error      { return errNoMedia }
func (noMedia) Transport(int) session.Transport      { return nil }
func (noMedia) SendDTMF(string, time.Duration) error { return errNoMedia }
func (noMedia) Close()                               {}
