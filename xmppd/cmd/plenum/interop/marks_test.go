//go:build interop

package interop

import (
	bin "encoding/binary"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"plenum/components/media"
)

// A marked packet is one of UDP as it was seen on the loopback interface: whom it is for, its codepoint, and what is in it.
type marked struct {
	to      int
	dscp    int
	payload []byte
}

// TestWhatIsSentToTelephonesIsMarkedAndKeepsTheWayOpen: signalling is marked CS3 and sound EF, as it comes out of the server; a telephone that has put the other one on
// hold, and is sent nothing therefore, is sent an empty packet now and then, which it does not mind.
func TestWhatIsSentToTelephonesIsMarkedAndKeepsTheWayOpen(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may look at packets")
	}
	counted(t)
	srv := startConfigured(t, "[phone_media]\nkeep_alive = \"1s\"\n")
	accounts := srv.console().threePhones()
	seen := watchLoopback(t)
	anna := startPhone(t, srv, accounts[0], phoneConfig{Hz: 440})
	ben := startPhone(t, srv, accounts[1], phoneConfig{Hz: 660, Answers: true})
	anna.registered()
	ben.registered()
	anna.dial("101")
	anna.established()
	anna.hears("Ben", 660)
	ben.hears("Anna", 440)
	port := anna.mediaPort()
	packet := func(what string, so func(marked) bool) marked {
		t.Helper()
		for deadline := time.After(patience); ; {
			select {
			case p := <-seen:
				if so(p) {
					return p
				}
			case <-deadline:
				t.Fatalf("waited in vain for %s", what)
			}
		}
	}
	if p := packet("signalling", func(p marked) bool { return p.to == anna.port && len(p.payload) > 100 }); p.dscp != 24 {
		t.Errorf("signalling is marked %d", p.dscp)
	}
	if p := packet("sound", func(p marked) bool { return p.to == port }); p.dscp != 46 {
		t.Errorf("sound is marked %d", p.dscp)
	}
	anna.tell("hold", "")
	empty := func(p marked) bool { return p.to == port && len(p.payload) == 12 && p.payload[1]&127 == 127 }
	first := packet("an empty packet", empty)
	second := packet("another", empty)
	if a, b := bin.BigEndian.Uint16(first.payload[2:]), bin.BigEndian.Uint16(second.payload[2:]); b != a+1 || second.dscp != 46 {
		t.Errorf("numbers %d and %d, marked %d", a, b, second.dscp)
	}
	atAnna, atBen := anna.tapped(media.PCMA), ben.tapped(media.PCMA)
	anna.tell("resume", "")
	atAnna.tone(t, 660)
	atBen.tone(t, 440)
}

// watchLoopback sees all datagrams of IPv4 on the loopback interface, as they arrive.
func watchLoopback(t *testing.T) <-chan marked {
	t.Helper()
	everything := int(bin.NativeEndian.Uint16([]byte{0, syscall.ETH_P_ALL}))
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, everything)
	if err != nil {
		t.Fatal(err)
	}
	lo, err := net.InterfaceByName("lo")
	if err == nil {
		err = syscall.Bind(socket, &syscall.SockaddrLinklayer{Protocol: uint16(everything), Ifindex: lo.Index})
	}
	if err == nil {
		err = syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000})
	}
	if err != nil {
		t.Fatal(err)
	}
	out, stop, stopped := make(chan marked, 100_000), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for frame := make([]byte, 65536); ; {
			select {
			case <-stop:
				return
			default:
			}
			n, from, err := syscall.Recvfrom(socket, frame, 0)
			link, ok := from.(*syscall.SockaddrLinklayer)
			if err != nil || !ok || link.Pkttype == syscall.PACKET_OUTGOING || n < 14+20+8 || frame[14]>>4 != 4 || frame[14+9] != syscall.IPPROTO_UDP {
				continue
			}
			ip := frame[14:n]
			udp := ip[int(ip[0]&15)*4:]
			select {
			case out <- marked{int(bin.BigEndian.Uint16(udp[2:])), int(ip[1] >> 2), append([]byte(nil), udp[8:]...)}:
			default: // nobody looks any more
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
		_ = syscall.Close(socket)
	})
	return out
}
