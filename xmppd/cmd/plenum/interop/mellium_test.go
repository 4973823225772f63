//go:build interop

package interop

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	"mellium.im/xmpp"
	"mellium.im/xmpp/carbons"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/muc"
	"mellium.im/xmpp/mux"
	"mellium.im/xmpp/roster"
	"mellium.im/xmpp/stanza"
)

// A mellium is a client made of mellium.im/xmpp.
type mellium struct {
	t       testing.TB
	session *xmpp.Session
	events  *diary
	rooms   muc.Client
	mux     *mux.ServeMux
	served  chan struct{} // closed when Serve is over
}

func melliumClient(mechanism sasl.Mechanism) func(testing.TB, login) client {
	return func(t testing.TB, who login) client {
		t.Helper()
		m := &mellium{t: t, events: newDiary(who.JID), served: make(chan struct{})}
		m.mux = mux.New(stanza.NSClient, muc.HandleClient(&m.rooms))
		if err := m.open(who, mechanism); err != nil {
			m.events.enter(event{Is: "refused", Text: err.Error()})
			close(m.served)
			return m
		}
		t.Cleanup(func() { _ = m.session.Conn().Close() })
		go func() {
			defer close(m.served)
			err := m.session.Serve(m)
			m.events.enter(event{Is: "lost", Text: errorText(err)})
		}()
		m.enter(mechanism.Name)
		return m
	}
}

// enter does what a client does first: carbons, presence.
func (m *mellium) enter(mechanism string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := carbons.Enable(ctx, m.session); err != nil {
		m.t.Errorf("%s: carbons: %v", m.events.who, err)
	}
	m.events.enter(event{Is: "online", Mechanism: mechanism, Client: "mellium.im/xmpp " + melliumVersion(), To: m.session.LocalAddr().String()})
	m.show("", "")
}

func (m *mellium) open(who login, mechanism sasl.Mechanism) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	user, err := jid.Parse(who.JID)
	if err == nil && who.Resource != "" {
		user, err = user.WithResource(who.Resource)
	}
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(who.Port)))
	if err != nil {
		return err
	}
	trust := trusting(m.t, who.CA)
	features := []xmpp.StreamFeature{xmpp.SASL("", who.Password, mechanism), xmpp.BindResource()}
	var state xmpp.SessionState
	if who.Via == viaTLS {
		conn, state = tls.Client(conn, trust), xmpp.Secure
	} else {
		features = append(features, xmpp.StartTLS(trust))
	}
	m.session, err = xmpp.NewSession(ctx, user.Domain(), user, conn, state, xmpp.NewNegotiator(func(*xmpp.Session, *xmpp.StreamConfig) xmpp.StreamConfig {
		return xmpp.StreamConfig{Features: features}
	}))
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	return nil
}

// HandleXMPP notes each stanza down and then lets mellium's parts have it.
func (m *mellium) HandleXMPP(t xmlstream.TokenReadEncoder, start *xml.StartElement) error {
	tokens, err := xmlstream.ReadAll(t)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var seen struct {
		XMLName xml.Name
		head
		Carbon struct {
			Message head `xml:"forwarded>message"`
		} `xml:",any"`
	}
	whole := slices.Concat([]xml.Token{*start}, tokens)
	if err := xml.NewTokenDecoder(replay(whole)).Decode(&seen); err != nil {
		return err
	}
	m.note(seen.XMLName.Local, seen.head, "")
	switch way := seen.Carbon.Message; {
	case way.Body != "" && bare(way.From) == m.events.who:
		m.note("message", way, "sent")
	case way.Body != "":
		m.note("message", way, "received")
	}
	rest := struct {
		xml.TokenReader
		xmlstream.Encoder
	}{replay(tokens), t}
	return m.mux.HandleXMPP(rest, start)
}

// A head is what a diary needs of a stanza.
type head struct {
	From   string    `xml:"from,attr"`
	To     string    `xml:"to,attr"`
	Type   string    `xml:"type,attr"`
	Body   string    `xml:"body"`
	Show   string    `xml:"show"`
	Status string    `xml:"status"`
	Delay  *struct{} `xml:"urn:xmpp:delay delay"`
	ID     struct {
		Value string `xml:"id,attr"`
	} `xml:"urn:xmpp:sid:0 stanza-id"`
}

func (m *mellium) note(kind string, h head, how string) {
	if h.Delay != nil && how == "" {
		how = "delayed"
	}
	switch {
	case kind == "presence":
		m.events.enter(event{Is: "presence", From: h.From, Type: h.Type, Show: h.Show, Status: h.Status})
		if h.Type == "subscribe" {
			go m.allow(h.From)
		}
	case kind == "message" && h.Body != "":
		m.events.enter(event{Is: "message", From: h.From, To: h.To, Type: h.Type, Body: h.Body, ID: h.ID.Value, How: how})
	}
}

func (m *mellium) allow(jid string) {
	m.presence(jid, stanza.SubscribedPresence)
	m.presence(jid, stanza.SubscribePresence)
}

func (m *mellium) add(address string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := roster.Set(ctx, m.session, roster.Item{JID: jid.MustParse(address)}); err != nil {
		m.t.Errorf("%s: roster: %v", m.events.who, err)
	}
	m.presence(address, stanza.SubscribePresence)
}

func (m *mellium) show(show, status string) {
	m.send(xmlstream.Wrap(xmlstream.MultiReader(text("show", show), text("status", status)), start("presence")))
}

func (m *mellium) presence(to string, kind stanza.PresenceType) {
	m.send(stanza.Presence{To: jid.MustParse(to), Type: kind}.Wrap(nil))
}

func (m *mellium) chat(to, body string) { m.message(to, body, stanza.ChatMessage) }
func (m *mellium) say(room, body string) {
	m.message(room, body, stanza.GroupChatMessage)
}

func (m *mellium) message(to, body string, kind stanza.MessageType) {
	m.send(stanza.Message{To: jid.MustParse(to), Type: kind}.Wrap(text("body", body)))
}

// send has no deadline: the library sets one in the past for a moment when a context ends, which the next stanza may meet.
func (m *mellium) send(r xml.TokenReader) {
	if err := m.session.Send(context.Background(), r); err != nil {
		m.t.Errorf("%s: send: %v", m.events.who, err)
	}
}

// join enters a room; a new one is opened with its default configuration (XEP-0045#createroom-instant).
func (m *mellium) join(room, nick string) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		address := jid.MustParse(room + "/" + nick)
		if _, err := m.rooms.Join(ctx, address, m.session, muc.MaxHistory(20)); err != nil {
			m.events.enter(event{Is: "refused", From: room, Text: err.Error()})
			return
		}
		submit := xmlstream.Wrap(
			xmlstream.Wrap(nil, xml.StartElement{Name: xml.Name{Space: "jabber:x:data", Local: "x"}, Attr: []xml.Attr{{Name: xml.Name{Local: "type"}, Value: "submit"}}}),
			xml.StartElement{Name: xml.Name{Space: "http://jabber.org/protocol/muc#owner", Local: "query"}},
		)
		if reply, err := m.session.SendIQElement(ctx, submit, stanza.IQ{To: address.Bare(), Type: stanza.SetIQ}); err == nil {
			_ = reply.Close()
		}
		m.events.enter(event{Is: "joined", From: room})
	}()
}

func (m *mellium) history(string, string) { m.t.Fatal("not driven with mellium") }
func (m *mellium) seen() *diary           { return m.events }

func (m *mellium) quit() {
	if m.session != nil {
		_ = m.session.Close()
		_ = m.session.Conn().Close()
	}
	<-m.served
}

func melliumVersion() string {
	out, _ := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "mellium.im/xmpp").Output()
	return strings.TrimSpace(string(out))
}

func start(name string) xml.StartElement { return xml.StartElement{Name: xml.Name{Local: name}} }

// text is an element with text, nothing when there is none.
func text(name, value string) xml.TokenReader {
	if value == "" {
		return xmlstream.MultiReader()
	}
	return xmlstream.Wrap(xmlstream.Token(xml.CharData(value)), start(name))
}

func replay(tokens []xml.Token) xml.TokenReader {
	return xmlstream.ReaderFunc(func() (xml.Token, error) {
		if len(tokens) == 0 {
			return nil, io.EOF
		}
		next := tokens[0]
		tokens = tokens[1:]
		return next, nil
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
