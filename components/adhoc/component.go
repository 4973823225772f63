package adhoc

import (
	"context"

	"plenum/components/disco"
	"plenum/xmppd"
)

// ToComponent is the target of commands at addresses that a component answers for. Such a command says itself by Allow at which
// of them it is offered; the component gives to [Service.Answer] what comes there.
const ToComponent xmppd.IQTarget = 255

// Answer answers what is asked about commands at an address of a component: execute one, list them, describe one. It reports false for anything
// else. It may use the store, as commands do.
func (a *Service) Answer(ctx context.Context, iq *xmppd.IQ) bool {
	payload, ok, err := a.answer(ctx, iq)
	switch b, _ := payload.([]byte); {
	case !ok:
		return false
	case err != nil:
		iq.Error(err)
	default:
		iq.Result(b)
	}
	return true
}

// Offers reports whether a request is one for Answer.
func (a *Service) Offers(iq *xmppd.IQ) bool {
	node, _ := iq.Payload.Attr("node")
	switch {
	case iq.Payload.Is(NS, "command"):
		return iq.Packet.Type() == xmppd.Set
	case iq.Payload.Is(disco.NSInfo, "query"), iq.Payload.Is(disco.NSItems, "query"):
		return node == NS || a.commands[commandKey{ToComponent, node}] != nil
	}
	return false
}

func (a *Service) answer(ctx context.Context, iq *xmppd.IQ) (payload any, ok bool, err error) {
	if !a.Offers(iq) {
		return nil, false, nil
	}
	node, _ := iq.Payload.Attr("node")
	switch iq.Payload.Space() {
	case NS:
		payload, err = a.execute(ctx, ToComponent, iq)
	case disco.NSInfo:
		var i *disco.Info
		if i, err = a.info(ToComponent)(ctx, iq.From, iq.To, node); err == nil {
			described := *i
			described.Node = node
			payload = described.Append(nil)
		}
	default:
		var items []disco.Item
		if items, err = a.items(ToComponent)(ctx, iq.From, iq.To, node); err == nil {
			payload = disco.AppendItems(nil, node, items)
		}
	}
	return payload, true, err
}
