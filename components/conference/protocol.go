package conference

import (
	"strconv"

	"plenum/components/media"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// NSConference is the namespace of what a conference and its participants' clients say to each other, beside the call itself. It is
// described in docs/conference.md.
const NSConference = "urn:plenum:conference:0"

// Nick is what a conference is called in its room.
const Nick = "Conference"

// Limits of requests.
const (
	maxViewSlots = 64
	maxHeight    = 8640 // pixels
)

// Requests, as they come from clients.
type (
	// watchRequest asks for the state of the conference, now and whenever it changes.
	watchRequest struct{}

	// viewRequest says in which sizes slots are shown.
	viewRequest struct {
		heights map[int]int // pixels by slot; slots that are missing are not shown
		pin     string      // nickname; "" for none
		pinKind media.Kind
	}

	// statusRequest says what the client publishes; "" is no change.
	statusRequest struct{ audio, video, screen, hand string }

	// controlRequest is what moderators do.
	controlRequest struct {
		do   string
		nick string
		kind media.Kind // of stop
	}
)

// controls are what moderators may do, and whether it is done to somebody. A nickname may be left out of admit.
var controls = map[string]bool{
	"mute": true, "mute-all": false, "stop": true, "remove": true, "lock": false, "unlock": false, "admit": false, "reject": true,
	"lower": true, "end": false,
}

// parseRequest reads a request. The error is bad-request.
func parseRequest(e xmlstream.Element) (any, error) {
	name := e.Local()
	if _, ok := controls[name]; ok {
		return parseControl(e)
	}
	switch name {
	case "watch":
		return watchRequest{}, nil
	case "phone":
		return phoneRequest{}, nil
	case "view":
		return parseView(e)
	case "status":
		return parseStatus(e)
	}
	return nil, xmppd.Errorf("bad-request", "a conference does not know %.32q", name)
}

func attr(e xmlstream.Element, name string) string {
	v, _ := e.Attr(name)
	return v
}

// kinds are the names of what can be shown and stopped.
var kinds = map[string]media.Kind{"camera": media.Video, "screen": media.Screen}

func kindName(k media.Kind) string {
	switch k {
	case media.Audio:
		return "mic"
	case media.Video:
		return "camera"
	case media.Screen:
		return "screen"
	}
	return "screen-audio"
}

func parseControl(e xmlstream.Element) (any, error) {
	c := controlRequest{do: e.Local(), nick: attr(e, "nick")}
	if controls[c.do] && c.nick == "" {
		return nil, xmppd.Errorf("bad-request", "nick says who is meant")
	}
	if c.do == "stop" {
		kind, ok := kinds[attr(e, "media")]
		if !ok {
			return nil, xmppd.Errorf("bad-request", "media is camera or screen")
		}
		c.kind = kind
	}
	return c, nil
}

func parseView(e xmlstream.Element) (any, error) {
	v := viewRequest{heights: map[int]int{}}
	for x := range e.Children() {
		switch {
		case x.Is(NSConference, "slot"):
			n, ok := number(x, "n", maxViewSlots-1)
			height, ok2 := number(x, "height", maxHeight)
			if !ok || !ok2 {
				return nil, xmppd.Errorf("bad-request", "a slot has a number below %d and a height of at most %d", maxViewSlots, maxHeight)
			}
			v.heights[n] = height
		case x.Is(NSConference, "pin"):
			kind, ok := kinds[attr(x, "media")]
			if v.pin, v.pinKind = attr(x, "nick"), kind; !ok || v.pin == "" {
				return nil, xmppd.Errorf("bad-request", "a pin has a nick, and media that is camera or screen")
			}
		}
	}
	return v, nil
}

func number(e xmlstream.Element, name string, limit int) (int, bool) {
	n, err := strconv.Atoi(attr(e, name))
	return n, err == nil && n >= 0 && n <= limit
}

func parseStatus(e xmlstream.Element) (any, error) {
	s := statusRequest{attr(e, "audio"), attr(e, "video"), attr(e, "screen"), attr(e, "hand")}
	for _, f := range []struct{ name, value, a, b, c string }{
		{"audio", s.audio, "on", "muted", "none"}, {"video", s.video, "on", "off", "none"},
		{"screen", s.screen, "on", "off", "off"}, {"hand", s.hand, "true", "false", "false"},
	} {
		if f.value != "" && f.value != f.a && f.value != f.b && f.value != f.c {
			return nil, xmppd.Errorf("bad-request", "%s is not %.32q", f.name, f.value)
		}
	}
	return s, nil
}
