package pubsub

import "plenum/xmppd/jid"

func jidOf(s string) jid.JID { return jid.MustParse(s) }
