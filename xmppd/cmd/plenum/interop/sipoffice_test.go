//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
)

// An office is a telephone server, of this program or another, with people who have phones and a trunk to [provider].
type office struct {
	name       string
	sip        netip.AddrPort
	pid        int
	people     []extension
	free       chan extension // whose phones are not in a call
	meeting    string         // the number of a conference, which is open when the first of the people is there
	sounds     *sounds
	registered atomic.Int64
}

// An extension is a user's number and the account of his phone.
type extension struct {
	phoneAccount
	number string
}

// fromOutside is what is dialled before a number of three digits when the trunk is where a call comes from.
const fromOutside = "+4989123456"

// settles has the phones of all people free.
func (o *office) settles(t testing.TB, people []extension) *office {
	o.people, o.free, o.sounds = people, make(chan extension, len(people)), newSounds(t)
	for _, e := range people {
		o.free <- e
	}
	return o
}

// office gives so many people a phone, and all of them a group.
func (s *server) office(people int) *office {
	s.t.Helper()
	c := s.console()
	c.trunk(3)
	var members []string
	var list []extension
	for i := range people {
		number := fmt.Sprint(200 + i)
		who := c.employee("user"+number, "User "+number, number)
		members = append(members, who.JID)
		list = append(list, extension{c.phoneOf(who), number})
	}
	var group struct{ Number string }
	c.post("/groups", map[string]any{"name": "Office", "local": "office", "owners": members[:1], "members": members[1:]}, nil)
	c.get("/groups/office@groups."+domain, &group)
	o := &office{name: "Plenum", sip: netip.MustParseAddrPort(s.address(portSIP)), pid: s.cmd.Process.Pid, meeting: group.Number}
	return o.settles(s.t, list)
}

// inOffices runs a benchmark with this program, and with the others that are there.
func inOffices(b *testing.B, people int, measure func(*testing.B, *office)) {
	list := []*office{startForSIPp(b).office(people)}
	if other := asterisk(b, people); other != nil {
		list = append(list, other)
	}
	for _, o := range list {
		b.Run(o.name, func(b *testing.B) { measure(b, o) })
	}
}
