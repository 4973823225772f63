package sipbridge

import (
	"crypto/rand"
	"errors"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// A dialog is what both sides know of each other (RFC 3261 §12). It sends by a flow: the one by which the peer was heard last.
type dialog struct {
	callID      string
	local       sip.FromHeader // with our tag
	remote      sip.ToHeader   // with the peer's tag, once there is one
	seq, peer   uint32         // of the last request sent, and received
	heard       bool           // a request was received: peer is set
	target      sip.Uri
	routes      []sip.Uri // to be passed, first one first
	flow        stack.Flow
	contactUser string
	credentials []sip.Header // of the last INVITE, for its ACK (RFC 3261 §22.1)
}

// newTag makes a tag that cannot be guessed: who knows it may end the call.
func newTag() string { return rand.Text() }

func tagOf(p sip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}

func (d *dialog) remoteTag() string { return tagOf(d.remote.Params) }

// answering is the dialog that a 1xx or 2xx of ours to an INVITE makes (RFC 3261 §12.1.1).
func answering(in *stack.In, tag string) (*dialog, error) {
	req := in.Request
	contact := req.Contact()
	if contact == nil {
		return nil, errors.New("an INVITE without Contact")
	}
	to, from := req.To(), req.From()
	d := &dialog{
		callID: string(*req.CallID()), flow: in.Flow, target: contact.Address, peer: req.CSeq().SeqNo, heard: true, contactUser: req.Recipient.User,
		local:  sip.FromHeader{DisplayName: to.DisplayName, Address: to.Address, Params: sip.HeaderParams{{K: "tag", V: tag}}},
		remote: sip.ToHeader{DisplayName: from.DisplayName, Address: from.Address, Params: from.Params.Clone()},
	}
	for _, h := range req.GetHeaders("record-route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok {
			d.routes = append(d.routes, r.Address)
		}
	}
	return d, nil
}

// established is the dialog that a response to our INVITE makes (RFC 3261 §12.1.2). A peer that gives no Contact is reached as it was called.
func (d dialog) established(res *sip.Response, f stack.Flow) *dialog {
	d.remote = *res.To()
	d.flow = f
	if c := res.Contact(); c != nil {
		d.target = c.Address
	}
	d.routes = nil
	list := res.GetHeaders("record-route")
	for i := len(list) - 1; i >= 0; i-- {
		if r, ok := list[i].(*sip.RecordRouteHeader); ok {
			d.routes = append(d.routes, r.Address)
		}
	}
	return &d
}

// request makes a request within the dialog (RFC 3261 §12.2.1.1).
func (d *dialog) request(method sip.RequestMethod, headers ...sip.Header) *sip.Request {
	d.seq++
	return d.numbered(method, d.seq, headers...)
}

// numbered makes a request of a given CSeq number: an ACK has that of its INVITE.
func (d *dialog) numbered(method sip.RequestMethod, seq uint32, headers ...sip.Header) *sip.Request {
	uri, routes := d.target, d.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router
		uri, routes = routes[0], append(routes[1:len(routes):len(routes)], d.target)
	}
	req := sip.NewRequest(method, uri)
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	from, to := d.local, d.remote
	req.AppendHeader(&from)
	req.AppendHeader(&to)
	id := sip.CallIDHeader(d.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	for _, h := range headers {
		req.AppendHeader(h)
	}
	return req
}

// takes checks the order of a request of the peer's and notes from where it came (RFC 3261 §12.2.2). It reports false for one that is older
// than the last.
func (d *dialog) takes(in *stack.In) bool {
	seq := in.Request.CSeq().SeqNo
	if in.Request.Method != sip.ACK {
		if d.heard && seq <= d.peer {
			return false
		}
		d.peer, d.heard = seq, true
	}
	d.flow = in.Flow
	return true
}

// refresh notes where the peer wants to be reached from now on: of INVITE, UPDATE and their answers.
func (d *dialog) refresh(c *sip.ContactHeader) {
	if c != nil {
		d.target = c.Address
	}
}
