package call

import (
	"iter"
	"slices"
	"sync"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/xmppd/fault"
)

// A PipeEnd is one of the two legs that [Pipe] makes.
type PipeEnd struct {
	id     LegID
	codecs []media.Codec
	pipe   *pipe
	other  *PipeEnd
	calls  bool // it is the one that an owner of incoming legs gets

	// Under pipe.mu.
	sink    Sink
	queue   []Event
	posting bool         // a goroutine empties queue
	ended   bool         // Ended is in queue, or was posted
	track   *media.Track // what it gives: the other end's track
}

// A pipe is what its ends share.
type pipe struct {
	mu     sync.Mutex
	agreed bool // there is media
}

// Pipe makes two legs that are connected with each other, without transport between them: what is published at the one is bound at the
// other, and nothing is copied. So whoever takes legs that come in can be dialled too: a conference, a mailbox, a menu. callee is what a
// [Dialer] returns, and reports to sink; caller is given to the owner of incoming legs, and reports to what [PipeEnd.SetSink] sets.
// Both have one slot of sound, which takes o.Codecs, or whatever the server can encode when they are nil. Media is agreed when the owner
// of caller rings it early or answers.
func Pipe(o Offer, sink Sink) (callee, caller *PipeEnd) {
	codecs := o.Codecs
	if codecs == nil {
		codecs = codec.All
	}
	p := new(pipe)
	callee = &PipeEnd{id: o.ID, codecs: codecs, pipe: p, sink: sink}
	caller = &PipeEnd{id: o.ID, codecs: codecs, pipe: p, calls: true}
	callee.other, caller.other = caller, callee
	return callee, caller
}

// SetSink says where the leg reports. What has happened before is reported then.
func (e *PipeEnd) SetSink(s Sink) {
	e.pipe.mu.Lock()
	e.sink = s
	e.pipe.mu.Unlock()
	e.drain()
}

// ID implements [Leg].
func (e *PipeEnd) ID() LegID { return e.id }

// Send implements [Leg].
func (e *PipeEnd) Send(c Command) {
	e.pipe.mu.Lock()
	e.carryOut(c)
	e.pipe.mu.Unlock()
	e.other.drain()
	e.drain()
}

// carryOut queues what comes of a command. The pipe is locked.
func (e *PipeEnd) carryOut(c Command) {
	switch c := c.(type) {
	case Ring:
		if e.calls {
			if c.Early {
				e.agree()
			}
			e.other.report(Ringing(c))
		}
	case Answer:
		if e.calls {
			e.agree()
			e.other.report(Answered{})
			e.report(Answered{})
		}
	case Hangup:
		e.other.report(Ended(c))
		e.report(Ended(c))
	case Hold:
		e.other.report(Held{})
	case Resume:
		e.other.report(Resumed{})
	case SendDTMF:
		for _, key := range []byte(c.Keys) {
			e.other.report(DTMF{Key: key, Duration: c.Duration})
		}
	case Identify:
		e.other.report(Identified(c))
	}
}

func (e *PipeEnd) agree() {
	if e.pipe.agreed {
		return
	}
	e.pipe.agreed = true
	e.report(MediaReady{})
	e.other.report(MediaReady{})
}

// report queues an event; nothing follows Ended. The pipe is locked.
func (e *PipeEnd) report(event Event) {
	if e.ended {
		return
	}
	_, e.ended = event.(Ended)
	e.queue = append(e.queue, event)
}

// drain posts what is queued, in order, whoever has queued it. A leg whose owner is gone ends by itself.
func (e *PipeEnd) drain() {
	p := e.pipe
	p.mu.Lock()
	if e.posting || e.sink == nil {
		p.mu.Unlock()
		return
	}
	e.posting = true
	lost := false
	for len(e.queue) > 0 {
		event := e.queue[0]
		e.queue = e.queue[1:]
		sink := e.sink
		p.mu.Unlock()
		taken := sink.Post(event)
		p.mu.Lock()
		if _, last := event.(Ended); !taken && !last {
			e.queue, e.ended, lost = nil, true, true
			e.other.report(Ended{Failed})
		}
	}
	e.posting = false
	p.mu.Unlock()
	if lost {
		e.other.drain()
	}
}

// Media implements [Leg].
func (e *PipeEnd) Media() media.Endpoint {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	if !e.pipe.agreed {
		return nil
	}
	return e
}

// Tracks implements [media.Endpoint].
func (e *PipeEnd) Tracks() iter.Seq[*media.Track] {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	if e.other.track == nil {
		return func(func(*media.Track) bool) {}
	}
	return slices.Values([]*media.Track{e.other.track})
}

// Slots implements [media.Endpoint].
func (e *PipeEnd) Slots() []media.Slot { return []media.Slot{{Kind: media.Audio, Codecs: e.codecs}} }

// Bind implements [media.Endpoint].
func (e *PipeEnd) Bind(slot int, src media.Source) error {
	if slot != 0 {
		return fault.Newf(fault.NotFound, "there is no slot %d", slot)
	}
	var track *media.Track
	if src != nil {
		var err error
		if track, err = src.For(e.codecs); err != nil {
			return err
		}
	}
	e.pipe.mu.Lock()
	if before := e.track; before != track {
		e.track = track
		if before != nil {
			e.other.report(TrackRemoved{before})
		}
		if track != nil {
			e.other.report(TrackAdded{track})
		}
	}
	e.pipe.mu.Unlock()
	e.other.drain()
	return nil
}
