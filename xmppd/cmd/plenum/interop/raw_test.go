//go:build interop

package interop

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// A raw is a client of the test's own, made of a socket and encoding/xml alone: it can do what no decent client does, and
// has stream management to its last detail. Its methods return errors, as it is used while servers are killed.
type raw struct {
	conn net.Conn
	dec  *xml.Decoder
	host string // of the stream
	jid  string
	sm   string // id to resume by
	in   uint32 // stanzas received since stream management was enabled
}

// An element is a first-level child of the stream.
type element struct {
	XMLName xml.Name
	ID      string `xml:"id,attr"`
	From    string `xml:"from,attr"`
	To      string `xml:"to,attr"`
	Type    string `xml:"type,attr"`
	H       string `xml:"h,attr"`
	Body    string `xml:"body"`
	Inner   string `xml:",innerxml"`

	Archived struct {
		ID   string `xml:"id,attr"`
		Body string `xml:"forwarded>message>body"`
	} `xml:"urn:xmpp:mam:2 result"`
}

const (
	nsStream = "http://etherx.jabber.org/streams"
	nsSM     = "urn:xmpp:sm:3"
	nsSASL   = "urn:ietf:params:xml:ns:xmpp-sasl"
)

// dialRaw opens a stream with direct TLS when trust is set, without TLS otherwise.
func dialRaw(address string, trust *tls.Config) (*raw, error) {
	return dialRawTo(domain, address, trust)
}

// dialRawTo is dialRaw for another domain than that of users.
func dialRawTo(host, address string, trust *tls.Config) (*raw, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	if trust != nil {
		conn = tls.Client(conn, trust)
	}
	r := &raw{conn: conn, host: host}
	if err := r.open(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return r, nil
}

// open begins a stream and reads the features.
func (r *raw) open() error {
	r.dec = xml.NewDecoder(r.conn)
	if err := r.send("<stream:stream to='" + r.host + "' version='1.0' xmlns='jabber:client' xmlns:stream='" + nsStream + "'>"); err != nil {
		return err
	}
	if err := r.header(); err != nil {
		return err
	}
	features, err := r.next()
	if err == nil && features.XMLName.Local != "features" {
		err = fmt.Errorf("instead of features: %+v", features)
	}
	return err
}

// header reads up to and with the opening tag of the stream.
func (r *raw) header() error {
	for {
		_ = r.conn.SetReadDeadline(time.Now().Add(patience))
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		if tag, ok := token.(xml.StartElement); ok {
			if tag.Name != (xml.Name{Space: nsStream, Local: "stream"}) {
				return fmt.Errorf("instead of a stream: %v", tag)
			}
			return nil
		}
	}
}

// next reads one first-level element; io.EOF is the end of the stream. What asks for an acknowledgement gets it.
func (r *raw) next() (element, error) { return r.nextWithin(patience) }

func (r *raw) nextWithin(limit time.Duration) (e element, err error) {
	_ = r.conn.SetReadDeadline(time.Now().Add(limit))
	for {
		token, err := r.dec.Token()
		if err != nil {
			return e, err
		}
		switch tag := token.(type) {
		case xml.EndElement:
			return e, io.EOF
		case xml.StartElement:
			if err := r.dec.DecodeElement(&e, &tag); err != nil {
				return e, err
			}
			switch tag.Name.Local {
			case "message", "presence", "iq":
				r.in++
			case "r":
				err = r.send("<a xmlns='" + nsSM + "' h='" + strconv.FormatUint(uint64(r.in), 10) + "'/>")
			}
			return e, err
		}
	}
}

// await reads until an element matches; what is read on the way goes to aside.
func (r *raw) await(what string, want func(element) bool, aside func(element)) (element, error) {
	for {
		e, err := r.next()
		if err != nil {
			return e, fmt.Errorf("%s: %w", what, err)
		}
		if want(e) {
			return e, nil
		}
		if aside != nil {
			aside(e)
		}
	}
}

func (r *raw) send(text string) error {
	_ = r.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err := io.WriteString(r.conn, text)
	return err
}

// auth logs in with PLAIN and restarts the stream.
func (r *raw) auth(who account) error {
	name, _, _ := strings.Cut(who.JID, "@")
	return r.authBy("PLAIN", "\x00"+name+"\x00"+who.Password)
}

// authBy logs in by a mechanism of one step.
func (r *raw) authBy(mechanism, initial string) error {
	if err := r.send("<auth xmlns='" + nsSASL + "' mechanism='" + mechanism + "'>" + base64.StdEncoding.EncodeToString([]byte(initial)) + "</auth>"); err != nil {
		return err
	}
	e, err := r.next()
	if err == nil && e.XMLName.Local != "success" {
		err = fmt.Errorf("login: %+v", e)
	}
	if err != nil {
		return err
	}
	return r.open()
}

// bind binds a resource, enables stream management and becomes available.
func (r *raw) bind(resource string) error {
	if err := r.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>"); err != nil {
		return err
	}
	e, err := r.next()
	if err == nil && e.Type != "result" {
		err = fmt.Errorf("bind: %+v", e)
	}
	if err != nil {
		return err
	}
	var bound struct {
		JID string `xml:"jid"`
	}
	if err := xml.Unmarshal([]byte(e.Inner), &bound); err != nil {
		return err
	}
	r.jid = bound.JID
	if err := r.send("<enable xmlns='" + nsSM + "' resume='true'/>"); err != nil {
		return err
	}
	e, err = r.await("enabled", isNonza("enabled"), nil)
	if err != nil {
		return err
	}
	r.sm, r.in = e.ID, 0
	return r.send("<presence/>")
}

// resume continues a session on a new stream that is logged in; it returns what the server has handled.
func (r *raw) resume(old *raw) (h uint32, err error) {
	if err := r.send(fmt.Sprintf("<resume xmlns='%s' previd='%s' h='%d'/>", nsSM, old.sm, old.in)); err != nil {
		return 0, err
	}
	e, err := r.next()
	if err == nil && e.XMLName.Local != "resumed" {
		err = fmt.Errorf("resume: %+v", e)
	}
	if err != nil {
		return 0, err
	}
	r.jid, r.sm, r.in = old.jid, old.sm, old.in
	return e.count()
}

// count is the number in h.
func (e element) count() (uint32, error) {
	h, err := strconv.ParseUint(e.H, 10, 32)
	return uint32(h), err
}

func isNonza(name string) func(element) bool {
	return func(e element) bool { return e.XMLName == xml.Name{Space: nsSM, Local: name} }
}

// loginRaw is everything up to presence.
func loginRaw(address string, trust *tls.Config, who account, resource string) (*raw, error) {
	r, err := dialRaw(address, trust)
	if err != nil {
		return nil, err
	}
	if err = r.auth(who); err == nil {
		err = r.bind(resource)
	}
	if err != nil {
		return nil, errors.Join(err, r.conn.Close())
	}
	return r, nil
}

// leave ends the session in good order and returns what came until then.
func (r *raw) leave() (rest []element) {
	err := r.send("<a xmlns='" + nsSM + "' h='" + strconv.FormatUint(uint64(r.in), 10) + "'/></stream:stream>")
	for err == nil {
		var e element
		if e, err = r.next(); err == nil {
			rest = append(rest, e)
		}
	}
	r.cut()
	return rest
}

// cut drops the connection without a word.
func (r *raw) cut() { _ = r.conn.Close() }
