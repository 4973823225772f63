//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// said is what a scenario has sent and got so far.
func (p *sippProcess) said() string {
	p.t.Helper()
	logs, _ := filepath.Glob(filepath.Join(p.dir, "*_messages.log"))
	if len(logs) == 0 {
		return ""
	}
	text, err := os.ReadFile(logs[0])
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// faxPort waits until a scenario was told where the server takes its fax, which is not its own port.
func (p *sippProcess) faxPort(own int) int {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		for _, m := range regexp.MustCompile(`m=image (\d+) udptl t38`).FindAllStringSubmatch(p.said(), -1) {
			if port, _ := strconv.Atoi(m[1]); port != own && port != 0 {
				return port
			}
		}
	}
	p.t.Fatalf("no T.38 is told of in\n%s", p.said())
	return 0
}

// A faxMachine sends and takes datagrams of T.38.
type faxMachine struct {
	t    *testing.T
	conn *net.UDPConn
	port int
}

func newFaxMachine(t *testing.T, at string) *faxMachine {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(at)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &faxMachine{t, conn, conn.LocalAddr().(*net.UDPAddr).Port}
}

// sends sends a page, one datagram after another until the other machine has got all of it.
func (f *faxMachine) sends(to int, other *faxMachine) {
	f.t.Helper()
	const pages = 20
	got := make(map[string]bool)
	b := make([]byte, 2048)
	for deadline := time.Now().Add(patience); len(got) < pages && time.Now().Before(deadline); {
		for n := range pages {
			if _, err := f.conn.WriteToUDP(fmt.Appendf(nil, "\x00%cIFP of %d\x00\x00", byte(n), f.port), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: to}); err != nil {
				f.t.Fatal(err)
			}
		}
		for {
			_ = other.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			n, _, err := other.conn.ReadFromUDP(b)
			if err != nil {
				break
			}
			if want := fmt.Sprintf("IFP of %d\x00\x00", f.port); n < 2 || string(b[2:n]) != want {
				f.t.Fatalf("%q comes, want %q", b[:n], want)
			}
			got[string(b[:n])] = true
		}
	}
	if len(got) < pages {
		f.t.Fatalf("%d of %d datagrams have come", len(got), pages)
	}
}

// TestAFaxThroughATrunk: a fax machine behind a trunk calls a telephone adapter and asks for T.38, which passes between the two as it is, and sound follows it; where the
// adapter knows no T.38, or is baresip, the machine is told so (488) and the call goes on with sound.
func TestAFaxThroughATrunk(t *testing.T) {
	fax := func(t *testing.T, callee func(*testing.T, *server, phoneAccount) *sippProcess, pause string, during func(caller *sippProcess, theirs *faxMachine)) {
		counted(t)
		s := startConfigured(t, "[phones]\nmd5_only = true\n")
		api := s.console()
		api.trunk(3)
		account := api.phoneOf(api.employee("ben", "Ben Kraus", "101"))
		p := callee(t, s, account)
		theirs := newFaxMachine(t, provider)
		caller := startSIPp(t, "faxcaller", "-i", provider, "-inf", injected(t, fromOutside+"101"), "-key", "fax", strconv.Itoa(theirs.port), "-m", "1", "-d", pause, s.address(portSIP))
		during(caller, theirs)
		caller.succeeds()
		if p != nil {
			p.succeeds()
		}
	}
	adapter := func(scenario string, machine **faxMachine) func(*testing.T, *server, phoneAccount) *sippProcess {
		return func(t *testing.T, s *server, a phoneAccount) *sippProcess {
			*machine = newFaxMachine(t, "127.0.0.1")
			port := strconv.Itoa(freePhonePort(t))
			sipp(t, "register", s.address(portSIP), "-inf", injected(t, credentials(a)), "-m", "1", "-p", port)
			return startSIPp(t, scenario, "-i", "127.0.0.1", "-p", port, "-key", "fax", strconv.Itoa((*machine).port), "-m", "1", s.address(portSIP))
		}
	}
	refused := regexp.MustCompile(`SIP/2\.0 488`)
	t.Run("T.38", func(t *testing.T) {
		var ours *faxMachine
		var p *sippProcess
		fax(t, func(t *testing.T, s *server, a phoneAccount) *sippProcess {
			p = adapter("faxcallee", &ours)(t, s, a)
			return p
		}, "5000", func(caller *sippProcess, theirs *faxMachine) {
			toCaller, toCallee := caller.faxPort(theirs.port), p.faxPort(ours.port)
			theirs.sends(toCaller, ours)
			ours.sends(toCallee, theirs)
		})
	})
	t.Run("refused", func(t *testing.T) {
		var ours *faxMachine
		fax(t, adapter("faxrefuser", &ours), "200", func(*sippProcess, *faxMachine) {})
	})
	t.Run("baresip", func(t *testing.T) {
		var ben *phone
		fax(t, func(t *testing.T, s *server, a phoneAccount) *sippProcess {
			ben = startPhone(t, s, a, phoneConfig{Hz: 660, Answers: true})
			ben.registered()
			return nil
		}, "3000", func(caller *sippProcess, _ *faxMachine) {
			ben.established()
			for deadline := time.Now().Add(patience); !refused.MatchString(caller.said()); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("T.38 is not refused:\n%s", caller.said())
				}
			}
		})
	})
}
