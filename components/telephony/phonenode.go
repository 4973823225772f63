package telephony

import (
	"bytes"
	"sync"

	"plenum/xmppd/jid"
)

// What somebody's telephones do is a node of his account as well: NSPhone, whose item is <phone/> as in the presence of user@domain/phone. Clients that
// ask for it with +notify need not know of that session (XEP-0163).

// LiveNodes are nodes of accounts that show what is so now.
type LiveNodes interface {
	ServeLive(name string, item func(owner jid.JID) []byte)
	LiveChanged(name string, owner jid.JID)
}

// PhoneItem is what the telephones of a user do, as an element; nil for who has none.
func (e Everywhere) PhoneItem(user jid.JID) []byte {
	n := e.nodes
	if _, far := n.elsewhere(); !far {
		if xml := e.phoneXML(e.PhoneState(user)); xml != nil {
			return xml
		}
	}
	if !n.many.Load() {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.known {
		if state := o.states[user]; state != "" {
			return []byte(state)
		}
	}
	return nil
}

// PublishPhones makes nodes of it, before the server starts.
func (e Everywhere) PublishPhones(nodes LiveNodes) {
	var mu sync.Mutex
	told := make(map[jid.JID][]byte)
	nodes.ServeLive(NSPhone, e.PhoneItem)
	e.OnPhoneState(func(user jid.JID) {
		if user.IsZero() { // those of whom that is so are named as well
			return
		}
		item := e.PhoneItem(user)
		mu.Lock()
		defer mu.Unlock()
		if bytes.Equal(told[user], item) {
			return
		}
		if told[user] = item; item == nil {
			delete(told, user)
		}
		nodes.LiveChanged(NSPhone, user)
	})
}
