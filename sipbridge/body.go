package sipbridge

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// maxParts is how many parts of a body are looked through for the one that is wanted.
const maxParts = 10

const (
	sdpType   = "application/sdp"
	acceptSDP = "application/sdp, multipart/mixed"
)

var errType = errors.New("a body of another type than SDP")

// contentType is the type of a message's body, in lower case and without parameters.
func contentType(m message) string {
	t, _, _ := strings.Cut(typeOf(m), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

func typeOf(m message) string {
	if v := value(m, "content-type"); v != "" {
		return v
	}
	return value(m, "c")
}

// sdpOf is the SDP in a message, nil when it has no body. It fails with errType for a body that has none.
func sdpOf(m message) ([]byte, error) {
	body := m.Body()
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	switch contentType(m) {
	case sdpType:
		return body, nil
	case "multipart/mixed", "multipart/alternative":
		_, params, err := mime.ParseMediaType(typeOf(m))
		if err != nil {
			return nil, errType
		}
		r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for range maxParts {
			p, err := r.NextPart()
			if err != nil {
				break
			}
			if t, _, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err == nil && t == sdpType {
				return io.ReadAll(p)
			}
		}
	}
	if optional := parameter(value(m, "content-disposition"), "handling"); strings.EqualFold(optional, "optional") { // RFC 3261 §20.11
		return nil, nil
	}
	return nil, errType
}

// setSDP puts SDP into a message.
func setSDP(m interface {
	AppendHeader(sip.Header)
	SetBody([]byte)
}, body []byte) {
	if body == nil {
		return
	}
	m.AppendHeader(sip.NewHeader("Content-Type", sdpType))
	m.SetBody(body)
}

// ask sends a request within a dialog. done is called once, with the final response or why there is none. A challenge by a trunk is answered
// first.
func (l *Leg) ask(d *dialog, req *sip.Request, done func(*sip.Response, error)) {
	l.try(d, req, done, false)
}

func (l *Leg) try(d *dialog, req *sip.Request, done func(*sip.Response, error), again bool) {
	_, err := l.service.Stack.Do(req, l.way(d), func(res *sip.Response, err error) {
		switch {
		case err != nil:
			l.guard(func() { done(nil, err) })
		case res.StatusCode < 200:
		case challenges(res) && !again && l.user != "":
			next := req.Clone()
			if err := l.authorize(next, res, d); err != nil {
				l.guard(func() { done(res, nil) })
				return
			}
			l.try(d, next, done, true)
		default:
			l.guard(func() { done(res, nil) })
		}
	})
	if err != nil {
		l.post(func() { done(nil, err) })
	}
}

// way is the flow that a dialog sends by. A phone that has come back on another connection is reached by that.
func (l *Leg) way(d *dialog) stack.Flow {
	if l.device == "" || d.flow.Conn == 0 {
		return d.flow
	}
	var other *Binding
	for _, b := range l.service.Phones.Bindings(l.device) {
		if b.Flow == d.flow {
			return d.flow
		}
		if b.Contact.User == d.target.User && b.Flow.Remote.Addr() == d.flow.Remote.Addr() {
			other = &b
		}
	}
	if other != nil {
		d.flow = other.Flow
	}
	return d.flow
}
