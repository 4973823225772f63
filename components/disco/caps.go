package disco

import (
	"container/list"
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// NSCaps is the namespace of <c/>.
const NSCaps = "http://jabber.org/protocol/caps"

// capsCache is how many different verified answers are remembered; clients of one version share one.
const capsCache = 2000

// Capabilities are what one client can do. The value is immutable.
type Capabilities struct {
	Info     *Info
	features map[string]struct{}
}

// Has reports whether the client has a feature.
func (c *Capabilities) Has(feature string) bool {
	if c == nil {
		return false
	}
	_, ok := c.features[feature]
	return ok
}

// Notify reports whether the client wants the events of a node (XEP-0163#notify-filterednotifications).
func (c *Capabilities) Notify(node string) bool { return c.Has(node + "+notify") }

func newCapabilities(i *Info) *Capabilities {
	c := &Capabilities{Info: i, features: make(map[string]struct{}, len(i.Features))}
	for _, f := range i.Features {
		c.features[f] = struct{}{}
	}
	return c
}

// Caps knows the capabilities of this node's sessions. An answer is shared between clients only when it has the hash that
// they announced (XEP-0115#security-poisoning); otherwise it counts for the client that gave it alone.
type Caps struct {
	srv *xmppd.Server

	mu       sync.Mutex
	sessions map[string]*capsState // by session id
	verified map[string]*list.Element
	order    *list.List // of *verifiedCaps, latest first
	onChange []func(*xmppd.Session, *Capabilities)
}

type capsState struct {
	key  string // hash, node and ver as announced
	caps *Capabilities
}

type verifiedCaps struct {
	key  string
	caps *Capabilities
}

func newCaps(s *xmppd.Server) *Caps {
	c := &Caps{srv: s, sessions: map[string]*capsState{}, verified: map[string]*list.Element{}, order: list.New()}
	s.Hooks.Presence.Add(xmppd.Observe, func(ev *xmppd.Presence) error {
		if ev.Side == xmppd.Outbound && ev.To.IsZero() && ev.Origin != nil && ev.Packet.Type() == "" {
			c.observe(ev.Origin, ev.Packet)
		}
		return nil
	})
	s.Hooks.SessionEnd.Add(func(x *xmppd.Session) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.sessions, x.ID())
	})
	return c
}

// OnChange registers fn for the moment when a session's capabilities become known or change. It is called without locks.
func (c *Caps) OnChange(fn func(*xmppd.Session, *Capabilities)) { c.onChange = append(c.onChange, fn) }

// Of gives what is known about a session of this node; nil when it is not known.
func (c *Caps) Of(x *xmppd.Session) *Capabilities {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.sessions[x.ID()]; st != nil {
		return st.caps
	}
	return nil
}

// observe reads the <c/> of a presence and asks the client when its answer is not known.
func (c *Caps) observe(x *xmppd.Session, p *xmlstream.Packet) {
	e, ok := p.Child(NSCaps, "c")
	if !ok {
		return
	}
	hash, _ := e.Attr("hash")
	node, _ := e.Attr("node")
	ver, _ := e.Attr("ver")
	if ver == "" || len(hash)+len(node)+len(ver) > 1000 {
		return
	}
	key := hash + " " + ver
	if hash != "sha-1" {
		key = hash + " " + node + " " + ver + " " + x.ID() // cannot be verified: it counts for this client alone
	}
	c.mu.Lock()
	st := c.sessions[x.ID()]
	if st != nil && st.key == key {
		c.mu.Unlock()
		return
	}
	st = &capsState{key: key}
	c.sessions[x.ID()] = st
	if el := c.verified[key]; el != nil {
		c.order.MoveToFront(el)
		st.caps = el.Value.(*verifiedCaps).caps
		caps := st.caps
		c.mu.Unlock()
		c.changed(x, caps)
		return
	}
	c.mu.Unlock()
	c.ask(x, key, hash, node, ver)
}

func (c *Caps) ask(x *xmppd.Session, key, hash, node, ver string) {
	from, err := jid.Parse(x.JID().Domain())
	if err != nil {
		return
	}
	q := xmlstream.AppendAttr([]byte("<query xmlns='"+NSInfo+"'"), "node", node+"#"+ver)
	c.srv.SendIQ(from, x.JID(), xmppd.Get, append(q, "/>"...), func(reply *xmlstream.Packet) {
		info, err := answerOf(reply)
		if err != nil {
			x.Log().Debug("a client's disco#info answer is not usable", "err", err)
			c.retry(x, key)
			return
		}
		c.learn(x, key, hash == "sha-1" && info.Hash() == ver, newCapabilities(info))
	})
}

func answerOf(reply *xmlstream.Packet) (*Info, error) {
	if reply == nil || reply.Type() != "result" {
		return nil, fault.New(fault.Unavailable, "the client does not answer")
	}
	q, _ := reply.Child(NSInfo, "query")
	return ParseInfo(q)
}

// retry makes the next presence lead to another question.
func (c *Caps) retry(x *xmppd.Session, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.sessions[x.ID()]; st != nil && st.key == key && st.caps == nil {
		delete(c.sessions, x.ID())
	}
}

func (c *Caps) learn(x *xmppd.Session, key string, verified bool, caps *Capabilities) {
	c.mu.Lock()
	st := c.sessions[x.ID()]
	if st == nil || st.key != key {
		c.mu.Unlock()
		return
	}
	st.caps = caps
	if verified {
		if c.verified[key] == nil {
			c.verified[key] = c.order.PushFront(&verifiedCaps{key, caps})
		}
		if c.order.Len() > capsCache {
			last := c.order.Back()
			delete(c.verified, c.order.Remove(last).(*verifiedCaps).key)
		}
	}
	c.mu.Unlock()
	c.changed(x, caps)
}

func (c *Caps) changed(x *xmppd.Session, caps *Capabilities) {
	for _, fn := range c.onChange {
		fn(x, caps)
	}
}

// capsFeature is the server's own <c/> in the stream features (XEP-0115#stream).
func (d *Service) capsFeature() string {
	return "<c xmlns='" + NSCaps + "' hash='sha-1' node='" + capsURI + "' ver='" + d.hash() + "'/>"
}
