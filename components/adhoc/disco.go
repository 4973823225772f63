package adhoc

import (
	"context"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// info describes the list of commands, and each of them (XEP-0050#retrieve).
func (a *Service) info(t xmppd.IQTarget) disco.NodeInfo {
	return func(ctx context.Context, from, to jid.JID, node string) (*disco.Info, error) {
		if node == NS {
			return &disco.Info{
				Identities: []disco.Identity{{Category: "automation", Type: "command-list", Name: "Commands"}},
				Features:   []string{disco.NSInfo, disco.NSItems, NS},
			}, nil
		}
		c, _ := a.find(t, node)
		if c == nil {
			return nil, nil
		}
		if !a.allowed(ctx, c, from, to) {
			return nil, errForbidden
		}
		return &disco.Info{
			Identities: []disco.Identity{{Category: "automation", Type: "command-node", Name: c.Name}},
			Features:   []string{disco.NSInfo, disco.NSItems, NS, dataform.NS},
		}, nil
	}
}

// items lists the commands that the asker may use. A command itself has no items.
func (a *Service) items(t xmppd.IQTarget) disco.NodeItems {
	return func(ctx context.Context, from, to jid.JID, node string) ([]disco.Item, error) {
		list := []disco.Item{}
		if c, _ := a.find(t, node); c != nil {
			if !a.allowed(ctx, c, from, to) {
				return nil, errForbidden
			}
			return list, nil
		}
		if node != NS {
			return nil, nil
		}
		for _, c := range a.order {
			if known, _ := a.find(t, c.Node); known == c && a.allowed(ctx, c, from, to) {
				list = append(list, disco.Item{JID: to.String(), Node: c.Node, Name: c.Name})
			}
		}
		return list, nil
	}
}
