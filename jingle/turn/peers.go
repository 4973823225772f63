package turn

import (
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// ownAddressesTime is after how long the addresses of this machine are looked up again.
const ownAddressesTime = time.Minute

// peers says to whom data may be relayed.
type peers struct {
	allow      []netip.Prefix // set by the operator
	relayed    []netip.Addr   // at which relayed addresses are, as this machine and as others see it
	firstRelay int
	media      []int
	open       [RelayPorts]atomic.Int32 // how many addresses are relayed at each port: one of each IP version

	own atomic.Pointer[ownAddresses]
}

// ownAddresses are those of this machine. The value is immutable.
type ownAddresses struct {
	all  map[netip.Addr]bool
	read time.Time
}

func newPeers(allow []netip.Prefix, local, external []netip.Addr, firstRelay int, media []int) *peers {
	p := &peers{allow: allow, relayed: slices.Concat(local, external), firstRelay: firstRelay, media: media}
	p.lookUp(time.Now())
	return p
}

func (p *peers) lookUp(now time.Time) {
	all := map[netip.Addr]bool{}
	for _, a := range p.relayed {
		all[a] = true
	}
	list, _ := net.InterfaceAddrs() // without it, relayed addresses and loopback are known still
	for _, a := range list {
		if network, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(network.IP); ok {
				all[ip.Unmap()] = true
			}
		}
	}
	p.own.Store(&ownAddresses{all, now})
}

func (p *peers) isOwn(ip netip.Addr) bool { return ip.IsLoopback() || p.own.Load().all[ip] }

// mayReach reports whether there is anything at an address that data may be relayed to.
func (p *peers) mayReach(ip netip.Addr) bool {
	if now := time.Now(); now.Sub(p.own.Load().read) > ownAddressesTime {
		p.lookUp(now)
	}
	ip = plain(ip)
	return !nowhere(ip) && (slices.Contains(p.relayed, ip) || p.allowed(ip) || !special(ip) && !p.isOwn(ip))
}

// may reports whether data may be relayed to, and from, an address and port. Of this server only its relayed addresses and
// its media can be reached, unless an address of it was allowed by itself: a client's packets come with the server's own address, which
// others may trust.
func (p *peers) may(peer netip.AddrPort) bool {
	ip := plain(peer.Addr())
	switch {
	case nowhere(ip) || peer.Port() == 0:
		return false
	case slices.Contains(p.relayed, ip) && p.takesMedia(peer.Port()):
		return true
	}
	return p.allowed(ip) || !special(ip) && !p.isOwn(ip)
}

func (p *peers) takesMedia(port uint16) bool {
	n := int(port) - p.firstRelay
	return n >= 0 && n < RelayPorts && p.open[n].Load() > 0 || slices.Contains(p.media, int(port))
}

// opened notes that an address is relayed at a port, or with -1 that it no longer is.
func (p *peers) opened(port uint16, change int32) { p.open[int(port)-p.firstRelay].Add(change) }

// allowed reports whether the operator has allowed an address; those of this server must be named alone.
func (p *peers) allowed(ip netip.Addr) bool {
	own := p.isOwn(ip)
	return slices.ContainsFunc(p.allow, func(network netip.Prefix) bool {
		return network.Contains(ip) && (!own || network.IsSingleIP())
	})
}

// plain makes an IPv4 address of one that is mapped to IPv6; zones are nobody else's business.
func plain(ip netip.Addr) netip.Addr { return ip.Unmap().WithZone("") }

// nowhere reports whether an address is not that of one machine.
func nowhere(ip netip.Addr) bool {
	return !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func special(ip netip.Addr) bool {
	return slices.ContainsFunc(specialNetworks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// specialNetworks are those from which nobody calls over the internet: the blocks of RFC 6890 that are not globally reachable, and
// those with an IPv4 address inside, which a gateway nearby would take as that.
var specialNetworks = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, text := range list {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// relayAddresses are where relayed addresses are opened: at the address that services listen at, else at those of this machine that
// lead to the internet, else at loopback.
func relayAddresses(listen string) []netip.Addr {
	if ip, err := netip.ParseAddr(listen); err == nil && !ip.IsUnspecified() {
		return []netip.Addr{plain(ip)}
	}
	var all []netip.Addr
	for _, far := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} { // nothing is sent: the system only chooses a way
		conn, err := net.Dial("udp", far)
		if err != nil {
			continue
		}
		if here, ok := conn.LocalAddr().(*net.UDPAddr); ok {
			all = append(all, plain(here.AddrPort().Addr()))
		}
		_ = conn.Close()
	}
	if len(all) == 0 {
		all = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	return all
}
