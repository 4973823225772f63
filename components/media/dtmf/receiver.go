package dtmf

import "time"

// gone is how long after its last packet a key counts as released though no packet has said so.
const gone = 150 * time.Millisecond

// A Press is a key that was pressed and released.
type Press struct {
	Key      byte
	Duration time.Duration
}

// A Receiver makes one press of the many packets that tell of it. The zero value is not ready: it needs the clock rate. It belongs to one
// goroutine.
type Receiver struct {
	clock     int
	pressed   bool
	event     Event
	timestamp uint32 // of the event that is or was pressed
	segments  int    // of a long event, that are over (RFC 4733 §2.5.1.3)
	last      time.Time
	seen      bool // there was an event
}

// NewReceiver makes a receiver for events with this clock rate.
func NewReceiver(clock int) *Receiver { return &Receiver{clock: clock} }

// Receive takes a packet. It returns a press when the packet ends one, or begins another whose predecessor was never ended.
func (r *Receiver) Receive(timestamp uint32, payload []byte, now time.Time) (p Press, ok bool, err error) {
	e, err := ParseEvent(payload)
	if err != nil {
		return p, false, err
	}
	if e.Key() == 0 {
		return p, false, nil
	}
	switch {
	case r.seen && timestamp == r.timestamp:
		if !r.pressed {
			return p, false, nil // repeated after its end
		}
		e.Duration = max(e.Duration, r.event.Duration) // a late packet says less
	case r.pressed && e.Code == r.event.Code && timestamp == r.timestamp+0xffff:
		r.timestamp = timestamp
		r.segments++
	case r.seen && int32(timestamp-r.timestamp) < 0:
		return p, false, nil // late, of a key before
	default:
		if r.pressed {
			p, ok = r.release(), true
		}
		r.pressed, r.seen, r.timestamp, r.segments = true, true, timestamp, 0
	}
	r.event, r.last = e, now
	if e.End && !ok {
		return r.release(), true, nil
	}
	return p, ok, nil
}

// Expire returns the press of a key whose packets have ceased to come. It is to be called now and then, with each packet of sound for
// example.
func (r *Receiver) Expire(now time.Time) (p Press, ok bool) {
	if !r.pressed || now.Sub(r.last) < gone && !r.event.End {
		return p, false
	}
	return r.release(), true
}

// Pressed reports whether a key is held down: the sound of the line meanwhile is its tone, and is not passed on.
func (r *Receiver) Pressed() bool { return r.pressed }

func (r *Receiver) release() Press {
	r.pressed = false
	units := r.segments*0xffff + int(r.event.Duration)
	return Press{r.event.Key(), time.Duration(units) * time.Second / time.Duration(r.clock)}
}
