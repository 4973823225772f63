package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// node is an element, whatever it is.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n *node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all yields the children of a name.
func (n *node) all(name string) (list []*node) {
	for i := range n.Children {
		if n.Children[i].XMLName.Local == name {
			list = append(list, &n.Children[i])
		}
	}
	return list
}

func (n *node) child(name string) *node {
	if list := n.all(name); len(list) > 0 {
		return list[0]
	}
	return nil
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// stream is a client's XMPP stream over WebSocket (RFC 7395), as far as a guest needs one.
type stream struct {
	conn   *websocket.Conn
	jid    string
	jingle func(*node) // requests of the peer, which are answered before
	joined chan struct{}

	mu      sync.Mutex
	asked   int
	waiting map[string]chan *node
	err     error
}

// openStream logs in, with a password, or as a guest with a token.
func openStream(ctx context.Context, base, domain, user, password, token string, jingle func(*node)) (*stream, error) {
	address := strings.Replace(base, "http", "ws", 1) + "/xmpp-websocket"
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // of a server under test
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPClient: client})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(4 << 20)
	s := &stream{conn: conn, jingle: jingle, waiting: map[string]chan *node{}, joined: make(chan struct{})}
	if err := s.logIn(ctx, domain, user, password, token); err != nil {
		_ = conn.CloseNow()
		return nil, err
	}
	go s.read()
	return s, nil
}

func (s *stream) logIn(ctx context.Context, domain, user, password, token string) error {
	mechanism, first := "ANONYMOUS", token
	if user != "" {
		mechanism, first = "PLAIN", "\x00"+strings.Split(user, "@")[0]+"\x00"+password
	}
	for _, auth := range []string{fmt.Sprintf("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='%s'>%s</auth>", mechanism, base64.StdEncoding.EncodeToString([]byte(first))), ""} {
		if err := s.write(ctx, fmt.Sprintf("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='%s' version='1.0'/>", domain)); err != nil {
			return err
		}
		if _, err := s.next(ctx, "features"); err != nil {
			return err
		}
		if auth == "" {
			break
		}
		if err := s.write(ctx, auth); err != nil {
			return err
		}
		if _, err := s.next(ctx, "success"); err != nil {
			return err
		}
	}
	if err := s.write(ctx, "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"); err != nil {
		return err
	}
	bound, err := s.next(ctx, "iq")
	if err != nil {
		return err
	}
	if b := bound.child("bind"); b != nil && b.child("jid") != nil {
		s.jid = b.child("jid").Text
		return nil
	}
	return errors.New("no resource was bound")
}

func (s *stream) write(ctx context.Context, text string) error {
	return s.conn.Write(ctx, websocket.MessageText, []byte(text))
}

// next reads until an element of this name comes.
func (s *stream) next(ctx context.Context, name string) (*node, error) {
	for {
		_, b, err := s.conn.Read(ctx)
		if err != nil {
			return nil, err
		}
		var n node
		if err := xml.Unmarshal(b, &n); err != nil {
			return nil, err
		}
		switch n.XMLName.Local {
		case name:
			return &n, nil
		case "failure", "error", "close":
			return nil, fmt.Errorf("waiting for %s: %s", name, b)
		}
	}
}

// read takes stanzas until the stream ends. What many receive in a full room is not parsed.
func (s *stream) read() {
	ctx := context.Background()
	for {
		_, b, err := s.conn.Read(ctx)
		if err != nil {
			s.mu.Lock()
			s.err = err
			for id, c := range s.waiting {
				close(c)
				delete(s.waiting, id)
			}
			s.mu.Unlock()
			return
		}
		switch {
		case bytes.HasPrefix(b, []byte("<presence")):
			if bytes.Contains(b, []byte("code='110'")) || bytes.Contains(b, []byte(`code="110"`)) {
				select {
				case <-s.joined:
				default:
					close(s.joined)
				}
			}
			continue
		case !bytes.HasPrefix(b, []byte("<iq")):
			continue
		}
		var n node
		if xml.Unmarshal(b, &n) != nil {
			continue
		}
		switch n.attr("type") {
		case "result", "error":
			s.mu.Lock()
			c := s.waiting[n.attr("id")]
			delete(s.waiting, n.attr("id"))
			s.mu.Unlock()
			if c != nil {
				c <- &n
			}
		default:
			_ = s.write(ctx, fmt.Sprintf("<iq xmlns='jabber:client' type='result' id='%s' to='%s'/>", escaped(n.attr("id")), escaped(n.attr("from"))))
			if j := n.child("jingle"); j != nil {
				s.jingle(j)
			}
		}
	}
}

// ask sends a request and waits for its result.
func (s *stream) ask(ctx context.Context, to, payload string) error {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return s.err
	}
	s.asked++
	id := fmt.Sprintf("q%d", s.asked)
	answer := make(chan *node, 1)
	s.waiting[id] = answer
	s.mu.Unlock()
	if err := s.write(ctx, fmt.Sprintf("<iq xmlns='jabber:client' type='set' id='%s' to='%s'>%s</iq>", id, escaped(to), payload)); err != nil {
		return err
	}
	select {
	case n := <-answer:
		if n == nil {
			return errors.New("the stream has ended")
		}
		if n.attr("type") == "error" {
			return fmt.Errorf("refused: %s", describe(n.child("error")))
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func describe(e *node) string {
	if e == nil {
		return "without a reason"
	}
	var parts []string
	for _, c := range e.Children {
		parts = append(parts, strings.TrimSpace(c.XMLName.Local+" "+c.Text))
	}
	return strings.Join(parts, ", ")
}

// enter joins a room and waits until it is in.
func (s *stream) enter(ctx context.Context, room, nick string) error {
	err := s.write(ctx, fmt.Sprintf("<presence xmlns='jabber:client' to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", escaped(room), escaped(nick)))
	if err != nil {
		return err
	}
	select {
	case <-s.joined:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("entering %s: %w", room, ctx.Err())
	}
}

func (s *stream) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.write(ctx, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
	_ = s.conn.Close(websocket.StatusNormalClosure, "")
}
