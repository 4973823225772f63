package directory

import (
	"fmt"
	"slices"
)

// A RingTo says what an action does to the timer of a class of calls.
type RingTo string

// What it can do.
const (
	RingAsIs RingTo = ""    // nothing
	RingOff  RingTo = "off" // the device does not ring; its seconds stay as they are
	RingOn   RingTo = "on"  // it rings
)

// RingChange is what an action does to the timer of a class. The zero value leaves it as it is.
type RingChange struct {
	To      RingTo
	Delay   int // with RingOn
	Timeout int // with RingOn; 0 leaves both seconds as they are
}

func (c RingChange) tidy() RingChange {
	if c.To != RingOn {
		return RingChange{To: c.To}
	}
	if c.Timeout == 0 {
		c.Delay = 0
	}
	return c
}

// of is the timer that it makes of another.
func (c RingChange) of(t Timer) Timer {
	switch {
	case c.To == RingOff:
		t.Enabled = false
	case c.To == RingOn && c.Timeout == 0:
		t.Enabled = true
	case c.To == RingOn:
		t = Timer{Enabled: true, Delay: c.Delay, Timeout: c.Timeout}
	}
	return t
}

// Change is what the action does to the timer of a class.
func (a *ProfileAction) Change(class RingClass) RingChange {
	switch class {
	case RingExternal:
		return a.External
	case RingQueue:
		return a.Queue
	}
	return a.Internal
}

// OfRinging reports whether the action changes when devices ring.
func (a *ProfileAction) OfRinging() bool { return a.Kind == ActFollowMe || a.Kind == ActGSM }

// Means reports whether the action is about a device of the user.
func (a *ProfileAction) Means(row *FollowMeRow) bool {
	if a.Kind == ActGSM {
		return row.Kind == MobileDevice
	}
	return a.Device == "" || a.Device == row.Device || a.Device == row.Kind
}

// Ring is what the action makes of what is set for a device.
func (a *ProfileAction) Ring(in FollowMeInput) FollowMeInput {
	if a.Kind == ActGSM {
		in.GSM = a.On
		return in
	}
	in.Internal, in.External, in.Queue = a.Internal.of(in.Internal), a.External.of(in.External), a.Queue.of(in.Queue)
	return in
}

// RingKinds are the kinds of devices by which an action can name them.
func RingKinds() []string { return []string{PhoneDevice, SoftphoneDevice, MobileDevice, XMPPDevice} }

// checkRing applies the rules that need nothing but the action itself.
func (a *ProfileAction) checkRing(at string, bad *FieldErrors) {
	none := true
	for _, class := range RingClasses() {
		c := a.Change(class)
		none = none && c.To == RingAsIs
		if !slices.Contains([]RingTo{RingAsIs, RingOff, RingOn}, c.To) {
			bad.add(at+string(class)+".to", "unknown", "a class of calls is switched on or off, or left as it is")
		}
		if c.Delay < 0 || c.Delay > MaxRing {
			bad.add(at+string(class)+".delay", "out_of_range", fmt.Sprintf("the delay is 0 to %d seconds", MaxRing))
		}
		if c.Timeout < 0 || c.Timeout > MaxRing {
			bad.add(at+string(class)+".timeout", "out_of_range", fmt.Sprintf("a device rings for 1 to %d seconds; 0 leaves the seconds as they are", MaxRing))
		}
	}
	if none {
		bad.add(at+"internal", "missing", "choose what is to change: internal, external or calls of teams")
	}
}

// covers reports whether nothing is left of what an action has changed of devices after another one.
func (a *ProfileAction) covers(b *ProfileAction) bool {
	if a.Device != "" && a.Device != b.Device {
		return false
	}
	for _, class := range RingClasses() {
		if b.Change(class).To != RingAsIs && a.Change(class).To == RingAsIs {
			return false
		}
	}
	return true
}

// letsRing reports whether the action makes something ring.
func (a *ProfileAction) letsRing() bool {
	return a.Kind == ActGSM && a.On || a.Kind == ActFollowMe && slices.ContainsFunc(RingClasses(), func(class RingClass) bool { return a.Change(class).To == RingOn })
}

// inGSM reports whether GSM mode is on after a list of actions, as far as they say.
func inGSM(list []ProfileAction) bool {
	for _, a := range slices.Backward(list) {
		if a.Kind == ActGSM {
			return a.On
		}
	}
	return false
}
