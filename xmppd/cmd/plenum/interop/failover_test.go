//go:build interop

package interop

import (
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/media"
	"plenum/sipbridge/siptest"
)

// A lineTo is an account of a trunk, as a test makes it.
type lineTo struct {
	Host, Transport string
	Port            int
	User, Password  string // who has one registers
}

// trunks makes a trunk for each account. Calls go by the first that can carry them.
func (c *console) trunks(to ...lineTo) {
	c.t.Helper()
	for i, l := range to {
		account := map[string]any{
			"id": "", "title": "Main", "host": l.Host, "port": l.Port, "transport": l.Transport, "proxy": "", "addresses": []string{}, "extension": "",
			"user": l.User, "register": l.User != "", "options": false, "clip": "auto", "clir": "auto", "toHeader": false,
		}
		kind := "address"
		if l.User != "" {
			kind, account["password"] = "registering", l.Password
		}
		c.post("/trunks", map[string]any{
			"name": fmt.Sprint("Provider ", i), "enabled": true, "kind": kind, "country": "49", "area": "89", "international": "00", "national": "0", "prefix": "0",
			"format": "e164", "accounts": []any{account}, "inbound": []any{}, "outbound": []any{}, "maxCalls": 0, "fallback": "",
			"policy": map[string]any{"international": false, "premium": false, "prefixes": []string{}, "perHour": 0},
			"block":  map[string]any{"base": "+4989123456", "digits": 2, "central": ""},
		}, nil)
	}
}

// scripted is a peer at an address of this machine that says what the test has it say.
func (s *server) scripted(address, user string) *siptest.Phone {
	s.t.Helper()
	conn, err := net.ListenPacket("udp", address+":0")
	if err != nil {
		s.t.Fatal(err)
	}
	return siptest.New(s.t, conn, netip.MustParseAddrPort(s.address(portSIP)), user, "", domain)
}

// TestTheSecondTrunkIsTried: the first provider has no line, the second does not answer, the third's port is closed; the fourth carries the call. When he
// is gone too, the caller is told so.
//
func TestTheSecondTrunkIsTried(t *testing.T) {
	counted(t)
	s := startConfigured(t, "[phone_calls]\nsilence = \"1s\"\n")
	c := s.console()
	busy, silent := s.scripted("127.0.0.3", "busy"), s.scripted("127.0.0.4", "silent")
	ben := startPhone(t, s, phoneAccount{User: "+493012345"}, phoneConfig{Hz: 660, Outside: true, Answers: true})
	c.trunks(
		lineTo{Host: "127.0.0.3", Port: int(busy.Address().Port()), Transport: "udp"}, lineTo{Host: "127.0.0.4", Port: int(silent.Address().Port()), Transport: "udp"},
		lineTo{Host: "127.0.0.5", Port: freePhonePort(t), Transport: "tcp"}, lineTo{Host: provider, Port: ben.port, Transport: "udp"},
	)
	anna := startPhone(t, s, c.phoneOf(c.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 440})
	anna.registered()

	anna.dial("003012345")
	from := time.Now()
	refused := busy.Rung()
	if got := refused.Invite.Recipient.User; got != "+493012345" {
		t.Errorf("the provider is asked for %s", got)
	}
	refused.Say(503, nil)
	busy.Request(sip.ACK)
	silent.Request(sip.INVITE)
	anna.established()
	t.Logf("the call was established after %s", time.Since(from).Round(time.Second/10))
	anna.hears("Ben", 660)
	ben.hears("Anna", 440)
	anna.hangUp()
	ben.await("CALL_CLOSED", 1)

	ben.dies()
	anna.dial("003012345")
	refused = busy.Rung()
	refused.Say(503, nil)
	busy.Request(sip.ACK)
	anna.await("CALL_PROGRESS", 1)
	heard := anna.tapped(media.PCMA)
	heard.music(t, 440, 660) // it is speech
	anna.logs("that no line is free", `SIP/2\.0 503`)
	anna.await("CALL_CLOSED", 2)
	if n := anna.events.count(func(e event) bool { return e.Is == "CALL_ESTABLISHED" }); n != 1 {
		t.Errorf("%d calls were established, the one that nobody carries among them", n)
	}
}

// TestATrunkRegisters: the account proves its password to sipp, which challenges the registration and the call.
//
func TestATrunkRegisters(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	port := freePhonePort(t)
	them := startSIPp(t, "provider", "-i", provider, "-p", strconv.Itoa(port), "-m", "2", s.address(portSIP))
	c.trunks(lineTo{Host: provider, Port: port, Transport: "udp", User: "customer", Password: "right-and-secret"})
	anna := startPhone(t, s, c.phoneOf(c.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 440})
	anna.registered()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		var trunks struct {
			Items []struct{ States []struct{ Up bool } }
		}
		c.get("/trunks", &trunks)
		if states := trunks.Items[0].States; len(states) == 1 && states[0].Up {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the trunk is not up: %+v", trunks)
		}
	}
	anna.dial("003012345")
	anna.established()
	anna.hangUp()
	anna.await("CALL_CLOSED", 1)
	them.succeeds()
}

// sippVersion is what sipp says of itself.
func sippVersion() string {
	out, _ := exec.Command("sipp", "-v").CombinedOutput()
	if m := regexp.MustCompile(`SIPp v([\d.]+)`).FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return ""
}
