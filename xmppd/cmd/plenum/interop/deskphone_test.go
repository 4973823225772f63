//go:build interop

package interop

import (
	"net"
	"net/netip"
	"regexp"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/siptest"
)

// A deskPhone is a registered telephone that says what the test has it say, and shows lamps.
type deskPhone struct {
	*siptest.Phone
	t testing.TB
}

func (s *server) deskPhone(as phoneAccount) *deskPhone {
	s.t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	p := &deskPhone{siptest.New(s.t, conn, netip.MustParseAddrPort(s.address(portSIP)), as.User, as.Secret, domain), s.t}
	if res := p.Register(time.Hour); res.StatusCode != sip.StatusOK {
		s.t.Fatalf("the registration is answered by\n%s", res)
	}
	return p
}

// subscribe has the phone told of what happens to a number.
func (p *deskPhone) subscribe(number, event string) {
	p.t.Helper()
	req := p.Make(sip.SUBSCRIBE, number, sip.NewHeader("Event", event), sip.NewHeader("Expires", "600"))
	p.Send(req)
	if res := p.Next(); siptest.Name(res) == "401 SUBSCRIBE" {
		p.Send(p.Prove(req, res.(*sip.Response)))
		p.Response("200 SUBSCRIBE")
	} else if siptest.Name(res) != "200 SUBSCRIBE" {
		p.t.Fatalf("a subscription is answered by\n%s", res)
	}
}

// notified waits until the phone is told something, and returns what the pattern's groups match.
func (p *deskPhone) notified(what, pattern string) []string {
	p.t.Helper()
	for want := regexp.MustCompile(pattern); ; {
		m := p.Next()
		req, ok := m.(*sip.Request)
		if !ok || req.Method != sip.NOTIFY {
			p.t.Fatalf("phone %s: waiting to be told %s, it gets\n%s", p.User, what, m)
		}
		p.Answer(req, sip.StatusOK, "", nil)
		if found := want.FindStringSubmatch(string(req.Body())); found != nil {
			return found
		}
		p.t.Logf("phone %s is told %s", p.User, req.Body())
	}
}
