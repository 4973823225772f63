package xmppd_test

import (
	"context"
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// guestBook lets in whoever knows the token. Guests may send what has the id "allowed", and juliet alone reaches them.
type guestBook struct{ token string }

func (g guestBook) Admit(_ context.Context, trace string, _ netip.Addr) (string, error) {
	switch trace {
	case g.token:
		return "guest-1", nil
	case "late":
		return "", fault.New(fault.Limit, "all places are taken")
	}
	return "", fault.New(fault.Forbidden, "no such link")
}

func (guestBook) MaySend(_, _ jid.JID, p *xmlstream.Packet) error {
	if p.ID() == "allowed" {
		return nil
	}
	return xmppd.Errorf("not-allowed", "")
}

func (guestBook) MayReach(_, from jid.JID) bool { return from.Local() == "juliet" }

func withGuests(s *xmppd.Server) { s.AdmitGuests(guestBook{"sesame"}) }

func TestGuestsLogInOnTheirDomainOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{Register: withGuests})
		guests := strings.ReplaceAll(header, "example.org", "guest.example.org")
		l := dial(t, s)
		l.send(guests)
		l.expect("<mechanisms" + nsSASL + "><mechanism>ANONYMOUS</mechanism></mechanisms>")
		l.send(plain("juliet", "juliet-secret"))
		l.expect("<failure" + nsSASL + "><invalid-mechanism/></failure>$")
		anonymous := func(trace string) string {
			return "<auth" + nsSASL + " mechanism='ANONYMOUS'>" + base64.StdEncoding.EncodeToString([]byte(trace)) + "</auth>"
		}
		l.send(anonymous("nonsense"))
		l.expect("<failure" + nsSASL + "><not-authorized/></failure>$")
		l.send(anonymous("late"))
		l.expect("<failure" + nsSASL + "><temporary-auth-failure/><text xml:lang='en'>all places are taken</text></failure>$")
		l.send(anonymous("sesame"))
		l.expect("<success" + nsSASL + "/>$")
		l.send(guests + bindAny)
		l.expect("<jid>guest-1@guest.example.org/[^<]+</jid>")
	})
}

func TestWithoutGuestsTheirDomainHasNoLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(strings.ReplaceAll(header, "example.org", "guest.example.org"))
		if f := l.expect("<stream:features>.*</stream:features>$")[0]; strings.Contains(f, "mechanism") {
			t.Error(f)
		}
	})
}

// servers are one server, and two that are one system: where the guest is, and where the others are.
func servers(t *testing.T, fn func(t *testing.T, guests, users *xmpptest.Server)) {
	t.Run("one server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := xmpptest.Start(t, withGuests)
			fn(t, s, s)
		})
	})
	t.Run("two servers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a, b := xmpptest.Two(t, withGuests)
			fn(t, a, b)
		})
	})
}

// everyStanza is a stanza of each kind and type, with an id and an address to be filled in.
var everyStanza = []string{
	"<message ID TO><body>b</body></message>", "<message type='normal' ID TO/>", "<message type='chat' ID TO><body>b</body></message>",
	"<message type='groupchat' ID TO><body>b</body></message>", "<message type='headline' ID TO><body>b</body></message>",
	"<message type='error' ID TO><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
	"<presence ID TO/>", "<presence type='unavailable' ID TO/>", "<presence type='probe' ID TO/>", "<presence type='subscribe' ID TO/>",
	"<presence type='subscribed' ID TO/>", "<presence type='unsubscribe' ID TO/>", "<presence type='unsubscribed' ID TO/>",
	"<presence type='error' ID TO><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
	"<iq type='get' ID TO><query xmlns='urn:test'/></iq>", "<iq type='set' ID TO><query xmlns='urn:test'/></iq>",
	"<iq type='result' ID TO/>", "<iq type='error' ID TO><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
}

func stanzaTo(text, id, to string) string {
	return strings.NewReplacer(" ID", " id='"+id+"'", " TO", " to='"+to+"'").Replace(text)
}

// TestWhatAGuestSendsIsAskedAboutFirst: what he must not send reaches nobody, and he is told so where there is an answer.
func TestWhatAGuestSendsIsAskedAboutFirst(t *testing.T) {
	servers(t, func(t *testing.T, guests, users *xmpptest.Server) {
		romeo := users.Login("romeo").Available()
		guest := guests.Visit("sesame")
		for _, to := range []string{romeo.JID.String(), "romeo@example.org"} {
			for _, text := range everyStanza {
				guest.Send(stanzaTo(text, "no", to))
				romeo.Silent()
				for _, p := range guest.Drain() {
					if p.Type() != "error" || p.ID() != "no" {
						t.Errorf("%s: the guest gets %s", text, p.Raw())
					}
				}
			}
		}
		guest.Send(stanzaTo("<message type='chat' ID TO><body>b</body></message>", "allowed", romeo.JID.String()))
		romeo.Find("<message type='chat' id='allowed'>…</message>")
		guest.Send("<iq type='get' id='none'><query xmlns='jabber:iq:roster'/></iq>")
		guest.Find("<iq type='error' id='none'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
	})
}

// TestWhoReachesAGuest: nobody but those who may.
func TestWhoReachesAGuest(t *testing.T) {
	servers(t, func(t *testing.T, guests, users *xmpptest.Server) {
		romeo, juliet := users.Login("romeo").Available(), users.Login("juliet").Available()
		guest := guests.Visit("sesame")
		for _, to := range []string{guest.JID.String(), guest.JID.Bare().String()} {
			for _, text := range everyStanza {
				romeo.Send(stanzaTo(text, "no", to))
				guest.Silent()
			}
		}
		synctest.Wait()
		for _, p := range romeo.Drain() { // it is as if the guest were not there
			if p.Type() != "error" && p.Type() != "unavailable" && p.Type() != "unsubscribed" {
				t.Errorf("romeo hears %s", p.Raw())
			}
		}
		juliet.Send(stanzaTo("<message type='chat' ID TO><body>b</body></message>", "yes", guest.JID.String()))
		guest.Find("<message type='chat' id='yes'>…</message>")
	})
}

func TestTheSessionOfAGuestWaitsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := xmpptest.Start(t, withGuests)
		guest := s.Visit("sesame")
		guest.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
		id, _ := guest.Find("<enabled xmlns='urn:xmpp:sm:3' resume='true' max='60'/>").Attr("id")
		guest.Cut()
		time.Sleep(59 * time.Second)
		again, _ := s.Anonymous("sesame")
		again.Send("<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>")
		again.Find("<resumed xmlns='urn:xmpp:sm:3'/>")
		again.Cut()
		time.Sleep(61 * time.Second)
		if s.Session(guest.JID) != nil {
			t.Error("the session is still there")
		}
	})
}

func TestGuestsSendLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := xmpptest.Start(t, withGuests)
		guest := s.Visit("sesame")
		romeo := s.Login("romeo").Available()
		if _, ok := guest.Features().Child("urn:xmpp:stream-limits:0", "limits"); !ok || !strings.Contains(string(guest.Features().Raw()), "<max-bytes>65536</max-bytes>") {
			t.Errorf("the limit is not announced: %s", guest.Features().Raw())
		}
		begin := time.Now()
		for range 10 { // 500 kB at 16 kB/s after a burst of 160 kB
			guest.Send(stanzaTo("<message type='chat' ID TO><body>"+strings.Repeat("x", 50_000)+"</body></message>", "allowed", romeo.JID.String()))
			romeo.Find("<message type='chat' id='allowed'>…</message>")
		}
		if took := time.Since(begin); took < 15*time.Second || took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
		l := dial(t, s)
		opened := strings.ReplaceAll(header, "example.org", "guest.example.org")
		l.send(opened + "<auth" + nsSASL + " mechanism='ANONYMOUS'>" + base64.StdEncoding.EncodeToString([]byte("sesame")) + "</auth>")
		l.expect("<success" + nsSASL + "/>$")
		l.send(opened + bindAny + "<message id='allowed'><body>" + strings.Repeat("x", 70_000))
		l.expect("<policy-violation ")
	})
}
