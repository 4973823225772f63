package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/sipbridge/siptest"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// An extensionPhone is the telephone of a user: its signalling, and the socket of its sound.
type extensionPhone struct {
	*siptest.Phone
	t     *testing.T
	user  jid.JID
	sound *net.UDPConn
}

func loopback(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort { return conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// withPhones runs a server that speaks SIP at one more address, for telephones. It ends with the test.
func withPhones(t *testing.T) (p *parts, server netip.AddrPort) {
	t.Helper()
	p = assemble(t, t.TempDir())
	t.Cleanup(func() { closing(t, p) })
	if err := p.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.xmpp.Stop(context.Background()) })
	if err := p.openPhoneMedia(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.closePhoneMedia() })
	conn := loopback(t)
	go p.sip.stack.ServePackets(p.sip.ctx, conn)
	t.Cleanup(func() { p.stopSIP() })
	return p, addressOf(conn)
}

// newExtensionPhone makes a user with an extension and a telephone, which registers.
func newExtensionPhone(t *testing.T, p *parts, server netip.AddrPort, login, name, extension string) *extensionPhone {
	t.Helper()
	ctx, operator := t.Context(), jid.JID{}
	account, err := p.accounts.CreateUser(ctx, operator, directory.UserInput{
		Login: login, DisplayName: name, Extension: extension, Auth: directory.AuthNone, CallWaiting: true, Voicemail: directory.VoicemailNone,
	})
	if err != nil {
		t.Fatal(err)
	}
	device, err := p.org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Phone of " + login, Owner: account.JID})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := p.org.Objects.NewSecret(ctx, operator, device.ID)
	if err != nil {
		t.Fatal(err)
	}
	d := &extensionPhone{siptest.New(t, loopback(t), server, device.SIPUser, secret, "localhost"), t, account.JID, loopback(t)}
	if res := d.Register(time.Hour); res.StatusCode != 200 {
		t.Fatalf("%s registers: %s", login, res.StartLine())
	}
	return d
}

// sdp is what the telephone says of its sound: A-law alone.
func (d *extensionPhone) sdp(version int, direction string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 7 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=%s\r\n",
		version, addressOf(d.sound).Port(), direction)
}

// says sends some packets of one value to where the other side has said in its SDP.
func (d *extensionPhone) says(value byte, sdp []byte, from uint16) {
	d.t.Helper()
	m := regexp.MustCompile(`m=audio (\d+) `).FindSubmatch(sdp)
	if m == nil {
		d.t.Fatalf("no sound in %s", sdp)
	}
	port, _ := strconv.Atoi(string(m[1]))
	for i := range uint16(10) {
		packet := make([]byte, 12+160)
		packet[0], packet[1] = 0x80, 8
		binary.BigEndian.PutUint16(packet[2:], from+i)
		binary.BigEndian.PutUint32(packet[4:], uint32(from+i)*160)
		copy(packet[8:], d.user.Local())
		for j := range packet[12:] {
			packet[12+j] = value
		}
		if _, err := d.sound.WriteToUDP(packet, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err != nil {
			d.t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// hears waits for a packet of sound that is as it should be.
func (d *extensionPhone) hears(what string, is func(payload []byte) bool) {
	d.t.Helper()
	buffer := make([]byte, 1500)
	for late := time.Now().Add(xmpptest.Timeout); ; {
		d.sound.SetReadDeadline(late)
		n, _, err := d.sound.ReadFromUDP(buffer)
		if err != nil {
			d.t.Fatalf("%s waited in vain to hear %s: %v", d.user.Local(), what, err)
		}
		if n > 12 && buffer[1]&0x7f == 8 && is(buffer[12:n]) {
			return
		}
	}
}

func steady(value byte) func([]byte) bool {
	return func(payload []byte) bool {
		for _, b := range payload {
			if b != value {
				return false
			}
		}
		return true
	}
}

// lively is sound that changes: music.
func lively(payload []byte) bool {
	seen := map[byte]bool{}
	for _, b := range payload {
		seen[b] = true
	}
	return len(seen) > 10
}

// two telephones call each other through the whole server; who is on hold hears music, and what has happened is in the records.
func TestTelephonesCallEachOther(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	juliet := newExtensionPhone(t, p, server, "juliet", "Juliet", "12")

	made := romeo.Dial("12", romeo.sdp(1, "sendrecv"))
	taken := juliet.Rung()
	if from := taken.Invite.From(); from.Address.User != "10" || from.DisplayName != "Romeo" {
		t.Errorf("Juliet is called by %s", from.Value())
	}
	taken.Say(180, nil)
	made.Hears("180 INVITE")
	taken.Say(200, juliet.sdp(1, "sendrecv"))
	juliet.Request(sip.ACK)
	answer := made.Hears("200 INVITE").Body()
	made.Ack(nil)
	juliet.says(0x11, taken.Invite.Body(), 1)
	romeo.says(0x22, answer, 1)
	romeo.hears("Juliet", steady(0x11))
	juliet.hears("Romeo", steady(0x22))
	if st := p.telephony.PhoneState(juliet.user); st.Doing != telephony.Talking || len(st.Dialogs) != 1 || st.Dialogs[0].With.Number != "10" {
		t.Errorf("Juliet's telephone: %+v", st)
	}

	made.Do(sip.INVITE, romeo.sdp(2, "sendonly"))
	made.Hears("200 INVITE")
	made.Ack(nil)
	hold := juliet.Request(sip.INVITE)
	taken.Reply(hold, 200, juliet.sdp(2, "recvonly"))
	juliet.Request(sip.ACK)
	juliet.hears("music", lively)

	made.Bye()
	taken.Reply(juliet.Request(sip.BYE), 200, nil)
	for late := time.Now().Add(xmpptest.Timeout); ; time.Sleep(10 * time.Millisecond) {
		rows, err := p.telephony.Records(t.Context(), telephony.RecordQuery{User: juliet.user})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 1 && rows[0].Result == telephony.ResultHangup && rows[0].Detail == "caller" && rows[0].Caller.User == romeo.user && rows[0].Callee.Device != "" {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("the records are %+v", rows)
		}
	}
}
