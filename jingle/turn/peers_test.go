package turn

import (
	"net/netip"
	"testing"
)

// The relay is no way to where the server stands (RFC 8656 §21).
func TestThePeersOfARelay(t *testing.T) {
	plainServer := newPeers(nil, addresses("8.8.4.4", "2a00:1450::1"), nil, 35000, []int{19302})
	behindNAT := newPeers(nil, addresses("10.1.2.3"), addresses("8.8.8.8"), 35000, nil)
	lan, err := parsePrefixes([]string{"10.0.0.0/8", "127.0.0.1", "127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	allowing := newPeers(lan, addresses("10.1.2.3"), nil, 35000, nil)
	for _, p := range []*peers{plainServer, behindNAT} {
		for _, port := range []uint16{35000, 35001, 35500, 35999} {
			p.opened(port, 1)
		}
	}
	for _, c := range []struct {
		server *peers
		peer   string
		may    bool
		sentence,
		permission string // "granted" when the address may be named, though this port may not be reached
	}{
		{plainServer, "1.1.1.1:4000", true, "the internet", ""},
		{plainServer, "[2606:4700::1111]:4000", true, "the internet, IPv6", ""},
		{plainServer, "[::ffff:1.1.1.1]:4000", true, "the internet, mapped", ""},
		{plainServer, "1.1.1.1:0", false, "port 0", "granted"},
		{plainServer, "127.0.0.1:4000", false, "loopback", ""},
		{plainServer, "127.8.9.1:35000", false, "loopback at a port of the relay", ""},
		{plainServer, "[::1]:4000", false, "loopback, IPv6", ""},
		{plainServer, "[::ffff:127.0.0.1]:4000", false, "loopback, mapped", ""},
		{plainServer, "[::127.0.0.1]:4000", false, "loopback, compatible", ""},
		{plainServer, "[64:ff9b::7f00:1]:4000", false, "loopback, by NAT64", ""},
		{plainServer, "[2002:7f00:1::1]:4000", false, "loopback, by 6to4", ""},
		{plainServer, "0.0.0.0:35000", false, "no address", ""},
		{plainServer, "0.1.2.3:35000", false, "this network", ""},
		{plainServer, "[::]:35000", false, "no address, IPv6", ""},
		{plainServer, "[::ffff:0.0.0.0]:35000", false, "no address, mapped", ""},
		{plainServer, "10.0.0.1:53", false, "a private network", ""},
		{plainServer, "[::ffff:10.0.0.1]:53", false, "a private network, mapped", ""},
		{plainServer, "172.31.255.255:53", false, "another private network", ""},
		{plainServer, "192.168.1.1:53", false, "a third private network", ""},
		{plainServer, "100.64.0.1:53", false, "the network of a carrier", ""},
		{plainServer, "169.254.169.254:80", false, "the metadata of a cloud", ""},
		{plainServer, "[fd00:ec2::254]:80", false, "the metadata of a cloud, IPv6", ""},
		{plainServer, "[fe80::1]:80", false, "link-local", ""},
		{plainServer, "[fe80::1%eth0]:80", false, "link-local with a zone", ""},
		{plainServer, "224.0.0.251:5353", false, "multicast", ""},
		{plainServer, "[ff02::fb]:5353", false, "multicast, IPv6", ""},
		{plainServer, "255.255.255.255:67", false, "broadcast", ""},
		{plainServer, "8.8.4.4:35999", true, "another relayed address", ""},
		{plainServer, "[::ffff:8.8.4.4]:35000", true, "another relayed address, mapped", ""},
		{plainServer, "[2a00:1450::1]:35500", true, "another relayed address, IPv6", ""},
		{plainServer, "8.8.4.4:35002", false, "a port of the relay that is not open, or somebody else's", "granted"},
		{plainServer, "8.8.4.4:36000", false, "the port behind the last of the relay", "granted"},
		{plainServer, "8.8.4.4:34999", false, "the port before the first of the relay", "granted"},
		{plainServer, "8.8.4.4:3478", false, "the server's own port", "granted"},
		{plainServer, "8.8.4.4:53", false, "another service of this machine", "granted"},
		{plainServer, "8.8.4.4:19302", true, "the server's media", ""},
		{behindNAT, "8.8.8.8:35001", true, "a relayed address behind NAT", ""},
		{behindNAT, "10.1.2.3:35001", true, "the same by its inner address", ""},
		{behindNAT, "10.1.2.3:5060", false, "the server's own port behind NAT", "granted"},
		{behindNAT, "8.8.8.8:5060", false, "the server's own port as seen from outside", "granted"},
		{behindNAT, "10.1.2.4:35001", false, "the neighbour", ""},
		{allowing, "10.9.9.9:53", true, "a network that was allowed", ""},
		{allowing, "192.168.1.1:53", false, "one that was not", ""},
		{allowing, "10.1.2.3:5060", false, "the server's own port in a network that was allowed", "granted"},
		{allowing, "127.0.0.1:4000", true, "an own address that was allowed by itself", ""},
		{allowing, "127.0.0.2:4000", false, "an own address in a network that was allowed", ""},
	} {
		peer := netip.MustParseAddrPort(c.peer)
		if got := c.server.may(peer); got != c.may {
			t.Errorf("%s, %s: may is %v", c.sentence, c.peer, got)
		}
		if got := c.server.mayReach(peer.Addr()); got != (c.may || c.permission == "granted") {
			t.Errorf("%s, %s: mayReach is %v", c.sentence, c.peer, got)
		}
	}
	if plainServer.may(netip.AddrPort{}) || plainServer.mayReach(netip.Addr{}) {
		t.Error("no address at all is a peer")
	}
}

func addresses(list ...string) (all []netip.Addr) {
	for _, text := range list {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}
