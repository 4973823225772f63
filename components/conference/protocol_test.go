package conference

import (
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

func parsed(t testing.TB, payload string) (any, error) {
	t.Helper()
	p := xmlstream.MustParse("<iq type='set' id='a'>" + payload + "</iq>")
	e, ok := p.First()
	if !ok {
		t.Fatal(payload)
	}
	return parseRequest(e)
}

func TestParseRequest(t *testing.T) {
	const ns = " xmlns='" + NSConference + "'"
	for payload, want := range map[string]any{
		"<watch" + ns + "/>":                                        watchRequest{},
		"<mute" + ns + " nick='Anna'/>":                             controlRequest{do: "mute", nick: "Anna"},
		"<admit" + ns + "/>":                                        controlRequest{do: "admit"},
		"<admit" + ns + " nick='A'/>":                               controlRequest{do: "admit", nick: "A"},
		"<stop" + ns + " nick='A' media='screen'/>":                 controlRequest{do: "stop", nick: "A", kind: media.Screen},
		"<status" + ns + " audio='on' video='none' hand='true'/>":   statusRequest{audio: "on", video: "none", hand: "true"},
		"<status" + ns + "/>":                                       statusRequest{},
		"<status" + ns + " audio='loud'/>":                          nil,
		"<status" + ns + " screen='none'/>":                         nil,
		"<mute" + ns + "/>":                                         nil,
		"<stop" + ns + " nick='A' media='mic'/>":                    nil,
		"<view" + ns + "><slot n='64' height='1'/></view>":          nil,
		"<view" + ns + "><slot n='1' height='-1'/></view>":          nil,
		"<view" + ns + "><slot n='1'/></view>":                      nil,
		"<view" + ns + "><slot n='1' height='99999999999'/></view>": nil,
		"<view" + ns + "><pin nick='A'/></view>":                    nil,
		"<view" + ns + "><pin media='camera'/></view>":              nil,
		"<sing" + ns + "/>":                                         nil,
	} {
		got, err := parsed(t, payload)
		if want == nil {
			if e, ok := err.(*xmppd.StanzaError); !ok || e.Condition != "bad-request" || e.Text == "" {
				t.Errorf("%s: %v, %v", payload, got, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", payload, got, err)
		}
	}
	got, err := parsed(t, "<view"+ns+"><slot n='3' height='720'/><slot n='4' height='0'/><pin nick='A' media='screen'/><later xmlns='urn:x'/></view>")
	v, ok := got.(viewRequest)
	if err != nil || !ok || len(v.heights) != 2 || v.heights[3] != 720 || v.pin != "A" || v.pinKind != media.Screen {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzParseRequest: whatever comes is understood or refused with a reason, and is within limits.
func FuzzParseRequest(f *testing.F) {
	for _, s := range []string{"<watch/>", "<view><slot n='3' height='720'/><pin nick='A' media='camera'/></view>", "<status audio='on' hand='true'/>", "<stop nick='A' media='screen'/>", "<admit/>"} {
		f.Add(strings.Replace(s, "/>", " xmlns='"+NSConference+"'/>", 1))
		f.Add(strings.Replace(s, ">", " xmlns='"+NSConference+"'>", 1))
	}
	f.Fuzz(func(t *testing.T, payload string) {
		p, err := xmlstream.Parse([]byte("<iq type='set' id='a'>"+payload+"</iq>"), "jabber:client", xmlstream.C2S)
		if err != nil {
			return
		}
		e, ok := p.First()
		if !ok {
			return
		}
		got, err := parseRequest(e)
		if err != nil {
			if s, ok := err.(*xmppd.StanzaError); !ok || s.Condition != "bad-request" {
				t.Fatalf("%v", err)
			}
			return
		}
		switch r := got.(type) {
		case viewRequest:
			for n, h := range r.heights {
				if n < 0 || n >= maxViewSlots || h < 0 || h > maxHeight {
					t.Fatalf("slot %d of height %d", n, h)
				}
			}
		case controlRequest:
			if controls[r.do] && r.nick == "" {
				t.Fatalf("%s is done to nobody", r.do)
			}
		case statusRequest, watchRequest:
		default:
			t.Fatalf("%T", got)
		}
	})
}
