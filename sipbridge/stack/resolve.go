package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Resolver finds hosts. A net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, addrs []*net.SRV, err error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// maxTargets is how many addresses are returned at most: who has more is not there either.
const maxTargets = 8

// Resolve finds the ways to a URI, the best first (RFC 3263 §4, without NAPTR records). Without a port the SRV records of the domain count; a certificate
// must have the name in the URI, not that of the host (RFC 5922 §4).
func (s *Stack) Resolve(ctx context.Context, uri sip.Uri) ([]Flow, error) {
	transport, err := transportOf(uri)
	if err != nil {
		return nil, err
	}
	host := strings.Trim(uri.Host, "[]")
	if ip, err := netip.ParseAddr(host); err == nil {
		return []Flow{{Transport: transport, Remote: netip.AddrPortFrom(ip.Unmap(), portOf(uri.Port, transport)), Name: host}}, nil
	}
	var out []Flow
	if uri.Port == 0 {
		out = s.services(ctx, host, transport, uri.UriParams.Has("transport") || uri.IsEncrypted())
	}
	if len(out) == 0 {
		if out, err = s.hosts(ctx, host, transport, portOf(uri.Port, transport)); err != nil {
			return nil, fmt.Errorf("find %s: %w", host, err)
		}
	}
	for i := range out {
		out[i].Name = host
	}
	return out[:min(len(out), maxTargets)], nil
}

// transportOf is the transport that a URI asks for.
func transportOf(uri sip.Uri) (string, error) {
	asked := strings.ToUpper(uri.UriParams.GetOr("transport", ""))
	switch {
	case uri.Scheme != "sip" && uri.Scheme != "sips" && uri.Scheme != "":
		return "", fmt.Errorf("%s: no SIP URI", uri.Scheme)
	case uri.Host == "":
		return "", errors.New("the SIP URI has no host")
	case uri.IsEncrypted() && (asked == "" || asked == TCP || asked == TLS), asked == TLS:
		return TLS, nil
	case asked == UDP, asked == TCP:
		return asked, nil
	case asked == "":
		return UDP, nil
	}
	return "", fmt.Errorf("no connection can be made over the transport %q", asked)
}

func portOf(port int, transport string) uint16 {
	switch {
	case port > 0 && port < 1<<16:
		return uint16(port)
	case transport == TLS:
		return 5061
	}
	return 5060
}

// services looks for SRV records: those of the transport, and when none is asked for those of TCP too.
func (s *Stack) services(ctx context.Context, host, transport string, asked bool) []Flow {
	tries := []struct{ service, proto, transport string }{{"sip", "udp", UDP}, {"sip", "tcp", TCP}}
	switch {
	case transport == TLS:
		tries[0] = struct{ service, proto, transport string }{"sips", "tcp", TLS}
		tries = tries[:1]
	case transport == TCP:
		tries = tries[1:]
	case asked:
		tries = tries[:1]
	}
	for _, try := range tries {
		_, found, err := s.parts.Resolver.LookupSRV(ctx, try.service, try.proto, host)
		if err != nil {
			continue // most domains have none
		}
		var out []Flow
		for _, r := range found {
			if target := strings.TrimSuffix(r.Target, "."); target != "" && len(out) < maxTargets {
				if flows, err := s.hosts(ctx, target, try.transport, r.Port); err == nil {
					out = append(out, flows...)
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func (s *Stack) hosts(ctx context.Context, host, transport string, port uint16) ([]Flow, error) {
	ips, err := s.parts.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var out []Flow
	for _, ip := range ips {
		out = append(out, Flow{Transport: transport, Remote: netip.AddrPortFrom(ip.Unmap(), port)})
	}
	return out, nil
}
