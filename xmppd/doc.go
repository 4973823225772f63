// Package xmppd is the XMPP server: streams, authentication, sessions, rosters, presence and routing. It knows no feature and no
// organisation; both come from components, which register with a Server between New and Start.
//
// The way of a stanza:
//
//	socket → xmlstream.Framer → Session.receive      the connection's reader: addresses checked, 'from' stamped
//	       → Sequence                                one after another; a message waits for its commit
//	       → hooks and routing                       who may, what is archived, which sessions get it (decide.go)
//	       → queue → writer → socket                 a ring for each session, shared packets, many in one system call
//
// A message is prepared at once (its rows join the next group commit) and delivered after the commit, in the order in which its
// sender sent it; only then does it count as handled for stream management. So nothing is acknowledged that could be lost.
//
// Nothing here assumes that the other session is in this process: sessions are found by cluster.Registry and reached by
// cluster.Bus (node.go).
//
// Spec: RFC 6120 partial: no streams between servers
// Spec: RFC 6121 complete
// Spec: RFC 7395 complete
// Spec: RFC 7590 complete
// Spec: XEP-0198 1.6.3 complete
// Spec: XEP-0368 1.1.0 partial: clients only
// Spec: XEP-0440 1.0.0 complete
// Spec: XEP-0478 0.2.0 complete
package xmppd
