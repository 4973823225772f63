// Package dscp marks what sockets send, so that networks which look at the marks let it pass before other traffic (RFC 2474 §3).
package dscp

import (
	"crypto/tls"
	"errors"
	"net"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"plenum/xmppd/fault"
)

// Codepoints of the Differentiated Services field.
const (
	None       = -1 // nothing is marked
	ClassThree = 24 // CS3: what desk phones mark signalling with
	Expedited  = 46 // EF: sound (RFC 3246)

	greatest = 63
)

// Default is the codepoint that is meant by a value of a configuration, in which 0 stands for the default and -1 for none. It fails with fault.Invalid.
func Default(value, standard int) (int, error) {
	switch {
	case value == 0:
		return standard, nil
	case value < None || value > greatest:
		return 0, fault.Newf(fault.Invalid, "dscp: %d is not within 1 and %d, and not %d for none", value, greatest, None)
	}
	return value, nil
}

// Mark lets a socket send with a codepoint. It fails where the system does not know how, and for what is no socket; then nothing has changed.
func Mark(conn any, codepoint int) error {
	if codepoint == None {
		return nil
	}
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	c, ok := conn.(net.Conn)
	if !ok {
		return errors.ErrUnsupported
	}
	field := codepoint << 2 // the other two bits are for congestion
	v4, v6 := ipv4.NewConn(c).SetTOS(field), ipv6.NewConn(c).SetTrafficClass(field)
	if v4 != nil && v6 != nil { // a socket of IPv6 may serve IPv4 too
		return v4
	}
	return nil
}
