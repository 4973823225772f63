package xmppd

import (
	"net/netip"
	"testing"
)

func TestConnectionsOfOneAddress(t *testing.T) {
	limits := connLimits{total: 100, perAddr: 3, unboundPerAddr: 2}
	for name, c := range map[string]struct {
		addrs []string
		want  int // how many are let in before any has logged in
	}{
		"two at a time may be without login":   {[]string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, 2},
		"other addresses count for themselves": {[]string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}, 4},
		"an IPv6 network counts as one":        {[]string{"2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"}, 2},
		"IPv4 is the same in both notations":   {[]string{"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"}, 2},
		"loopback is not limited":              {[]string{"127.0.0.1", "127.0.0.1", "127.0.0.1", "::1", "::1", "::1"}, 6},
		"neither is what has no address":       {[]string{"", "", "", ""}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var table streamTable
			var in []netip.Addr
			for _, s := range c.addrs {
				a, _ := netip.ParseAddr(s)
				if table.admit(a, limits) {
					in = append(in, a)
				}
			}
			if len(in) != c.want {
				t.Errorf("%d are let in", len(in))
			}
			for i, a := range in {
				if i%2 == 0 {
					table.bound(a)
				}
				table.leave(a, i%2 != 0)
			}
			if table.total != 0 || len(table.byAddr) != 0 {
				t.Errorf("%d connections, %d addresses are left", table.total, len(table.byAddr))
			}
		})
	}
	t.Run("who has logged in makes room for the next login, up to the limit", func(t *testing.T) {
		var table streamTable
		a := netip.MustParseAddr("192.0.2.1")
		for range limits.perAddr {
			if !table.admit(a, limits) {
				t.Fatal("refused")
			}
			table.bound(a)
		}
		if table.admit(a, limits) {
			t.Error("a fourth one is let in")
		}
	})
}
