package siptest

import (
	"crypto/rand"

	"github.com/emiago/sipgo/sip"
)

// A Call is one dialog of a phone.
type Call struct {
	*Phone
	ID, Local, Remote string       // Call-ID and tags
	Invite            *sip.Request // the first
	From, To          sip.Uri      // the phone's own address, and the other's
	Target            sip.Uri
	Seq               uint32
}

// Dial sends an INVITE to a number. A challenge is answered.
func (p *Phone) Dial(number string, body []byte, headers ...sip.Header) *Call {
	p.t.Helper()
	req := p.Make(sip.INVITE, number, headers...)
	if body != nil {
		if req.GetHeader("Content-Type") == nil {
			req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		}
		req.SetBody(body)
	}
	p.Send(req)
	if p.Password != "" {
		res := p.Response("401 INVITE")
		p.ackFailure(req, res)
		req = p.Prove(req, res)
		p.Send(req)
	}
	local, _ := req.From().Params.Get("tag")
	return &Call{
		Phone: p, ID: req.CallID().Value(), Local: local, Invite: req, From: req.From().Address, To: req.To().Address, Target: req.Recipient, Seq: req.CSeq().SeqNo,
	}
}

// ackFailure acknowledges a final response other than 2xx.
func (p *Phone) ackFailure(req *sip.Request, res *sip.Response) {
	ack := sip.NewRequest(sip.ACK, req.Recipient)
	ack.AppendHeader(req.Via())
	ack.AppendHeader(req.From())
	ack.AppendHeader(res.To())
	ack.AppendHeader(req.CallID())
	ack.AppendHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo, MethodName: sip.ACK})
	ack.SetBody(nil)
	p.Send(ack)
}

// Rung waits for an INVITE that begins a call.
func (p *Phone) Rung() *Call {
	p.t.Helper()
	req := p.Request(sip.INVITE)
	remote, _ := req.From().Params.Get("tag")
	return &Call{
		Phone: p, ID: req.CallID().Value(), Local: rand.Text(), Remote: remote, Invite: req, From: req.To().Address, To: req.From().Address,
		Target: req.Contact().Address,
	}
}

// Say answers the INVITE that began the call.
func (c *Call) Say(code int, body []byte, headers ...sip.Header) *sip.Response {
	return c.Answer(c.Invite, code, c.Local, body, headers...)
}

// Reply answers a request within the call.
func (c *Call) Reply(req *sip.Request, code int, body []byte, headers ...sip.Header) *sip.Response {
	return c.Answer(req, code, c.Local, body, headers...)
}

// Hears waits for a response to the INVITE, and takes over what it says of the other side.
func (c *Call) Hears(name string) *sip.Response {
	c.t.Helper()
	res := c.Response(name)
	if tag, ok := res.To().Params.Get("tag"); ok {
		c.Remote = tag
	}
	if contact := res.Contact(); contact != nil {
		c.Target = contact.Address
	}
	return res
}

// Ends waits for the final response that refuses the INVITE, and acknowledges it.
func (c *Call) Ends(name string) *sip.Response {
	c.t.Helper()
	res := c.Response(name)
	c.ackFailure(c.Invite, res)
	return res
}

// In makes a request within the dialog.
func (c *Call) In(method sip.RequestMethod, body []byte, headers ...sip.Header) *sip.Request {
	if method != sip.ACK {
		c.Seq++
	}
	req := sip.NewRequest(method, c.Target)
	req.AppendHeader(&sip.FromHeader{Address: c.From, Params: sip.HeaderParams{{K: "tag", V: c.Local}}})
	to := &sip.ToHeader{Address: c.To}
	if c.Remote != "" {
		to.Params = sip.HeaderParams{{K: "tag", V: c.Remote}}
	}
	req.AppendHeader(to)
	id := sip.CallIDHeader(c.ID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: c.Seq, MethodName: method})
	req.AppendHeader(&sip.ContactHeader{Address: c.Contact()})
	for _, h := range headers {
		req.AppendHeader(h)
	}
	if body != nil && req.GetHeader("Content-Type") == nil {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(body)
	c.via(req)
	return req
}

// Do sends a request within the dialog.
func (c *Call) Do(method sip.RequestMethod, body []byte, headers ...sip.Header) *sip.Request {
	req := c.In(method, body, headers...)
	c.Send(req)
	return req
}

// Ack acknowledges a 200 to INVITE.
func (c *Call) Ack(body []byte) { c.Do(sip.ACK, body) }

// Cancel gives the INVITE up.
func (c *Call) Cancel(headers ...sip.Header) {
	req := sip.NewRequest(sip.CANCEL, c.Invite.Recipient)
	req.AppendHeader(c.Invite.Via())
	req.AppendHeader(c.Invite.From())
	req.AppendHeader(c.Invite.To())
	req.AppendHeader(c.Invite.CallID())
	req.AppendHeader(&sip.CSeqHeader{SeqNo: c.Invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	for _, h := range headers {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	c.Send(req)
}

// Bye ends the call.
func (c *Call) Bye(headers ...sip.Header) {
	c.t.Helper()
	c.Do(sip.BYE, nil, headers...)
	c.Response("200 BYE")
}

// Byed waits for the other side to end the call.
func (c *Call) Byed() *sip.Request {
	c.t.Helper()
	req := c.Request(sip.BYE)
	c.Reply(req, sip.StatusOK, nil)
	return req
}

// Replaces is the call as a Replaces header field of somebody who talks to the same server names it (RFC 3891 §6.1).
func (c *Call) Replaces() string {
	return c.ID + ";to-tag=" + c.Remote + ";from-tag=" + c.Local
}
