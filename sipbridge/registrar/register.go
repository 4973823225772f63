package registrar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// register is RFC 3261 §10.3, step by step. The stack has looked at the domain, at Require and at the syntax.
func (r *Registrar) register(in *stack.In) {
	device, ok := r.Authenticate(in) // steps 3 and 4
	if !ok {
		return
	}
	if to := in.Request.To(); to.Address.User != device.User {
		r.answer(in, sip.StatusForbidden, warning("a phone registers itself alone: To must name the user who logs in"))
		return
	}
	req, fault := r.read(in, device)
	if fault != nil {
		r.answer(in, fault.code, fault.header)
		return
	}
	now := time.Now()
	r.mu.Lock()
	list, removed, written, fault := r.merge(r.bindings[device.ID], req, now)
	if fault == nil {
		r.set(device.ID, list)
	}
	r.mu.Unlock()
	if fault != nil {
		r.answer(in, fault.code, fault.header)
		return
	}
	for _, b := range removed {
		r.rows.remove(b)
	}
	for _, b := range written {
		r.rows.write(b)
	}
	if !r.parts.Stack.Open(in.Flow) { // it was lost before the binding was there to be ended with it
		r.flowLost(in.Flow)
		return
	}
	r.answer(in, sip.StatusOK, r.contacts(list, req.outbound, now)...)
	if len(removed) > 0 || slices.ContainsFunc(written, func(b *Binding) bool { return b.Since.Equal(now) }) {
		r.changed(device.ID)
	}
}

// refusal is why a REGISTER is not carried out.
type refusal struct {
	code   int
	header sip.Header
}

// registration is what a REGISTER asks for.
type registration struct {
	device   Device
	bindings []*Binding // those with an expiry of zero are to go
	all      bool       // Contact: *
	callID   string
	seq      uint32
	outbound bool // RFC 5626
}

// read takes from the request what it asks for.
func (r *Registrar) read(in *stack.In, device Device) (*registration, *refusal) {
	req := in.Request
	out := &registration{device: device, callID: strings.Clone(string(*req.CallID())), seq: req.CSeq().SeqNo}
	contacts := req.GetHeaders("contact")
	if len(contacts) > maxContacts {
		return nil, &refusal{sip.StatusForbidden, warning("too many contacts")}
	}
	usual := r.cfg.Expires
	header := req.GetHeader("expires")
	if header != nil {
		if d, ok := seconds(header.Value()); ok {
			usual = d
		}
	}
	outbound := lists(req, "supported", "outbound")
	for _, h := range contacts {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			return nil, &refusal{sip.StatusBadRequest, warning("a contact cannot be read")}
		}
		if c.Address.Wildcard {
			if len(contacts) != 1 || header == nil || usual != 0 {
				return nil, &refusal{sip.StatusBadRequest, warning("the contact * stands alone and with Expires: 0")} // RFC 3261 §10.2.2
			}
			out.all = true
			return out, nil
		}
		b, fault := r.contact(in, device, c, usual, outbound)
		if fault != nil {
			return nil, fault
		}
		out.outbound = out.outbound || b.regID != 0
		b.callID, b.seq = out.callID, out.seq
		out.bindings = append(out.bindings, b)
	}
	return out, nil
}

// contact makes a binding of one Contact.
func (r *Registrar) contact(in *stack.In, device Device, c *sip.ContactHeader, expires time.Duration, outbound bool) (*Binding, *refusal) {
	if c.Address.Scheme != "sip" && c.Address.Scheme != "sips" {
		return nil, &refusal{sip.StatusBadRequest, warning("a contact is a SIP URI")}
	}
	if text, ok := c.Params.Get("expires"); ok {
		if d, ok := seconds(text); ok { // RFC 3261 §20.19: what cannot be read counts as absent
			expires = d
		}
	}
	if expires > 0 && expires < r.cfg.MinExpires {
		return nil, &refusal{sip.StatusIntervalToBrief, sip.NewHeader("Min-Expires", strconv.Itoa(int(r.cfg.MinExpires/time.Second)))}
	}
	expires = min(expires, r.cfg.MaxExpires)
	b := &Binding{Device: device.ID, User: device.User, Contact: *c.Address.Clone(), Flow: in.Flow, keys: device.Keys}
	if expires > 0 {
		b.Expires = time.Now().Add(expires)
	}
	if agent := in.Request.GetHeader("user-agent"); agent != nil {
		b.UserAgent = agent.Value()
	}
	if instance, ok := c.Params.Get("+sip.instance"); ok {
		b.Instance = strings.Trim(instance, `"<>`)
		if id, err := strconv.ParseUint(c.Params.GetOr("reg-id", ""), 10, 31); err == nil && outbound {
			b.regID = id // RFC 5626 §6: it counts only together with an instance
		}
	}
	for _, p := range c.Params {
		if key := strings.ToLower(p.K); key != "expires" && key != "q" && len(b.params) < 8 && len(p.K)+len(p.V) <= maxInstance {
			b.params = append(b.params, sip.HeaderKV{K: strings.Clone(p.K), V: strings.Clone(p.V)})
		}
	}
	if len(b.Contact.String()) > maxURI || len(b.Instance) > maxInstance {
		return nil, &refusal{sip.StatusBadRequest, warning("a contact is too long")}
	}
	b.UserAgent = strings.Clone(b.UserAgent[:min(len(b.UserAgent), maxAgent)])
	return own(b), nil
}

// own copies what would keep the whole message in memory.
func own(b *Binding) *Binding {
	var uri sip.Uri
	if sip.ParseUri(strings.Clone(b.Contact.String()), &uri) == nil {
		b.Contact = uri
	}
	b.Instance, b.User = strings.Clone(b.Instance), strings.Clone(b.User)
	return b
}

// merge makes the new list of bindings of the old one (RFC 3261 §10.3 steps 6 and 7). It changes everything or nothing.
func (r *Registrar) merge(old []*Binding, req *registration, now time.Time) (list, removed, written []*Binding, fault *refusal) {
	list = slices.Clone(old)
	if req.all {
		for _, b := range old {
			if b.callID == req.callID && req.seq < b.seq {
				return nil, nil, nil, &refusal{sip.StatusBadRequest, warning("a later REGISTER has come before")}
			}
		}
		return nil, old, nil, nil
	}
	for _, b := range req.bindings {
		at := slices.IndexFunc(list, func(o *Binding) bool { return o.same(b) })
		if at >= 0 {
			was := list[at]
			if was.callID == req.callID && req.seq <= was.seq {
				if req.seq == was.seq {
					continue // repeated: it is answered like the first
				}
				return nil, nil, nil, &refusal{sip.StatusBadRequest, warning("a later REGISTER has come before")}
			}
			list = slices.Delete(list, at, at+1)
			b.ID, b.Since = was.ID, was.Since
			if was.Flow != b.Flow {
				b.Since = now
			}
			if b.Expires.IsZero() {
				removed = append(removed, was)
				continue
			}
		}
		if b.Expires.IsZero() {
			continue
		}
		if b.ID == "" {
			b.ID, b.Since = sip.GenerateTagN(10), now
		}
		list = append(list, b)
		written = append(written, b)
	}
	if len(list) > maxBindings {
		return nil, nil, nil, &refusal{sip.StatusForbidden, warning("too many registrations of this phone")}
	}
	return list, removed, written, nil
}

// same says that a new binding takes the place of an old one: by instance and reg-id (RFC 5626 §6), by address (RFC 3261 §19.1.4, as far as phones vary what
// they write), or because the phone at the same end of the same flow has given itself another address.
func (b *Binding) same(n *Binding) bool {
	switch {
	case b.Instance != "" && n.Instance != "":
		return b.Instance == n.Instance && b.regID == n.regID
	case b.Flow.Remote == n.Flow.Remote && b.Flow.Transport == n.Flow.Transport && b.Contact.User == n.Contact.User:
		return true
	}
	return b.Contact.User == n.Contact.User && b.Contact.Scheme == n.Contact.Scheme && strings.EqualFold(b.Contact.Host, n.Contact.Host) &&
		b.Contact.Port == n.Contact.Port && strings.EqualFold(b.Contact.UriParams.GetOr("transport", ""), n.Contact.UriParams.GetOr("transport", ""))
}

// contacts are the headers of a 200: every binding with the time that is left (RFC 3261 §10.3 step 8).
func (r *Registrar) contacts(list []*Binding, outbound bool, now time.Time) []sip.Header {
	var out []sip.Header
	for _, b := range list {
		left := int(b.Expires.Sub(now).Round(time.Second) / time.Second)
		if left <= 0 {
			continue
		}
		params := append(b.params.Clone(), sip.HeaderKV{K: "expires", V: strconv.Itoa(left)})
		for i, p := range params {
			if strings.EqualFold(p.K, "+sip.instance") {
				params[i].V = `"<` + strings.Trim(p.V, `"<>`) + `>"` // a quoted string, which the parser has unpacked
			}
		}
		out = append(out, &sip.ContactHeader{Address: b.Contact, Params: params})
	}
	if outbound {
		out = append(out, sip.NewHeader("Require", "outbound")) // RFC 5626 §6: each flow is kept apart
	}
	return append(out, sip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")))
}

// seconds reads delta-seconds. RFC 3261 §20.19: they go up to 2^32-1.
func seconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return time.Duration(n) * time.Second, err == nil
}

// lists says whether a header with a list of tokens has one of them.
func lists(req *sip.Request, header, token string) bool {
	for _, h := range req.GetHeaders(header) {
		for t := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}
