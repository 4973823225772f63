package stack_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// zone is a resolver with a few names.
type zone struct {
	hosts map[string]string
	srv   map[string][]*net.SRV
}

var errNoName = errors.New("no such name")

func (z zone) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if r := z.srv["_"+service+"._"+proto+"."+name]; r != nil {
		return "", r, nil
	}
	return "", nil, errNoName
}

func (z zone) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if ip, ok := z.hosts[host]; ok {
		return []netip.Addr{netip.MustParseAddr(ip)}, nil
	}
	return nil, errNoName
}

func TestResolve(t *testing.T) {
	dns := zone{
		hosts: map[string]string{"plain.example": "192.0.2.1", "a.example": "192.0.2.10", "b.example": "2001:db8::b"},
		srv: map[string][]*net.SRV{
			"_sip._udp.trunk.example":  {{Target: "a.example.", Port: 5070}, {Target: "b.example.", Port: 5071}, {Target: "gone.example.", Port: 1}},
			"_sips._tcp.trunk.example": {{Target: "b.example.", Port: 5061}},
			"_sip._tcp.tcp.example":    {{Target: "a.example.", Port: 5060}},
		},
	}
	s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}, Resolver: dns})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	for uri, want := range map[string][]string{
		"sip:192.0.2.5":                   {"UDP 192.0.2.5:5060 192.0.2.5"},
		"sip:[2001:db8::1]:5080":          {"UDP [2001:db8::1]:5080 2001:db8::1"},
		"sips:192.0.2.5":                  {"TLS 192.0.2.5:5061 192.0.2.5"},
		"sip:plain.example":               {"UDP 192.0.2.1:5060 plain.example"},
		"sip:plain.example;transport=TLS": {"TLS 192.0.2.1:5061 plain.example"},
		"sip:trunk.example":               {"UDP 192.0.2.10:5070 trunk.example", "UDP [2001:db8::b]:5071 trunk.example"},
		"sips:trunk.example":              {"TLS [2001:db8::b]:5061 trunk.example"},
		"sip:tcp.example":                 {"TCP 192.0.2.10:5060 tcp.example"},
		"sip:tcp.example;transport=udp":   nil, // it has no address of its own
		"sip:a.example:5075":              {"UDP 192.0.2.10:5075 a.example"},
		"sip:nobody.example":              nil,
		"sip:a.example;transport=ws":      nil,
		"tel:+4930":                       nil,
	} {
		var u sip.Uri
		if err := sip.ParseUri(uri, &u); err != nil {
			t.Fatal(err)
		}
		flows, err := s.Resolve(t.Context(), u)
		var got []string
		for _, f := range flows {
			got = append(got, fmt.Sprint(f.Transport, " ", f.Remote, " ", f.Name))
		}
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: got %v, %v, want %v", uri, got, err, want)
		}
	}
}
