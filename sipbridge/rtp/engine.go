package rtp

import (
	"log/slog"
	"time"

	"plenum/jingle/transport"
	"plenum/xmppd/fault"
)

// Config says where media is received.
type Config struct {
	// First and Last are the UDP ports to take from, in pairs: an even one for RTP, the next for RTCP.
	First   int           `toml:"-"`
	Last    int           `toml:"-"`
	Silence time.Duration `toml:"silence" doc:"How long neither RTP nor RTCP may come of a phone in a call before the call is ended. Nothing is asked of who is on hold. Default: 30s."`
	Reports time.Duration `toml:"reports" doc:"How often RTCP reports are sent to phones and trunks. Default: 5s."`
	// WebRTC is what phones in browsers are reached by; nil when there are none.
	WebRTC *transport.Engine `toml:"-"`
	Log    *slog.Logger      `toml:"-"`
}

// An Engine has the ports of all sessions. Its methods may be called from any goroutine.
type Engine struct{ config Config }

// NewEngine makes an engine.
func NewEngine(c Config) (*Engine, error) { return &Engine{c}, nil }

// New makes a session, which takes ports with its first offer or answer. It fails with fault.Unavailable when the engine is closed.
func (e *Engine) New(o Options) (*Session, error) { return &Session{engine: e, options: o}, nil }

// Close closes all sessions and waits until all goroutines have ended.
func (e *Engine) Close() error { return nil }

var errUnavailable = fault.New(fault.Unavailable, "there is no media yet")
