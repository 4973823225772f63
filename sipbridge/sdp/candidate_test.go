package sdp_test

import (
	"net/netip"
	"slices"
	"testing"

	"plenum/jingle/transport"
	"plenum/sipbridge/sdp"
)

func TestCandidatesAreWrittenAndRead(t *testing.T) {
	list := []transport.Candidate{
		{Foundation: "1", Component: 1, Protocol: "udp", Priority: 2130706431, Address: netip.MustParseAddrPort("192.0.2.1:19302"), Type: "host"},
		{Foundation: "2", Component: 1, Protocol: "tcp", Priority: 1, Address: netip.MustParseAddrPort("[2001:db8::1]:9"), Type: "srflx",
			Related: netip.MustParseAddrPort("10.0.0.1:5"), TCPType: "passive"},
	}
	m := sdp.Media{}
	for _, c := range list {
		m.AddCandidate(c)
	}
	m.Add("candidate", "3 1 UDP 99 5c9b0c4e.local 5000 typ host generation 0") // a browser hides its address
	m.Add("candidate", "4 1 udp 99 192.0.2.1 70000 typ host")
	m.Add("candidate", "5 1 udp")
	if got := m.Candidates(); !slices.Equal(got, list) {
		t.Errorf("%+v", got)
	}
}

func TestATransportIsReadFromTheLineOrTheSession(t *testing.T) {
	want := transport.Description{Ufrag: "abcd", Pwd: "0123456789012345678901", Setup: transport.ActPass,
		Fingerprints: []transport.Fingerprint{{Hash: "sha-256", Value: "AA:BB"}}}
	m := sdp.Media{}
	m.AddTransport(want)
	for _, d := range []*sdp.Description{{Media: []sdp.Media{m}}, {Attributes: m.Attributes, Media: []sdp.Media{{}}}} {
		got, ok := d.Transport(&d.Media[0])
		if !ok || got.Ufrag != want.Ufrag || got.Pwd != want.Pwd || got.Setup != want.Setup || !slices.Equal(got.Fingerprints, want.Fingerprints) {
			t.Errorf("%+v", got)
		}
	}
	if _, ok := (&sdp.Description{}).Transport(&sdp.Media{}); ok {
		t.Error("there is no transport")
	}
}
